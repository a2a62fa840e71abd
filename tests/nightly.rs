//! Promise: a night is published whole or not at all, and the same night always gives the same bytes: run twice, killed and run again.
//! Two files are left out by design: run.json and the table `runs` say when and as which publication a night was audited.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use support::{Workspace, files};

const JOB: &str = "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n";
const NIGHT: &str = "2026-03-02T02:00:00Z";
const NEXT_NIGHT: &str = "2026-03-03T02:00:00Z";

/// A shop large enough that a stage can be killed in its middle.
fn shop() -> Workspace {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    assert_eq!(work.run(&["generate", "--orders", "20000", "--stores", "3", "--out", "in"]).code, 0);
    work
}

/// Reports and rejects by their bytes, tables of the run's database by their content.
fn published(work: &Workspace) -> BTreeMap<PathBuf, Vec<u8>> {
    let run = work.path().join("nightaudit-data/shop/latest");
    let mut found = files(&std::fs::canonicalize(run).unwrap());
    found.remove(Path::new("run.json")).expect("run.json");
    found.remove(Path::new("audit.duckdb")).expect("audit.duckdb");
    found.extend(tables(&work.path().join("nightaudit-data/shop/latest/audit.duckdb")));
    found
}

/// Every table but `runs`, as text.
fn tables(database: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let config = duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap();
    let connection = duckdb::Connection::open_with_flags(database, config).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let names = texts("select schema_name || '.' || table_name from duckdb_tables() where not internal and database_name <> 'temp' order by 1");
    assert!(names.len() > 25, "{names:?}");
    let content = |name: &String| {
        texts(&format!("select coalesce(md5(string_agg(cast(t as varchar), chr(10) order by cast(t as varchar))), '') || count(*) from {name} as t"))
    };
    names.iter().filter(|name| *name != "main.runs").map(|name| (PathBuf::from(format!("table {name}")), content(name).concat().into_bytes())).collect()
}

fn assert_same(a: &BTreeMap<PathBuf, Vec<u8>>, b: &BTreeMap<PathBuf, Vec<u8>>, what: &str) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{what}: other files");
    let differing: Vec<_> = a.iter().filter(|(name, bytes)| b[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differing.is_empty(), "{what}: {differing:?} differ");
}

