//! Promise: each check fires on what it is for, stays silent beside it, and does not depend on the order of rows.
//! Cases are files in fixtures/checks, named after the check.

mod support;

use std::collections::BTreeMap;

use serde::Deserialize;
use support::{NIGHT, Workspace, fixtures, jsonl};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    fires: Given,
    silent: Given,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    given: BTreeMap<String, Vec<toml::Table>>,
    #[serde(default)]
    messages: Vec<String>,
}

fn messages(code: &str, given: &BTreeMap<String, Vec<toml::Table>>, reversed: bool) -> Vec<String> {
    let work = Workspace::new();
    work.write("job.toml", "name = \"case\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n");
    for (table, rows) in given {
        let mut rows = rows.clone();
        if reversed {
            rows.reverse();
        }
        work.write(&format!("in/{table}.jsonl"), jsonl(&rows));
    }
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert!((0..=3).contains(&ran.code) && ran.code != 2, "{code}: {}", ran.stderr);
    let run: serde_json::Value = serde_json::from_str(&work.run(&["show", "--format", "json"]).stdout).unwrap();
    let outcome = run["checks"].as_array().unwrap().iter().find(|check| check["code"] == code).unwrap();
    assert!(outcome["skipped"].is_null(), "{code}: {outcome}");
    let mut found: Vec<_> = work.report("case", "findings").into_iter().filter(|f| f["code"] == code).map(|f| f["message"].clone()).collect();
    found.sort();
    found
}

#[test]
fn checks_fire_and_stay_silent() {
    for (code, text) in fixtures("checks", "toml") {
        let case: Case = toml::from_str(&text).unwrap_or_else(|e| panic!("{code}: {e}"));
        assert!(!case.fires.messages.is_empty(), "{code}: the case that fires expects nothing");
        for reversed in [false, true] {
            assert_eq!(messages(&code, &case.fires.given, reversed), case.fires.messages, "{code} fires, reversed {reversed}");
        }
        assert!(case.silent.messages.is_empty(), "{code}: the silent case expects something");
        assert_eq!(messages(&code, &case.silent.given, false), Vec::<String>::new(), "{code} stays silent");
    }
}
