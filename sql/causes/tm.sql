-- one row per unit whose order is counted on different days: the codes of block TM that hold, in the order of their rules (rule book 2, TM)
create or replace table work.tm_causes as
with asked as (select unit_no, metric, o, r from work.unit_blocks where block = 'TM'),
timed as (
  select
    asked.*, p.created_at, p.paid_at, p.eligible_at, p.updated_at, p.shipped_at, l.imported_at, facts.timezone, facts.local_timezone,
    case asked.metric when 'shipped' then p.shipped_at else p.created_at end as a,
    case asked.metric when 'shipped' then l.shipped_at else l.order_created_at end as b
  from asked
  join work.order_nodes as o on o.o = asked.o
  join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
  join work.row_nodes as r on r.r = asked.r
  join local_orders as l on l.local_row_id = r.local_row_id
  join work.store_facts as facts on facts.store_id = p.store_id
),
shifted as (
  select timed.*, epoch(b) - epoch(a) as seconds, abs(of_a.utc_offset) as platform_offset, abs(of_b.utc_offset) as local_offset
  from timed
  left join zone_spans as of_a on of_a.zone = timed.timezone and timed.a >= of_a.from_at and timed.a < of_a.until_at
  left join zone_spans as of_b on of_b.zone = timed.local_timezone and timed.a >= of_b.from_at and timed.a < of_b.until_at
)
select unit_no, list_filter([
  case when a is null or b is null then 'day_not_recorded' end,
  case when abs(seconds) <= 1 then 'day_boundary_timezone' end,
  case when abs(seconds) > 1 and (abs(abs(seconds) - platform_offset) <= 1 or abs(abs(seconds) - local_offset) <= 1) then 'naive_timestamp_shift' end,
  case when abs(epoch(b) - epoch(paid_at)) <= 1 or abs(epoch(b) - epoch(eligible_at)) <= 1 or abs(epoch(b) - epoch(imported_at)) <= 1
    or (metric = 'placed' and abs(epoch(b) - epoch(shipped_at)) <= 1) or (metric = 'shipped' and abs(epoch(b) - epoch(created_at)) <= 1)
    or (updated_at <> a and abs(epoch(b) - epoch(updated_at)) <= 1) then 'day_basis_differs' end,
  'unexplained_day'
], lambda code: code is not null) as codes,
map {
  'platform_at': cast(a as varchar), 'local_at': cast(b as varchar), 'seconds_apart': cast(cast(seconds as bigint) as varchar),
  'store_timezone': cast(timezone as varchar), 'store_local_timezone': cast(local_timezone as varchar),
  'platform_paid_at': cast(paid_at as varchar), 'platform_eligible_at': cast(eligible_at as varchar),
  'platform_shipped_at': cast(shipped_at as varchar), 'platform_updated_at': cast(updated_at as varchar),
  'local_imported_at': cast(imported_at as varchar)
} as facts
from shifted;
