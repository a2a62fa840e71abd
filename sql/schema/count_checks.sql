-- one row per store, metric and scope: both numbers and how the difference is made up
-- key: store_id, metric, scope, day
-- role: result
create table count_checks (
  store_id varchar not null, -- the store
  metric varchar not null, -- one of (placed, unshipped, shipped)
  scope varchar not null, -- one of (all, day, undated)
  day date, -- the day; null unless scope is day
  n_platform bigint not null, -- distinct platform orders
  n_local bigint not null, -- local rows as the ERP displays them
  n_local_comparable bigint not null, -- n_local without unshipped rows whose tracking was submitted (000-3)
  diff bigint not null, -- n_platform - n_local
  units_benign bigint not null, -- units nothing has to be done about
  units_wait bigint not null, -- units that heal themselves
  units_act bigint not null, -- units somebody has to act on
  units_defect bigint not null, -- units our own input is to blame for
  units_unexplained bigint not null, -- units no rule explains; counted here only
  sums_ok boolean not null, -- the causes sum to the difference and the recount agrees
  comparable boolean not null -- false when an input is missing, stale or incomplete
);
