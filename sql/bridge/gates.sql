-- one row per asked store and closed gate: why its numbers are not comparable, and what to do
select distinct
  gates.store_id,
  gates.code,
  gates.reason,
  case asked.lang when 'zh' then causes.title_zh else causes.title end as title,
  case asked.lang when 'zh' then causes.advice_zh else causes.advice end as advice
from asked
join work.gates as gates on gates.store_id = asked.store_id
left join (select code, min_by(title, rank) as title, min_by(title_zh, rank) as title_zh, min_by(advice, rank) as advice, min_by(advice_zh, rank) as advice_zh from causes group by code) as causes
  on causes.code = gates.code
order by gates.store_id, gates.code, gates.reason;
