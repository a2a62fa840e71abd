-- one row per finding: its lasting id, its age, and whether its store was comparable tonight
delete from findings;
insert into findings by name
with keyed as (
  select f.*,
    -- The letter keeps an id of digits only from becoming a number in a spreadsheet.
    'f' || substr(md5(coalesce(f.store_id, '') || chr(31) || f.kind || chr(31) || f.finding_key), 1, 15) as finding_id
  from work.finding_rows as f
),
told as (
  select
    k.finding_id, k.kind, k.store_id, k.marketplace, k.bucket, k.day, k.code, k.class, k.evidence_class, k.sign, k.units,
    k.order_ref, k.platform_order_id, k.local_row_id, k.sku, k.message, k.evidence, k.also_applies, k.action_code,
    coalesce(old.first_seen_on, night.business_on) as first_seen_on,
    case when old.code = k.code then old.code_since_on else night.business_on end as code_since_on,
    night.business_on as last_seen_on,
    night.business_on - coalesce(old.first_seen_on, night.business_on) as age_nights,
    case when k.kind in ('count', 'order') and exists (select 1 from work.gates where gates.store_id = k.store_id) then 'muted' else 'open' end as state,
    k.finding_key
  from keyed as k
  cross join night
  left join previous.findings as old on old.finding_id = k.finding_id
)
select * exclude (finding_key) from told
order by
  case state when 'open' then 0 else 1 end,
  case class when 'defect' then 0 when 'act' then 1 when 'wait' then 2 else 3 end,
  store_id nulls first, kind, code, finding_key;
