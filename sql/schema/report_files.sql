-- one row per input file that somebody asked for, of either side
-- key: file_id
-- role: input
create table report_files (
  file_id varchar not null, -- id of the file
  store_id varchar not null, -- the store
  side varchar not null default 'platform', -- one of (platform, local)
  entity varchar not null default 'orders', -- one of (orders, listings, inventory, products, prices)
  report_type varchar not null default 'unknown', -- the platform's name for the report
  requested_at timestamp, -- when it was asked for
  generated_at timestamp, -- when the platform wrote it
  data_start_at timestamp, -- first instant it covers
  data_end_at timestamp, -- first instant it no longer covers
  processing_status varchar not null default 'DONE', -- one of (DONE, CANCELLED, FATAL, IN_QUEUE, IN_PROGRESS); Amazon's CANCELLED means no data or cancelled
  complete boolean not null default true, -- nothing is missing inside its window
  marketplaces varchar[], -- marketplaces it holds; empty = all
  excluded_statuses varchar[], -- raw statuses it leaves out
  rows_expected integer, -- rows announced
  rows_parsed integer, -- rows read
  rows_rejected integer, -- rows refused, see load_rejects
  charset_declared varchar, -- what the header said
  charset_used varchar, -- what we read it as
  header_locale varchar, -- language of the column names
  bytes bigint, -- size
  sha256 varchar, -- checksum of the bytes; unknown when somebody else keeps the file
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
