-- title: SKU in the ERP's list without a listing
-- class: act
-- kind: sku
-- evidence: P
-- requires: local_products, platform_listings
-- key: sku
-- message: SKU {sku} is in the ERP's product list, and no store has a listing with it
-- advice: check its upload status in the ERP, then the product report of the platform

-- one row per valid product of the ERP that no listing has and no mapping names (3.1)
select p.local_sku as sku, p.upload_status
from local_products as p
where p.state = 'valid'
  and not exists (select 1 from platform_listings as x where x.sku_key = p.sku_key)
  and not exists (
    select 1 from local_listing_map as m
    join platform_listings as x on x.store_id = m.store_id and x.sku_key = m.listing_sku_key
    where m.local_sku = p.local_sku and m.state = 'active')
