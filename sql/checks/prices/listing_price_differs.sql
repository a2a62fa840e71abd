-- title: listing price differs from the ERP's
-- class: act
-- kind: price
-- evidence: P
-- requires: platform_listings, local_products
-- key: marketplace, sku, listing_id
-- message: SKU {sku}: the platform sells at {listing_price}, the ERP says {local_price}
-- advice: if a price change is under way, wait a day; else correct one side

-- one row per listing whose price in force differs from the ERP's by more than half a cent; never across currencies or tax bases (3.2)
select
  x.store_id,
  x.marketplace,
  x.sku_key as sku,
  x.listing_id,
  case when x.sale_price is not null and coalesce(x.sale_from <= night.as_of, true) and coalesce(x.sale_to > night.as_of, true) then x.sale_price else x.price end as listing_price,
  p.price as local_price,
  coalesce(x.currency, p.currency) as currency
from platform_listings as x
cross join night
join local_products as p on p.sku_key = x.sku_key and p.state = 'valid'
where abs(x.price - p.price) > 0.005
  and abs(listing_price - p.price) > 0.005
  and coalesce(x.currency = p.currency, true)
  and coalesce(x.tax_included = p.tax_included, true)
