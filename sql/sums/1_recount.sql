-- 1: causes sum to the difference, and plain counts that share nothing with the linker agree; one row per scope where they do not
with platform_state as (
  select p.store_id, p.created_at, p.shipped_at, coalesce(s.timezone, 'UTC') as zone,
    p.lifecycle in ('shipped', 'delivered', 'completed', 'returned') as shipped,
    p.lifecycle in ('ready', 'processing', 'partially_shipped', 'cancel_requested')
      or (p.lifecycle = 'payment_pending' and list_contains(s.backend_unshipped_includes, 'unpaid'))
      or (p.lifecycle in ('risk_hold', 'fulfilment_hold', 'scheduled') and list_contains(s.backend_unshipped_includes, 'held'))
      or (p.lifecycle in ('cancelled', 'refunded') and list_contains(s.backend_unshipped_includes, 'cancelled'))
      or (p.lifecycle in ('draft', 'unknown') and list_contains(s.backend_unshipped_includes, 'other')) as unshipped
  from platform_orders as p left join stores as s on s.store_id = p.store_id
),
local_state as (
  select l.store_id, l.order_created_at as created_at, l.shipped_at, coalesce(s.local_timezone, 'UTC') as zone,
    l.lifecycle in ('shipped_ok', 'ship_failed') as shipped,
    l.lifecycle in ('pending_review', 'pending', 'tracking_applied', 'to_print_in_stock', 'to_print_out_of_stock') as unshipped
  from local_orders as l left join stores as s on s.store_id = l.store_id
  where l.lifecycle <> 'deleted'
),
events as (
  select 1 as side, store_id, 'placed' as metric, created_at as at, zone from platform_state
  union all select 1, store_id, 'shipped', shipped_at, zone from platform_state where shipped
  union all select -1, store_id, 'placed', created_at, zone from local_state
  union all select -1, store_id, 'shipped', shipped_at, zone from local_state where shipped
),
dated as (
  select e.side, e.store_id, e.metric, date_trunc('day', e.at + z.utc_offset * interval 1 second)::date as day
  from events as e
  left join zone_spans as z on z.zone = e.zone and e.at >= z.from_at and e.at < z.until_at
),
recounted as (
  select store_id, metric, 'all' as scope, cast(null as date) as day, count(*) filter (where side = 1) as n_p, count(*) filter (where side = -1) as n_l from dated group by store_id, metric
  union all
  select store_id, metric, case when day is null then 'undated' else 'day' end, day, count(*) filter (where side = 1), count(*) filter (where side = -1) from dated group by store_id, metric, day
  union all
  select store_id, 'unshipped', 'all', null, sum(n_p), sum(n_l)
  from (select store_id, count(*) as n_p, 0 as n_l from platform_state where unshipped group by store_id
        union all select store_id, 0, count(*) from local_state where unshipped group by store_id) group by store_id
),
summed as (select store_id, metric, scope, day, sum(sign) as net from attribution_units group by all)
select
  coalesce(c.store_id, n.store_id) as store_id, coalesce(c.metric, n.metric) as metric, coalesce(c.scope, n.scope) as scope, coalesce(c.day, n.day) as day,
  'counted ' || coalesce(c.n_platform, -1) || ' and ' || coalesce(c.n_local, -1) || ', recounted ' || coalesce(n.n_p, 0) || ' and ' || coalesce(n.n_l, 0)
    || ', causes sum to ' || coalesce(s.net, 0) as what
from count_checks as c
full outer join recounted as n on n.store_id = c.store_id and n.metric = c.metric and n.scope = c.scope and n.day is not distinct from c.day
left join summed as s on s.store_id = c.store_id and s.metric = c.metric and s.scope = c.scope and s.day is not distinct from c.day
where c.n_platform is distinct from coalesce(n.n_p, 0) or c.n_local is distinct from coalesce(n.n_l, 0)
  or c.diff is distinct from coalesce(s.net, 0) or c.diff <> c.n_platform - c.n_local;
