-- one row per unit: what stands on the other side of it
create or replace table work.unit_facts as
with merged_into as (
  select o, r
  from (
    select m.o, m.r, row_number() over (partition by m.o order by n.is_split, n.is_live desc, n.order_created_at nulls last, n.local_row_id) as turn
    from work.merge_links as m
    join work.row_nodes as n on n.r = m.r
  ) as turns
  where turn = 1
),
-- The row of an order that has none but splits, resends or a damaged number.
other_row as (
  select o, r
  from (
    select links.o, links.r, row_number() over (partition by links.o order by case roles.role when 'primary' then 0 when 'resend' then 1 else 2 end, links.r) as turn
    from work.row_links as links
    join work.open_roles as roles on roles.r = links.r
    where roles.base = links.o or links.link_kind = 'damaged'
  ) as turns
  where turn = 1
),
primary_row as (select base as o, r from work.open_roles where role = 'primary' and base > 0),
-- Orders and their own rows that are left over on different days of one metric: both halves of a day difference.
day_pairs as (
  select plus.metric, plus.o, minus.r
  from work.units as plus
  join primary_row on primary_row.o = plus.o
  join work.units as minus on minus.r = primary_row.r and minus.metric = plus.metric and minus.store_id = plus.store_id and minus.scope <> 'all'
  where plus.scope <> 'all'
),
halves as (select metric, 1 as sign, o as n from day_pairs union select metric, -1, r from day_pairs),
orders_in_scope as (select store_id, metric, scope, day, g, count(*) as n from work.scope_orders group by all),
rows_in_scope as (select store_id, metric, scope, day, g, count(*) as n from work.scope_rows group by all),
-- What stands for a group whose unit has no counterpart of its own.
first_order as (select g, min(o) as o from work.open_orders group by g),
first_row as (select g, min(r) as r from work.open_roles group by g),
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
    from work.open_roles
  ) as turns
  where turn = 1
),
sided as (
  select
    u.store_id, u.metric, u.scope, u.day, u.g, u.sign,
    coalesce(u.o, case when roles.base > 0 then roles.base end, first_order.o) as o,
    coalesce(u.r, primary_row.r, merged_into.r, other_row.r, first_row.r) as r,
    roles.role,
    primary_row.r is not null as has_primary,
    primary_row.r is null and merged_into.r is not null as is_merged,
    merged_into.r is not null and coalesce(not primary_node.is_live, true) as is_merged_away,
    merged_into.r is not null as is_in_merged_list,
    parent.r is not null as has_parent,
    halves.n is not null and u.scope <> 'all' as is_mirrored,
    coalesce(roles.base in (select base from work.open_roles where role = 'split'), false) as has_split,
    first_of_base.r is not null as is_first_of_base,
    coalesce(orders_in_scope.n, 0) > 0 as has_order_in_scope,
    coalesce(rows_in_scope.n, 0) > 0 as has_row_in_scope,
    first_order.o is not null as has_order,
    primary_row.r is not null or merged_into.r is not null or other_row.r is not null or (first_row.r is not null and kin.o is not null) as has_row,
    coalesce(kin.is_merged, false) as is_platform_merged,
    coalesce(kin.is_split, false) as is_platform_split,
    coalesce(u.o in (select o from work.damaged_links), false) as is_damaged
  from work.units as u
  left join work.open_roles as roles on roles.r = u.r
  left join primary_row on primary_row.o = u.o
  left join work.row_nodes as primary_node on primary_node.r = primary_row.r
  left join merged_into on merged_into.o = u.o
  left join other_row on other_row.o = u.o
  left join work.row_nodes as unit_row on unit_row.r = u.r
  left join work.row_nodes as parent on parent.local_row_id = unit_row.parent_local_row_id
  left join halves on halves.metric = u.metric and halves.sign = u.sign and halves.n = coalesce(u.o, u.r)
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
with kept_apart as (
  -- What keeps an order and its row on different days apart where they are not two halves of one day difference.
  select *,
    case
      when is_platform_merged then 'GR merged_on_platform'
      when sign = 1 and is_platform_split then 'GR split_on_platform'
      when sign = 1 and is_damaged then 'GR order_id_damaged'
      when sign = 1 and is_in_merged_list then 'GR merged_in_local'
      when sign = 1 then 'ST'
      when has_split then 'GR split_in_local'
      else 'GR duplicate_import'
    end as apart
  from work.unit_facts
),
decided as (
  select *,
    case
      when sign = 1 then
        case
          when has_row_in_scope and is_platform_merged and not has_primary then 'GR merged_on_platform'
          when has_row_in_scope and is_platform_split and not has_primary then 'GR split_on_platform'
          when has_row_in_scope and is_damaged then 'GR order_id_damaged'
          when has_row_in_scope and is_merged_away then 'GR merged_in_local'
          when not has_row then 'PO'
          when is_deleted then 'ST'
          when is_other_store and is_merged then 'GR merged_in_local'
          when is_other_store then 'GR wrong_store_binding'
          when not coalesce(is_same_metric, false) or scope = 'all' then 'ST'
          when is_mirrored then 'TM'
          else apart
        end
      when role = 'resend' and has_order then 'LO resend_local_order'
      when not has_order and is_first_of_base and not (role = 'split' and has_parent) then 'LO'
      when role = 'resend' then 'LO'
      when role = 'split' and (not has_order or has_order_in_scope or is_other_store) then 'GR split_in_local'
      when not has_order then 'GR duplicate_import'
      when has_order_in_scope and is_platform_merged then 'GR merged_on_platform'
      when role = 'duplicate' then 'GR duplicate_import'
      when is_other_store then 'GR wrong_store_binding'
      when not coalesce(is_same_metric, false) or scope = 'all' then 'ST'
      when role = 'split' then 'GR split_in_local'
      when is_mirrored then 'TM'
      else apart
    end as decision
  from kept_apart
),
-- A day cause needs both halves: else the days would not sum to nothing (rule book 5, check 3).
whole_pairs as (select metric, o, r from decided where decision = 'TM' group by metric, o, r having count(*) = 2),
settled as (
  select decided.* replace (case when decision = 'TM' and whole_pairs.o is null then apart else decision end as decision)
  from decided
  left join whole_pairs on whole_pairs.metric = decided.metric and whole_pairs.o = decided.o and whole_pairs.r = decided.r
)
select * exclude (apart),
  row_number() over (order by store_id, metric, scope, day, sign, o, r) as unit_no,
  split_part(decision, ' ', 1) as block,
  nullif(split_part(decision, ' ', 2), '') as code
from settled;
