-- one row per store and closed gate
insert into work.finding_rows by name
select
  'health' as kind, store_id, code, class, 'P' as evidence_class, 0 as sign, 0 as units,
  'store ' || store_id || ': ' || reason || '; its numbers are not comparable tonight' as message,
  to_json({'side': side, 'reason': reason}) as evidence, [] as also_applies, code as action_code, code as finding_key
from work.gates;

-- one row per store, side and status word that no mapping knows (rule book 4.4)
insert into work.finding_rows by name
with words as (
  select 'platform' as side, store_id, coalesce(nullif(raw_status, ''), '(blank)') as word, count(*) as n from platform_orders where lifecycle = 'unknown' group by all
  union all
  select 'local', store_id, coalesce(nullif(raw_status, ''), '(blank)'), count(*) from local_orders where lifecycle = 'unknown' group by all
)
select
  'health' as kind, store_id, 'status_unmapped' as code, 'defect' as class, 'P' as evidence_class, 0 as sign, 0 as units,
  'store ' || store_id || ': nobody knows what the ' || side || ' status `' || word || '` means (' || n || case n when 1 then ' order' else ' orders' end || '); add it to the mapping' as message,
  to_json({'side': side, 'word': word, 'orders': n}) as evidence, [] as also_applies, 'status_unmapped' as action_code,
  'status ' || side || ' ' || word as finding_key
from words;

-- one row per file with refused rows: an order among them is missing from every number
insert into work.finding_rows by name
select
  'health' as kind, min(store_id) as store_id, 'rows_rejected' as code, 'defect' as class, 'P' as evidence_class, 0 as sign, 0 as units,
  count(distinct source_row) || case count(distinct source_row) when 1 then ' row' else ' rows' end || ' of ' || file_id || ' could not be used and count nowhere; the first is row '
    || min(source_row) || ': ' || min_by(coalesce(field || ' ', '') || reason, source_row) as message,
  to_json({'file': file_id, 'rows': count(distinct source_row)}) as evidence, [] as also_applies, 'rows_rejected' as action_code,
  'rejects ' || file_id as finding_key
from load_rejects
group by file_id;
