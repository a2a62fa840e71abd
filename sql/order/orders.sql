-- one row per order of the asked group: what the platform says tonight
select
  p.store_id,
  coalesce(stores.platform, 'other') as platform,
  p.platform_order_id,
  p.platform_order_no,
  p.lifecycle,
  nullif(p.raw_status, '') as raw_status,
  p.fulfilment_channel,
  p.created_at,
  p.paid_at,
  p.updated_at,
  p.shipped_at,
  p.cancelled_at,
  h.first_seen_on,
  p.source_file_id as file,
  p.source_row as row
from asked_group
join work.order_groups as groups on groups.g = asked_group.g
join work.order_nodes as o on o.o = groups.o
join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
left join stores on stores.store_id = p.store_id
left join order_history as h on h.store_id = p.store_id and h.platform_order_id = p.platform_order_id
order by p.store_id, p.created_at, p.platform_order_id;
