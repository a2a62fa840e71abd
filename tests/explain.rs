//! Promise: support staff get an answer: the bridge of a number on one screen, what a ticket's numbers may have been, an order's life by its number in any form.

mod support;

use support::{NIGHT, Ran, Workspace};

const JOB: &str = "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n";

fn said(work: &Workspace, args: &[&str]) -> String {
    let Ran { code, stdout, stderr } = work.run(args);
    assert_eq!(code, 0, "{args:?}: {stderr}");
    stdout
}

fn audited(work: &Workspace, as_of: &str) {
    let ran = work.run(&["run", "job.toml", "--as-of", as_of]);
    assert!(ran.code == 0 || ran.code == 1, "{}", ran.stderr);
}

#[test]
fn the_demo_shop_is_explained_in_two_languages() {
    let work = Workspace::new();
    said(&work, &["demo"]);
    let explain = |args: &[&str]| said(&work, &[&["--data", "nightaudit-demo/data", "explain"], args].concat());
    insta::assert_snapshot!("demo_explain", [explain(&["US"]), explain(&["SG"]), explain(&["Old Craft Shop"])].join("\n"));
    insta::assert_snapshot!("demo_explain_zh", [explain(&["US", "--lang", "zh"]), explain(&["Old Craft Shop", "--lang", "zh"])].join("\n"));
    insta::assert_snapshot!("demo_explain_day", explain(&["US", "--day", "2026-03-08"]));
    let order = |args: &[&str]| said(&work, &[&["--data", "nightaudit-demo/data", "order"], args].concat());
    insta::assert_snapshot!("demo_order", order(&["#1003"]));
    insta::assert_snapshot!("demo_order_zh", order(&["#1003", "--lang", "zh"]));
    // The report file holds the same screens.
    let file = std::fs::read_to_string(work.path().join("nightaudit-demo/data/demo/latest/reports/bridges.txt")).unwrap();
    for store in ["US", "SG", "Old Craft Shop"] {
        assert!(file.contains(&explain(&[store])), "{store}");
    }
}

#[test]
fn wrong_questions_say_what_to_ask() {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,2026-03-09T00:00:00Z\n");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR1,S,1,pending,2026-03-09T00:00:00Z\n");
    let wrong = |args: &[&str]| {
        let ran = work.run(args);
        format!("$ nightaudit {}\n{}{}exit {}", args.join(" "), ran.stdout, ran.stderr, ran.code)
    };
    let before = wrong(&["order", "1"]);
    audited(&work, NIGHT);
    insta::assert_snapshot!(
        [
            before,
            wrong(&["explain", "T"]),
            wrong(&["explain", "S", "--metric", "unshipped", "--day", "2026-03-09"]),
            wrong(&["explain", "S", "--claimed-at", "noon"]),
            wrong(&["order", "77"]),
            wrong(&["order", " # "]),
        ]
        .join("\n\n")
    );
}

/// A shop whose claims fit in every way: 12 unshipped orders, 9 unshipped rows.
fn claimed_shop() -> Workspace {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    let mut orders = "store_id,platform_order_id,lifecycle,created_at,shipped_at,is_archived,has_ship_address\n".to_owned();
    let mut lines = "store_id,platform_order_id,line_ordinal,sku_raw,qty\n".to_owned();
    for n in 1..=15 {
        let (lifecycle, shipped) = match n {
            13 => ("refunded", ""),
            14 => ("payment_pending", ""),
            15 => ("shipped", "2026-03-10T01:30:00Z"),
            _ => ("ready", ""),
        };
        let created = if [11, 12].contains(&n) { "2026-03-10T01:00:00Z" } else { "2026-03-08T00:00:00Z" };
        orders += &format!("S,O{n},{lifecycle},{created},{shipped},{},{}\n", n == 5, n != 6);
        for ordinal in 1..=if n <= 2 { 2 } else { 1 } {
            lines += &format!("S,O{n},{ordinal},A,1\n");
        }
    }
    for n in 1..=120 {
        orders += &format!("BIG,B{n},ready,2026-03-08T00:00:00Z,,,\n");
    }
    let mut rows = "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at,shipped_at\n".to_owned();
    let states = [
        "pending_review",
        "pending_review",
        "pending_review",
        "pending_review",
        "pending_review",
        "pending",
        "pending",
        "to_print_in_stock",
        "to_print_out_of_stock",
        "ignored",
    ];
    for (n, state) in states.iter().enumerate() {
        rows += &format!("R{n},S,O{},{state},2026-03-08T00:00:00Z,\n", n + 1);
    }
    rows += "R15,S,O15,shipped_ok,2026-03-08T00:00:00Z,2026-03-10T01:30:00Z\n";
    work.write("in/platform_orders.csv", orders);
    work.write("in/platform_order_lines.csv", lines);
    work.write("in/local_orders.csv", rows);
    audited(&work, NIGHT);
    work
}

