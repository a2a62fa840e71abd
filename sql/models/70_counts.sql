-- one row per store, metric and scope: both numbers, and the units by class (rule book 5, step 5)
delete from count_checks;
insert into count_checks by name
with counted as (
  select store_id, 'placed' as metric, 'all' as scope, cast(null as date) as day, count(*) as n_platform, 0 as n_local, 0 as n_submitted from work.order_nodes group by store_id
  union all
  select store_id, 'placed', case when placed_on is null then 'undated' else 'day' end, placed_on, count(*), 0, 0 from work.order_nodes group by store_id, placed_on
  union all
  select store_id, 'unshipped', 'all', null, count(*), 0, 0 from work.order_nodes where is_unshipped group by store_id
  union all
  select store_id, 'shipped', 'all', null, count(*), 0, 0 from work.order_nodes where is_shipped group by store_id
  union all
  select store_id, 'shipped', case when shipped_on is null then 'undated' else 'day' end, shipped_on, count(*), 0, 0 from work.order_nodes where is_shipped group by store_id, shipped_on
  union all
  select store_id, 'placed', 'all', null, 0, count(*), 0 from work.row_nodes where is_placed group by store_id
  union all
  select store_id, 'placed', case when placed_on is null then 'undated' else 'day' end, placed_on, 0, count(*), 0 from work.row_nodes where is_placed group by store_id, placed_on
  union all
  select store_id, 'unshipped', 'all', null, 0, count(*), count(*) filter (where is_submitted) from work.row_nodes where is_unshipped group by store_id
  union all
  select store_id, 'shipped', 'all', null, 0, count(*), 0 from work.row_nodes where is_shipped group by store_id
  union all
  select store_id, 'shipped', case when shipped_on is null then 'undated' else 'day' end, shipped_on, 0, count(*), 0 from work.row_nodes where is_shipped group by store_id, shipped_on
  union all
  -- Zero is a number too: every store has its three totals.
  select store_id, metric, 'all', null, 0, 0, 0 from work.store_facts cross join (values ('placed'), ('unshipped'), ('shipped')) as metrics (metric)
),
totals as (
  select store_id, metric, scope, day, sum(n_platform) as n_platform, sum(n_local) as n_local, sum(n_submitted) as n_submitted from counted group by all
),
units as (
  select
    store_id, metric, scope, day,
    count(*) filter (where class = 'benign' and not starts_with(code, 'unexplained_')) as units_benign,
    count(*) filter (where class = 'wait' and not starts_with(code, 'unexplained_')) as units_wait,
    count(*) filter (where class = 'act' and not starts_with(code, 'unexplained_')) as units_act,
    count(*) filter (where class = 'defect' and not starts_with(code, 'unexplained_')) as units_defect,
    count(*) filter (where starts_with(code, 'unexplained_')) as units_unexplained
  from attribution_units
  group by all
)
select
  t.store_id, t.metric, t.scope, t.day, t.n_platform, t.n_local,
  t.n_local - t.n_submitted as n_local_comparable,
  t.n_platform - t.n_local as diff,
  coalesce(units.units_benign, 0) as units_benign,
  coalesce(units.units_wait, 0) as units_wait,
  coalesce(units.units_act, 0) as units_act,
  coalesce(units.units_defect, 0) as units_defect,
  coalesce(units.units_unexplained, 0) as units_unexplained,
  true as sums_ok,
  not exists (select 1 from work.gates where gates.store_id = t.store_id) as comparable
from totals as t
left join units on units.store_id = t.store_id and units.metric = t.metric and units.scope = t.scope and units.day is not distinct from t.day
order by t.store_id, t.metric, t.scope, t.day nulls first;
