-- title: lines of an order differ
-- class: act
-- kind: order
-- evidence: P
-- requires: platform_orders, platform_order_lines, local_orders, local_order_lines
-- key: platform_order_id
-- message: order {order_ref}: its lines differ: {differences}
-- advice: update the order in the ERP, or import it again

-- one row per order whose units per SKU differ between the platform and its parcels (rule book GR order_edited); merged parcels carry the lines of several orders and are left out
with lone as (select g from work.order_groups group by g having count(*) = 1),
lines as (
  select o.o, coalesce(l.sku_key, '') as sku, l.qty - coalesce(l.qty_cancelled, 0) - coalesce(l.qty_refunded, 0) as platform_qty, 0 as local_qty, 1 as of_platform, 0 as of_local
  from platform_order_lines as l
  join work.order_nodes as o on o.store_id = l.store_id and o.platform_order_id = l.platform_order_id
  union all
  select roles.base, coalesce(l.sku_key, ''), 0, l.qty, 0, 1
  from local_order_lines as l
  join work.row_nodes as r on r.local_row_id = l.local_row_id
  join work.row_roles as roles on roles.r = r.r
  where roles.base > 0 and roles.role in ('primary', 'split')
),
differing as (select o, sku, sum(platform_qty) as platform_qty, sum(local_qty) as local_qty from lines group by o, sku having sum(platform_qty) <> sum(local_qty)),
-- Lines that one side does not tell are unknown, not missing.
told as (select o from lines where o in (select o from differing) group by o having sum(of_platform) > 0 and sum(of_local) > 0)
select
  o.store_id,
  o.platform_order_id,
  coalesce(o.platform_order_no, o.platform_order_id) as order_ref,
  string_agg('`' || d.sku || '` ' || d.platform_qty || ' on the platform, ' || d.local_qty || ' in the ERP', '; ' order by d.sku) as differences
from differing as d
join told on told.o = d.o
join work.order_groups as groups on groups.o = d.o
join lone on lone.g = groups.g
join work.order_nodes as o on o.o = d.o
join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
where p.lifecycle not in ('cancelled', 'refunded')
group by o.store_id, o.platform_order_id, order_ref
