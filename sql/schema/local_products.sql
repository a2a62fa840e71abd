-- one row per product of the ERP's list
-- key: local_sku
-- role: input
create table local_products (
  local_sku varchar not null, -- the ERP's SKU
  sku_key varchar, -- [= local_sku] see platform_order_lines
  state varchar not null default 'valid', -- one of (valid, deleted, changed, merged)
  replaced_by_sku varchar, -- new SKU after a change
  merged_into_sku varchar, -- SKU it was merged into
  upload_status varchar, -- one of (not_uploaded, pending, uploaded, failed)
  uploaded_at timestamp, -- when it was uploaded
  sales_status varchar, -- normal, clearance, stopped, …
  price decimal(18,4), -- in currency
  currency varchar, -- ISO 4217
  tax_included boolean, -- price includes tax
  image_url varchar, -- the ERP's picture
  image_modified_at timestamp, -- last change in the picture publishing system (001-8)
  barcode varchar, -- barcode
  last_seen_run varchar, -- where the ERP knows it
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
