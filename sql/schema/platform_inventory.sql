-- one row per SKU and location as the platform reports it; null = not reported
-- key: store_id, marketplace, sku_raw, location_id
-- role: input
create table platform_inventory (
  store_id varchar not null, -- the store
  marketplace varchar, -- Amazon marketplace or country
  sku_raw varchar not null, -- verbatim
  location_id varchar, -- the platform's location
  sku_key varchar, -- [= sku_raw] see platform_order_lines
  available integer, -- units that can be sold
  reserved_orders integer, -- units reserved for orders
  reserved_transfer integer, -- units between centres
  reserved_processing integer, -- units in processing
  unsellable integer, -- units that cannot be sold
  researching integer, -- units being looked for
  inbound_working integer, -- units announced
  inbound_shipped integer, -- units on their way
  inbound_receiving integer, -- units being received
  on_hand integer, -- units in the house
  fulfilment_channel varchar, -- one of (seller, platform, mixed)
  tracked boolean, -- the platform counts this SKU
  snapshot_at timestamp not null, -- [= as_of] when the report was made
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
