-- one row per order of an open group: all that follows looks only at these
create or replace table work.open_orders as
select groups.* from work.order_groups as groups join work.open_groups as wide on wide.g = groups.g;

-- one row per local row of an open group
create or replace table work.open_roles as
select roles.* from work.row_roles as roles join work.open_groups as wide on wide.g = roles.g;

-- one row per order of an open group and scope it is counted in
create or replace table work.scope_orders as
with open as (
  select o.*, groups.g
  from work.order_nodes as o
  join work.open_orders as groups on groups.o = o.o
)
select o, g, store_id, 'placed' as metric, 'all' as scope, cast(null as date) as day, created_at, platform_order_id from open
union all
select o, g, store_id, 'placed', case when placed_on is null then 'undated' else 'day' end, placed_on, created_at, platform_order_id from open
union all
select o, g, store_id, 'unshipped', 'all', null, created_at, platform_order_id from open where is_unshipped
union all
select o, g, store_id, 'shipped', 'all', null, created_at, platform_order_id from open where is_shipped
union all
select o, g, store_id, 'shipped', case when shipped_on is null then 'undated' else 'day' end, shipped_on, created_at, platform_order_id from open where is_shipped;

-- one row per local row of an open group and scope it is counted in; place is its turn to be cancelled (rule book 5, step 3)
create or replace table work.scope_rows as
with open as (
  select r.*, roles.base, roles.g,
    row_number() over (partition by roles.g order by r.is_resend, r.is_split, r.is_live desc, r.order_created_at nulls last, r.local_row_id) as place
  from work.row_nodes as r
  join work.open_roles as roles on roles.r = r.r
)
select r, base, g, store_id, 'placed' as metric, 'all' as scope, cast(null as date) as day, place from open where is_placed
union all
select r, base, g, store_id, 'placed', case when placed_on is null then 'undated' else 'day' end, placed_on, place from open where is_placed
union all
select r, base, g, store_id, 'unshipped', 'all', null, place from open where is_unshipped
union all
select r, base, g, store_id, 'shipped', 'all', null, place from open where is_shipped
union all
select r, base, g, store_id, 'shipped', case when shipped_on is null then 'undated' else 'day' end, shipped_on, place from open where is_shipped;

-- one row per order or local row that is left over in a scope: pairs with the same number cancel first, then any order of the group against any row
create or replace table work.units as
with first_of_key as (
  select *, row_number() over (partition by store_id, metric, scope, day, g, base order by place) as key_place from work.scope_rows
),
pairs as (
  select o.o, r.r, o.store_id, o.metric, o.scope, o.day
  from work.scope_orders as o
  join first_of_key as r
    on r.base = o.o and r.key_place = 1 and r.store_id = o.store_id and r.metric = o.metric and r.scope = o.scope and r.day is not distinct from o.day
),
orders_left as (
  select o.*, row_number() over (partition by store_id, metric, scope, day, g order by created_at, platform_order_id) as turn
  from work.scope_orders as o
  where not exists (
    select 1 from pairs where pairs.o = o.o and pairs.metric = o.metric and pairs.scope = o.scope and pairs.day is not distinct from o.day)
),
rows_left as (
  select r.*, row_number() over (partition by store_id, metric, scope, day, g order by place) as turn
  from work.scope_rows as r
  where not exists (
    select 1 from pairs where pairs.r = r.r and pairs.metric = r.metric and pairs.scope = r.scope and pairs.day is not distinct from r.day)
),
n_orders as (select store_id, metric, scope, day, g, count(*) as n from orders_left group by all),
n_rows as (select store_id, metric, scope, day, g, count(*) as n from rows_left group by all)
select x.store_id, x.metric, x.scope, x.day, x.g, 1 as sign, x.o, cast(null as bigint) as r
from orders_left as x
left join n_rows as other
  on other.store_id = x.store_id and other.metric = x.metric and other.scope = x.scope and other.day is not distinct from x.day and other.g = x.g
where x.turn > coalesce(other.n, 0)
union all
select x.store_id, x.metric, x.scope, x.day, x.g, -1, null, x.r
from rows_left as x
left join n_orders as other
  on other.store_id = x.store_id and other.metric = x.metric and other.scope = x.scope and other.day is not distinct from x.day and other.g = x.g
where x.turn > coalesce(other.n, 0);
