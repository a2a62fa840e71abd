//! Promise: every worked scenario of the rule book's section 6 holds through the public pipeline: canonical files in, report files out.
//! Short keys and their defaults are those of section 6; what a scenario says of earlier nights is played as an earlier night's run.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use support::{Workspace, fixtures};

/// Rows by canonical table.
type Tables = BTreeMap<&'static str, Vec<Json>>;

fn list(value: &Json) -> Vec<Json> {
    value.as_array().cloned().unwrap_or_default()
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Copies a short key of the scenario to a column, where it is there.
fn copy(from: &Json, to: &mut Map<String, Json>, names: &[(&str, &str)]) {
    for (short, column) in names {
        if let Some(value) = from.get(short) {
            to.insert((*column).to_owned(), value.clone());
        }
    }
}

fn object(value: Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap()
}

fn stores(scenario: &Json) -> Vec<Json> {
    list(&scenario["stores"])
        .iter()
        .map(|s| {
            let mut row =
                object(json!({"store_id": s["id"], "platform": s["platform"], "history_window": "P1M", "history_basis": "updated", "auto_sync_enabled": true,
                "authorised_at": s["authorised"], "history_start_at": s["authorised"]}));
            copy(
                s,
                &mut row,
                &[
                    ("erp", "erp"),
                    ("tz", "timezone"),
                    ("ltz", "local_timezone"),
                    ("window", "history_window"),
                    ("basis", "history_basis"),
                    ("only_unshipped", "history_only_unshipped"),
                    ("expires", "expires_at"),
                    ("unbound", "unbound_at"),
                    ("data_deleted", "data_deleted_at"),
                    ("backend_unshipped_includes", "backend_unshipped_includes"),
                    ("channels", "enabled_sales_channels"),
                    ("locations", "enabled_locations"),
                    ("exclude_tags", "exclude_tags"),
                    ("skip_archived", "import_skips_archived"),
                    ("retention", "local_retention"),
                    ("import_unpaid", "import_unpaid"),
                    ("import_only_unshipped", "import_only_unshipped"),
                    ("auto_sync", "auto_sync_enabled"),
                    ("sync_mode", "sync_mode"),
                    ("prefix", "order_id_prefix"),
                    ("suffix", "order_id_suffix"),
                ],
            );
            if let Some(window) = scenario["report"][text(&s["id"])].get("api_window") {
                row.insert("api_window".to_owned(), window.clone());
            }
            Json::Object(row)
        })
        .collect()
}

fn store_of(row: &Json, scenario: &Json) -> Json {
    row.get("store").unwrap_or(&scenario["stores"][0]["id"]).clone()
}

fn syncs(scenario: &Json) -> Vec<Json> {
    let sync = |(n, y): (usize, &Json)| {
        let mut row = object(json!({"sync_id": format!("y{n}"), "store_id": store_of(y, scenario), "status": "ok", "finished_at": y["to"]}));
        copy(
            y,
            &mut row,
            &[
                ("status", "status"),
                ("from", "window_from"),
                ("to", "window_to"),
                ("from_exclusive", "from_exclusive"),
                ("rows_fetched", "rows_fetched"),
                ("rows_expected", "rows_expected"),
            ],
        );
        if y["quota"] == true {
            row.insert("error_code".to_owned(), "quota".into());
        }
        Json::Object(row)
    };
    list(&scenario["sync"]).iter().enumerate().map(sync).collect()
}

fn reports(scenario: &Json, tables: &mut Tables) {
    for (store, report) in scenario["report"].as_object().into_iter().flatten() {
        let status = if report["missing"] == true { "CANCELLED" } else { "DONE" };
        let mut row = object(json!({"file_id": format!("file-{store}"), "store_id": store, "processing_status": status}));
        copy(
            report,
            &mut row,
            &[("from", "data_start_at"), ("to", "data_end_at"), ("complete", "complete"), ("marketplaces", "marketplaces"), ("excludes", "excluded_statuses")],
        );
        tables.entry("report_files").or_default().push(Json::Object(row));
        for order in list(&report["rejects"]) {
            tables
                .entry("load_rejects")
                .or_default()
                .push(json!({"file_id": format!("file-{store}"), "source_row": 1, "reason": "unreadable", "order_key": order}));
        }
    }
}

fn platform(scenario: &Json, tables: &mut Tables) {
    for p in list(&scenario["platform"]) {
        let mut row = object(json!({"store_id": store_of(&p, scenario), "platform_order_id": p["id"], "requires_shipping": true, "order_type": "standard"}));
        copy(
            &p,
            &mut row,
            &[
                ("lc", "lifecycle"),
                ("created", "created_at"),
                ("updated", "updated_at"),
                ("paid", "paid_at"),
                ("shipped", "shipped_at"),
                ("cancelled", "cancelled_at"),
                ("ch", "fulfilment_channel"),
                ("ship", "requires_shipping"),
                ("channel", "sales_channel"),
                ("location", "location_id"),
                ("test", "is_test"),
                ("archived", "is_archived"),
                ("tags", "tags"),
                ("merged_into", "merged_into_platform_order_id"),
                ("split_from", "parent_platform_order_id"),
            ],
        );
        if p["pos"] == true {
            row.insert("delivery_method".to_owned(), "pickup".into());
        }
        if p["replacement"] == true {
            row.insert("order_type".to_owned(), "replacement".into());
        }
        if let Some(qty) = p.get("qty") {
            tables
                .entry("platform_order_lines")
                .or_default()
                .push(json!({"store_id": row["store_id"], "platform_order_id": p["id"], "line_ordinal": 1, "sku_raw": "A", "qty": qty}));
        }
        if let Some(reason) = p.get("import_error") {
            tables.entry("local_import_errors").or_default().push(json!({"store_id": row["store_id"], "platform_order_id": p["id"], "reason": reason}));
        }
        tables.entry("platform_orders").or_default().push(Json::Object(row));
    }
}

fn local(scenario: &Json, tables: &mut Tables) {
    for (n, l) in list(&scenario["local"]).iter().enumerate() {
        let mut row = object(json!({"local_row_id": format!("L{}", n + 1), "store_id": store_of(l, scenario), "submit_status": "none"}));
        copy(
            l,
            &mut row,
            &[
                ("row", "local_row_id"),
                ("oid", "platform_order_id_raw"),
                ("lc", "lifecycle"),
                ("created", "order_created_at"),
                ("shipped", "shipped_at"),
                ("submit", "submit_status"),
                ("submitted_at", "tracking_submitted_at"),
                ("submit_error_ignored", "submit_error_ignored"),
                ("merged", "merged_order_ids"),
                ("parent", "parent_local_row_id"),
                ("resend", "is_resend"),
                ("origin", "origin"),
                ("seen", "platform_status_seen"),
                ("marketplace", "marketplace"),
                ("imported", "imported_at"),
                ("last_update_at", "last_update_at"),
            ],
        );
        if l.get("last_update_at").is_some() {
            row.insert("last_update_result".to_owned(), "ok".into());
        }
        tables.entry("local_orders").or_default().push(Json::Object(row));
    }
}

fn write(work: &Workspace, tables: &Tables) {
    for (table, rows) in tables {
        work.write(&format!("in/{table}.jsonl"), rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    }
}

fn run(name: &str, work: &Workspace, as_of: &str) {
    let ran = work.run(&["run", "job.toml", "--as-of", as_of]);
    assert!([0, 1, 3].contains(&ran.code), "{name}: {}", ran.stderr);
    assert!(!ran.stderr.contains("ERROR") && !ran.stderr.contains("error:"), "{name}: {}", ran.stderr);
}

/// Plays the night before, where the scenario speaks of it.
fn earlier_night(name: &str, scenario: &Json, work: &Workspace, tables: &Tables) {
    let mut before = tables.clone();
    let mut rows = Vec::new();
    for p in list(&scenario["platform"]).iter().filter(|p| p["was_shipped"] == true) {
        rows.push(json!({"store_id": store_of(p, scenario), "platform_order_id": p["id"], "lifecycle": "shipped", "created_at": p["created"]}));
    }
    for (store, report) in scenario["report"].as_object().into_iter().flatten() {
        for id in list(&report["prev_seen"]) {
            rows.push(json!({"store_id": store, "platform_order_id": id, "lifecycle": "ready", "created_at": scenario["as_of"]}));
        }
    }
    if rows.is_empty() {
        return;
    }
    before.insert("platform_orders", rows);
    before.remove("report_files");
    before.remove("load_rejects");
    write(work, &before);
    let night = nightaudit::model::value::instant(&text(&scenario["as_of"])).unwrap() - chrono::TimeDelta::days(1);
    run(name, work, &night.to_rfc3339());
    std::fs::remove_dir_all(work.path().join("in")).unwrap();
}

fn net(units: &[&BTreeMap<String, String>]) -> BTreeMap<String, i64> {
    let mut net = BTreeMap::new();
    for unit in units {
        *net.entry(unit["code"].clone()).or_default() += unit["sign"].parse::<i64>().unwrap();
    }
    net
}

/// Audits a scenario, and the night before where it speaks of it.
fn audited(name: &str, scenario: &Json) -> Workspace {
    let work = Workspace::new();
    work.write("job.toml", "name = \"case\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
    let mut tables = Tables::from([("stores", stores(scenario)), ("platform_orders", Vec::new()), ("local_orders", Vec::new())]);
    if scenario.get("sync").is_some() {
        tables.insert("sync_log", syncs(scenario));
    }
    reports(scenario, &mut tables);
    platform(scenario, &mut tables);
    local(scenario, &mut tables);
    earlier_night(name, scenario, &work, &tables);
    write(&work, &tables);
    run(name, &work, &text(&scenario["as_of"]));
    work
}

fn check(name: &str, scenario: &Json) -> usize {
    let work = audited(name, scenario);
    let (checks, units) = (work.report("case", "count_checks"), work.report("case", "attribution_units"));
    assert!(checks.iter().all(|c| c["sums_ok"] == "true"), "{name}: sums do not hold");
    for ask in list(&scenario["asks"]) {
        let (store, metric, day) = (text(&store_of(&ask, scenario)), text(&ask["metric"]), ask.get("day").map(text).unwrap_or_default());
        let scope = if day.is_empty() { "all" } else { "day" };
        let here = |row: &&BTreeMap<String, String>| row["store_id"] == store && row["metric"] == metric && row["scope"] == scope && row["day"] == day;
        let label = format!("{name} {store} {metric} {day}");
        let found = checks.iter().find(here).unwrap_or_else(|| panic!("{label}: no count check"));
        let here: Vec<_> = units.iter().filter(here).collect();
        let expect = &ask["expect"];
        assert_eq!(vec![found["n_platform"].clone(), found["n_local"].clone()], list(&expect["n"]).iter().map(text).collect::<Vec<_>>(), "{label}: n");
        let expected: BTreeMap<_, _> = expect["units"].as_object().unwrap().iter().map(|(code, n)| (code.clone(), text(n).parse::<i64>().unwrap())).collect();
        assert_eq!(net(&here), expected, "{label}: units {here:#?}");
        for (code, ids) in expect["ids"].as_object().into_iter().flatten() {
            let named: BTreeSet<_> = here.iter().filter(|u| u["code"] == *code).map(|u| u["order_ref"].clone()).collect();
            assert_eq!(named, list(ids).iter().map(text).collect(), "{label}: ids of {code}");
        }
        for (order, also) in expect["also"].as_object().into_iter().flatten() {
            let unit = here.iter().find(|u| u["order_ref"] == *order).unwrap_or_else(|| panic!("{label}: no unit of {order}"));
            assert_eq!(serde_json::from_str::<Json>(&unit["also_applies"]).unwrap(), *also, "{label}: also_applies of {order}");
        }
    }
    for info in list(&scenario["expect_info"]) {
        let [code, row, orders] = [0, 1, 2].map(|i| text(&info[i]));
        let links: Vec<_> = work.report("case", "order_links").into_iter().filter(|l| l["local_row_id"] == row).collect();
        let linked: Vec<_> = links.iter().map(|l| l["platform_order_id"].clone()).collect();
        assert_eq!(linked.join("|"), orders, "{name}: {row}");
        assert!(links.iter().all(|l| format!("order_id_{}", l["link_kind"]) == code && (l["ambiguous"] == "true") == (links.len() > 1)), "{name}: {links:#?}");
    }
    list(&scenario["asks"]).len()
}

#[test]
fn worked_scenarios_hold() {
    let scenarios = fixtures("scenarios", "yaml");
    let mut asks = 0;
    for (name, yaml) in &scenarios {
        let scenario: Json = serde_yaml_ng::from_str(yaml).unwrap_or_else(|e| panic!("{name}: {e}"));
        asks += check(name, &scenario);
    }
    assert_eq!((scenarios.len(), asks), (22, 43));
}

fn scenario(name: &str) -> Json {
    let (_, yaml) = fixtures("scenarios", "yaml").into_iter().find(|(stem, _)| stem == name).unwrap();
    serde_yaml_ng::from_str(&yaml).unwrap()
}

/// The rule book's own example of the screen: the ticket says 13 and 5.
#[test]
fn the_screen_of_a_real_life_ticket() {
    let work = audited("S25", &scenario("S25"));
    let claims = ["explain", "SH8", "--claimed-platform", "13", "--claimed-local", "5"];
    let said = |more: &[&str]| {
        let ran = work.run(&[claims.as_slice(), more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    insta::assert_snapshot!("explain_s25", said(&[]));
    insta::assert_snapshot!("explain_s25_zh", said(&["--lang", "zh"]));
    insta::assert_snapshot!("explain_s25_json", said(&["--format", "json"]));
}
