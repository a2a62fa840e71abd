-- one row per link of an order with a local row, and per order or row that nothing links
delete from order_links;
insert into order_links by name
with ambiguous as (
  select links.r, list(o.platform_order_id order by o.platform_order_id) as candidates
  from work.row_links as links
  join work.order_nodes as o on o.o = links.o
  where links.r in (select r from work.row_links group by r having count(*) > 1)
  group by links.r
),
merged_only as (
  select r, o from work.merge_links as merged
  where not exists (select 1 from work.row_links as links where links.r = merged.r and links.o = merged.o)
),
-- A split row without a number of its own belongs to what its parent is linked to.
split_only as (
  select child.r, parent_links.o
  from work.row_nodes as child
  join work.row_nodes as parent on parent.local_row_id = child.parent_local_row_id
  join work.row_links as parent_links on parent_links.r = parent.r
  where not exists (select 1 from work.row_links as links where links.r = child.r)
    and not exists (select 1 from work.merge_links as merged where merged.r = child.r and merged.o = parent_links.o)
),
pairs as (
  select r, o, link_kind, null as role from work.row_links
  union all
  select r, o, 'merged', 'merged' from merged_only
  union all
  select r, o, 'split', 'split' from split_only
),
linked as (
  select
    groups.g, pairs.o, pairs.r, pairs.link_kind,
    ambiguous.candidates is not null and pairs.role is null as is_ambiguous,
    case when pairs.role is null then coalesce(ambiguous.candidates, []) else [] end as candidates,
    coalesce(pairs.role, roles.role) as role
  from pairs
  join work.order_groups as groups on groups.o = pairs.o
  join work.row_roles as roles on roles.r = pairs.r
  left join ambiguous on ambiguous.r = pairs.r
  union all
  select groups.g, groups.o, null, null, false, [], null
  from work.order_groups as groups
  where not exists (select 1 from pairs where pairs.o = groups.o)
  union all
  select roles.g, null, roles.r, null, false, [], roles.role
  from work.row_roles as roles
  where not exists (select 1 from pairs where pairs.r = roles.r)
)
select
  coalesce(root_order.store_id || '/' || root_order.platform_order_id, 'local/' || root_row.local_row_id) as group_id,
  o.store_id as platform_store_id,
  o.platform_order_id,
  r.store_id as local_store_id,
  r.local_row_id,
  linked.link_kind,
  linked.is_ambiguous as ambiguous,
  linked.candidates,
  linked.role
from linked
left join work.order_nodes as o on o.o = linked.o
left join work.row_nodes as r on r.r = linked.r
left join work.order_nodes as root_order on root_order.o = linked.g
left join work.row_nodes as root_row on root_row.r = -linked.g
-- o and r are numbered by store, order and row: the same order as by their texts, and faster.
order by linked.o nulls last, linked.r nulls last;
