-- one row per platform order: its group
create or replace table work.order_groups as
select o.o, coalesce(merged.root, o.o) as g
from work.order_nodes as o
left join work.merged_bases as merged on merged.base = o.o;

-- one row per local row: its base, its group and its role (rule book 5, step 2)
create or replace table work.row_roles as
with crowded as (
  select base from work.row_bases group by base having count(*) > 1
),
based as (
  select r.*, bases.base, coalesce(merged.root, bases.base) as g, coalesce(o.store_id = r.store_id, true) as is_own_store
  from work.row_nodes as r
  join work.row_bases as bases on bases.r = r.r
  left join work.order_nodes as o on o.o = bases.base
  left join work.merged_bases as merged on merged.base = bases.base
),
ranked as (
  select r, base, g, is_split, is_resend,
    row_number() over (partition by base, is_split or is_resend order by is_own_store desc, is_live desc, order_created_at nulls last, local_row_id) as place
  from based
  where base in (select base from crowded)
  union all
  select r, base, g, is_split, is_resend, 1 from based where base not in (select base from crowded)
)
select r, base, g,
  case when is_split then 'split' when is_resend then 'resend' when place = 1 then 'primary' else 'duplicate' end as role
from ranked;

-- one row per group of one order and one row: whether they agree in every metric, day and state;
-- a table of its own, because DuckDB would turn these comparisons into join conditions and pair all orders of a day
create or replace table work.single_pairs as
with single as (
  select g from work.order_groups group by g having count(*) = 1
  intersect
  select g from work.row_roles group by g having count(*) = 1
)
select
  roles.g,
  o.store_id = r.store_id
    and r.is_placed
    and o.is_unshipped = r.is_unshipped
    and o.is_shipped = r.is_shipped
    and o.placed_on is not distinct from r.placed_on
    and o.shipped_on is not distinct from r.shipped_on as is_settled
from work.row_roles as roles
join single on single.g = roles.g
join work.order_nodes as o on o.o = roles.base
join work.row_nodes as r on r.r = roles.r
where roles.role = 'primary';

-- one row per group that may leave a unit
create or replace table work.open_groups as
select g from work.order_groups
union
select g from work.row_roles
except
select g from work.single_pairs where is_settled;
