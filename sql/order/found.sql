-- one row per group that holds the asked number, by the best way it fits: over all stores, states and days
-- (asked_number: the number as given, its key, the range it stands for if it is damaged; damaged_keys: stored keys that may stand for it)
with numbers as (
  select o, null as r, store_id, platform_order_id as number, order_key as key from work.order_nodes
  union all
  select o, null, store_id, platform_order_no, no_key from work.order_nodes where platform_order_no is not null
  union all
  select null, r, store_id, platform_order_id_raw, order_key from work.row_nodes where order_key is not null
  union all
  select null, r.r, r.store_id, merged.number, ltrim(upper(trim(merged.number)), '#')
  from (select local_row_id, unnest(merged_order_ids) as number from local_orders where len(merged_order_ids) > 0) as merged
  join work.row_nodes as r on r.local_row_id = merged.local_row_id
),
fitting as (
  select
    numbers.o, numbers.r,
    case
      when numbers.number = asked.number then 1
      when numbers.key = asked.key then 2
      when asked.key in (
        coalesce(facts.prefix, '') || numbers.key, numbers.key || coalesce(facts.suffix, ''), coalesce(facts.prefix, '') || numbers.key || coalesce(facts.suffix, '')
      ) then 2
      when length(numbers.key) = asked.key_length and numbers.key between asked.first_key and asked.last_key then 4
      when numbers.key in (select key from damaged_keys) then 4
      when ltrim(numbers.key, '0') = ltrim(asked.key, '0') and regexp_full_match(asked.key, '[0-9]*[1-9][0-9]*') then 4
      when length(asked.key) >= 4 and contains(numbers.key, asked.key) then 5
      when length(numbers.key) >= 4 and contains(asked.key, numbers.key) then 5
    end as fit
  from numbers
  cross join asked_number as asked
  left join work.store_facts as facts on facts.store_id = numbers.store_id
  union all
  select null, r.r, 3 from work.row_nodes as r join asked_number as asked on asked.number = r.local_row_id
),
best as (select o, r, fit from fitting where fit = (select min(fit) from fitting))
select
  coalesce(groups.g, roles.g) as g,
  case min(best.fit) when 1 then 'exact' when 2 then 'format' when 3 then 'row' when 4 then 'damaged' else 'similar' end as how
from best
left join work.order_groups as groups on groups.o = best.o
left join work.row_roles as roles on roles.r = best.r
group by coalesce(groups.g, roles.g)
order by g;
