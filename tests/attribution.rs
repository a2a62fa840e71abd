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

fn check(name: &str, text: &str) {
    let case: Case = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let work = Workspace::new();
    work.write("job.toml", "name = \"case\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
    for (table, rows) in &case.given {
        work.write(&format!("in/{table}.jsonl"), jsonl(rows));
    }
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert!(ran.code == 0 || ran.code == 1, "{name}: {}", ran.stderr);
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