/// Rule book 2, BR (000-2: one tab is not all of them): everything that fits, one tab before several; what nothing explains is a residual, never part of the attribution.
#[test]
fn claims_are_explained_in_every_way_that_fits() {
    let work = claimed_shop();
    for (claims, expected) in [
        ("--claimed-platform 12 --claimed-local 9", vec![]),
        ("--claimed-platform 14", vec!["platform rows_counted_as_orders counted -2", "platform other_report_definition including+payment_pending+refunded -2"]),
        ("--claimed-platform 17", vec!["platform rows_counted_as_orders in_file -5"]),
        ("--claimed-platform 11", vec!["platform ui_default_filter without+archived +1", "platform ui_default_filter without+no_address +1"]),
        ("--claimed-platform 10", vec!["platform ui_default_filter without+archived+no_address +2"]),
        (
            "--claimed-platform 13",
            vec!["platform other_report_definition including+payment_pending -1", "platform other_report_definition including+refunded -1"],
        ),
        ("--claimed-platform 16", vec!["platform claim_residual_platform  +4"]),
        ("--claimed-local 5", vec!["local single_tab_counted pending_review +4"]),
        ("--claimed-local 2", vec!["local single_tab_counted pending +7", "local single_tab_counted to_print_in_stock+to_print_out_of_stock +7"]),
        ("--claimed-local 8", vec!["local single_tab_counted pending_review+pending+tracking_applied+to_print_in_stock +1"]),
        ("--claimed-local 6", vec!["local claim_residual_local  -3"]),
        (
            "--claimed-platform 11 --claimed-local 10 --claimed-at 2026-03-10T00:55:00Z",
            vec![
                "platform ui_default_filter without+archived +1",
                "platform ui_default_filter without+no_address +1",
                "platform claimed_at_other_time  +1",
                "local claimed_at_other_time  -1",
            ],
        ),
        ("--claimed-local 10 --claimed-at 2026-03-10T01:45:00Z", vec!["local claim_residual_local  +1"]),
    ] {
        let options: Vec<_> = claims.split(' ').collect();
        let screen: serde_json::Value = serde_json::from_str(&said(&work, &[&["explain", "S", "--format", "json"], options.as_slice()].concat())).unwrap();
        let told: Vec<_> = screen["claims"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|c| {
                let parts: Vec<_> = c["parts"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
                format!("{} {} {} {:+}", c["side"].as_str().unwrap(), c["code"].as_str().unwrap(), parts.join("+"), c["bridge"].as_i64().unwrap())
            })
            .collect();
        assert_eq!(told, expected, "{claims}");
        assert_eq!((screen["n_platform"].as_i64(), screen["n_local"].as_i64()), (Some(12), Some(9)), "claims change no number");
    }
    assert!(said(&work, &["explain", "BIG", "--claimed-platform", "99"]).contains("ui_count_capped"));
    insta::assert_snapshot!("claims", said(&work, &["explain", "S", "--claimed-platform", "14", "--claimed-local", "9"]).split_once("Ticket").unwrap().1);
}

#[test]
fn an_order_is_found_by_its_number_in_any_form() {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    work.write("in/stores.csv", "store_id,platform,order_id_prefix,order_id_suffix\nS,shopify,TEA-,-EU\nT,tiktok,,\nU,shopee,,\n");
    work.write("in/platform_orders.csv", "store_id,platform_order_id,platform_order_no,lifecycle,created_at\nS,TEA-1001-EU,#1001,ready,2026-03-09T00:00:00Z\nT,576932018345678901,,ready,2026-03-09T00:00:00Z\nU,00123,,ready,2026-03-09T00:00:00Z\nU,5.7694E+17,,ready,2026-03-09T00:00:00Z\n");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,merged_order_ids,lifecycle,order_created_at\nXM7,S,tea-1001,,pending,2026-03-09T00:00:00Z\nXM8,T,576932018345678000,,pending,2026-03-09T00:00:00Z\nXM9,U,888,\"[\"\"888\"\", \"\"889\"\"]\",pending,2026-03-09T00:00:00Z\n");
    audited(&work, NIGHT);
    let found = |number: &str| -> Vec<String> {
        let ran = work.run(&["order", number, "--format", "json"]);
        let lives: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{number}: {e} {}", ran.stderr));
        assert_eq!(ran.code, i32::from(lives.as_array().unwrap().is_empty()), "{}", ran.stderr);
        let ids = |of: &serde_json::Value, key: &str| of.as_array().unwrap().iter().map(|x| x[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        lives
            .as_array()
            .unwrap()
            .iter()
            .map(|life| {
                format!(
                    "{}: {} {}",
                    life["how"].as_str().unwrap(),
                    ids(&life["orders"], "platform_order_id").join("+"),
                    ids(&life["rows"], "local_row_id").join("+")
                )
            })
            .collect()
    };
    for (number, expected) in [
        ("TEA-1001-EU", vec!["exact: TEA-1001-EU XM7"]),
        ("#1001", vec!["exact: TEA-1001-EU XM7"]),
        ("1001", vec!["format: TEA-1001-EU XM7"]),
        (" tea-1001-eu ", vec!["format: TEA-1001-EU XM7"]),
        ("TEA-1001", vec!["format: TEA-1001-EU XM7"]),
        ("XM7", vec!["row: TEA-1001-EU XM7"]),
        ("576932018345678901", vec!["exact: 576932018345678901 XM8"]),
        ("\"576932018345678000\"", vec!["exact: 576932018345678901 XM8"]),
        ("'5.76932E+17", vec!["damaged: 576932018345678901 XM8"]),
        // The true number behind what a spreadsheet left of it on the platform's side.
        ("576940000000000123", vec!["damaged: 5.7694E+17 "]),
        ("123", vec!["damaged: 00123 "]),
        ("=\"00123\"", vec!["exact: 00123 "]),
        ("889", vec!["exact:  XM9"]),
        ("Order 1001 of March", vec!["similar: TEA-1001-EU XM7"]),
        ("404", vec![]),
    ] {
        assert_eq!(found(number), expected, "{number}");
    }
}

#[test]
fn the_life_of_an_order_over_the_nights() {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    let night = |day: u32, orders: &str, rows: &str| {
        work.write("in/platform_orders.csv", format!("store_id,platform_order_id,lifecycle,created_at,shipped_at\nS,2,ready,2026-03-01T12:00:00Z,\n{orders}"));
        work.write("in/local_orders.csv", format!("local_row_id,store_id,platform_order_id_raw,lifecycle,submit_status,order_created_at,shipped_at\nR2,S,2,pending,none,2026-03-01T12:00:00Z,\n{rows}"));
        work.write("in/sync_log.csv", format!("sync_id,store_id,status,window_from,window_to\ny1,S,ok,2026-02-01T00:00:00Z,2026-03-0{day}T00:00:00Z\n"));
        audited(&work, &format!("2026-03-0{day}T02:00:00Z"));
    };
    let ready = "S,1,ready,2026-03-02T01:00:00Z,\n";
    let row = |state: &str, submitted: &str| format!("R1,S,1,{state},{submitted},2026-03-02T01:00:00Z,\n");
    night(2, ready, "");
    night(3, ready, &row("pending", "none"));
    night(4, ready, &row("pending", "none"));
    night(5, "S,1,shipped,2026-03-02T01:00:00Z,2026-03-04T12:00:00Z\n", &row("to_print_in_stock", "ok"));
    insta::assert_snapshot!("life", said(&work, &["order", "1"]));
    night(6, "", "");
    insta::assert_snapshot!("life_of_a_gone_order", said(&work, &["order", "1"]));
}

/// A sync that runs is in progress, not failed (001-12); a logistics provider without authorisation is named and never blamed for orders (004-11).
#[test]
fn the_health_banner_tells_what_is_under_way() {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    work.write(
        "in/stores.csv",
        "store_id,platform,erp,authorised_at,expires_at,logistics_authorised\nS,lazada,dianxiaomi,2026-01-01T00:00:00Z,2026-12-31T00:00:00Z,false\n",
    );
    work.write(
        "in/sync_log.csv",
        "sync_id,store_id,status,window_from,window_to,started_at,finished_at\n\
         y1,S,ok,2026-02-01T00:00:00Z,2026-03-09T00:00:00Z,,2026-03-09T00:05:00Z\n\
         y2,S,running,2026-03-09T00:00:00Z,2026-03-10T00:00:00Z,2026-03-10T01:55:00Z,\n",
    );
    work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,2026-03-09T12:00:00Z\nS,2,ready,2026-03-01T12:00:00Z\n");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR2,S,2,deleted,2026-03-01T12:00:00Z\n");
    audited(&work, NIGHT);
    let screen = said(&work, &["explain", "S"]);
    insta::assert_snapshot!("health", screen.split_once("\n\n").unwrap().0);
    assert!(screen.contains("sync_lag") && !screen.contains("sync_failed"), "{screen}");
}

/// One file per unexplained order with both sides' rows, their files, the syncs and the nights (001-14).
#[test]
fn evidence_packs_hold_what_an_investigator_needs() {
    let work = Workspace::new();
    said(&work, &["demo"]);
    said(&work, &["--data", "nightaudit-demo/data", "explain", "US", "--packet", "packs"]);
    let packs = support::files(&work.path().join("packs"));
    assert_eq!(packs.keys().map(|path| path.display().to_string()).collect::<Vec<_>>(), ["US__1007.json", "US__9001.json"]);
    let pack: serde_json::Value = serde_json::from_slice(&packs[std::path::Path::new("US__1007.json")]).unwrap();
    let order = &pack[0]["orders"][0];
    assert_eq!(
        (order["platform_order_id"].as_str(), order["file"].as_str(), order["row"].as_i64()),
        (Some("5769320183451007"), Some("shopify_orders_2026-03-09.csv"), Some(4))
    );
    assert_eq!(pack[0]["causes"][0]["code"], "unexplained_platform_only");
    assert_eq!(pack[0]["nights"].as_array().unwrap().len(), 1);
}
