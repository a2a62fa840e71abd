-- one row per explanation that fits a number somebody claims, or per side that none fits (rule book 2, BR): inferences, never part of the attribution
with claimed as (
  select side.side, case side.side when 'platform' then asked.claimed_platform else asked.claimed_local end as claimed,
    coalesce(case side.side when 'platform' then counted.n_platform else counted.n_local end, 0) as n
  from asked
  cross join (values ('platform'), ('local')) as side (side)
  left join count_checks as counted
    on counted.store_id = asked.store_id and counted.metric = asked.metric
    and counted.scope = case when asked.day is null then 'all' else 'day' end and counted.day is not distinct from asked.day
),
orders as (
  select p.*, case asked.metric when 'unshipped' then o.is_unshipped when 'shipped' then o.is_shipped else true end as is_counted
  from asked
  join work.order_nodes as o
    on o.store_id = asked.store_id and (asked.day is null or asked.day = case asked.metric when 'shipped' then o.shipped_on else o.placed_on end)
  join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
),
local_rows as (
  select l.*, case asked.metric when 'unshipped' then r.is_unshipped when 'shipped' then r.is_shipped else r.is_placed end as is_counted
  from asked
  join work.row_nodes as r
    on r.store_id = asked.store_id and (asked.day is null or asked.day = case asked.metric when 'shipped' then r.shipped_on else r.placed_on end)
  join local_orders as l on l.local_row_id = r.local_row_id
),
-- One tab of the ERP, or several that stand beside each other (000-2).
tabs as (
  select tab.lifecycle, tab.place, count(l.local_row_id) as n
  from (values ('pending_review', 1), ('pending', 2), ('tracking_applied', 3), ('to_print_in_stock', 4), ('to_print_out_of_stock', 5)) as tab (lifecycle, place)
  left join local_rows as l on l.lifecycle = tab.lifecycle
  group by tab.lifecycle, tab.place
),
tab_counts as (
  select [lifecycle] as parts, n as found, place from tabs
  union all
  select [lifecycle], count(*), 6 from local_rows where lifecycle not in (select lifecycle from tabs) group by lifecycle
  union all
  -- A run begins and ends with a tab that holds something, else it is a shorter one.
  select list(part.lifecycle order by part.place), sum(part.n), first.place
  from tabs as first
  join tabs as last on last.place > first.place and last.n > 0
  join tabs as part on part.place between first.place and last.place
  where first.n > 0
  group by first.place, last.place
),
item_counts as (
  select 'platform' as side, count(*) filter (where orders.is_counted) as counted, count(*) as in_file
  from platform_order_lines as line
  join orders on orders.store_id = line.store_id and orders.platform_order_id = line.platform_order_id
  union all
  select 'local', count(*) filter (where local_rows.is_counted), count(*)
  from local_order_lines as line
  join local_rows on local_rows.local_row_id = line.local_row_id
),
-- What a screen leaves out by itself, or another report counts otherwise.
kinds as (
  select 'platform' as side, is_counted, list_filter([
      case when is_archived then 'archived' end,
      case when has_ship_address = false then 'no_address' end,
      case when lifecycle = 'cancelled' then 'cancelled' end,
      case when lifecycle = 'payment_pending' then 'payment_pending' end,
      case when lifecycle = 'refunded' then 'refunded' end
    ], lambda kind: kind is not null) as kinds
  from orders
  union all
  select 'local', is_counted, list_filter([
      case when lifecycle = 'ignored' then 'ignored' end,
      case when lifecycle = 'cancelled' then 'cancelled' end,
      case when lifecycle = 'refunded' then 'refunded' end
    ], lambda kind: kind is not null)
  from local_rows
),
kind_counts as (select side, is_counted, kinds, count(*) as n from kinds group by all),
present as (select distinct side, is_counted, unnest(kinds) as kind from kind_counts),
choices as (
  select * from (values
    ('ui_default_filter', ['archived']), ('ui_default_filter', ['cancelled']), ('ui_default_filter', ['no_address']), ('ui_default_filter', ['ignored']),
    ('ui_default_filter', ['archived', 'cancelled']), ('ui_default_filter', ['archived', 'no_address']), ('ui_default_filter', ['cancelled', 'no_address']),
    ('ui_default_filter', ['cancelled', 'ignored']), ('ui_default_filter', ['archived', 'cancelled', 'no_address']),
    ('other_report_definition', ['cancelled']), ('other_report_definition', ['payment_pending']), ('other_report_definition', ['refunded']),
    ('other_report_definition', ['cancelled', 'payment_pending']), ('other_report_definition', ['cancelled', 'refunded']), ('other_report_definition', ['payment_pending', 'refunded']),
    ('other_report_definition', ['cancelled', 'payment_pending', 'refunded'])
  ) as choice (code, parts)
),
without as (
  select counts.side, choices.code, choices.parts,
    sum(counts.n) filter (where counts.is_counted and not list_has_any(counts.kinds, choices.parts)) as found
  from choices
  cross join kind_counts as counts
  where len(choices.parts) = (select count(*) from present where present.side = counts.side and present.is_counted and list_contains(choices.parts, present.kind))
  group by all
),
including as (
  select counts.side, choices.code, choices.parts,
    sum(counts.n) filter (where counts.is_counted or list_has_any(counts.kinds, choices.parts)) as found
  from choices
  cross join kind_counts as counts
  where choices.code = 'other_report_definition'
    and len(choices.parts) = (select count(*) from present where present.side = counts.side and not present.is_counted and list_contains(choices.parts, present.kind))
  group by all
),
-- Both sides as they were at the moment of the claim: created by then, not yet shipped, cancelled or voided by then.
replayed as (
  select
    (select count(*) from orders
     where created_at <= asked.claimed_at
       and case asked.metric
         when 'placed' then true
         when 'shipped' then is_counted and shipped_at <= asked.claimed_at
         else (is_counted or shipped_at > asked.claimed_at or cancelled_at > asked.claimed_at) and coalesce(shipped_at > asked.claimed_at, true) and coalesce(cancelled_at > asked.claimed_at, true)
       end) as n_platform,
    (select count(*) from local_rows
     where coalesce(imported_at, order_created_at) <= asked.claimed_at
       and case asked.metric
         when 'placed' then is_counted or deleted_at > asked.claimed_at
         when 'shipped' then is_counted and shipped_at <= asked.claimed_at
         else (is_counted or shipped_at > asked.claimed_at or voided_at > asked.claimed_at or deleted_at > asked.claimed_at)
           and coalesce(shipped_at > asked.claimed_at, true) and coalesce(voided_at > asked.claimed_at, true) and coalesce(deleted_at > asked.claimed_at, true)
       end) as n_local
  from asked
  where asked.claimed_at is not null
),
at_other_time as (
  select replayed.*
  from replayed
  cross join asked
  where coalesce(asked.claimed_platform = replayed.n_platform, true)
    and coalesce(asked.claimed_local = replayed.n_local, true)
    and exists (select 1 from claimed where claimed.claimed <> claimed.n)
),
tested as (
  select 1 as place, place as turn, 'local' as side, 'single_tab_counted' as code, parts, found from tab_counts
  union all
  select 2, 1, side, 'rows_counted_as_orders', ['counted'], counted from item_counts
  union all
  select 2, 2, side, 'rows_counted_as_orders', ['in_file'], in_file from item_counts where in_file <> counted
  union all
  select 3, 1, side, code, list_prepend('without', parts), found from without where code = 'ui_default_filter'
  union all
  select 4, 1, side, 'ui_count_capped', [], claimed from claimed where claimed in (99, 999, 9999, 10000) and n >= claimed
  union all
  select 6, 1, side, code, list_prepend('without', parts), found from without where code = 'other_report_definition'
  union all
  select 6, 2, side, code, list_prepend('including', parts), found from including
),
fitting as (
  select tested.*, claimed.claimed, claimed.n
  from tested
  join claimed on claimed.side = tested.side
  where tested.found = claimed.claimed and claimed.claimed <> claimed.n
  union all
  select 5, 1, claimed.side, 'claimed_at_other_time', [], claimed.claimed, claimed.claimed, claimed.n
  from claimed
  where claimed.claimed is not null and exists (select 1 from at_other_time)
),
told as (
  select * from fitting
  union all
  select 7, 1, side, 'claim_residual_' || side, [], null, claimed, n
  from claimed
  where claimed <> n and side not in (select side from fitting)
)
select side, code, parts, claimed, n,
  -- The way from the claimed number to ours; of a residual what is left of the claim.
  case when starts_with(code, 'claim_residual_') then claimed - n else n - claimed end as bridge
from told
-- One tab before several, the fewest assumptions first.
order by case side when 'platform' then 0 else 1 end, place, len(parts), turn, parts;
