-- one row per order without a local row: the codes of block PO that hold, in the order of their rules (rule book 2, PO)
create or replace table work.po_orders as
with asked as (select distinct o from work.unit_blocks where block = 'PO'),
line_sums as (
  select store_id, platform_order_id, sum(qty - coalesce(qty_cancelled, 0) - coalesce(qty_refunded, 0)) as qty
  from platform_order_lines
  group by store_id, platform_order_id
)
select
  asked.o, p.*, s.* exclude (store_id, platform, marketplace, source_file_id, source_row),
  s.store_id is not null as is_known_store,
  reach.lo, reach.sync_log_supplied, night.as_of, line_sums.qty as open_qty,
  local_report.data_start_at as local_start_at,
  case s.history_basis when 'created' then p.created_at when 'shipped' then p.shipped_at else p.updated_at end as basis_at,
  -- t0: the first moment a sync could have taken the order.
  greatest(p.created_at, p.eligible_at, case when s.import_unpaid = false then p.paid_at end) as t0,
  -- tchg: the state change that matters, never a later edit.
  coalesce(case buckets.bucket when 'shipped' then p.shipped_at when 'cancelled' then p.cancelled_at end, p.status_changed_at, p.updated_at) as tchg
from asked
join work.order_nodes as n on n.o = asked.o
join platform_orders as p on p.store_id = n.store_id and p.platform_order_id = n.platform_order_id
join work.lifecycle_buckets as buckets on buckets.side = 'platform' and buckets.lifecycle = p.lifecycle
cross join night
left join stores as s on s.store_id = p.store_id
left join work.sync_reach as reach on reach.store_id = p.store_id
left join work.local_report as local_report on local_report.store_id = p.store_id
left join line_sums on line_sums.store_id = p.store_id and line_sums.platform_order_id = p.platform_order_id;

-- one row per order: what the syncs that cover it say
create or replace table work.po_coverage as
with moments as (
  select o, store_id, t0 as moment, true as is_t0 from work.po_orders
  union all
  select o, store_id, updated_at, false from work.po_orders
),
covering as (
  select m.o, m.moment, m.is_t0, y.*
  from moments as m
  join work.syncs as y on y.store_id = m.store_id
    and (y.window_from is null or m.moment > y.window_from or (m.moment = y.window_from and not y.from_exclusive))
    and m.moment < y.window_to
    and (m.is_t0 or y.window_field = 'updated')
),
ended as (
  select p.o, bool_or(y.ended_at >= p.created_at and y.ended_at < p.tchg) as before_change, bool_or(y.ended_at >= p.created_at and y.ended_at < p.shipped_at) as before_shipment
  from work.po_orders as p
  join work.syncs as y on y.store_id = p.store_id and y.status = 'ok'
  group by p.o
)
select
  p.o,
  coalesce(bool_or(c.status = 'ok'), false) as cov_ok,
  list(distinct c.sync_id order by c.sync_id) filter (where c.is_t0) as covering_syncs,
  coalesce(bool_or(c.is_t0 and c.error_code = 'quota'), false) as in_quota_stop,
  coalesce(bool_or(c.is_t0 and c.status = 'partial'), false) as in_partial,
  coalesce(bool_or(c.is_t0 and c.status = 'failed'), false) as in_failed,
  -- In every covering run the covered moment lies within the settle delay of its end.
  bool_and(c.moment >= c.window_to - coalesce(p.settle_seconds, 120) * interval 1 second) filter (where c.status = 'ok') as only_unsettled,
  coalesce(bool_or(c.status = 'ok' and c.rows_fetched < c.rows_expected), false) as in_short_run,
  coalesce(bool_or(ended.before_change), false) as synced_before_change,
  coalesce(bool_or(ended.before_shipment), false) as synced_before_shipment
from work.po_orders as p
left join covering as c on c.o = p.o
left join ended on ended.o = p.o
group by p.o;

