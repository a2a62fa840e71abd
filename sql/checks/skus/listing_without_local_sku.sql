-- title: listing without a SKU in the ERP's list
-- class: act
-- kind: sku
-- evidence: P
-- requires: platform_listings, local_products
-- key: marketplace, sku
-- message: SKU {sku} is listed, and the ERP's product list does not have it
-- advice: pair it with a product of the ERP

-- one row per store, marketplace and SKU that is on sale and that neither the ERP's list nor a mapping has (3.1); parents are never sold
select distinct x.store_id, x.marketplace, x.sku_key as sku
from platform_listings as x
where x.sku_key is not null
  and coalesce(x.is_parent, false) = false
  and coalesce(x.listing_status, 'active') in ('active', 'out_of_stock')
  and not exists (select 1 from local_products as p where p.sku_key = x.sku_key and p.state = 'valid')
  and not exists (select 1 from local_listing_map as m where m.store_id = x.store_id and m.listing_sku_key = x.sku_key and m.state = 'active')
