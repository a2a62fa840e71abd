-- one row per local row and order that fit only after undoing spreadsheet damage on one side; only rows and orders that no number links
-- (work.damaged_ranges: what Rust read out of a damaged number, the length of the true one and the range it lies in)
create or replace table work.damaged_links as
with free_rows as (select * from work.row_nodes as r where order_key is not null and not exists (select 1 from work.key_links as links where links.r = r.r)),
free_orders as (select * from work.order_nodes as o where not exists (select 1 from work.key_links as links where links.o = o.o))
select r.r, o.o, 'damaged' as link_kind
from work.damaged_ranges as d
join free_rows as r on d.side = 'local' and r.r = d.n
join free_orders as o on o.store_id = r.store_id and length(o.order_key) = d.key_length and o.order_key >= d.first_key and o.order_key <= d.last_key
union
select r.r, o.o, 'damaged'
from work.damaged_ranges as d
join free_orders as o on d.side = 'platform' and o.o = d.n
join free_rows as r on r.store_id = o.store_id and length(r.order_key) = d.key_length and r.order_key >= d.first_key and r.order_key <= d.last_key
union
-- Leading zeros lost on one side.
select r.r, o.o, 'damaged'
from free_rows as r
join free_orders as o on o.store_id = r.store_id and ltrim(o.order_key, '0') = ltrim(r.order_key, '0')
where ltrim(r.order_key, '0') <> '' and regexp_full_match(r.order_key, '[0-9]+');

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
own_found as (
  select keyed.r, keyed.number, o.o, 1 as step from keyed join work.order_nodes as o on o.store_id = keyed.store_id and o.platform_order_id = keyed.number
  union all
  select keyed.r, keyed.number, o.o, 2 from keyed join work.order_nodes as o on o.store_id = keyed.store_id and o.order_key = keyed.key
  union all
  select keyed.r, keyed.number, o.o, 3 from keyed join work.order_nodes as o on o.store_id = keyed.store_id and o.no_key = keyed.key
),
-- A number that the row's own store lacks may be an order of exactly one other store of the platform.
missing as (
  select keyed.*, facts.platform
  from keyed
  join work.store_facts as facts on facts.store_id = keyed.store_id and facts.platform is not null
  where not exists (select 1 from own_found where own_found.r = keyed.r and own_found.number = keyed.number)
),
elsewhere as (
  select missing.r, missing.number, o.o, o.store_id
  from missing
  join work.order_nodes as o on o.order_key = missing.key and o.store_id <> missing.store_id
  join work.store_facts as facts on facts.store_id = o.store_id and facts.platform = missing.platform
),
found as (
  select * from own_found
  union all
  select r, number, o, 4
  from elsewhere
  where not exists (select 1 from elsewhere as other where other.r = elsewhere.r and other.number = elsewhere.number and other.store_id <> elsewhere.store_id)
)
select distinct r, o
from found
where step = (select min(step) from found as first where first.r = found.r and first.number = found.number);

-- one row per local row and order of another store of the same platform; only rows that nothing links in their own store (rule book 5, step 1)
create or replace table work.cross_links as
with free_rows as (
  select r.*, facts.platform, l.order_total
  from work.row_nodes as r
  join work.store_facts as facts on facts.store_id = r.store_id
  join local_orders as l on l.local_row_id = r.local_row_id
  where r.order_key is not null
    and facts.platform is not null
    and not exists (select 1 from work.key_links as links where links.r = r.r)
    and not exists (select 1 from work.damaged_links as links where links.r = r.r)
    and not exists (select 1 from work.merge_links as links where links.r = r.r)
    and not exists (select 1 from work.row_nodes as parent where parent.local_row_id = r.parent_local_row_id)
),
found as (
  select r.r, o.o, o.store_id, 1 as step
  from free_rows as r
  join work.order_nodes as o on o.order_key = r.order_key and o.store_id <> r.store_id
  join work.store_facts as facts on facts.store_id = o.store_id and facts.platform = r.platform
  union all
  -- Display numbers such as #1001 are not unique over stores: the total and the second must agree.
  select r.r, o.o, o.store_id, 2
  from free_rows as r
  join work.order_nodes as o on o.no_key = r.order_key and o.store_id <> r.store_id and o.no_key <> o.order_key
  join work.store_facts as facts on facts.store_id = o.store_id and facts.platform = r.platform
  join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
  where p.order_total = r.order_total and abs(epoch(p.created_at) - epoch(r.order_created_at)) <= 1
),
lone as (select r, step from found group by r, step having count(distinct store_id) = 1)
select found.r, found.o, 'cross_store' as link_kind
from found
join lone on lone.r = found.r and lone.step = found.step
where found.step = (select min(step) from lone as first where first.r = found.r);

-- one row per local row and order that its number links, whichever way
create or replace table work.row_links as
select * from work.key_links
union all
select * from work.damaged_links
union all
select * from work.cross_links;
