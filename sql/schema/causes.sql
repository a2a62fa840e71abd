-- one row per cause of a count difference, from sql/causes/causes.toml
-- key: block, code
-- role: result
create table causes (
  block varchar not null, -- one of (PO, LO, ST, TM, GR, HE): on the platform only, local only, state, day, structure, health of inputs
  code varchar not null, -- the cause
  rank integer not null, -- place in its block: the first that holds gives the unit its cause
  class varchar not null, -- one of (benign, wait, act, defect)
  class_if varchar, -- the class under the condition of its rule: fulfilment_hold once overdue, platform_order_deleted when the local row is cancelled too
  evidence_class varchar not null, -- one of (P, I): P proved by recorded fields, I inferred
  fields varchar[] not null, -- what proves it, beside both sides' states: keys of a unit's evidence
  title varchar not null, -- what it is, in English
  title_zh varchar not null, -- what it is, in Chinese
  advice varchar not null, -- one line of advice, in English
  advice_zh varchar not null, -- one line of advice, in Chinese
  steps varchar[] not null, -- where to click or look, in English
  steps_zh varchar[] not null, -- where to click or look, in Chinese
  source varchar not null -- where the rule comes from
);
