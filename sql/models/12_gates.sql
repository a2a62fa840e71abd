-- one row per store, table and input that speaks for it: a source that names its store is judged alone, the others speak for every store
create or replace view work.speaking_inputs as
select inputs.store_id, inputs.table_name, inputs.status, inputs.complete, inputs.data_start_at, inputs.data_end_at, inputs.files, inputs.why_not
from inputs
where inputs.store_id is not null
union all
select facts.store_id, inputs.table_name, inputs.status, inputs.complete, inputs.data_start_at, inputs.data_end_at, inputs.files, inputs.why_not
from work.store_facts as facts
cross join inputs
where inputs.store_id is null
  and not exists (select 1 from inputs as own where own.table_name = inputs.table_name and own.store_id = facts.store_id);

-- one row per store: what its platform order files cover together; predicates call it f (rule book 4.1)
create or replace view order_report as
with filed as (
  select
    store_id,
    bool_or(processing_status = 'DONE') as is_done,
    bool_and(complete) filter (where processing_status = 'DONE') as complete,
    min(data_start_at) filter (where processing_status = 'DONE') as data_start_at,
    max(data_end_at) filter (where processing_status = 'DONE') as data_end_at,
    -- A file without marketplaces holds all of them.
    case when bool_or(processing_status = 'DONE' and coalesce(len(marketplaces), 0) = 0) then []
      else flatten(list(marketplaces) filter (where processing_status = 'DONE')) end as marketplaces,
    flatten(list(excluded_statuses) filter (where processing_status = 'DONE' and excluded_statuses is not null)) as excluded_statuses
  from report_files
  where side = 'platform' and entity = 'orders'
  group by store_id
),
read as (
  select store_id, bool_and(status = 'DONE') as is_done, bool_and(complete) as complete, min(data_start_at) as data_start_at, max(data_end_at) as data_end_at,
    string_agg(why_not, '; ' order by why_not) as why_not
  from work.speaking_inputs
  where table_name = 'platform_orders'
  group by store_id
)
select
  facts.store_id,
  coalesce(filed.is_done, read.is_done, false) as is_done,
  case when filed.store_id is not null then filed.complete else read.complete end as complete,
  case when filed.store_id is null then read.why_not end as why_not,
  case when filed.store_id is not null then filed.data_start_at else read.data_start_at end as data_start_at,
  coalesce(case when filed.store_id is not null then filed.data_end_at else read.data_end_at end, night.as_of) as data_end_at,
  coalesce(filed.marketplaces, []) as marketplaces,
  coalesce(filed.excluded_statuses, []) as excluded_statuses
from work.store_facts as facts
cross join night
left join filed on filed.store_id = facts.store_id
left join read on read.store_id = facts.store_id;

-- one row per store: what its local order exports cover together
create or replace view work.local_report as
with filed as (
  select
    store_id,
    bool_or(processing_status = 'DONE') as is_done,
    bool_and(complete) filter (where processing_status = 'DONE') as complete,
    min(data_start_at) filter (where processing_status = 'DONE') as data_start_at,
    max(data_end_at) filter (where processing_status = 'DONE') as data_end_at
  from report_files
  where side = 'local' and entity = 'orders'
  group by store_id
),
read as (
  select store_id, bool_and(status = 'DONE') as is_done, bool_and(complete) as complete, min(data_start_at) as data_start_at, max(data_end_at) as data_end_at,
    string_agg(why_not, '; ' order by why_not) as why_not
  from work.speaking_inputs
  where table_name = 'local_orders'
  group by store_id
),
taken as (select store_id, max(snapshot_at) as snapshot_at from local_orders group by store_id)
select
  facts.store_id,
  coalesce(filed.is_done, read.is_done, false) as is_done,
  case when filed.store_id is not null then filed.complete else read.complete end as complete,
  case when filed.store_id is null then read.why_not end as why_not,
  case when filed.store_id is not null then filed.data_start_at else read.data_start_at end as data_start_at,
  coalesce(filed.data_end_at, taken.snapshot_at, read.data_end_at, night.as_of) as data_end_at
from work.store_facts as facts
cross join night
left join filed on filed.store_id = facts.store_id
left join read on read.store_id = facts.store_id
left join taken on taken.store_id = facts.store_id;

-- one row per store and closed gate: why its numbers are not comparable tonight (rule book 5, step 0)
create or replace table work.gates as
with reports as (
  select 'platform' as side, store_id, is_done, complete, why_not, data_end_at from order_report
  union all
  select 'local', store_id, is_done, complete, why_not, data_end_at from work.local_report
)
select store_id, side, side || '_report_missing' as code, 'defect' as class,
  'no usable ' || case side when 'platform' then 'order file of the platform' else 'order export of the ERP' end || ' tonight' as reason
from reports
where not is_done
union all
select store_id, side, side || '_report_truncated', 'defect',
  'the ' || case side when 'platform' then 'platform''s order file' else 'ERP''s order export' end || ' is incomplete' || coalesce(': ' || why_not, '')
from reports
where is_done and not complete
union all
select reports.store_id, side, side || '_report_stale', 'defect',
  'the ' || case side when 'platform' then 'platform''s order file' else 'ERP''s order export' end || ' ends at ' || reports.data_end_at || ' and no newer one has come'
from reports
cross join night
where is_done and reports.data_end_at < night.fresh_from_at
union all
select store_id, 'store', 'store_not_authorised', 'act', 'the store was never authorised' from stores where is_authorised = false
union all
select store_id, 'store', 'authorisation_expired', 'act', 'the authorisation ended at ' || expires_at from stores cross join night where expires_at <= night.as_of
union all
select store_id, 'store', 'store_unbound', 'act', 'the store was unbound at ' || unbound_at from stores cross join night where unbound_at <= night.as_of
union all
select shop_name, 'local', 'erp_shop_unmapped', 'defect',
  'the ERP has ' || sum(n_rows) || case sum(n_rows) when 1 then ' row' else ' rows' end || ' under this name and no store of the job has it; add to the right [[store]]: erp_names = ["'
    || replace(shop_name, '"', '\"') || '"]'
from unmapped_shops
group by shop_name;
