-- one row per source and table that this night read, or failed to read
-- key: source, stream, table_name
-- role: result
create table inputs (
  source varchar not null, -- name of the source in the job
  stream varchar not null, -- what the source offers, in its own words
  table_name varchar not null, -- the canonical table
  store_id varchar, -- the one store it is about; null = any
  status varchar not null, -- one of (DONE, FAILED)
  complete boolean not null, -- nothing is missing inside its window
  why_not varchar, -- why it failed or is incomplete
  data_start_at timestamp, -- first instant it covers, where known
  data_end_at timestamp, -- first instant it no longer covers, where known
  file_rows bigint not null, -- rows read from files
  skipped_rows bigint not null, -- rows skipped on purpose
  rejected_rows bigint not null, -- rows refused, see load_rejects
  loaded_rows bigint not null, -- canonical rows
  unknown_columns varchar[] not null, -- columns that nobody knows
  missing_columns varchar[] not null, -- columns that decide a status or which rows count, and that the files do not have
  files varchar[] not null, -- the files it came from
  sha256 varchar not null -- checksum of the snapshot of this table
);
