-- one row per input row that could not be used
-- key: file_id, source_row, field
-- role: input
create table load_rejects (
  file_id varchar not null, -- the file
  store_id varchar, -- the store, where readable
  source_row bigint not null, -- its row; the header is row 1
  field varchar, -- the column that was refused; null = the whole row
  reason varchar not null, -- why, in words
  raw_text varchar, -- the refused cell, never a whole row (personal data)
  order_key varchar, -- the order it belongs to, where readable
  source_file_id varchar -- provenance: the file that says so, when somebody else made the list
);
