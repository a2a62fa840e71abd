-- one row per pairing of a listing with a product of the ERP
-- key: store_id, listing_sku_key, local_sku
-- role: input
create table local_listing_map (
  store_id varchar not null, -- the store
  listing_sku_key varchar not null, -- the listing's SKU
  local_sku varchar not null, -- the ERP's SKU
  kind varchar not null default 'direct', -- one of (direct, alias, bundle_component)
  qty_per_listing integer not null default 1, -- units in one listing
  state varchar not null default 'active', -- one of (active, expired)
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
