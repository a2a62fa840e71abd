-- one row per local row and order that carries the row's number: id before display number, each exact before normalised (rule book 5, step 1);
-- a later step sees only the rows that the earlier ones left
create or replace table work.key_links as
with exact_id as (
  select r.r, o.o, 'exact' as link_kind
  from work.row_nodes as r
  join work.order_nodes as o on o.store_id = r.store_id and o.platform_order_id = r.platform_order_id_raw
),
after_exact_id as (
  select * from work.row_nodes as r where r.order_key is not null and not exists (select 1 from exact_id where exact_id.r = r.r)
),
format_id as (
  select r.r, o.o, 'format' as link_kind
  from after_exact_id as r
  join work.order_nodes as o on o.store_id = r.store_id and o.order_key = r.order_key
),
after_format_id as (select * from after_exact_id as r where not exists (select 1 from format_id where format_id.r = r.r)),
exact_no as (
  select r.r, o.o, 'exact' as link_kind
  from after_format_id as r
  join work.order_nodes as o on o.store_id = r.store_id and o.platform_order_no = r.platform_order_id_raw
),
after_exact_no as (select * from after_format_id as r where not exists (select 1 from exact_no where exact_no.r = r.r)),
format_no as (
  select r.r, o.o, 'format' as link_kind
  from after_exact_no as r
  join work.order_nodes as o on o.store_id = r.store_id and o.no_key = r.order_key
)
select * from exact_id
union all
select * from format_id
union all
select * from exact_no
union all
select * from format_no;

-- one row per local row and order that its merged list names
create or replace table work.merge_links as
with named as (
  select r.r, r.store_id, unnest(l.merged_order_ids) as number
  from local_orders as l
  join work.row_nodes as r on r.local_row_id = l.local_row_id
  where len(l.merged_order_ids) > 0
),
keyed as (
  select named.r, named.store_id, named.number, coalesce(stripped.stripped, ltrim(upper(trim(named.number)), '#')) as key
  from named
  left join work.stripped_keys as stripped on stripped.store_id = named.store_id and stripped.key = ltrim(upper(trim(named.number)), '#')
),
found as (
  select keyed.r, keyed.number, o.o, 1 as step from keyed join work.order_nodes as o on o.store_id = keyed.store_id and o.platform_order_id = keyed.number
  union all
  select keyed.r, keyed.number, o.o, 2 from keyed join work.order_nodes as o on o.store_id = keyed.store_id and o.order_key = keyed.key
  union all
  select keyed.r, keyed.number, o.o, 3 from keyed join work.order_nodes as o on o.store_id = keyed.store_id and o.no_key = keyed.key
)
select distinct r, o
from found
where step = (select min(step) from found as first where first.r = found.r and first.number = found.number);

-- one row per local row: what its number stands for, an order (its o) or, where the platform has none, the first row with that number (its -r)
create or replace table work.row_bases as
with linked as (select r, min(o) as base from work.key_links group by r)
select r, base from linked
union all
select r, case when order_key is null then -r else -min(r) over (partition by store_id, order_key) end
from work.row_nodes as rows
where not exists (select 1 from linked where linked.r = rows.r);

-- one row per pair of bases that belong together although their numbers differ: what union-find merges into groups
create or replace table work.edges as
select distinct least(a, b) as a, greatest(a, b) as b
from (
  select links.o as a, bases.base as b from work.key_links as links join work.row_bases as bases on bases.r = links.r
  union all
  select links.o, bases.base from work.merge_links as links join work.row_bases as bases on bases.r = links.r
  union all
  select child_base.base, parent_base.base
  from work.row_nodes as child
  join work.row_nodes as parent on parent.local_row_id = child.parent_local_row_id
  join work.row_bases as child_base on child_base.r = child.r
  join work.row_bases as parent_base on parent_base.r = parent.r
) as pairs
where a <> b
order by a, b;
