-- one row per unit: what stands on the other side of it
create or replace table work.unit_facts as
with merged_into as (select o, min(r) as r from work.merge_links group by o),
primary_row as (select base as o, r from work.row_roles where role = 'primary' and base > 0),
orders_in_scope as (select store_id, metric, scope, day, g, count(*) as n from work.scope_orders group by all),
rows_in_scope as (select store_id, metric, scope, day, g, count(*) as n from work.scope_rows group by all),
-- What stands for a group whose unit has no counterpart of its own.
first_order as (select g, min(o) as o from work.order_groups where g in (select g from work.units) group by g),
first_row as (select g, min(r) as r from work.row_roles where g in (select g from work.units) group by g),
kin as (
  select o, bool_or(kind = 'merged') as is_merged, bool_or(kind = 'split') as is_split
  from (select o, kind from work.platform_kin union select other_o, kind from work.platform_kin) as both_ends
  group by o
),
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
    coalesce(u.o, case when roles.base > 0 then roles.base end, first_order.o) as o,
    coalesce(u.r, primary_row.r, merged_into.r, first_row.r) as r,
    roles.role,
    primary_row.r is null and merged_into.r is not null as is_merged,
    first_of_base.r is not null as is_first_of_base,
    coalesce(orders_in_scope.n, 0) > 0 as has_order_in_scope,
    coalesce(rows_in_scope.n, 0) > 0 as has_row_in_scope,
    first_order.o is not null as has_order,
    primary_row.r is not null or merged_into.r is not null or (first_row.r is not null and kin.o is not null) as has_row,
    coalesce(kin.is_merged, false) as is_platform_merged,
    coalesce(kin.is_split, false) as is_platform_split,
    coalesce(u.o in (select o from work.damaged_links), false) as is_damaged
  from work.units as u
  left join work.row_roles as roles on roles.r = u.r
  left join primary_row on primary_row.o = u.o
  left join merged_into on merged_into.o = u.o
  left join first_of_base on first_of_base.r = u.r
  left join first_order on first_order.g = u.g
  left join first_row on first_row.g = u.g
  left join kin on kin.o = coalesce(u.o, roles.base)
  left join orders_in_scope
    on orders_in_scope.store_id = u.store_id and orders_in_scope.metric = u.metric and orders_in_scope.scope = u.scope
    and orders_in_scope.day is not distinct from u.day and orders_in_scope.g = u.g
  left join rows_in_scope
    on rows_in_scope.store_id = u.store_id and rows_in_scope.metric = u.metric and rows_in_scope.scope = u.scope
    and rows_in_scope.day is not distinct from u.day and rows_in_scope.g = u.g
)
select
  sided.*,
  order_nodes.store_id is distinct from row_nodes.store_id and order_nodes.store_id is not null and row_nodes.store_id is not null as is_other_store,
  coalesce(not row_nodes.is_placed, false) as is_deleted,
  -- Both stand in the metric, so that only the day can differ.
  case sided.metric
    when 'placed' then row_nodes.is_placed
    when 'unshipped' then row_nodes.is_unshipped and order_nodes.is_unshipped
    else row_nodes.is_shipped and order_nodes.is_shipped
  end as is_same_metric
from sided
left join work.row_nodes as row_nodes on row_nodes.r = sided.r
left join work.order_nodes as order_nodes on order_nodes.o = sided.o;

-- one row per unit: its block, and its code where the structure alone decides it (rule book 5, step 4)
create or replace table work.unit_blocks as
with decided as (
  select *,
    case
      when sign = 1 then
        case
          when has_row_in_scope and is_platform_merged then 'GR merged_on_platform'
          when has_row_in_scope and is_platform_split then 'GR split_on_platform'
          when has_row_in_scope and is_damaged then 'GR order_id_damaged'
          when has_row_in_scope and is_merged then 'GR merged_in_local'
          when not has_row then 'PO'
          when is_deleted then 'ST'
          when is_other_store and is_merged then 'GR merged_in_local'
          when is_other_store then 'GR wrong_store_binding'
          when is_same_metric and scope <> 'all' and is_merged then 'GR merged_in_local'
          when is_same_metric and scope <> 'all' then 'TM'
          else 'ST'
        end
      when not has_order and is_first_of_base then 'LO'
      when role = 'resend' then 'LO'
      when role = 'split' and (not has_order or has_order_in_scope or is_other_store) then 'GR split_in_local'
      when not has_order then 'GR duplicate_import'
      when has_order_in_scope and is_platform_merged then 'GR merged_on_platform'
      when has_order_in_scope and is_platform_split then 'GR split_on_platform'
      when role = 'duplicate' then 'GR duplicate_import'
      when is_other_store then 'GR wrong_store_binding'
      when is_same_metric and scope <> 'all' and role = 'split' then 'GR split_in_local'
      when is_same_metric and scope <> 'all' then 'TM'
      else 'ST'
    end as decision
  from work.unit_facts
)
select *,
  row_number() over (order by store_id, metric, scope, day, sign, o, r) as unit_no,
  split_part(decision, ' ', 1) as block,
  nullif(split_part(decision, ' ', 2), '') as code
from decided;
