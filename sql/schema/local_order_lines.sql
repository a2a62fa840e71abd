-- one row per line of a local order
-- key: local_row_id, line_no
-- role: input
create table local_order_lines (
  local_row_id varchar not null, -- the local order
  line_no integer not null, -- [= source_row] position
  sku_raw varchar, -- the platform's SKU, verbatim
  sku_key varchar, -- [= sku_raw] see platform_order_lines
  local_sku varchar, -- the ERP's own SKU
  qty integer not null default 1, -- units
  paired boolean, -- the line is paired with a product of the ERP (004-5)
  stock_state varchar, -- one of (in, out)
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