fn night(work: &Workspace, as_of: &str) {
    let ran = work.run(&["run", "job.toml", "--as-of", as_of]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
}

#[test]
fn the_same_night_twice_gives_the_same_bytes() {
    let work = shop();
    night(&work, NIGHT);
    let first = published(&work);
    night(&work, NIGHT);
    assert_same(&first, &published(&work), "second publication");
    assert!(work.path().join("nightaudit-data/shop/runs/2026-03-02-2").is_dir());
    let again = work.run(&["run", "job.toml", "--as-of", NIGHT, "--from", "load"]);
    assert_eq!(again.code, 1, "{}", again.stderr);
    assert_same(&first, &published(&work), "from the snapshots alone");
    // A later night keeps what this one saw: findings age, orders have a history.
    night(&work, NEXT_NIGHT);
    assert!(work.report("shop", "findings").iter().all(|f| f["first_seen_on"] == "2026-03-02" && f["age_nights"] == "1"));
}

#[test]
fn killed_in_any_stage_the_next_run_gives_the_same_bytes() {
    let undisturbed = shop();
    night(&undisturbed, NIGHT);
    let expected = published(&undisturbed);
    let work = shop();
    for stage in nightaudit::night::STAGES {
        let mut running = work.command(&["run", "job.toml", "--as-of", NIGHT, "--log", "json"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
        let begun = lines.any(|line| line.unwrap().contains(&format!("\"stage\":\"{stage}\"")));
        assert!(begun, "the stage {stage} never began");
        running.kill().unwrap();
        let ended = running.wait().unwrap().code();
        // Publishing is a rename: the last stage may be over before the signal comes.
        if stage != "publish" {
            assert_eq!(ended, None, "the run ended before it could be killed in {stage}");
            assert!(!work.path().join("nightaudit-data/shop/latest").exists(), "killed in {stage}, and yet published");
        }
    }
    night(&work, NIGHT);
    assert_same(&expected, &published(&work), "after kills in every stage");
    let left: Vec<_> = files(&work.path().join("nightaudit-data")).into_keys().filter(|path| path.to_string_lossy().contains(".part-")).collect();
    assert!(left.is_empty(), "left over: {left:?}");
}

#[test]
fn history_and_what_is_kept() {
    let work = Workspace::new();
    work.write("job.toml", format!("keep_nights = 2\n{JOB}"));
    let orders =
        |rows: &[&str]| work.write("in/platform_orders.csv", format!("store_id,platform_order_id,lifecycle,created_at,shipped_at\n{}\n", rows.join("\n")));
    let run = |day: u32| {
        work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\n");
        assert_eq!(work.run(&["run", "job.toml", "--as-of", &format!("2026-03-0{day}T02:00:00Z")]).code, 1);
    };
    orders(&["S,1,ready,2026-03-01,", "S,2,shipped,2026-03-01,2026-03-01"]);
    run(2);
    orders(&["S,1,ready,2026-03-01,"]);
    run(3);
    // Back from the dead, and unshipped.
    orders(&["S,2,ready,2026-03-01,", "S,3,ready,2026-03-03,"]);
    run(4);
    let config = duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap();
    let connection = duckdb::Connection::open_with_flags(work.path().join("nightaudit-data/shop/latest/audit.duckdb"), config).unwrap();
    let mut statement = connection
        .prepare("select concat_ws(' ', platform_order_id, first_seen_on, last_seen_on, coalesce(was_shipped_on::varchar, '-'), coalesce(gone_on::varchar, '-')) from order_history order by 1")
        .unwrap();
    let history: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(history, ["1 2026-03-02 2026-03-03 - 2026-03-04", "2 2026-03-02 2026-03-04 2026-03-02 -", "3 2026-03-04 2026-03-04 - -"]);
    let names = |folder: &str| {
        let mut names: Vec<_> =
            std::fs::read_dir(work.path().join("nightaudit-data/shop").join(folder)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("runs"), ["2026-03-03-1", "2026-03-04-1"]);
    assert_eq!(names("snapshots/canonical/files"), ["20260302T020000Z-1", "20260303T020000Z-1", "20260304T020000Z-1"].map(str::to_owned)[1..]);
}

#[test]
fn a_damaged_earlier_run_does_not_stop_tonight() {
    let work = shop();
    night(&work, NIGHT);
    std::fs::write(work.path().join("nightaudit-data/shop/latest/audit.duckdb"), "not a database").unwrap();
    let ran = work.run(&["run", "job.toml", "--as-of", NEXT_NIGHT]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("WARN") && ran.stderr.contains("ages and histories begin anew tonight"), "{}", ran.stderr);
    assert!(work.report("shop", "findings").iter().all(|f| f["age_nights"] == "0"));
}

#[test]
fn metrics_are_replaced_after_every_run() {
    let work = shop();
    let job = std::fs::read_to_string(work.path().join("job.toml")).unwrap();
    work.write("job.toml", format!("prometheus = \"nightaudit.prom\"\n{job}"));
    night(&work, NIGHT);
    let metrics = || std::fs::read_to_string(work.path().join("nightaudit.prom")).unwrap();
    let first = metrics();
    for line in [
        "nightaudit_exit_code{job=\"shop\"} 1",
        "nightaudit_findings{class=\"act\",job=\"shop\"} ",
        "nightaudit_source_rows{fate=\"rejected\",job=\"shop\",source=\"canonical\"} 0",
        "nightaudit_stage_seconds{job=\"shop\",stage=\"link\"} ",
        "# TYPE nightaudit_sums_ok gauge",
    ] {
        assert!(first.contains(line), "{line}: {first}");
    }
    // A run that cannot begin says so, and keeps silent about findings.
    work.write("job.toml", format!("prometheus = \"nightaudit.prom\"\nrules = [\"nowhere\"]\n{job}"));
    assert_eq!(work.run(&["run", "job.toml"]).code, 2);
    assert!(metrics().contains("nightaudit_exit_code{job=\"shop\"} 2") && !metrics().contains("nightaudit_findings"), "{}", metrics());
    // Metrics that cannot be written cost nothing.
    work.write("job.toml", format!("prometheus = \"nowhere/nightaudit.prom\"\n{job}"));
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("the metrics go there: correct `prometheus` in the job"), "{}", ran.stderr);
}

/// Rule book 2: lag heals itself; an order that has it on more than two nights does not.
#[test]
fn waiting_turns_to_acting_after_two_nights() {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    work.write("in/sync_log.csv", "sync_id,store_id,status,window_from,window_to\ny1,S,ok,2026-02-01T00:00:00Z,2026-03-01T00:00:00Z\n");
    let classes: Vec<_> = (2..=4)
        .map(|day| {
            work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,2026-03-01T12:00:00Z\n");
            work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\n");
            work.run(&["run", "job.toml", "--as-of", &format!("2026-03-0{day}T02:00:00Z")]);
            work.report("shop", "findings").iter().map(|f| format!("{} {} {}", f["code"], f["class"], f["age_nights"])).collect::<String>()
        })
        .collect();
    assert_eq!(classes, ["sync_lag wait 0", "sync_lag wait 1", "sync_lag act 2"]);
}

#[test]
fn a_second_run_says_who_is_at_work_and_an_interrupted_one_publishes_nothing() {
    let work = shop();
    let mut running = work.command(&["run", "job.toml", "--as-of", NIGHT, "--log", "json"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("\"stage\":\"extract\"")));
    let second = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(second.code, 2);
    let who = format!("held by the job `shop`, process {}, since ", running.id());
    assert!(second.stderr.contains(&who), "{}", second.stderr);
    let interrupted = std::process::Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert!(!work.path().join("nightaudit-data/shop/latest").exists());
    night(&work, NIGHT);
}

#[test]
fn the_demo_equals_its_reviewed_report() {
    let work = Workspace::new();
    let ran = work.run(&["demo"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!("demo_terminal", ran.stdout);
    let run = work.path().join("nightaudit-demo/data/demo/latest");
    for (name, file) in [
        ("digest", "reports/digest.md"),
        ("findings", "reports/findings.csv"),
        ("count_checks", "reports/count_checks.csv"),
        ("rejects", "rejects/load_rejects.csv"),
    ] {
        insta::assert_snapshot!(format!("demo_{name}"), std::fs::read_to_string(run.join(file)).unwrap());
    }
}

#[test]
fn no_personal_data_are_left_anywhere() {
    let work = Workspace::new();
    let ran = work.run(&["demo"]);
    let planted = ["buyer@example.com", "A. Buyer", "1 Example Street", "94103"];
    for text in planted {
        assert!(!ran.stdout.contains(text) && !ran.stderr.contains(text), "`{text}` was printed");
        for (path, bytes) in files(&work.path().join("nightaudit-demo/data")) {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "`{text}` stands in {}", path.display());
        }
    }
}
