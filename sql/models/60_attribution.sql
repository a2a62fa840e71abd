-- one row per unit: its code, the first rule of its block that holds, and the other true ones
create or replace table work.unit_causes as
with codes as (
  select u.unit_no, po.codes, po.facts from work.unit_blocks as u join work.po_causes as po on po.o = u.o where u.block = 'PO'
  union all
  select u.unit_no, lo.codes, lo.facts from work.unit_blocks as u join work.lo_causes as lo on lo.r = u.r where u.block = 'LO' and u.code is null
  union all
  select unit_no, codes, facts from work.st_causes
  union all
  select unit_no, codes, facts from work.tm_causes
  union all
  select unit_no, [code], null from work.unit_blocks where code is not null
),
-- The job's own causes stand right before the one they name.
own as (
  select u.unit_no, own.code, own.rank from work.own_causes as own join work.unit_blocks as u on u.block = own.block and u.o = own.o where u.code is null
  union
  select u.unit_no, own.code, own.rank from work.own_causes as own join work.unit_blocks as u on u.block = own.block and u.r = own.r where u.code is null
),
placed as (
  select codes.unit_no, listed.code, causes.rank, 1 as turn
  from codes
  join work.unit_blocks as u on u.unit_no = codes.unit_no
  cross join unnest(codes.codes) as listed (code)
  join causes on causes.block = u.block and causes.code = listed.code
  where codes.unit_no in (select unit_no from own)
  union all
  select unit_no, code, rank, 0 from own
),
with_own as (select unit_no, list(code order by rank, turn, code) as codes from placed group by unit_no),
coded as (
  select u.*, coalesce(with_own.codes, codes.codes) as codes, codes.facts
  from work.unit_blocks as u
  join codes on codes.unit_no = u.unit_no
  left join with_own on with_own.unit_no = u.unit_no
)
select * exclude (code, codes), codes[1] as code, list_filter(codes[2:], lambda code: not starts_with(code, 'unexplained_')) as also_applies
from coded;

-- one row per code, order or row that waits, and since which night it has: waiting turns to acting after two nights (rule book 2)
create or replace table work.waiting_since as
select store_id, code, order_ref, min(code_since_on) as since_on
from previous.findings
where code in ('sync_lag', 'platform_report_lag') and kind = 'count' and state <> 'resolved'
group by store_id, code, order_ref;

delete from attribution_units;
insert into attribution_units by name
select
  u.store_id,
  u.metric,
  u.scope,
  u.day,
  u.sign,
  causes.block,
  causes.code,
  case
    when u.code = 'fulfilment_hold' and u.block = 'PO' and p.ship_by_at <= night.as_of then causes.class_if
    when u.code = 'platform_order_deleted' and l.lifecycle in ('cancelled', 'obsolete', 'deleted') then causes.class_if
    -- The third night in a row is more than two.
    when causes.class = 'wait' and waiting.since_on <= night.business_on - 2 then 'act'
    else causes.class
  end as class,
  causes.evidence_class,
  causes.rank as rule_no,
  coalesce(p.platform_order_no, p.platform_order_id, trim(l.platform_order_id_raw), l.local_row_id) as order_ref,
  p.platform_order_id,
  -- A counterpart is evidence; the unit itself is the order.
  case when u.sign = -1 then l.local_row_id end as local_row_id,
  coalesce(root_order.store_id || '/' || root_order.platform_order_id, 'local/' || root_row.local_row_id) as group_id,
  u.also_applies,
  -- Both sides in short, then what proves the code.
  to_json(map_from_entries(list_filter(
    map_entries(map {
      'platform_lifecycle': cast(p.lifecycle as varchar), 'platform_created_at': cast(p.created_at as varchar),
      'local_row_id': cast(l.local_row_id as varchar), 'local_lifecycle': cast(l.lifecycle as varchar),
      'local_created_at': cast(l.order_created_at as varchar)
    })
      || list_filter(map_entries(coalesce(u.facts, map {
        'platform_store_id': cast(p.store_id as varchar), 'platform_order_id': cast(p.platform_order_id as varchar),
        'local_store_id': cast(l.store_id as varchar), 'local_number': cast(l.platform_order_id_raw as varchar), 'local_role': cast(roles.role as varchar), 'local_is_resend': cast(l.is_resend as varchar),
        'merged_order_ids': cast(l.merged_order_ids as varchar), 'parent_local_row_id': cast(l.parent_local_row_id as varchar),
        'merged_into_platform_order_id': cast(p.merged_into_platform_order_id as varchar),
        'parent_platform_order_id': cast(p.parent_platform_order_id as varchar)
      })), lambda fact: list_contains(causes.fields, fact.key)),
    lambda fact: fact.value is not null))) as evidence
from work.unit_causes as u
join causes on causes.block = u.block and causes.code = u.code
cross join night
left join work.order_nodes as o on o.o = u.o
left join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
left join work.row_nodes as r on r.r = u.r
left join local_orders as l on l.local_row_id = r.local_row_id
left join work.row_roles as roles on roles.r = u.r
left join work.waiting_since as waiting
  on waiting.store_id = u.store_id and waiting.code = u.code and waiting.order_ref = coalesce(p.platform_order_no, p.platform_order_id, trim(l.platform_order_id_raw), l.local_row_id)
left join work.order_nodes as root_order on root_order.o = u.g
left join work.row_nodes as root_row on root_row.r = -u.g
order by u.store_id, u.metric, u.scope, u.day nulls first, u.sign desc, p.platform_order_id nulls last, l.local_row_id nulls last;
