### What the screens of `explain` and `order` say in English. Titles and advice of causes stand in sql/causes/causes.toml.

metric = { $metric ->
    [placed] orders placed
    [unshipped] unshipped
   *[shipped] shipped
  }
headline = { $store }  { $platform } → { $erp }  { $metric }{ $day ->
    [none] {""}
   *[other] {" "}on { $day }
  }, as of { $at }

health-platform = platform report
health-erp = ERP export
health-sync = last ERP sync
health-authorisation = authorisation
health-logistics = logistics provider
logistics-missing = not authorised: tracking numbers are blocked, orders are not
file-missing = missing
file-to = to { $at }, { $age }
file-incomplete = incomplete, to { $at }, { $age }
file-from = {" "}({ $file }{ $more ->
    [0] {""}
   *[other] {" "}and { $more } more
  })
sync-at = { $at }, { $age }, { $status ->
    [ok] ok
    [partial] only in part
   *[failed] failed
  }
sync-last-good = the last good one { $at }, { $age }
sync-running = { $n ->
    [one] one is running now
   *[other] { $n } are running now
  }
sync-none = none on record
sync-unknown = not known (no sync_log supplied)
authorised-ok = ok
authorised-until = ok, until { $at }
authorised-expired = expired at { $at }
authorised-unbound = unbound at { $at }
authorised-never = never authorised
authorised-unknown = not known (not given in stores)
just-now = just now
minutes-ago = { $n } min ago
hours-ago = { $n } h ago
days-ago = { $n ->
    [one] 1 day ago
   *[other] { $n } days ago
  }

numbers = platform { $platform }   ERP { $erp } (comparable { $comparable })   difference { $diff }   { $units ->
    [one] 1 unit named
   *[other] { $units } units named
  }   sums: { $sums ->
    [ok] OK
   *[broken] DO NOT HOLD, do not trust these numbers
  }
not-comparable = platform n/a   ERP n/a   not comparable tonight:
press-sync = Press Sync in the ERP first, then compare again: { $n ->
    [one] 1 order has
   *[other] { $n } orders have
  } not been synced yet.
every-order-matches = Every order matches.
platform-number = platform
erp-number = ERP
class-benign = ok
class-wait = WAIT
class-act = ACT
class-defect = DEFECT
evidence = its evidence: nightaudit order { $order }
more = … and { $n } more

ticket = Ticket
side-platform = platform
side-local = ERP
claim-agrees = { $side } { $claimed }: the same as ours
single_tab_counted = ERP { $claimed } = { $n_parts ->
    [one] the tab { $parts } alone
   *[other] the tabs { $parts } alone
  }; { $bridge } to the { $n } of all that count (single_tab_counted, inferred)
rows_counted_as_orders = { $side } { $claimed } = { $part ->
    [counted] the item rows of these orders
   *[in_file] all item rows of the file
  } counted as orders; orders { $n } (rows_counted_as_orders, inferred)
ui_default_filter = { $side } { $claimed } = { $n } without { $parts }: the screen filters (ui_default_filter, inferred)
ui_count_capped = { $side } { $claimed } = the screen counts no further; really { $n } (ui_count_capped, inferred)
claimed_at_other_time = { $side } { $claimed } = both sides as they were at { $at }; now { $n } (claimed_at_other_time, inferred)
other_report_definition = { $side } { $claimed } = { $n } { $part ->
    [without] without
   *[including] including
  } { $parts }: the report counts otherwise (other_report_definition, inferred)
claim_residual_platform = platform { $claimed }, ours { $n }: { $bridge } that nothing in tonight's data explains (claim_residual_platform)
claim_residual_local = ERP { $claimed }, ours { $n }: { $bridge } that nothing in tonight's data explains (claim_residual_local)
and = {" "}+{" "}
part-pending_review = pending review
part-pending = pending
part-tracking_applied = tracking applied
part-to_print_in_stock = to print (in stock)
part-to_print_out_of_stock = to print (out of stock)
part-shipped_ok = shipped
part-ship_failed = failed submissions
part-on_hold = on hold
part-obsolete = voided
part-cancelled = cancelled
part-refunded = refunded
part-ignored = ignored
part-deleted = deleted
part-unknown = unknown status
part-archived = archived
part-no_address = no address
part-payment_pending = payment pending

order-found = { $number }: { $orders ->
    [0] no order
    [one] 1 order
   *[other] { $orders } orders
  } and { $rows ->
    [0] no ERP row
    [one] 1 ERP row
   *[other] { $rows } ERP rows
  } that belong together (times in UTC), found { $how ->
    [exact] by the number as it is
    [format] by the number without #, blanks, prefix, suffix and case
    [damaged] after undoing what a spreadsheet does to long numbers
    [row] by the ERP's row id
   *[similar] by a part of the number: look whether it is the one you mean
  }
order-not-found = No order and no ERP row has the number { $number }: searched { $orders } orders and { $rows } ERP rows of all stores and states, { $nights ->
    [one] in 1 night
   *[other] in { $nights } nights
  }.
order-more = { $n ->
    [one] One more fits
   *[other] { $n } more fit
  }; give the number as the platform has it.
seen-last = Not in tonight's data; this is the night of { $night }.
order-placed = placed { $at }
order-shipped = shipped { $at }
order-cancelled = cancelled { $at }
order-updated = changed { $at }
row-number = number `{ $raw }`
row-no-number = no number
row-imported = imported { $at }
row-submitted = tracking { $status }
row-merged = merged parcel of { $orders }
row-split = split from { $row }
link-none = not linked
link-ambiguous = several fit: { $orders }
causes = Causes
no-causes = No difference: both sides agree in every number.
also = also true:
proof = proof:
nights = Nights
