-- one row per requested price change (001-1)
-- key: change_id
-- role: input
create table price_changes (
  change_id varchar not null, -- id of the request
  store_id varchar not null, -- the store
  marketplace varchar, -- Amazon marketplace or country
  sku_key varchar not null, -- the SKU
  price_kind varchar not null default 'regular', -- one of (regular, sale, business)
  requested_price decimal(18,4), -- in currency
  currency varchar, -- ISO 4217
  tax_included boolean, -- requested_price includes tax
  requested_at timestamp not null, -- when it was asked for
  approval_status varchar not null default 'not_required', -- one of (pending, approved, rejected, expired, not_required)
  approved_at timestamp, -- when it was approved
  effective_from timestamp, -- when it shall hold
  source varchar not null default 'manual', -- one of (manual, rule, repricer)
  superseded_by varchar, -- the newer request
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
