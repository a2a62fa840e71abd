-- one row per link of an order with a local row, and per order or row that nothing links
-- key: platform_store_id, platform_order_id, local_row_id
-- role: result
create table order_links (
  group_id varchar not null, -- everything linked together
  platform_store_id varchar, -- store of the order
  platform_order_id varchar, -- the order
  local_store_id varchar, -- store of the row
  local_row_id varchar, -- the local row
  link_kind varchar, -- one of (exact, format, damaged, merged, split, cross_store); null = nothing links it
  ambiguous boolean not null, -- several candidates fit
  candidates varchar[] not null, -- the candidates, where several fit
  role varchar -- one of (primary, split, resend, duplicate, merged)
);
