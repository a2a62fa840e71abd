-- one row per unit: what stands on the other side of it, which decides its block (rule book 5, step 4)
create or replace table work.unit_facts as
with merged_into as (select o, min(r) as r from work.merge_links group by o),
primary_row as (select base as o, r from work.row_roles where role = 'primary' and base > 0),
orders_in_scope as (select store_id, metric, scope, day, g, count(*) as n from work.scope_orders group by all),
rows_in_scope as (select store_id, metric, scope, day, g, count(*) as n from work.scope_rows group by all),
groups_with_orders as (select distinct g from work.order_groups),
groups_with_rows as (select distinct g from work.row_roles),
-- The row that stands for its number: the primary one, or the first where all are splits or resends.
first_of_base as (
  select base, r
  from (
    select base, r, row_number() over (partition by base order by case role when 'primary' then 0 when 'resend' then 1 when 'duplicate' then 2 else 3 end, r) as turn
    from work.row_roles
    where g in (select g from work.units)
  ) as turns
  where turn = 1
),
sided as (
  select
    u.store_id, u.metric, u.scope, u.day, u.g, u.sign,
    coalesce(u.o, case when roles.base > 0 then roles.base end) as o,
    coalesce(u.r, primary_row.r, merged_into.r) as r,
    roles.role,
    primary_row.r is null and merged_into.r is not null as is_merged,
    first_of_base.r is not null as is_first_of_base,
    coalesce(orders_in_scope.n, 0) as n_orders_in_scope,
    coalesce(rows_in_scope.n, 0) as n_rows_in_scope,
    groups_with_orders.g is not null as has_order,
    groups_with_rows.g is not null as has_row
  from work.units as u
  left join work.row_roles as roles on roles.r = u.r
  left join primary_row on primary_row.o = u.o
  left join merged_into on merged_into.o = u.o
  left join first_of_base on first_of_base.r = u.r
  left join groups_with_orders on groups_with_orders.g = u.g
  left join groups_with_rows on groups_with_rows.g = u.g
  left join orders_in_scope
    on orders_in_scope.store_id = u.store_id and orders_in_scope.metric = u.metric and orders_in_scope.scope = u.scope
    and orders_in_scope.day is not distinct from u.day and orders_in_scope.g = u.g
  left join rows_in_scope
    on rows_in_scope.store_id = u.store_id and rows_in_scope.metric = u.metric and rows_in_scope.scope = u.scope
    and rows_in_scope.day is not distinct from u.day and rows_in_scope.g = u.g
)
select
  sided.*,
  -- Both stand in the metric, so that only the day can differ.
  case sided.metric
    when 'placed' then row_nodes.is_placed
    when 'unshipped' then row_nodes.is_unshipped and order_nodes.is_unshipped
    else row_nodes.is_shipped and order_nodes.is_shipped
  end as is_same_metric
from sided
left join work.row_nodes as row_nodes on row_nodes.r = sided.r
left join work.order_nodes as order_nodes on order_nodes.o = sided.o;

-- one row per unit: its block and code, the first rule that holds
create or replace table work.unit_causes as
select *,
  case
    when sign = 1 and n_rows_in_scope > 0 and is_merged then 'GR merged_in_local'
    when sign = 1 and (not has_row or r is null) then 'PO unexplained_platform_only'
    when sign = 1 and is_merged and is_same_metric then 'GR merged_in_local'
    when sign = 1 and is_same_metric and scope <> 'all' then 'TM unexplained_day'
    when sign = 1 then 'ST unexplained_status_conflict'
    when role = 'resend' then 'LO resend_local_order'
    when not has_order and is_first_of_base then 'LO unexplained_local_only'
    when role = 'split' and (not has_order or n_orders_in_scope > 0 or is_same_metric) then 'GR split_in_local'
    when role = 'duplicate' then 'GR duplicate_import'
    when is_same_metric and scope <> 'all' then 'TM unexplained_day'
    else 'ST unexplained_status_conflict'
  end as cause
from work.unit_facts;

delete from attribution_units;
insert into attribution_units by name
select
  u.store_id,
  u.metric,
  u.scope,
  u.day,
  u.sign,
  causes.block,
  causes.code,
  causes.class,
  causes.evidence_class,
  causes.rank as rule_no,
  coalesce(p.platform_order_no, p.platform_order_id, trim(l.platform_order_id_raw), l.local_row_id) as order_ref,
  p.platform_order_id,
  -- A counterpart is evidence; the unit itself is the order.
  case when u.sign = -1 then l.local_row_id end as local_row_id,
  coalesce(root_order.store_id || '/' || root_order.platform_order_id, 'local/' || root_row.local_row_id) as group_id,
  [] as also_applies,
  to_json({
    'platform_lifecycle': p.lifecycle, 'platform_created_at': p.created_at, 'platform_shipped_at': p.shipped_at,
    'local_row_id': l.local_row_id, 'local_lifecycle': l.lifecycle, 'local_created_at': l.order_created_at, 'local_shipped_at': l.shipped_at,
    'local_role': roles.role, 'tracking': l.submit_status
  }) as evidence
from work.unit_causes as u
join causes on causes.block = split_part(u.cause, ' ', 1) and causes.code = split_part(u.cause, ' ', 2)
left join work.order_nodes as o on o.o = u.o
left join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
left join work.row_nodes as r on r.r = u.r
left join local_orders as l on l.local_row_id = r.local_row_id
left join work.row_roles as roles on roles.r = u.r
left join work.order_nodes as root_order on root_order.o = u.g
left join work.row_nodes as root_row on root_row.r = -u.g
order by u.store_id, u.metric, u.scope, u.day nulls first, u.sign desc, p.platform_order_id nulls last, l.local_row_id nulls last;
