-- one row per cause or finding of the asked group, the worst first: in which numbers it shows, its proof and what to do
with members as (
  select o.store_id, o.platform_order_id, null as local_row_id
  from asked_group
  join work.order_groups as groups on groups.g = asked_group.g
  join work.order_nodes as o on o.o = groups.o
  union all
  select r.store_id, null, r.local_row_id
  from asked_group
  join work.row_roles as roles on roles.g = asked_group.g
  join work.row_nodes as r on r.r = roles.r
),
units as (
  select u.block, u.code, u.class, u.evidence_class, u.order_ref,
    list(distinct u.metric order by u.metric) as metrics,
    any_value(u.evidence order by u.metric, u.scope, u.day) as evidence,
    flatten(list(distinct u.also_applies)) as also_applies
  from attribution_units as u
  join members on members.store_id = u.store_id
    and (u.sign = 1 and u.platform_order_id = members.platform_order_id or u.sign = -1 and u.local_row_id = members.local_row_id)
  group by u.block, u.code, u.class, u.evidence_class, u.order_ref
),
-- Findings that explain no number: other contents, a copy that cancels against something else.
others as (
  select distinct f.code, f.class, f.evidence_class, f.order_ref, f.message, f.evidence, f.also_applies, f.action_code
  from findings as f
  join members on members.store_id = f.store_id and (f.platform_order_id = members.platform_order_id or f.local_row_id = members.local_row_id)
  where f.code not in (select code from units) and f.last_seen_on = (select business_on from night)
)
select
  units.code, units.class, units.evidence_class, units.order_ref, units.metrics,
  case asked_group.lang when 'zh' then causes.title_zh else causes.title end as title,
  case asked_group.lang when 'zh' then causes.advice_zh else causes.advice end as advice,
  units.also_applies,
  units.evidence,
  case units.class when 'defect' then 0 when 'act' then 1 when 'wait' then 2 else 3 end as badness
from units
join causes on causes.block = units.block and causes.code = units.code
cross join asked_group
union all
select
  others.code, others.class, others.evidence_class, others.order_ref, [],
  coalesce(case asked_group.lang when 'zh' then causes.title_zh end, others.message),
  coalesce(case asked_group.lang when 'zh' then causes.advice_zh else causes.advice end, check_runs.advice, ''),
  others.also_applies,
  others.evidence,
  case others.class when 'defect' then 0 when 'act' then 1 when 'wait' then 2 else 3 end
from others
left join (select code, any_value(title_zh order by rank) as title_zh, any_value(advice order by rank) as advice, any_value(advice_zh order by rank) as advice_zh from causes group by code) as causes
  on causes.code = others.action_code
left join work.check_runs as check_runs on check_runs.code = others.action_code
cross join asked_group
order by badness, code, order_ref;
