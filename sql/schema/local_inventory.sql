-- one row per SKU and warehouse of the ERP
-- key: local_sku, warehouse_id
-- role: input
create table local_inventory (
  local_sku varchar not null, -- the ERP's SKU
  warehouse_id varchar, -- warehouse
  available integer, -- units that can be sold
  preoccupied integer, -- units reserved (002-3)
  on_hand integer, -- units in the house
  buffer integer, -- units held back on purpose
  snapshot_at timestamp not null, -- [= as_of] when the export was taken
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
