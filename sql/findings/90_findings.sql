-- one row per finding of this night: its lasting id, what it says as a hash, and whether its store was comparable
create or replace table work.told_tonight as
select f.*,
  -- The letter keeps an id of digits only from becoming a number in a spreadsheet.
  'f' || substr(md5(coalesce(f.store_id, '') || chr(31) || f.kind || chr(31) || f.finding_key), 1, 15) as finding_id,
  substr(md5(f.code || chr(31) || f.message), 1, 12) as value,
  not (f.kind in ('count', 'order') and exists (select 1 from work.gates where gates.store_id = f.store_id)) as is_judged
from work.finding_rows as f;

-- one row per finding of the earlier run that is gone: resolved, or muted where tonight could not judge it
create or replace table work.gone_tonight as
with gone as (
  select old.*
  from previous.findings as old
  where old.state <> 'resolved' and not exists (select 1 from work.told_tonight as told where told.finding_id = old.finding_id)
),
-- A failed input says nothing of its store; one that names no store says nothing of any.
unread as (select checks.code, failed.store_id from work.check_runs as checks join inputs as failed on list_contains(checks.requires, failed.table_name) and failed.status = 'FAILED'),
judged as (
  select gone.*,
    case
      when gone.kind = 'health' and gone.code not in ('status_unmapped', 'rows_rejected') then true
      when gone.kind = 'count' or gone.kind = 'health'
        then not exists (select 1 from work.gates where gates.store_id = gone.store_id) and (gone.store_id is null or gone.store_id in (select store_id from work.store_facts))
      else not exists (select 1 from work.check_runs as checks where checks.code = gone.action_code and checks.skipped is not null)
        and not exists (select 1 from unread where unread.code = gone.action_code and coalesce(unread.store_id, gone.store_id) is not distinct from gone.store_id)
        and (gone.kind <> 'order' or not exists (select 1 from work.gates where gates.store_id = gone.store_id))
    end as is_judged
  from gone
)
select judged.*
from judged
cross join night
-- What was never told is not resolved either; what no night of a quarter could judge is forgotten.
where (is_judged and opened_on is not null) or (not is_judged and last_seen_on >= night.business_on - 92);

delete from findings;
insert into findings by name
with told as (
  select
    t.finding_id, t.kind, t.store_id, t.marketplace, t.bucket, t.day, t.code, t.class, t.evidence_class, t.sign, t.units,
    t.order_ref, t.platform_order_id, t.local_row_id, t.sku, t.message, t.value, t.evidence, t.also_applies, t.action_code,
    coalesce(old.first_seen_on, night.business_on) as first_seen_on,
    case when t.is_judged then coalesce(old.opened_on, night.business_on) else old.opened_on end as opened_on,
    case when old.code = t.code then old.code_since_on else night.business_on end as code_since_on,
    night.business_on as last_seen_on,
    null as resolved_on,
    night.business_on - coalesce(old.first_seen_on, night.business_on) as age_nights,
    case
      when not t.is_judged then 'muted'
      when said.until_on >= night.business_on and coalesce(said.value, t.value) = t.value then 'acknowledged'
      else 'open'
    end as state,
    case
      when said.until_on < night.business_on then 'expired: '
      when said.value <> t.value then 'it has changed since: '
      else ''
    end || 'acknowledged until ' || said.until_on || coalesce(' by ' || said.acknowledged_by, '') || ': ' || said.because as acknowledgement,
    t.finding_key
  from work.told_tonight as t
  cross join night
  left join previous.findings as old on old.finding_id = t.finding_id and old.state <> 'resolved'
  left join acknowledgements as said on said.finding_id = t.finding_id
  union all by name
  select
    gone.* exclude (is_judged, resolved_on, state, age_nights, acknowledgement),
    case when is_judged then night.business_on end as resolved_on,
    case when is_judged then 'resolved' else 'muted' end as state,
    night.business_on - first_seen_on as age_nights,
    null as acknowledgement,
    '' as finding_key
  from work.gone_tonight as gone
  cross join night
)
select * exclude (finding_key) from told
order by
  case state when 'open' then 0 when 'acknowledged' then 1 when 'muted' then 2 else 3 end,
  case class when 'defect' then 0 when 'act' then 1 when 'wait' then 2 else 3 end,
  store_id nulls first, kind, code, finding_key;