create or replace table work.po_causes as
select p.o, list_filter([
  case when p.is_test then 'test_order' end,
  case when p.lifecycle = 'draft' then 'draft_order' end,
  case when p.order_type in ('replacement', 'exchange') then 'replacement_order' end,
  case when p.fulfilment_channel = 'platform' then 'platform_fulfilled' end,
  case when p.requires_shipping = false or p.has_ship_address = false then 'no_shipping_required' end,
  case when list_contains(p.pos_channels, p.sales_channel) or p.delivery_method = 'pickup' then 'pos_or_pickup_order' end,
  case when len(p.enabled_sales_channels) > 0 and not list_contains(p.enabled_sales_channels, p.sales_channel) then 'channel_not_enabled' end,
  case when len(p.enabled_locations) > 0 and not list_contains(p.enabled_locations, p.location_id) then 'multi_location_other_warehouse' end,
  case when list_has_any(p.tags, p.exclude_tags) then 'import_rule_excluded' end,
  case when p.is_archived and p.import_skips_archived then 'archived_or_closed' end,
  case when p.open_qty = 0 then 'zero_quantity_order' end,
  case when p.is_authorised = false then 'store_not_authorised' end,
  case when p.updated_at < p.data_deleted_at and (p.authorised_at <= p.data_deleted_at or p.basis_at < p.history_from_at) then 'local_store_data_deleted' end,
  case when p.basis_at < p.history_from_at then 'outside_history_window' end,
  case when p.history_only_unshipped and p.shipped_at < p.history_start_at then 'only_unshipped_history' end,
  case when p.created_at < p.local_from_at or p.created_at < p.local_start_at then 'local_retention_limit' end,
  case when p.lifecycle = 'payment_pending' then 'payment_pending' end,
  case when p.lifecycle = 'risk_hold' then 'risk_review_hold' end,
  case when p.lifecycle = 'fulfilment_hold' then 'fulfilment_hold' end,
  case when p.lifecycle = 'scheduled' then 'scheduled_fulfilment' end,
  case when p.sync_log_supplied and p.lifecycle in ('cancelled', 'refunded') and not c.synced_before_change then 'cancelled_before_import' end,
  case when p.sync_log_supplied and p.import_only_unshipped and p.shipped_at is not null and not c.synced_before_shipment then 'shipped_before_import' end,
  case when p.unbound_at <= p.t0 then 'store_unbound' end,
  case when p.expires_at <= p.as_of and p.t0 >= p.expires_at then 'authorisation_expired' end,
  case when p.auto_sync_enabled = false and p.t0 >= p.lo then 'auto_sync_disabled' end,
  case when p.sync_log_supplied and not c.cov_ok and c.in_quota_stop then 'order_quota_exhausted' end,
  case when p.sync_log_supplied and not c.cov_ok and c.in_partial then 'sync_partial_rate_limited' end,
  case when p.sync_log_supplied and not c.cov_ok and c.in_failed then 'sync_failed' end,
  case when p.sync_log_supplied and p.sync_mode = 'webhook' and not c.cov_ok and p.created_at < p.as_of - interval 1 hour then 'event_not_delivered' end,
  case when p.sync_log_supplied and (p.lo is null or p.t0 >= p.lo) then 'sync_lag' end,
  case when p.sync_log_supplied and not c.cov_ok and p.t0 < p.lo then 'sync_watermark_gap' end,
  case when e.platform_order_id is not null then 'import_rejected' end,
  case when p.sync_log_supplied and c.cov_ok and c.only_unsettled then 'sync_consistency_window' end,
  case when p.sync_log_supplied and c.cov_ok and c.in_short_run then 'sync_page_boundary_loss' end,
  'unexplained_platform_only'
], lambda code: code is not null) as codes,
-- What the rules looked at; the catalogue says which of it proves which code.
map {
  'platform_is_test': cast(p.is_test as varchar), 'platform_order_type': cast(p.order_type as varchar),
  'platform_raw_status': cast(p.raw_status as varchar), 'platform_fulfilment_channel': cast(p.fulfilment_channel as varchar),
  'platform_requires_shipping': cast(p.requires_shipping as varchar), 'platform_has_ship_address': cast(p.has_ship_address as varchar),
  'platform_sales_channel': cast(p.sales_channel as varchar), 'platform_delivery_method': cast(p.delivery_method as varchar),
  'platform_location_id': cast(p.location_id as varchar), 'platform_tags': cast(p.tags as varchar),
  'platform_is_archived': cast(p.is_archived as varchar), 'platform_updated_at': cast(p.updated_at as varchar),
  'platform_shipped_at': cast(p.shipped_at as varchar), 'platform_ship_by_at': cast(p.ship_by_at as varchar),
  'platform_open_qty': cast(p.open_qty as varchar), 'store_is_authorised': cast(p.is_authorised as varchar),
  'store_authorised_at': cast(p.authorised_at as varchar), 'store_expires_at': cast(p.expires_at as varchar),
  'store_unbound_at': cast(p.unbound_at as varchar), 'store_data_deleted_at': cast(p.data_deleted_at as varchar),
  'store_history_basis': cast(p.history_basis as varchar), 'store_history_window': cast(p.history_window as varchar),
  'store_history_start_at': cast(p.history_start_at as varchar), 'store_history_from_at': cast(p.history_from_at as varchar),
  'store_local_from_at': cast(p.local_from_at as varchar), 'store_import_skips_archived': cast(p.import_skips_archived as varchar),
  'store_import_only_unshipped': cast(p.import_only_unshipped as varchar), 'store_exclude_tags': cast(p.exclude_tags as varchar),
  'store_enabled_sales_channels': cast(p.enabled_sales_channels as varchar), 'store_pos_channels': cast(p.pos_channels as varchar),
  'store_enabled_locations': cast(p.enabled_locations as varchar), 'store_auto_sync_enabled': cast(p.auto_sync_enabled as varchar),
  'store_sync_mode': cast(p.sync_mode as varchar), 'window_at': cast(p.basis_at as varchar), 'takeable_at': cast(p.t0 as varchar),
  'changed_at': cast(p.tchg as varchar), 'synced_until': cast(p.lo as varchar), 'erp_file_starts_at': cast(p.local_start_at as varchar),
  'settle_seconds': cast(p.settle_seconds as varchar), 'covering_syncs': cast(c.covering_syncs as varchar), 'import_error': cast(e.reason as varchar)
} as facts
from work.po_orders as p
join work.po_coverage as c on c.o = p.o
left join (select store_id, platform_order_id, min(reason) as reason from local_import_errors group by store_id, platform_order_id) as e on e.store_id = p.store_id and e.platform_order_id = p.platform_order_id;
