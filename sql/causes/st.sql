-- one row per unit whose order stands on both sides in different states: the codes of block ST that hold, in the order of their lists (rule book 2, ST)
create or replace table work.st_causes as
with asked as (
  select unit_no, metric, sign, o, r from work.unit_blocks where block = 'ST'
),
stated as (
  select
    a.*, p.lifecycle as p_lifecycle, p.raw_status as p_raw_status, p.fulfilment_channel, p.shipped_at as p_shipped_at, p.cancelled_at as p_cancelled_at,
    l.lifecycle as l_lifecycle, l.raw_status as l_raw_status, l.ignored_reason, l.shipped_at as l_shipped_at, l.voided_at, l.deleted_at,
    l.submit_status, l.submit_kind, l.submit_error, l.submit_error_ignored, l.tracking_submitted_at, f.data_end_at as file_ends_at, h.was_shipped_on,
    o.is_unshipped as p_unshipped, o.is_shipped as p_shipped, p_bucket.bucket = 'cancelled' as p_cancelled,
    r.is_unshipped as l_unshipped, r.is_shipped as l_shipped, l.lifecycle in ('cancelled', 'refunded') as l_cancelled,
    h.was_shipped_on is not null as was_shipped,
    l.tracking_submitted_at >= f.data_end_at as submitted_after_report,
    s.erp, l.last_update_result, l.last_update_at, reach.lo,
    coalesce(case p_bucket.bucket when 'shipped' then p.shipped_at when 'cancelled' then p.cancelled_at end, p.status_changed_at, p.updated_at) as tchg
  from asked as a
  join work.order_nodes as o on o.o = a.o
  join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
  join work.lifecycle_buckets as p_bucket on p_bucket.side = 'platform' and p_bucket.lifecycle = p.lifecycle
  join work.row_nodes as r on r.r = a.r
  join local_orders as l on l.local_row_id = r.local_row_id
  left join stores as s on s.store_id = p.store_id
  left join order_report as f on f.store_id = p.store_id
  left join work.sync_reach as reach on reach.store_id = p.store_id
  left join previous.order_history as h on h.store_id = p.store_id and h.platform_order_id = p.platform_order_id
)
select unit_no, list_filter([
  case when sign = 1 and l_lifecycle = 'deleted' then 'local_row_deleted' end,
  case when p_lifecycle = 'unknown' or l_lifecycle = 'unknown' then 'status_unmapped' end,
  case when sign = 1 and l_lifecycle = 'ignored' and fulfilment_channel = 'platform' then 'platform_fulfilled' end,
  case when sign = 1 and l_lifecycle = 'ignored' and fulfilment_channel is distinct from 'platform' then 'local_ignored' end,
  case when sign = 1 and l_lifecycle = 'obsolete' then 'local_obsolete' end,
  case when sign = 1 and l_lifecycle = 'on_hold' then 'local_on_hold' end,
  -- The platform says unshipped, the ERP shipped.
  case when p_unshipped and l_shipped and was_shipped then 'fulfilment_reverted' end,
  case when p_unshipped and l_shipped and submit_status = 'failed' then 'tracking_submit_failed' end,
  case when p_unshipped and l_shipped and submit_status in ('none', 'pending') then 'tracking_not_submitted' end,
  case when p_unshipped and l_shipped and submit_status = 'unknown' then 'tracking_state_unknown' end,
  case when p_unshipped and l_shipped and submit_status = 'ok' and submitted_after_report then 'platform_report_lag' end,
  case when p_lifecycle = 'partially_shipped' and l_shipped and submit_status = 'ok' then 'partial_fulfilment' end,
  case when sign = 1 and p_unshipped and l_cancelled then 'cancelled_locally_only' end,
  -- The platform says shipped.
  case when sign = 1 and p_shipped and l_cancelled then 'cancelled_locally_but_shipped' end,
  case when p_shipped and l_unshipped and submit_status = 'ok' then 'virtual_shipment_submitted' end,
  case when (p_shipped or p_cancelled) and l_unshipped and tchg >= lo then 'sync_lag' end,
  case when (p_shipped or p_cancelled) and l_unshipped and erp = 'onewarehouse' and tchg < lo and last_update_result = 'ok' and last_update_at >= tchg then 'status_not_refreshed' end,
  case when p_shipped and l_unshipped and submit_status = 'none' and tchg < lo then 'shipped_on_platform_directly' end,
  case when sign = -1 and p_cancelled and l_unshipped and tchg < lo then 'cancelled_on_platform_not_local' end,
  case when sign = -1 and p_cancelled and l_shipped then 'cancelled_after_ship' end,
  -- The platform holds what the ERP would ship.
  case when sign = -1 and metric = 'unshipped' and p_lifecycle = 'payment_pending' then 'payment_pending' end,
  case when sign = -1 and metric = 'unshipped' and p_lifecycle = 'risk_hold' then 'risk_review_hold' end,
  case when sign = -1 and metric = 'unshipped' and p_lifecycle = 'fulfilment_hold' then 'fulfilment_hold' end,
  case when sign = -1 and metric = 'unshipped' and p_lifecycle = 'scheduled' then 'scheduled_fulfilment' end,
  'unexplained_status_conflict'
], lambda code: code is not null) as codes,
map {
  'platform_raw_status': cast(p_raw_status as varchar), 'platform_fulfilment_channel': cast(fulfilment_channel as varchar),
  'platform_shipped_at': cast(p_shipped_at as varchar), 'platform_cancelled_at': cast(p_cancelled_at as varchar),
  'local_raw_status': cast(l_raw_status as varchar), 'local_ignored_reason': cast(ignored_reason as varchar),
  'local_shipped_at': cast(l_shipped_at as varchar), 'local_voided_at': cast(voided_at as varchar), 'local_deleted_at': cast(deleted_at as varchar),
  'submit_status': cast(submit_status as varchar), 'submit_kind': cast(submit_kind as varchar), 'submit_error': cast(submit_error as varchar),
  'submit_error_ignored': cast(submit_error_ignored as varchar), 'tracking_submitted_at': cast(tracking_submitted_at as varchar),
  'file_ends_at': cast(file_ends_at as varchar), 'was_shipped_on': cast(was_shipped_on as varchar), 'changed_at': cast(tchg as varchar),
  'synced_until': cast(lo as varchar), 'store_erp': cast(erp as varchar), 'last_update_result': cast(last_update_result as varchar),
  'last_update_at': cast(last_update_at as varchar)
} as facts
from stated;
