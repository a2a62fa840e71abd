-- one row per asked number: both sides, and whether they may be compared; a day on which nothing happened has zeroes
select
  asked.store_id,
  asked.metric,
  asked.day,
  coalesce(counted.n_platform, 0) as n_platform,
  coalesce(counted.n_local, 0) as n_local,
  coalesce(counted.n_local_comparable, 0) as n_local_comparable,
  coalesce(counted.diff, 0) as diff,
  coalesce(counted.sums_ok, true) as sums_ok,
  coalesce(counted.comparable, not exists (select 1 from work.gates where gates.store_id = asked.store_id)) as comparable
from asked
left join count_checks as counted
  on counted.store_id = asked.store_id and counted.metric = asked.metric
  and counted.scope = case when asked.day is null then 'all' else 'day' end and counted.day is not distinct from asked.day
order by asked.store_id, asked.metric, asked.day;
