-- one row: what a night said of the asked orders and rows
select
  night.business_on as night,
  (select list(p.lifecycle order by p.store_id, p.platform_order_id) from asked_members as m join platform_orders as p on p.store_id = m.store_id and p.platform_order_id = m.platform_order_id) as platform,
  (select list(l.lifecycle order by l.local_row_id) from asked_members as m join local_orders as l on l.local_row_id = m.local_row_id) as erp,
  (select list(distinct code order by code)
   from (
     select u.code
     from asked_members as m
     join attribution_units as u on u.store_id = m.store_id
       and (u.sign = 1 and u.platform_order_id = m.platform_order_id or u.sign = -1 and u.local_row_id = m.local_row_id)
     union
     select f.code
     from asked_members as m
     join findings as f on f.store_id = m.store_id and (f.platform_order_id = m.platform_order_id or f.local_row_id = m.local_row_id)
     where f.last_seen_on = night.business_on
   ) as told) as causes
from night;
