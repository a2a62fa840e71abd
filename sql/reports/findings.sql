-- one row per finding, worst first
select * from findings order by rowid
