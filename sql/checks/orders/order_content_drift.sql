-- title: address or delivery method differs
-- class: act
-- kind: order
-- evidence: P
-- requires: platform_orders, local_orders
-- key: platform_order_id
-- message: order {order_ref}: {what} changed on the platform after the ERP took it
-- advice: update the order in the ERP before it ships

-- one row per order whose salted hashes differ between the platform and its unshipped parcel (002-1); unknown on one side is no difference
select
  o.store_id,
  o.platform_order_id,
  r.local_row_id,
  coalesce(o.platform_order_no, o.platform_order_id) as order_ref,
  case
    when p.ship_to_hash <> l.ship_to_hash and p.delivery_hash <> l.delivery_hash then 'the address and the delivery method'
    when p.ship_to_hash <> l.ship_to_hash then 'the address'
    else 'the delivery method'
  end as what
from work.row_roles as roles
join work.order_nodes as o on o.o = roles.base
join work.row_nodes as r on r.r = roles.r
join platform_orders as p on p.store_id = o.store_id and p.platform_order_id = o.platform_order_id
join local_orders as l on l.local_row_id = r.local_row_id
where roles.role = 'primary'
  and r.is_unshipped
  and (p.ship_to_hash <> l.ship_to_hash or p.delivery_hash <> l.delivery_hash)
