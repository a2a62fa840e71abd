-- one row per store: up to when the ERP has certainly seen the platform's orders (lo of rule book 2); null where nobody supplied a sync_log or none succeeded
create or replace table work.sync_reach as
with exported as (select store_id, max(snapshot_at) as exported_at from local_orders group by store_id)
select
  facts.store_id,
  night.sync_log_supplied,
  coalesce(exported.exported_at, night.as_of) as exported_at,
  -- Without a successful sync nothing is sure, whenever the export was taken.
  case when max(y.window_to) is not null then least(max(y.window_to), coalesce(exported.exported_at, night.as_of)) end as lo
from work.store_facts as facts
cross join night
left join exported on exported.store_id = facts.store_id
left join sync_log as y
  on y.store_id = facts.store_id and y.actor = 'erp' and y.entity = 'orders' and y.status = 'ok'
group by facts.store_id, night.sync_log_supplied, exported.exported_at, night.as_of;

-- one row per sync of the ERP's orders that had ended when its export was taken: only these can have brought an order into it
create or replace table work.syncs as
select y.sync_id, y.store_id, y.status, y.error_code, y.window_field, y.window_from, y.window_to, y.from_exclusive, y.rows_fetched, y.rows_expected,
  coalesce(y.finished_at, y.window_to) as ended_at
from sync_log as y
join work.sync_reach as reach on reach.store_id = y.store_id
where y.actor = 'erp' and y.entity = 'orders' and y.status <> 'running' and coalesce(y.finished_at, y.window_to) <= reach.exported_at;
