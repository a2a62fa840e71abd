-- one row: what tonight's queries may know about tonight
-- key: as_of
-- role: result
create table night (
  as_of timestamp not null, -- the instant the night is judged at
  business_on date not null, -- the calendar day of as_of in the job's zone
  previous_on date, -- business date of the earlier run; null = this is the first
  fresh_from_at timestamp not null, -- inputs that end before this are stale
  sync_log_supplied boolean not null, -- somebody supplied a sync_log
  stores_supplied boolean not null -- somebody supplied stores
);
