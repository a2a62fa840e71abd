-- one row per link, by order; then the rows that nothing links
select * from order_links order by rowid
