-- one row per listing (variant) as the platform reports it
-- key: store_id, marketplace, sku_raw, listing_id
-- role: input
create table platform_listings (
  store_id varchar not null, -- the store
  marketplace varchar, -- Amazon marketplace or country
  sku_raw varchar, -- verbatim; null = the listing has no SKU
  listing_id varchar, -- the platform's id of the listing
  sku_key varchar, -- [= sku_raw] see platform_order_lines
  product_id varchar, -- the platform's product
  variant_id varchar, -- the platform's variant
  parent_sku varchar, -- the parent's SKU
  is_parent boolean, -- a parent has neither price nor quantity
  raw_status varchar, -- verbatim
  listing_status varchar, -- one of (active, inactive, suppressed, incomplete, draft, archived, deleted, out_of_stock)
  fulfilment_channel varchar, -- one of (seller, platform, mixed)
  price decimal(18,4), -- regular price in currency
  sale_price decimal(18,4), -- sale price in currency
  sale_from timestamp, -- start of the sale
  sale_to timestamp, -- end of the sale
  compare_at_price decimal(18,4), -- struck-through price
  min_price decimal(18,4), -- lower limit set by the seller
  max_price decimal(18,4), -- upper limit set by the seller
  currency varchar, -- ISO 4217
  tax_included boolean, -- price includes tax
  quantity integer, -- units on offer
  image_url varchar, -- main picture
  opened_at timestamp, -- first listed
  updated_at timestamp, -- last change
  snapshot_at timestamp not null, -- [= as_of] when the report was made
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
