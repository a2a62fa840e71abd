-- one row per sync: the ERP's own and our downloads
-- key: sync_id
-- role: input
create table sync_log (
  sync_id varchar not null, -- id of the sync
  store_id varchar not null, -- the store
  actor varchar not null default 'erp', -- one of (erp, recon): who synced
  entity varchar not null default 'orders', -- one of (orders, products, inventory)
  "trigger" varchar, -- one of (auto, manual)
  status varchar not null default 'ok', -- one of (ok, partial, failed, running); a running sync is in progress, not failed (001-12)
  started_at timestamp, -- start
  finished_at timestamp, -- end; null while running
  window_field varchar not null default 'updated', -- one of (created, updated): what the window runs on
  window_from timestamp, -- first instant asked for
  window_to timestamp, -- first instant no longer asked for
  from_exclusive boolean not null default false, -- window_from itself was left out
  watermark_before varchar, -- what the ERP noted before
  watermark_after varchar, -- what the ERP noted after
  pages_fetched integer, -- pages that arrived
  pages_expected integer, -- pages announced
  rows_fetched integer, -- rows that arrived
  rows_expected integer, -- rows announced
  http_429 integer, -- answers "too many requests"
  error_code varchar, -- quota, timeout, …
  error_text varchar, -- as the ERP says it
  quota_remaining integer, -- orders left in the plan
  page_size integer, -- rows a page
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
