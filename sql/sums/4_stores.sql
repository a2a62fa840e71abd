-- 4: over all stores, orders filed under another store cancel out where one order meets one row; one row when they do not
with lone as (
  select g from work.order_groups group by g having count(*) = 1
  intersect
  select g from work.row_roles group by g having count(*) = 1
)
select min(store_id) as store_id, 'placed' as metric, 'all' as scope, cast(null as date) as day, 'wrong_store_binding sums to ' || sum(sign) as what
from work.unit_causes
where block = 'GR' and code = 'wrong_store_binding' and metric = 'placed' and scope = 'all' and g in (select g from lone)
having sum(sign) <> 0;
