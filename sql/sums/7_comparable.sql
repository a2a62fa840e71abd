-- 7: what makes the local number comparable is exactly the displayed-unshipped rows whose tracking was submitted; one row per store where not
with submitted as (
  select store_id, count(*) as n from local_orders
  where submit_status = 'ok' and lifecycle in ('pending_review', 'pending', 'tracking_applied', 'to_print_in_stock', 'to_print_out_of_stock')
  group by store_id
)
select c.store_id, c.metric, c.scope, c.day, (c.n_local - c.n_local_comparable) || ' rows left out, ' || coalesce(s.n, 0) || ' rows submitted' as what
from count_checks as c
left join submitted as s on s.store_id = c.store_id
where c.metric = 'unshipped' and c.n_local - c.n_local_comparable <> coalesce(s.n, 0);
