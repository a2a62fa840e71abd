-- one row per order that any night saw; carried forward from the previous run
-- key: store_id, platform_order_id
-- role: result
create table order_history (
  store_id varchar not null, -- the store
  platform_order_id varchar not null, -- the order
  order_key varchar not null, -- normalised key of the id
  no_key varchar, -- normalised key of the display number
  first_seen_on date not null, -- business date it was first seen
  last_seen_on date not null, -- business date it was last seen
  was_shipped_on date, -- first business date it stood in the bucket shipped
  gone_on date -- first business date it was missing although the input covered it
);
