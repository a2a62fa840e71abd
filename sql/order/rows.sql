-- one row per local row of the asked group: what the ERP says tonight, and what links it
with linked as (
  select local_row_id, min(role) as role, min(link_kind) as link_kind, list(platform_order_id order by platform_order_id) filter (where platform_order_id is not null) as orders,
    bool_or(ambiguous) as ambiguous
  from order_links
  where local_row_id is not null
  group by local_row_id
)
select
  l.store_id,
  coalesce(stores.erp, 'other') as erp,
  l.local_row_id,
  l.platform_order_id_raw as number,
  l.lifecycle,
  nullif(l.raw_status, '') as raw_status,
  l.origin,
  l.submit_status,
  l.submit_error,
  roles.role,
  linked.link_kind,
  coalesce(linked.orders, []) as orders,
  coalesce(linked.ambiguous, false) as ambiguous,
  coalesce(l.merged_order_ids, []) as merged_order_ids,
  l.parent_local_row_id,
  l.order_created_at as created_at,
  l.imported_at,
  l.shipped_at,
  l.source_file_id as file,
  l.source_row as row
from asked_group
join work.row_roles as roles on roles.g = asked_group.g
join work.row_nodes as r on r.r = roles.r
join local_orders as l on l.local_row_id = r.local_row_id
left join linked on linked.local_row_id = l.local_row_id
left join stores on stores.store_id = l.store_id
order by l.store_id, l.order_created_at nulls last, l.local_row_id;
