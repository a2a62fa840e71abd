-- one row per unit: one order or row left over in one scope, with exactly one cause
-- key: store_id, metric, scope, day, sign, platform_order_id, local_row_id
-- role: result
create table attribution_units (
  store_id varchar not null, -- the store
  metric varchar not null, -- one of (placed, unshipped, shipped)
  scope varchar not null, -- one of (all, day, undated)
  day date, -- the day; null unless scope is day
  sign integer not null, -- +1 the platform counts it, -1 the local side does
  block varchar not null, -- one of (PO, LO, ST, TM, GR)
  code varchar not null, -- the cause
  class varchar not null, -- one of (benign, wait, act, defect)
  evidence_class varchar not null, -- one of (P, I): P proved by recorded fields, I inferred
  rule_no integer not null, -- the rule's place in its block
  order_ref varchar, -- the order number a person would look up
  platform_order_id varchar, -- the order
  local_row_id varchar, -- the local row
  group_id varchar not null, -- everything linked together
  also_applies varchar[] not null, -- other true causes of the same block
  evidence varchar not null -- the fields that proved it, JSON
);
