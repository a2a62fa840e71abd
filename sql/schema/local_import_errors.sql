-- one row per order that the ERP refused to import
-- key: store_id, platform_order_id
-- role: input
create table local_import_errors (
  store_id varchar not null, -- the store
  platform_order_id varchar not null, -- the order
  reason varchar, -- as the ERP says it: unmapped SKU, bad address, …
  occurred_at timestamp, -- when
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
