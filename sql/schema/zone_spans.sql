-- one row per zone and span of constant offset, written from the zone database
-- key: zone, from_at
-- role: result
create table zone_spans (
  zone varchar not null, -- IANA name
  from_at timestamp not null, -- first instant
  until_at timestamp not null, -- first instant no longer in the span
  utc_offset integer not null -- seconds to add to UTC
);
