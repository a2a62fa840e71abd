//! Promise: the house stays tidy. Layers, heads, sizes, banned calls with their replacement, a case for every check.
//! A rule that is broken names the place and what to do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const LAYERS: [(&str, u8); 20] = [
    ("disk", 0),
    ("embedded", 0),
    ("failure", 0),
    ("clock", 0),
    ("limits", 0),
    ("model", 0),
    ("settings", 1),
    ("table", 1),
    ("job", 1),
    ("snapshot", 2),
    ("sources", 3),
    ("engine", 3),
    ("audit", 4),
    ("report", 5),
    ("night", 6),
    ("simulator", 6),
    ("schedule", 7),
    ("cli", 8),
    ("lib", 9),
    ("main", 9),
];

/// What may not stand in a file, where it may all the same, and what to use instead.
const BANNED: [(&str, &[&str], &str); 8] = [
    ("duckdb::", &["src/engine/"], "only `engine` knows duckdb"),
    ("polars::", &["src/table/"], "only `table` knows polars"),
    ("Utc::now", &["src/clock.rs"], "take the time from `clock`"),
    ("println!", &["build.rs", "src/main.rs"], "print through `cli::print`"),
    ("thread::sleep", &[], "nothing waits"),
    ("env::var", &["build.rs"], "the environment is read by `settings` and clap"),
    ("todo!(", &[], "finish it"),
    ("dbg!(", &[], "use tracing"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(String, String)> {
    let named = |path: &PathBuf| (path.strip_prefix(root()).unwrap().display().to_string(), fs::read_to_string(path).unwrap());
    walk(&root().join("src"), "rs").iter().chain([&root().join("build.rs")]).map(named).collect()
}

fn room(path: &str) -> &str {
    path.trim_start_matches("src/").split(['/', '.']).next().unwrap()
}

fn fail_on(broken: Vec<String>) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn layers_look_only_downwards() {
    let layers: BTreeMap<_, _> = LAYERS.into_iter().collect();
    let mut broken = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("src/")) {
        let own = room(&path);
        let Some(layer) = layers.get(own) else {
            broken.push(format!("{path}: the room `{own}` has no layer in tests/tidy.rs"));
            continue;
        };
        let code = text.split("#[cfg(test)]").next().unwrap();
        for used in code.split("crate::").skip(1).filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()) {
            // The ground floor is one: values, failures, limits and the clock know each other.
            let above = |other: &u8| other > layer || (other == layer && *layer > 0);
            if used != own && layers.get(used).is_some_and(above) {
                broken.push(format!("{path}: `{own}` (layer {layer}) uses `{used}`: a room uses only lower layers and its own folder"));
            }
        }
    }
    fail_on(broken);
}

#[test]
fn files_say_what_they_are_for() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//! ") {
            broken.push(format!("{path}: begin with `//!`: what the room is for and what it may not do"));
        }
        let lines = text.lines().count();
        // Row types are one list that mirrors sql/schema.
        if lines > 500 && path != "src/model/rows.rs" {
            broken.push(format!("{path}: {lines} lines are more than one room"));
        }
    }
    fail_on(broken);
}

#[test]
fn banned_calls_name_their_replacement() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (call, allowed, instead) in BANNED {
            for (n, line) in code.lines().enumerate() {
                let comment = line.trim_start().starts_with("//");
                if line.contains(call) && !comment && !line.contains(&format!("e{call}")) && !allowed.iter().any(|a| path.starts_with(a)) {
                    broken.push(format!("{path}:{}: `{call}`: {instead}", n + 1));
                }
            }
        }
    }
    fail_on(broken);
}

#[test]
fn sql_files_state_their_grain_and_keep_to_the_common_language() {
    let mut broken = Vec::new();
    for path in walk(&root().join("sql"), "sql") {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n").to_lowercase();
        let grain = text.lines().filter(|line| line.starts_with("-- ")).any(|line| line.contains("one row") || line.contains(": "));
        if !grain {
            broken.push(format!("{name}: say what one row is in the first comment"));
        }
        for banned in ["timestamptz", "at time zone", "current_timestamp", "now()", "strftime", "strptime", "icu_"] {
            if code.contains(banned) {
                broken.push(format!("{name}: `{banned}`: instants are UTC, days come from zone_spans, time from the table night"));
            }
        }
    }
    fail_on(broken);
}

