//! Promise: a folder into which exports are dropped night after night needs no tidying: new files are taken in order, none twice, none that is
//! still being written; the newest says how things are, and an export that nobody renewed is never taken for tonight's.

mod support;

use std::fs::OpenOptions;

use support::{Ran, Workspace, query};

const JOB: &str = r#"
name = "shop"
[[store]]
id = "EU"
[[source]]
kind = "mapped"
mapping = "amazon_orders"
path = "drop/orders*.txt"
store = "EU"
[[source]]
kind = "mapped"
mapping = "amazon_afn_inventory"
path = "drop/*/stock.txt"
store = "EU"
"#;

fn shop() -> Workspace {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    stock(&work, 1, "TEA");
    work
}

fn night(work: &Workspace, day: u32) -> Ran {
    work.run(&["run", "job.toml", "--as-of", &format!("2026-03-{day:02}T02:00:00Z")])
}

/// An export of orders: id and status.
fn orders(rows: &[(&str, &str)]) -> String {
    let rows = rows.iter().map(|(id, status)| format!("{id}\t2026-03-01T08:00:00+00:00\t2026-03-01T09:00:00+00:00\t{status}\tMerchant\tTEA\t1\n"));
    format!("amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsku\tquantity\n{}", rows.collect::<String>())
}

fn stock(work: &Workspace, day: u32, sku: &str) {
    let header = "seller-sku\tfulfillment-channel-sku\tasin\tcondition-type\tWarehouse-Condition-code\tQuantity Available";
    work.write(&format!("drop/2026-03-{day:02}/stock.txt"), format!("{header}\n{sku}\tX1\tB1\tNEW\tSELLABLE\t3\n"));
}

/// Order, state and the file that said so.
fn said(work: &Workspace) -> Vec<String> {
    query(work, "shop", "select concat_ws(' ', platform_order_id, lifecycle, source_file_id) from platform_orders order by 1")
}

fn lines(work: &Workspace) -> Vec<String> {
    query(work, "shop", "select concat_ws(' ', platform_order_id, source_file_id) from platform_order_lines order by 1")
}

fn notes(work: &Workspace) -> String {
    work.run(&["show", "--format", "json"]).stdout
}

#[test]
fn the_newest_export_of_an_order_wins_and_is_named() {
    let work = shop();
    // Of one night, a later name is newer: browsers number downloads, and 10 comes after 2.
    work.write("drop/orders.txt", orders(&[("1", "Pending"), ("2", "Pending"), ("3", "Pending")]));
    work.write("drop/orders (10).txt", orders(&[("3", "Shipped")]));
    work.write("drop/orders (2).txt", orders(&[("2", "Unshipped"), ("3", "Unshipped")]));
    night(&work, 2);
    assert_eq!(said(&work), ["1 payment_pending orders.txt", "2 ready orders (2).txt", "3 shipped orders (10).txt"]);
    assert_eq!(lines(&work), ["1 orders.txt", "2 orders (2).txt", "3 orders (10).txt"]);
    // What appears on a later night is newer whatever its name is.
    work.write("drop/orders (1).txt", orders(&[("3", "Canceled")]));
    night(&work, 3);
    assert_eq!(said(&work), ["1 payment_pending orders.txt", "2 ready orders (2).txt", "3 cancelled orders (1).txt"]);
    let screen = work.run(&["explain", "EU"]).stdout;
    assert!(screen.contains("(orders (1).txt and 3 more)"), "{screen}");
    let counts = "select file_rows || ' = ' || loaded_rows || ' + ' || skipped_rows from inputs where table_name = 'platform_orders'";
    assert_eq!(query(&work, "shop", counts), ["7 = 3 + 4"]);
}

#[test]
fn the_same_bytes_are_taken_once() {
    let work = shop();
    let export = orders(&[("1", "Pending")]);
    work.write("drop/orders.txt", &export);
    work.write("drop/orders (1).txt", &export);
    night(&work, 2);
    assert_eq!(said(&work), ["1 payment_pending orders.txt"]);
    let found = notes(&work);
    assert!(found.contains("`orders (1).txt` was not read: it has the same bytes as `orders.txt`"), "{found}");
    // On a later night an old export that is copied, or saved again, does not turn time back.
    work.write("drop/orders_new.txt", orders(&[("1", "Shipped")]));
    night(&work, 3);
    work.write("drop/orders_z.txt", &export);
    work.write("drop/orders.txt", &export);
    night(&work, 4);
    assert_eq!(said(&work), ["1 shipped orders_new.txt"]);
}

#[test]
fn a_file_still_being_written_is_left_for_the_next_run() {
    let work = shop();
    work.write("drop/orders.txt", orders(&[("1", "Pending")]));
    work.write("drop/orders_2.txt", orders(&[("2", "Pending")]));
    let writer = OpenOptions::new().append(true).open(work.path().join("drop/orders_2.txt")).unwrap();
    let ran = night(&work, 2);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert_eq!(said(&work), ["1 payment_pending orders.txt"]);
    let gates = notes(&work);
    assert!(gates.contains("`orders_2.txt` is still being written and was left for the next run"), "{gates}");
    drop(writer);
    night(&work, 2);
    assert_eq!(said(&work).len(), 2);

    let only = OpenOptions::new().append(true).open(work.path().join("drop/2026-03-01/stock.txt")).unwrap();
    let ran = night(&work, 3);
    assert!(ran.stderr.contains("`2026-03-01/stock.txt` is still being written") && ran.stderr.contains("run again when it is whole"), "{}", ran.stderr);
    drop(only);
    work.write("drop/orders_3.txt.crdownload", orders(&[("3", "Pending")]));
    night(&work, 3);
    assert_eq!(said(&work).len(), 2, "a half download is no export");
}

#[test]
fn the_newest_state_replaces_all_older_ones() {
    let work = shop();
    work.write("drop/orders.txt", orders(&[("1", "Pending")]));
    night(&work, 2);
    stock(&work, 2, "CUP");
    night(&work, 3);
    let skus = |work: &Workspace| query(work, "shop", "select sku_raw || ' ' || source_file_id from platform_inventory");
    assert_eq!(skus(&work), ["CUP 2026-03-02/stock.txt"]);
    let found = notes(&work);
    assert!(found.contains("`2026-03-01/stock.txt` was not read: `2026-03-02/stock.txt` is newer and holds the whole state"), "{found}");
    night(&work, 4);
    assert_eq!(skus(&work), ["CUP 2026-03-02/stock.txt"], "a file that was left out once is not new the next night");
}

#[test]
fn an_export_that_nobody_renewed_goes_stale() {
    let work = shop();
    let stale = |work: &Workspace| work.report("shop", "findings").iter().filter(|f| f["code"] == "platform_report_stale" && f["state"] == "open").count();
    work.write("drop/orders.txt", orders(&[("1", "Pending")]));
    night(&work, 2);
    night(&work, 3);
    assert_eq!(stale(&work), 0, "a day old is within fresh_hours");
    night(&work, 4);
    assert_eq!(stale(&work), 1);
    // Saved again, and nothing had changed: fresh.
    work.write("drop/orders.txt", orders(&[("1", "Pending")]));
    night(&work, 5);
    assert_eq!(stale(&work), 0);
    // Saved again under a new name every night: the first of the same bytes is read, and as fresh as the last.
    work.write("drop/orders_2.txt", orders(&[("1", "Pending")]));
    night(&work, 7);
    assert_eq!(stale(&work), 0);
}
