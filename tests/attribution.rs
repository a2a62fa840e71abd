//! Promise: every difference is split into units, each one named order or row with one cause, and the causes sum to the difference.
//! Cases are files in fixtures/attribution: rows of canonical tables, and what count_checks and attribution_units must say.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use support::{NIGHT, Workspace, fixtures, jsonl};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Rows by canonical table.
    given: BTreeMap<String, Vec<toml::Table>>,
    expect: Vec<Expect>,
    /// `row order kind role`, the links that matter.
    #[serde(default)]
    links: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    store: String,
    metric: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    undated: bool,
    /// Platform, local, comparable.
    n: [i64; 3],
    /// `sign code order`.
    units: BTreeSet<String>,
}

/// Audits the rows of a case.
fn audited(name: &str, given: &BTreeMap<String, Vec<toml::Table>>) -> Workspace {
    let work = Workspace::new();
    work.write("job.toml", "name = \"case\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
    for (table, rows) in given {
        work.write(&format!("in/{table}.jsonl"), jsonl(rows));
    }
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert!(ran.code == 0 || ran.code == 1, "{name}: {}", ran.stderr);
    work
}

fn check(name: &str, text: &str) {
    let case: Case = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let work = audited(name, &case.given);
    let checks = work.report("case", "count_checks");
    let units = work.report("case", "attribution_units");
    assert!(checks.iter().all(|c| c["sums_ok"] == "true"), "{name}: sums do not hold");
    for expect in &case.expect {
        let scope = match (expect.undated, expect.day.as_str()) {
            (true, _) => "undated",
            (_, "") => "all",
            _ => "day",
        };
        let here = |row: &&BTreeMap<String, String>| {
            row["store_id"] == expect.store && row["metric"] == expect.metric && row["scope"] == scope && row["day"] == expect.day
        };
        let label = format!("{name}: {} {} {scope} {}", expect.store, expect.metric, expect.day);
        let found = checks.iter().find(here).unwrap_or_else(|| panic!("{label}: no count check"));
        let n = ["n_platform", "n_local", "n_local_comparable"].map(|column| found[column].parse::<i64>().unwrap());
        assert_eq!(n, expect.n, "{label}");
        let named: BTreeSet<_> = units.iter().filter(here).map(|u| format!("{} {} {}", u["sign"], u["code"], u["order_ref"])).collect();
        assert_eq!(named, expect.units, "{label}");
    }
    let links: BTreeSet<_> = work
        .report("case", "order_links")
        .iter()
        .map(|l| format!("{} {} {} {}", l["local_row_id"], l["platform_order_id"], l["link_kind"], l["role"]))
        .collect();
    for link in &case.links {
        assert!(links.contains(link), "{name}: no link `{link}` in {links:#?}");
    }
}

#[test]
fn differences_are_explained() {
    let cases = fixtures("attribution", "toml");
    assert!(!cases.is_empty());
    for (name, text) in cases {
        check(&name, &text);
    }
}

/// Rule book 5, step 5, check 5: the order of rows changes nothing, a matched pair changes nothing but the two numbers.
#[test]
fn shuffled_rows_and_matched_pairs_change_nothing() {
    for (name, text) in fixtures("attribution", "toml") {
        let case: Case = toml::from_str(&text).unwrap();
        let work = audited(&name, &case.given);
        let mut shuffled = case.given.clone();
        shuffled.values_mut().for_each(|rows| rows.reverse());
        let other = audited(&name, &shuffled);
        for report in ["count_checks", "attribution_units", "order_links", "findings"] {
            assert_eq!(work.report("case", report), other.report("case", report), "{name}: {report} of shuffled rows");
        }
        let mut more = case.given.clone();
        let store = case.given["platform_orders"][0]["store_id"].as_str().unwrap();
        let row = |text: String| toml::from_str::<toml::Table>(&text).unwrap();
        let pair = "lifecycle = 'pending'\norder_created_at = '2026-03-09T00:30:00Z'\nsubmit_status = 'none'";
        more.get_mut("platform_orders")
            .unwrap()
            .push(row(format!("store_id = '{store}'\nplatform_order_id = 'PAIR'\nlifecycle = 'ready'\ncreated_at = '2026-03-09T00:30:00Z'")));
        more.get_mut("local_orders").unwrap().push(row(format!("local_row_id = 'PAIR'\nstore_id = '{store}'\nplatform_order_id_raw = 'PAIR'\n{pair}")));
        let zones_agree = case.given.get("stores").is_none_or(|stores| stores.iter().all(|s| s.get("timezone") == s.get("local_timezone")));
        if zones_agree {
            let other = audited(&name, &more);
            assert_eq!(work.report("case", "attribution_units"), other.report("case", "attribution_units"), "{name}: units with one more matched pair");
            let totals = |work: &Workspace| -> Vec<_> {
                work.report("case", "count_checks")
                    .into_iter()
                    .filter(|c| c["scope"] == "all")
                    .map(|c| (c["store_id"].clone(), c["metric"].clone(), c["diff"].clone()))
                    .collect()
            };
            assert_eq!(totals(&work), totals(&other), "{name}: differences with one more matched pair");
        }
    }
}
