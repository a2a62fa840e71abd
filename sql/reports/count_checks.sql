-- one row per store, metric and scope
select * from count_checks order by rowid
