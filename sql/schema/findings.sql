-- one row per thing that is wrong or that explains a difference
-- key: finding_id
-- role: result
create table findings (
  finding_id varchar not null, -- hash of store, kind and key, without the code: the finding keeps its age when its cause changes
  kind varchar not null, -- one of (count, order, sku, price, inventory, image, health)
  store_id varchar, -- the store
  marketplace varchar, -- Amazon marketplace or country
  bucket varchar, -- the metric a count finding stands in: placed, unshipped, shipped
  day date, -- the store's day, where the finding is about one
  code varchar not null, -- what it is
  class varchar not null, -- one of (benign, wait, act, defect)
  evidence_class varchar not null, -- one of (P, I): P proved by recorded fields, I inferred
  sign integer not null, -- +1 the platform counts it, -1 the local side does, 0 neither
  units integer not null, -- units it explains; 0 = it explains no count
  order_ref varchar, -- the order number a person would look up
  platform_order_id varchar, -- the order
  local_row_id varchar, -- the local row
  sku varchar, -- the SKU
  message varchar not null, -- one sentence
  value varchar not null, -- code and message as a hash: an acknowledgement holds while it stays
  evidence varchar not null, -- the fields that proved it, JSON
  also_applies varchar[] not null, -- other true causes
  action_code varchar not null, -- what to do, see `nightaudit causes`
  first_seen_on date not null, -- business date it was first seen
  opened_on date, -- business date it was first told; null while it could never be judged
  code_since_on date not null, -- business date since when it has this code
  last_seen_on date not null, -- business date it was last seen
  resolved_on date, -- business date it was no longer there; told for one night
  age_nights integer not null, -- nights since first_seen_on
  state varchar not null, -- one of (open, acknowledged, resolved, muted); muted = it could not be judged tonight: neither new nor resolved
  acknowledgement varchar -- who acknowledged it until when and why, or why that no longer holds
);
