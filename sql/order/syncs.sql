-- one row per sync of the ERP that may have seen an order of the asked group: those that ended after it was placed, the first ones
with placed as (
  select o.store_id, min(o.created_at) as created_at
  from asked_group
  join work.order_groups as groups on groups.g = asked_group.g
  join work.order_nodes as o on o.o = groups.o
  group by o.store_id
)
select y.sync_id, y.store_id, y.status, y.window_field, y.window_from, y.window_to, y.started_at, y.finished_at, y.rows_fetched, y.rows_expected, y.error_code, y.error_text
from placed
join sync_log as y on y.store_id = placed.store_id and y.actor = 'erp' and y.entity = 'orders' and coalesce(y.finished_at, y.window_to, y.started_at) >= placed.created_at
order by coalesce(y.finished_at, y.window_to, y.started_at), y.sync_id
limit 50;
