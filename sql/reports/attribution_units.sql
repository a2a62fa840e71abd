-- one row per unit, by store, metric, scope and day
select * from attribution_units order by rowid
