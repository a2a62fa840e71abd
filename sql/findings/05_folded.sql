-- one row per store and day all of whose orders are missing for one reason that lies in the store: one finding with the count, not thousands (rule book 2, suppression)
create or replace table work.folded_days as
select n.store_id, n.placed_on as day, po.codes[1] as code, count(*) as n_orders
from work.po_causes as po
join work.order_nodes as n on n.o = po.o
join count_checks as counted on counted.store_id = n.store_id and counted.metric = 'placed' and counted.scope = 'day' and counted.day = n.placed_on
where po.codes[1] in ('store_not_authorised', 'store_unbound', 'authorisation_expired', 'sync_failed')
group by n.store_id, n.placed_on, po.codes[1], counted.n_platform
having count(*) = counted.n_platform and count(*) > 1;

insert into work.finding_rows by name
select
  'count' as kind,
  folded.store_id,
  'placed' as bucket,
  folded.day,
  folded.code,
  causes.class,
  causes.evidence_class,
  1 as sign,
  folded.n_orders as units,
  'all ' || folded.n_orders || ' orders of ' || folded.day || ': ' || causes.title as message,
  to_json({'orders': folded.n_orders}) as evidence,
  [] as also_applies,
  folded.code as action_code,
  'all orders of ' || folded.day as finding_key
from work.folded_days as folded
join causes on causes.block = 'PO' and causes.code = folded.code;
