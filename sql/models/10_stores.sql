-- one row per store that has orders on either side or facts in `stores`; without facts the defaults of `stores` hold
create or replace table work.store_facts as
with named as (
  select store_id from stores
  union
  select store_id from platform_orders
  union
  select store_id from local_orders
)
select
  named.store_id,
  stores.store_id is not null as is_known,
  nullif(stores.platform, 'other') as platform,
  coalesce(stores.timezone, 'UTC') as timezone,
  coalesce(stores.local_timezone, 'UTC') as local_timezone,
  coalesce(stores.backend_unshipped_includes, []) as unshipped_includes,
  upper(stores.order_id_prefix) as prefix,
  upper(stores.order_id_suffix) as suffix
from named
left join stores on stores.store_id = named.store_id
-- Nobody asks about orders where nobody supplied any.
where exists (select 1 from inputs where inputs.table_name in ('platform_orders', 'local_orders'));

-- one row per lifecycle of either side: the bucket it is counted in (rule book 4.4)
create or replace table work.lifecycle_buckets as
select * from (values
  ('platform', 'draft', 'other'), ('platform', 'payment_pending', 'unpaid'), ('platform', 'risk_hold', 'held'),
  ('platform', 'fulfilment_hold', 'held'), ('platform', 'scheduled', 'held'), ('platform', 'ready', 'unshipped'),
  ('platform', 'processing', 'unshipped'), ('platform', 'partially_shipped', 'unshipped'), ('platform', 'cancel_requested', 'unshipped'),
  ('platform', 'shipped', 'shipped'), ('platform', 'delivered', 'shipped'), ('platform', 'completed', 'shipped'), ('platform', 'returned', 'shipped'),
  ('platform', 'cancelled', 'cancelled'), ('platform', 'refunded', 'cancelled'), ('platform', 'unknown', 'other'),
  ('local', 'pending_review', 'unshipped'), ('local', 'pending', 'unshipped'), ('local', 'tracking_applied', 'unshipped'),
  ('local', 'to_print_in_stock', 'unshipped'), ('local', 'to_print_out_of_stock', 'unshipped'),
  ('local', 'shipped_ok', 'shipped'), ('local', 'ship_failed', 'shipped'), ('local', 'on_hold', 'held'),
  ('local', 'obsolete', 'cancelled'), ('local', 'cancelled', 'cancelled'), ('local', 'refunded', 'cancelled'),
  ('local', 'ignored', 'other'), ('local', 'unknown', 'other'), ('local', 'deleted', 'not counted')
) as buckets (side, lifecycle, bucket);
