-- one row per local row without an order: the codes of block LO that hold, in the order of their rules (rule book 2, LO)
create or replace table work.lo_causes as
with asked as (select distinct r from work.unit_blocks where block = 'LO' and code is null),
-- Rejected rows of the platform's files: by the file's store, or by the store the reject itself names.
rejections as (
  select files.store_id, rejects.order_key, min(rejects.reason) as reason
  from load_rejects as rejects
  join report_files as files on files.file_id = rejects.file_id and files.side = 'platform'
  group by files.store_id, rejects.order_key
  union all
  select store_id, order_key, min(reason)
  from load_rejects
  where store_id is not null and not starts_with(coalesce(field, ''), 'local_')
  group by store_id, order_key
),
rejected as (select store_id, order_key, min(reason) as reason from rejections group by store_id, order_key),
-- Orders that an earlier night saw, by any number the linker would have accepted.
keyed as (select r.r, r.store_id, r.order_key from asked join work.row_nodes as r on r.r = asked.r where r.order_key is not null),
seen_before as (
  select r, max(last_seen_on) as last_seen_on
  from (
    select keyed.r, h.last_seen_on from keyed join previous.order_history as h on h.store_id = keyed.store_id and h.order_key = keyed.order_key
    union all
    select keyed.r, h.last_seen_on from keyed join previous.order_history as h on h.store_id = keyed.store_id and h.no_key = keyed.order_key
  ) as seen
  group by r
)
select r.r, list_filter([
  case when l.origin in ('manual', 'csv_import') then 'manual_local_order' end,
  case when l.is_resend then 'resend_local_order' end,
  case when s.unbound_at <= night.as_of and not f.is_done then 'store_unbound' end,
  case when not f.is_done then 'platform_report_missing' end,
  case when rejected.order_key is not null then 'platform_report_parse_reject' end,
  case when not f.complete and l.order_created_at >= f.data_end_at then 'platform_report_truncated' end,
  case when l.order_created_at < greatest(s.api_from_at, f.data_start_at) then 'platform_report_window_limit' end,
  case when len(f.marketplaces) > 0 and not list_contains(f.marketplaces, l.marketplace) then 'platform_report_scope' end,
  case when list_contains(f.excluded_statuses, l.platform_status_seen) then 'platform_report_status_filter' end,
  case when f.is_done and l.order_created_at >= f.data_end_at - coalesce(s.settle_seconds, 120) * interval 1 second then 'platform_report_lag' end,
  case when seen_before.r is not null and f.is_done and f.complete and l.order_created_at < f.data_end_at then 'platform_order_deleted' end,
  'unexplained_local_only'
], lambda code: code is not null) as codes,
map {
  'local_origin': cast(l.origin as varchar), 'local_is_resend': cast(l.is_resend as varchar), 'local_marketplace': cast(l.marketplace as varchar),
  'local_platform_status_seen': cast(l.platform_status_seen as varchar), 'store_unbound_at': cast(s.unbound_at as varchar),
  'store_api_from_at': cast(s.api_from_at as varchar), 'settle_seconds': cast(s.settle_seconds as varchar), 'file_is_done': cast(f.is_done as varchar),
  'file_complete': cast(f.complete as varchar), 'file_starts_at': cast(f.data_start_at as varchar), 'file_ends_at': cast(f.data_end_at as varchar),
  'file_marketplaces': cast(f.marketplaces as varchar), 'file_excluded_statuses': cast(f.excluded_statuses as varchar),
  'reject_reason': cast(rejected.reason as varchar), 'last_seen_on': cast(seen_before.last_seen_on as varchar)
} as facts
from asked
join work.row_nodes as r on r.r = asked.r
join local_orders as l on l.local_row_id = r.local_row_id
cross join night
left join order_report as f on f.store_id = l.store_id
left join stores as s on s.store_id = l.store_id
left join rejected on rejected.store_id = l.store_id and rejected.order_key = r.order_key
left join seen_before on seen_before.r = r.r;
