-- one row per local row: what its number stands for, an order (its o) or, where the platform has none, the first row with that number (its -r)
create or replace table work.row_bases as
with numbered as (select r, min(o) as base from work.row_links group by r),
-- A merged parcel with a number of its own stands for the first of its orders that has no row of its own.
merged as (
  select r, min(o) as base
  from work.merge_links as m
  where not exists (select 1 from work.row_links as links where links.r = m.r)
    and not exists (select 1 from work.row_links as links where links.o = m.o)
  group by r
),
linked as (select * from numbered union all select * from merged)
select r, base from linked
union all
select r, case when order_key is null then -r else -min(r) over (partition by store_id, order_key) end
from work.row_nodes as rows
where not exists (select 1 from linked where linked.r = rows.r);

-- one row per order that was combined or split on the platform, whichever part of it
create or replace table work.platform_kin as
with named as (
  select store_id, platform_order_id, merged_into_platform_order_id as other_id, 'merged' as kind from platform_orders where merged_into_platform_order_id is not null
  union all
  select store_id, platform_order_id, parent_platform_order_id, 'split' from platform_orders where parent_platform_order_id is not null
),
pairs as (
  select o.o, other.o as other_o, named.kind
  from named
  join work.order_nodes as o on o.store_id = named.store_id and o.platform_order_id = named.platform_order_id
  join work.order_nodes as other on other.store_id = named.store_id and other.platform_order_id = named.other_id
)
select o, other_o, kind from pairs where o <> other_o;

-- one row per pair of bases that belong together although their numbers differ: what union-find merges into groups
create or replace table work.edges as
select distinct least(a, b) as a, greatest(a, b) as b
from (
  select links.o as a, bases.base as b from work.row_links as links join work.row_bases as bases on bases.r = links.r
  union all
  select links.o, bases.base from work.merge_links as links join work.row_bases as bases on bases.r = links.r
  union all
  select child_base.base, parent_base.base
  from work.row_nodes as child
  join work.row_nodes as parent on parent.local_row_id = child.parent_local_row_id
  join work.row_bases as child_base on child_base.r = child.r
  join work.row_bases as parent_base on parent_base.r = parent.r
  union all
  select o, other_o from work.platform_kin
) as pairs
where a <> b
order by a, b;
