-- one row per order that any night saw; an order is gone only on a night whose input covers the moment it was placed (rule book 4.1)
delete from order_history;
insert into order_history by name
with before as (
  select h.store_id, h.platform_order_id, h.order_key, h.no_key, h.first_seen_on, h.last_seen_on, h.was_shipped_on, h.gone_on, p.created_at
  from previous.order_history as h
  left join previous.platform_orders as p on p.store_id = h.store_id and p.platform_order_id = h.platform_order_id
),
tonight as (
  select store_id, platform_order_id, order_key, no_key, is_shipped from work.order_nodes
)
select
  coalesce(t.store_id, b.store_id) as store_id,
  coalesce(t.platform_order_id, b.platform_order_id) as platform_order_id,
  coalesce(t.order_key, b.order_key) as order_key,
  coalesce(t.no_key, b.no_key) as no_key,
  coalesce(b.first_seen_on, night.business_on) as first_seen_on,
  case when t.store_id is not null then night.business_on else b.last_seen_on end as last_seen_on,
  coalesce(b.was_shipped_on, case when t.is_shipped then night.business_on end) as was_shipped_on,
  case
    when t.store_id is not null then null
    when b.gone_on is not null then b.gone_on
    when f.is_done and f.complete
      and b.created_at >= coalesce(f.data_start_at, b.created_at)
      and b.created_at >= coalesce(stores.api_from_at, b.created_at) then night.business_on
  end as gone_on
from tonight as t
full outer join before as b on b.store_id = t.store_id and b.platform_order_id = t.platform_order_id
cross join night
left join order_report as f on f.store_id = b.store_id
left join stores on stores.store_id = b.store_id
order by 1, 2;
