//! Promise: every command's output and exit code is as reviewed, and the README names every command.

mod support;

use support::{NIGHT, Workspace, read_csv};

const JOB: &str = "name = \"shop\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n";

fn clean_shop() -> Workspace {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,2026-03-09T00:00:00Z\n");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR1,S,1,pending,2026-03-09T00:00:00Z\n");
    work
}

#[test]
fn exit_codes() {
    let work = clean_shop();
    let run = |args: &[&str]| work.run(args).code;
    assert_eq!(run(&["run", "job.toml", "--as-of", NIGHT]), 0, "clean");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR1,S,2,pending,2026-03-09T00:00:00Z\n");
    assert_eq!(run(&["run", "job.toml", "--as-of", NIGHT]), 1, "findings");
    work.write("job.toml", format!("fail_on = \"defect\"\n{JOB}"));
    assert_eq!(run(&["run", "job.toml", "--as-of", NIGHT]), 0, "findings below fail_on");
    std::fs::remove_file(work.path().join("in/local_orders.csv")).unwrap();
    assert_eq!(run(&["run", "job.toml", "--as-of", NIGHT]), 3, "one side is missing");
    assert_eq!(run(&["run", "absent.toml"]), 2, "no job");
    assert_eq!(run(&["run"]), 2, "usage");
    assert_eq!(run(&["findings", "--class", "dreadful"]), 2, "usage");
}

#[test]
fn a_stale_or_missing_input_is_never_clean() {
    let work = clean_shop();
    work.write(
        "in/report_files.csv",
        "file_id,store_id,side,entity,processing_status,complete,data_end_at\nf1,S,platform,orders,DONE,true,2026-03-08T00:00:00Z\n",
    );
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!(ran.stdout);
    for (file, code) in [
        ("platform,orders,CANCELLED,true,", "platform_report_missing"),
        ("platform,orders,DONE,false,2026-03-10T00:00:00Z", "platform_report_truncated"),
        ("platform,orders,DONE,true,2026-03-08T00:00:00Z", "platform_report_stale"),
        ("local,orders,FATAL,true,", "local_report_missing"),
        ("local,orders,DONE,false,2026-03-10T00:00:00Z", "local_report_truncated"),
        ("local,orders,DONE,true,2026-03-08T00:00:00Z", "local_report_stale"),
    ] {
        work.write("in/report_files.csv", format!("file_id,store_id,side,entity,processing_status,complete,data_end_at\nf1,S,{file}\n"));
        assert_eq!(work.run(&["run", "job.toml", "--as-of", NIGHT]).code, 3, "{file}");
        let found: Vec<_> = work.report("shop", "findings").into_iter().filter(|f| f["state"] == "open").map(|f| f["code"].clone()).collect();
        assert_eq!(found, [code], "{file}");
        let screen = work.run(&["explain", "S"]).stdout;
        assert!(screen.contains("n/a") && screen.contains('→'), "what is wrong and what to do: {screen}");
    }
}

#[test]
fn show_and_findings() {
    let work = clean_shop();
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR1,S,1,pending,2026-03-09T00:00:00Z\nR2,S,1,pending,2026-03-09T00:00:00Z\nR3,S,=2,pending,2026-03-09T00:00:00Z\n");
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.stdout, work.run(&["show"]).stdout);
    insta::assert_snapshot!("findings", work.run(&["findings"]).stdout);
    insta::assert_snapshot!("findings_json", work.run(&["findings", "--code", "duplicate_import", "--format", "json"]).stdout);
    assert_eq!(work.run(&["findings", "--store", "T"]).stdout, "No findings match.\n");
    let units = read_csv(&work.path().join("nightaudit-data/shop/latest/reports/attribution_units.csv"));
    assert!(units.iter().any(|u| u["order_ref"] == "'=2"), "a cell that a spreadsheet would execute: {units:#?}");
}

