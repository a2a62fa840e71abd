-- 2: no order or row stands twice in a scope, and there are as many units as the groups leave; one row per scope where not
with twice as (
  select store_id, metric, scope, day from attribution_units
  group by store_id, metric, scope, day, sign, platform_order_id, local_row_id
  having count(*) > 1
),
sides as (
  select store_id, metric, scope, day, g, count(*) as n_p, 0 as n_l from work.scope_orders group by all
  union all
  select store_id, metric, scope, day, g, 0, count(*) from work.scope_rows group by all
),
groups as (select store_id, metric, scope, day, g, abs(sum(n_p) - sum(n_l)) as n from sides group by all),
expected as (select store_id, metric, scope, day, sum(n) as n from groups group by all),
found as (select store_id, metric, scope, day, count(*) as n from attribution_units group by all)
select store_id, metric, scope, day, 'an order or row stands there twice' as what from twice
union
select e.store_id, e.metric, e.scope, e.day, e.n || ' units expected, ' || coalesce(f.n, 0) || ' found'
from expected as e
left join found as f on f.store_id = e.store_id and f.metric = e.metric and f.scope = e.scope and f.day is not distinct from e.day
where e.n <> coalesce(f.n, 0);
