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
