-- one row per order line as the platform reports it; identical rows stay separate
-- key: store_id, platform_order_id, line_ordinal
-- role: input
create table platform_order_lines (
  store_id varchar not null, -- the store
  platform_order_id varchar not null, -- the order
  line_ordinal integer not null, -- [= source_row] the row's position in its file
  platform_line_id varchar, -- the platform's id of the line
  sku_raw varchar, -- verbatim
  sku_key varchar, -- [= sku_raw] NFKC, trimmed, inner blanks collapsed, dashes unified, case kept (3.1 k1)
  product_id varchar, -- the platform's product
  variant_id varchar, -- the platform's variant
  asin varchar, -- Amazon's catalogue number
  qty integer not null default 1, -- units ordered; signed, Shopify may send -1
  qty_cancelled integer, -- units cancelled
  qty_refunded integer, -- units refunded
  qty_shipped integer, -- units shipped
  item_status varchar, -- verbatim
  unit_price decimal(18,4), -- per unit, in currency
  currency varchar, -- ISO 4217
  tax_included boolean, -- unit_price includes tax
  requires_shipping boolean, -- false: digital goods
  is_gift_card boolean, -- a gift card
  fulfilment_channel varchar, -- one of (seller, platform, mixed)
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
