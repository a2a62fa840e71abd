-- one row per parcel or row as the ERP counts it
-- key: local_row_id
-- role: input
create table local_orders (
  local_row_id varchar not null, -- the ERP's id of the row
  store_id varchar not null, -- the store the row is bound to
  platform_order_id_raw varchar, -- the order number as stored
  order_key varchar, -- [= platform_order_id_raw] normalised key, see platform_orders
  parent_local_row_id varchar, -- the row this one was split from
  split_seq integer, -- position among the splits
  merged_order_ids varchar[], -- all order numbers in a merged parcel
  origin varchar not null default 'platform_sync', -- one of (platform_sync, manual, csv_import)
  is_resend boolean not null default false, -- sent again
  raw_status varchar not null default '', -- verbatim
  raw_sub_status varchar, -- verbatim
  lifecycle varchar not null default 'unknown', -- word of (pending_review, pending, tracking_applied, to_print_in_stock, to_print_out_of_stock, shipped_ok, ship_failed, on_hold, obsolete, cancelled, refunded, ignored, deleted, unknown)
  ignored_reason varchar, -- why the row is ignored
  tracking_no varchar, -- tracking number
  tracking_submitted_at timestamp, -- when the number went to the platform
  submit_kind varchar, -- one of (virtual, actual)
  submit_status varchar not null default 'unknown', -- one of (none, pending, ok, failed, unknown); unknown = the export does not say
  submit_error varchar, -- as the ERP says it
  submit_error_ignored boolean, -- somebody clicked "ignore failure message" (004-9)
  order_created_at timestamp, -- placed, as the ERP has it
  paid_at timestamp, -- paid
  imported_at timestamp, -- when the ERP took it
  updated_at timestamp, -- last change
  shipped_at timestamp, -- shipped
  voided_at timestamp, -- voided
  deleted_at timestamp, -- deleted
  preoccupied_stock boolean, -- OneWarehouse (002-3)
  platform_status_seen varchar, -- the platform's status the ERP last read
  platform_updated_at_seen timestamp, -- the platform's change the ERP last read
  last_update_requested_at timestamp, -- OneWarehouse update order
  last_update_at timestamp, -- OneWarehouse update order
  last_update_result varchar, -- OneWarehouse update order
  warehouse_id varchar, -- warehouse
  warehouse_kind varchar, -- one of (own, third_party, platform) (004-12)
  marketplace varchar, -- Amazon marketplace or country
  order_total decimal(18,4), -- in currency
  currency varchar, -- ISO 4217
  ship_to_hash varchar, -- salted hash of postcode and country (002-1)
  delivery_hash varchar, -- salted hash of the delivery method (002-1)
  snapshot_at timestamp not null, -- [= as_of] when the ERP export was taken
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
