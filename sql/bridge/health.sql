-- one row per asked store: how fresh both sides are, when the ERP last synced, whether it still may
with asked_stores as (select distinct store_id from asked),
erp_syncs as (
  select store_id, status, coalesce(finished_at, window_to, started_at) as ended_at
  from sync_log
  where actor = 'erp' and entity = 'orders'
),
-- A running sync is in progress, not failed (001-12).
synced as (
  select store_id, max(ended_at) filter (where status <> 'running') as ended_at, arg_max(status, ended_at) filter (where status <> 'running') as status,
    max(ended_at) filter (where status = 'ok') as ok_at, count(*) filter (where status = 'running') as n_running
  from erp_syncs
  group by store_id
),
-- The newest file of a source comes last.
read as (
  select store_id, table_name, flatten(list(files order by files)) as files
  from work.speaking_inputs
  where status = 'DONE'
  group by store_id, table_name
)
select
  asked_stores.store_id,
  coalesce(stores.platform, 'other') as platform,
  coalesce(stores.erp, 'other') as erp,
  night.as_of,
  coalesce(platform_file.is_done, false) as platform_file_is_there,
  coalesce(platform_file.complete, false) as platform_file_is_complete,
  platform_file.data_end_at as platform_file_ends_at,
  coalesce(platform_read.files, []) as platform_files,
  coalesce(erp_file.is_done, false) as erp_file_is_there,
  coalesce(erp_file.complete, false) as erp_file_is_complete,
  erp_file.data_end_at as erp_file_ends_at,
  coalesce(erp_read.files, []) as erp_files,
  night.sync_log_supplied,
  synced.ended_at as last_sync_at,
  synced.status as last_sync_status,
  synced.ok_at as last_good_sync_at,
  coalesce(synced.n_running, 0) as syncs_running,
  stores.logistics_authorised,
  case
    when stores.unbound_at <= night.as_of then 'unbound'
    when stores.is_authorised = false then 'never'
    when stores.expires_at <= night.as_of then 'expired'
    when stores.is_authorised then 'ok'
    else 'unknown'
  end as authorisation,
  case when stores.unbound_at <= night.as_of then stores.unbound_at else stores.expires_at end as authorisation_ends_at
from asked_stores
cross join night
left join stores on stores.store_id = asked_stores.store_id
left join order_report as platform_file on platform_file.store_id = asked_stores.store_id
left join work.local_report as erp_file on erp_file.store_id = asked_stores.store_id
left join read as platform_read on platform_read.store_id = asked_stores.store_id and platform_read.table_name = 'platform_orders'
left join read as erp_read on erp_read.store_id = asked_stores.store_id and erp_read.table_name = 'local_orders'
left join synced on synced.store_id = asked_stores.store_id
order by asked_stores.store_id;
