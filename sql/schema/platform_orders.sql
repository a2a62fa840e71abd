-- one row per order as the platform reports it
-- key: store_id, platform_order_id
-- role: input
create table platform_orders (
  store_id varchar not null, -- the store
  platform_order_id varchar not null, -- the platform's id, always text
  platform_order_no varchar, -- display name, such as #1001
  order_key varchar not null, -- [= platform_order_id] normalised key: trimmed, upper case, without # and the store's prefix and suffix
  marketplace varchar, -- Amazon marketplace or country
  sales_channel varchar, -- web, pos, …
  location_id varchar, -- where it ships from
  delivery_method varchar, -- shipping, pickup, …
  order_type varchar not null default 'standard', -- one of (standard, preorder, subscription_prepaid, replacement, exchange, semi_managed, mcf, sample)
  raw_status varchar, -- verbatim
  raw_payment_status varchar, -- verbatim
  raw_fulfilment_status varchar, -- verbatim
  lifecycle varchar not null default 'unknown', -- word of (draft, payment_pending, risk_hold, fulfilment_hold, scheduled, ready, processing, partially_shipped, cancel_requested, shipped, delivered, completed, returned, cancelled, refunded, unknown)
  is_test boolean, -- a test order
  is_draft boolean, -- a draft
  is_archived boolean, -- archived or closed by the merchant
  requires_shipping boolean, -- false: digital goods, gift cards, services
  has_ship_address boolean, -- unknown where the report redacts addresses
  fulfilment_channel varchar default 'seller', -- one of (seller, platform, mixed)
  created_at timestamp not null, -- placed
  paid_at timestamp, -- paid
  eligible_at timestamp, -- Amazon "becomes fulfillable"
  updated_at timestamp not null, -- [= created_at] last change of any kind
  status_changed_at timestamp, -- last change of state
  shipped_at timestamp, -- shipped
  cancelled_at timestamp, -- cancelled
  closed_at timestamp, -- archived
  ship_by_at timestamp, -- latest shipping instant
  qty_ordered integer, -- units ordered
  qty_open integer, -- units still to ship
  order_total decimal(18,4), -- in currency
  currency varchar, -- ISO 4217
  parent_platform_order_id varchar, -- the order this one was split from
  merged_into_platform_order_id varchar, -- the order this one was combined into
  replaces_order_id varchar, -- the order this one replaces
  tags varchar[], -- the shop's tags
  ship_to_hash varchar, -- salted hash of postcode and country (002-1)
  delivery_hash varchar, -- salted hash of the delivery method (002-1)
  prev_lifecycle varchar, -- lifecycle in the previous run, where the source knows it
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
