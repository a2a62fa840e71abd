-- one row per asked number and cause: how many units it explains, and the first of their names
with told as (
  select
    u.store_id, u.metric, u.day, u.block, u.code, u.class, u.evidence_class, u.sign,
    -- A structure is told by the order and the row together.
    u.order_ref || case when u.block = 'GR' then coalesce(' (' || (u.evidence->>'local_row_id') || ')', '') else '' end as name,
    row_number() over (partition by u.store_id, u.metric, u.day, u.block, u.code, u.class, u.evidence_class order by u.order_ref, u.platform_order_id, u.local_row_id) as turn
  from asked
  join attribution_units as u
    on u.store_id = asked.store_id and u.metric = asked.metric
    and u.scope = case when asked.day is null then 'all' else 'day' end and u.day is not distinct from asked.day
),
summed as (
  select store_id, metric, day, block, code, class, evidence_class, sum(sign) as net, count(*) as n, list(name order by turn) filter (where turn <= 1000) as orders
  from told
  group by store_id, metric, day, block, code, class, evidence_class
)
select
  summed.store_id, summed.metric, summed.day, summed.block, summed.code, summed.class, summed.evidence_class,
  summed.net,
  summed.n as units,
  summed.orders,
  case language.lang when 'zh' then causes.title_zh else causes.title end as title,
  case language.lang when 'zh' then causes.advice_zh else causes.advice end as advice
from summed
join causes on causes.block = summed.block and causes.code = summed.code
cross join (select distinct lang from asked) as language
order by
  summed.store_id, summed.metric, summed.day,
  -- What a sync would mend comes first, then what somebody must do by size, what nobody can explain, what heals itself, what is fine (rule book 5).
  case
    when summed.code = 'sync_lag' then 0
    when starts_with(summed.code, 'unexplained_') then 2
    when summed.class in ('act', 'defect') then 1
    when summed.class = 'wait' then 3
    else 4
  end,
  summed.n desc, summed.block, summed.code, summed.class;
