-- one row per order or local row with a unit: an order that is missing in three metrics is one finding, told by its worst cause
insert into work.finding_rows by name
with ranked as (
  select u.*, causes.title, causes.advice,
    -- An order is one subject wherever it is counted; a row without an order is one too.
    case when u.sign = 1 or u.block in ('ST', 'TM') then 'order ' || u.platform_order_id else 'row ' || u.local_row_id end as subject,
    case u.class when 'defect' then 0 when 'act' then 1 when 'wait' then 2 else 3 end as badness,
    case u.metric when 'unshipped' then 0 when 'shipped' then 1 else 2 end as metric_rank,
    case u.scope when 'all' then 0 when 'day' then 1 else 2 end as scope_rank
  from attribution_units as u
  join causes on causes.block = u.block and causes.code = u.code
  left join work.order_nodes as o on o.store_id = u.store_id and o.platform_order_id = u.platform_order_id
  left join work.folded_days as folded on u.block = 'PO' and folded.store_id = u.store_id and folded.code = u.code and folded.day = o.placed_on
  where folded.day is null
),
told as (
  select *, row_number() over (partition by store_id, subject order by scope_rank, badness, metric_rank, sign desc, day, local_row_id) as place from ranked
)
select
  'count' as kind,
  store_id,
  metric as bucket,
  day,
  code,
  class,
  evidence_class,
  sign,
  1 as units,
  order_ref,
  platform_order_id,
  local_row_id,
  'order ' || order_ref || ': ' || title as message,
  evidence,
  also_applies,
  code as action_code,
  subject as finding_key
from told
where place = 1;

-- one row per duplicate or resend that leaves no unit because something else cancels it: it would be shipped twice all the same
insert into work.finding_rows by name
select
  'count' as kind,
  r.store_id,
  causes.code,
  causes.class,
  causes.evidence_class,
  0 as sign,
  0 as units,
  coalesce(o.platform_order_no, o.platform_order_id, trim(r.platform_order_id_raw)) as order_ref,
  o.platform_order_id,
  r.local_row_id,
  'order ' || coalesce(trim(r.platform_order_id_raw), r.local_row_id) || ': ' || causes.title as message,
  to_json({'local_row_id': r.local_row_id, 'local_role': roles.role}) as evidence,
  [] as also_applies,
  causes.code as action_code,
  'row ' || r.local_row_id as finding_key
from work.row_roles as roles
join work.row_nodes as r on r.r = roles.r
left join work.order_nodes as o on o.o = roles.base
join causes on causes.code = case roles.role when 'duplicate' then 'duplicate_import' else 'resend_local_order' end
where roles.role in ('duplicate', 'resend')
  and r.is_live
  and not exists (select 1 from work.finding_rows as found where found.store_id = r.store_id and found.finding_key = 'row ' || r.local_row_id);
