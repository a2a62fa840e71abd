-- 3: over all days and undated, day causes of an order sum to 0 and the differences to the total; one row per store and metric where not
select store_id, metric, 'all' as scope, cast(null as date) as day, 'days differ by ' || sum(diff) filter (where scope <> 'all') || ', the total by ' || sum(diff) filter (where scope = 'all') as what
from count_checks
where metric in ('placed', 'shipped')
group by store_id, metric
having coalesce(sum(diff) filter (where scope <> 'all'), 0) <> sum(diff) filter (where scope = 'all')
union all
select store_id, metric, 'all', null, 'the day causes of ' || platform_order_id || ' sum to ' || sum(sign)
from attribution_units
where block = 'TM'
group by store_id, metric, platform_order_id
having sum(sign) <> 0;
