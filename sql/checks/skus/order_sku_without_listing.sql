-- title: SKU in orders without a listing
-- class: act
-- kind: sku
-- evidence: P
-- requires: platform_order_lines, platform_listings
-- key: sku
-- message: SKU {sku} is in orders ({n_lines} of their lines), and the store has no listing with it
-- advice: look the SKU up on the platform; list it again or map it

-- one row per store and SKU of an order line that no listing of the store has (3.1); stores without listings tonight are not asked
select l.store_id, l.sku_key as sku, count(*) as n_lines, min(l.platform_order_id) as first_order
from platform_order_lines as l
where l.sku_key is not null
  and l.store_id in (select store_id from platform_listings)
  and not exists (select 1 from platform_listings as x where x.store_id = l.store_id and x.sku_key = l.sku_key)
group by l.store_id, l.sku_key
