-- one row per store and key whose order numbers carry the store's prefix or suffix: the key without them
create or replace table work.stripped_keys as
with affixed as (select store_id, coalesce(prefix, '') as prefix, coalesce(suffix, '') as suffix from work.store_facts where prefix <> '' or suffix <> ''),
keys as (
  select store_id, order_key as key from platform_orders where store_id in (select store_id from affixed)
  union
  select store_id, ltrim(upper(trim(platform_order_no)), '#') from platform_orders where store_id in (select store_id from affixed)
  union
  select store_id, order_key from local_orders where store_id in (select store_id from affixed)
),
without_prefix as (
  select keys.store_id, keys.key, affixed.suffix,
    case when starts_with(keys.key, affixed.prefix) then substr(keys.key, length(affixed.prefix) + 1) else keys.key end as shorter
  from keys
  join affixed on affixed.store_id = keys.store_id
),
without_both as (
  select store_id, key,
    ltrim(case when suffix <> '' and ends_with(shorter, suffix) then substr(shorter, 1, length(shorter) - length(suffix)) else shorter end, '#') as stripped
  from without_prefix
)
select store_id, key, stripped from without_both where stripped <> '' and stripped <> key;

-- one row per platform order: its keys, its buckets and its days; o numbers the orders in a fixed order
create or replace table work.order_nodes as
-- Numbered apart from the other columns: sorting whole rows takes twice as long.
with numbered as (select store_id, platform_order_id, row_number() over (order by store_id, platform_order_id) as o from platform_orders)
select
  numbered.o,
  p.store_id,
  p.platform_order_id,
  p.platform_order_no,
  coalesce(id_key.stripped, p.order_key) as order_key,
  coalesce(no_key.stripped, ltrim(upper(trim(p.platform_order_no)), '#')) as no_key,
  p.created_at,
  buckets.bucket = 'unshipped' or list_contains(facts.unshipped_includes, buckets.bucket) as is_unshipped,
  buckets.bucket = 'shipped' as is_shipped,
  cast(p.created_at + placed.utc_offset * interval 1 second as date) as placed_on,
  case when buckets.bucket = 'shipped' then cast(p.shipped_at + shipped.utc_offset * interval 1 second as date) end as shipped_on
from platform_orders as p
join numbered on numbered.store_id = p.store_id and numbered.platform_order_id = p.platform_order_id
join work.store_facts as facts on facts.store_id = p.store_id
join work.lifecycle_buckets as buckets on buckets.side = 'platform' and buckets.lifecycle = p.lifecycle
left join zone_spans as placed on placed.zone = facts.timezone and p.created_at >= placed.from_at and p.created_at < placed.until_at
left join zone_spans as shipped on shipped.zone = facts.timezone and p.shipped_at >= shipped.from_at and p.shipped_at < shipped.until_at
left join work.stripped_keys as id_key on id_key.store_id = p.store_id and id_key.key = p.order_key
left join work.stripped_keys as no_key on no_key.store_id = p.store_id and no_key.key = ltrim(upper(trim(p.platform_order_no)), '#');

-- one row per local row: its key, its buckets and its days; r numbers the rows in a fixed order
create or replace table work.row_nodes as
with numbered as (select local_row_id, row_number() over (order by local_row_id) as r from local_orders)
select
  numbered.r,
  l.local_row_id,
  l.store_id,
  l.platform_order_id_raw,
  coalesce(stripped.stripped, l.order_key) as order_key,
  l.parent_local_row_id,
  l.parent_local_row_id is not null as is_split,
  l.is_resend,
  l.lifecycle not in ('deleted', 'cancelled', 'obsolete') as is_live,
  l.order_created_at,
  l.lifecycle <> 'deleted' as is_placed,
  buckets.bucket = 'unshipped' as is_unshipped,
  buckets.bucket = 'shipped' as is_shipped,
  l.submit_status = 'ok' as is_submitted,
  cast(l.order_created_at + placed.utc_offset * interval 1 second as date) as placed_on,
  case when buckets.bucket = 'shipped' then cast(l.shipped_at + shipped.utc_offset * interval 1 second as date) end as shipped_on
from local_orders as l
join numbered on numbered.local_row_id = l.local_row_id
join work.store_facts as facts on facts.store_id = l.store_id
join work.lifecycle_buckets as buckets on buckets.side = 'local' and buckets.lifecycle = l.lifecycle
left join zone_spans as placed on placed.zone = facts.local_timezone and l.order_created_at >= placed.from_at and l.order_created_at < placed.until_at
left join zone_spans as shipped on shipped.zone = facts.local_timezone and l.shipped_at >= shipped.from_at and l.shipped_at < shipped.until_at
left join work.stripped_keys as stripped on stripped.store_id = l.store_id and stripped.key = l.order_key;
