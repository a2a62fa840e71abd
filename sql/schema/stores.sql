-- one row per shop authorisation; facts given in the job win over those from files
-- key: store_id
-- role: input
create table stores (
  store_id varchar not null, -- our stable id of the shop
  platform varchar not null default 'other', -- one of (shopee, shopify, amazon, ebay, lazada, aliexpress, tiktok, shopline, shoplazza, shopyy, wish, dhgate, joom, tophatter, alibaba, walmart, temu, woocommerce, other)
  platform_account_id varchar not null, -- [= store_id] the platform's seller id
  marketplace varchar, -- Amazon marketplace or country
  store_name varchar, -- free text chosen by the user, never a key (004-14)
  erp varchar not null default 'other', -- dianxiaomi, onewarehouse, report_erp, oberlo, shipstation, other
  erp_store_id varchar, -- the ERP's own id of the shop
  timezone varchar not null default 'UTC', -- IANA zone of the platform's day
  local_timezone varchar not null default 'UTC', -- IANA zone of the ERP's day
  first_authorised_at timestamp, -- first authorisation ever
  authorised_at timestamp, -- start of the current authorisation
  is_authorised boolean, -- false: never authorised; a file with a column authorised_at says it by leaving that blank
  history_start_at timestamp, -- first authorisation after the latest data deletion, else the first ever; a renewal does not move it
  expires_at timestamp, -- when the authorisation ends
  unbound_at timestamp, -- when the shop was unbound
  data_deleted_at timestamp, -- when the ERP's data of the shop were deleted (001-19)
  history_window varchar not null, -- [= by platform] ISO duration the ERP imports after authorisation: Shopee P15D, Shopify P4M, others P1M (000-6 to 000-8)
  history_basis varchar not null default 'updated', -- one of (updated, created, shipped): the date the window runs on
  history_only_unshipped boolean not null default false, -- the ERP imports only unshipped orders of the window
  api_window varchar, -- ISO duration our download can reach (P60D Shopify, P90D eBay, P180D Walmart, P2Y Amazon)
  local_retention varchar, -- ISO duration the ERP keeps visible
  settle_delay varchar not null default 'PT2M', -- ISO duration until the platform's lists show a change
  auto_sync_enabled boolean, -- the ERP syncs by itself
  sync_mode varchar, -- one of (poll, webhook)
  import_only_unshipped boolean, -- import rule of the ERP
  import_unpaid boolean, -- import rule of the ERP; false = paid orders only
  import_skips_archived boolean, -- import rule of the ERP
  exclude_tags varchar[], -- orders with one of these tags are not imported; empty = no such rule
  enabled_sales_channels varchar[], -- only these channels are imported; empty = no such rule
  pos_channels varchar[], -- channels of physical shops
  enabled_locations varchar[], -- only these locations are imported; empty = no such rule
  backend_unshipped_includes varchar[] not null default [], -- further buckets that the platform's unshipped number adds (unpaid, held)
  order_id_prefix varchar, -- stripped from order numbers before they are compared
  order_id_suffix varchar, -- stripped from order numbers before they are compared
  supports_publishing boolean, -- the platform takes products from the ERP (000-12)
  auto_fulfil varchar, -- one of (none, all, gift_cards_only) (003-8)
  logistics_authorised boolean, -- the logistics provider is authorised (004-11)
  history_from_at timestamp, -- [by nightaudit] history_start_at - history_window
  api_from_at timestamp, -- [by nightaudit] as-of - api_window
  local_from_at timestamp, -- [by nightaudit] as-of - local_retention
  settle_seconds integer, -- [by nightaudit] settle_delay
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