#[test]
fn doctor_looks_at_everything() {
    let work = clean_shop();
    // What the machine decides is looked at by its beginning.
    let machine = ["✓ disk: ", "✓ clock: ", "✓ last night: ", "✓ schedule: "];
    let steady =
        |text: &str| text.lines().filter(|line| !machine.iter().any(|name| line.starts_with(name))).map(|line| format!("{line}\n")).collect::<String>();
    let ran = work.run(&["doctor", "job.toml"]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!("doctor_well", steady(&ran.stdout));
    work.run(&["run", "job.toml", "--as-of", NIGHT]);
    work.write("nightly.toml", format!("schedule = \"0 2 * * *\"\n{JOB}"));
    let ran = work.run(&["doctor", "nightly.toml"]);
    for name in machine {
        assert!(ran.stdout.lines().any(|line| line.starts_with(name)), "{name}{}", ran.stdout);
    }
    assert!(ran.stdout.contains("last night: 2026-03-10-1, ") && ran.stdout.contains("exit code 0"), "{}", ran.stdout);
    work.write(
        "job.toml",
        "name = \"shop\"\n[[store]]\nid = \"US\"\n[[source]]\nkind = \"mapped\"\nmapping = \"shopify_orders\"\npath = \"*.csv\"\nstore = \"US\"\n",
    );
    let ran = work.run(&["doctor", "job.toml"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!("doctor_ill", steady(&ran.stdout));
}

#[test]
fn messages_of_wrong_use() {
    let work = clean_shop();
    work.write("twice.toml", format!("{JOB}[[source]]\nkind = \"canonical\"\npath = \"in\"\n"));
    work.write("unknown.toml", "name = \"a\"\n[[source]]\nkind = \"mapped\"\nmapping = \"etsy\"\npath = \"x.csv\"\nstore = \"S\"\n");
    let said = |args: &[&str]| {
        let ran = work.run(args);
        format!("$ nightaudit {}\n{}exit {}", args.join(" "), ran.stderr, ran.code)
    };
    insta::assert_snapshot!(
        [
            said(&["show"]),
            said(&["run", "absent.toml"]),
            said(&["run", "twice.toml"]),
            said(&["run", "unknown.toml"]),
            said(&["run", "job.toml", "--as-of", "yesterday"]),
            said(&["tables", "orders"]),
        ]
        .join("\n\n")
    );
}

#[test]
fn causes_are_told_in_two_languages() {
    let work = Workspace::new();
    let list = work.run(&["causes"]).stdout;
    assert_eq!(list.lines().count(), 92, "{list}");
    insta::assert_snapshot!("cause_en", work.run(&["causes", "sync_lag"]).stdout);
    insta::assert_snapshot!("cause_zh", work.run(&["causes", "sync_lag", "--lang", "zh"]).stdout);
    let wrong = work.run(&["causes", "gremlins"]);
    assert_eq!((wrong.code, wrong.stderr.as_str()), (2, "error: no cause `gremlins`\nhint: `nightaudit causes` lists them\n"));
    // Every field is told in both languages, and nothing twice.
    let all: serde_json::Value = serde_json::from_str(&work.run(&["causes", "--format", "json"]).stdout).unwrap();
    for cause in all.as_array().unwrap() {
        for field in ["title", "advice", "title_zh", "advice_zh"] {
            assert!(!cause[field].as_str().unwrap().is_empty(), "{cause}");
        }
        assert_eq!(cause["steps"].as_array().unwrap().len(), cause["steps_zh"].as_array().unwrap().len(), "{cause}");
    }
}

#[test]
fn an_expired_authorisation_is_one_finding_a_day() {
    let work = Workspace::new();
    work.write("job.toml", JOB);
    work.write("in/stores.csv", "store_id,platform,authorised_at,expires_at\nS,lazada,2025-03-08T00:00:00Z,2026-03-08T00:00:00Z\n");
    work.write("in/platform_orders.csv", "store_id,platform_order_id,lifecycle,created_at\nS,1,ready,2026-03-07T00:00:00Z\nS,2,ready,2026-03-09T00:00:00Z\nS,3,ready,2026-03-09T01:00:00Z\nS,4,ready,2026-03-09T02:00:00Z\n");
    work.write("in/local_orders.csv", "local_row_id,store_id,platform_order_id_raw,lifecycle,order_created_at\nR1,S,1,pending,2026-03-07T00:00:00Z\n");
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let found: Vec<_> = work.report("shop", "findings").into_iter().map(|f| format!("{} {} {} {}", f["state"], f["kind"], f["units"], f["message"])).collect();
    assert_eq!(
        found,
        [
            "open health 0 store S: the authorisation ended at 2026-03-08 00:00:00; its numbers are not comparable tonight",
            "muted count 3 all 3 orders of 2026-03-09: came after the shop's authorisation had expired",
        ]
    );
}

#[test]
fn tables_are_the_schema() {
    let work = Workspace::new();
    insta::assert_snapshot!("table_local_order_lines", work.run(&["tables", "local_order_lines"]).stdout);
    let all: serde_json::Value = serde_json::from_str(&work.run(&["tables", "--format", "json"]).stdout).unwrap();
    // What DuckDB makes of sql/schema, and the row types (compared with the schema in src/model/rows.rs), say the same.
    let connection = duckdb::Connection::open_in_memory().unwrap();
    let schema = nightaudit::model::Tables::all().unwrap();
    assert_eq!(all.as_array().unwrap().len(), schema.len());
    for (shown, table) in all.as_array().unwrap().iter().zip(schema) {
        connection.execute_batch(table.ddl).unwrap();
        let mut statement = connection.prepare(&format!("select column_name, lower(column_type), \"null\" from (describe {})", table.name)).unwrap();
        let described: Vec<(String, String, String)> =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect();
        let columns: Vec<_> =
            shown["columns"].as_array().unwrap().iter().map(|c| (c["name"].as_str().unwrap().to_owned(), c["type"].as_str().unwrap().to_owned())).collect();
        assert_eq!(columns, described.iter().map(|(name, kind, _)| (name.clone(), kind.clone())).collect::<Vec<_>>(), "{}", table.name);
        for (column, (.., null)) in table.columns.iter().zip(&described) {
            assert_eq!(column.required, null == "NO", "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn the_readme_names_every_command() {
    let help = Workspace::new().run(&["--help"]).stdout;
    let commands: Vec<_> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|c| *c != "help")
        .collect();
    assert!(commands.len() > 5, "{help}");
    let readme = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let listed: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("| `nightaudit ")).filter_map(|line| line.split(['`', ' ']).next()).collect();
    assert_eq!(listed, commands, "the table of commands in README.md");
}