#[test]
fn every_check_has_a_case_and_every_case_a_check() {
    let stems =
        |folder: &str, ending: &str| walk(&root().join(folder), ending).iter().map(|p| p.file_stem().unwrap().to_str().unwrap().to_owned()).collect::<Vec<_>>();
    let (mut checks, mut cases) = (stems("sql/checks", "sql"), stems("fixtures/checks", "toml"));
    checks.sort();
    cases.sort();
    assert_eq!(checks, cases, "sql/checks and fixtures/checks go together");
}

#[test]
fn every_cause_has_a_case() {
    let causes: toml::Table = toml::from_str(&fs::read_to_string(root().join("sql/causes/causes.toml")).unwrap()).unwrap();
    let folders = [("fixtures/attribution", "toml"), ("fixtures/scenarios", "yaml"), ("fixtures/checks", "toml"), ("tests", "rs"), ("tests/snapshots", "snap")];
    let files: Vec<_> = folders.into_iter().flat_map(|(folder, ending)| walk(&root().join(folder), ending)).collect();
    let cases: String = files.iter().map(|p| format!("{} {}", p.file_stem().unwrap().display(), fs::read_to_string(p).unwrap())).collect();
    let words: std::collections::BTreeSet<_> = cases.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let code = |cause: &toml::Value| cause["code"].as_str().unwrap().to_owned();
    let missing: Vec<_> = causes["cause"].as_array().unwrap().iter().map(code).filter(|code| !words.contains(code.as_str())).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

/// A job's own cause stands before the one it names: so the lists must have the order of the ranks.
#[test]
fn rule_lists_have_the_order_of_the_ranks() {
    let causes: toml::Table = toml::from_str(&fs::read_to_string(root().join("sql/causes/causes.toml")).unwrap()).unwrap();
    for block in ["PO", "LO", "ST", "TM"] {
        let mut ranked: Vec<_> = causes["cause"].as_array().unwrap().iter().filter(|cause| cause["block"].as_str() == Some(block)).collect();
        ranked.sort_by_key(|cause| cause["rank"].as_integer());
        let ranked: Vec<_> = ranked.into_iter().map(|cause| cause["code"].as_str().unwrap()).collect();
        let text = fs::read_to_string(root().join(format!("sql/causes/{}.sql", block.to_lowercase()))).unwrap();
        let list = text.split("list_filter([").nth(1).unwrap().split("], lambda").next().unwrap();
        let listed: Vec<_> = list
            .lines()
            .filter_map(|line| line.trim_end_matches(',').trim_end_matches(" end").rsplit('\'').nth(1))
            .filter(|word| ranked.contains(word))
            .collect();
        assert_eq!(listed, ranked, "{block}");
    }
}

/// What the catalogue names as evidence of a cause is among the facts that its rule list hands over, and not said already.
#[test]
fn evidence_of_a_cause_is_a_fact_of_its_block() {
    let causes: toml::Table = toml::from_str(&fs::read_to_string(root().join("sql/causes/causes.toml")).unwrap()).unwrap();
    let attribution = fs::read_to_string(root().join("sql/models/60_attribution.sql")).unwrap();
    let (base, structure) = attribution.split_once("u.facts, map {").unwrap();
    let mut broken = Vec::new();
    for cause in causes["cause"].as_array().unwrap().iter().filter(|cause| cause["block"].as_str() != Some("HE")) {
        let (block, code) = (cause["block"].as_str().unwrap(), cause["code"].as_str().unwrap());
        let own = root().join(format!("sql/causes/{}.sql", block.to_lowercase()));
        let facts = if own.exists() { fs::read_to_string(own).unwrap() } else { structure.to_owned() };
        for field in cause["fields"].as_array().unwrap() {
            let key = format!("'{}': cast(", field.as_str().unwrap());
            if !facts.contains(&key) || base.contains(&key) {
                broken.push(format!("{block} {code}: `{}` is no fact of its block, or is told of every unit", field.as_str().unwrap()));
            }
        }
    }
    fail_on(broken);
}
