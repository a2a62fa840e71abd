//! Promise: somebody with an unknown export gets from it to a working mapping: what it is, what fits, a first draft, a dry run.

mod support;

use support::{Ran, Workspace};

fn said(work: &Workspace, args: &[&str]) -> String {
    let Ran { stdout, stderr, code } = work.run(args);
    format!("$ nightaudit {}\n{stdout}{stderr}exit {code}\n", args.join(" "))
}

const UNKNOWN: &str = "Sales of March,,,,\n,,,,\nOrder No,Order Date,Order Status,SKU,Qty\nA1,08.03.2026 10:00,bezahlt,TEA,2\nA1,08.03.2026 10:00,bezahlt,CUP,1\nA2,09.03.2026 11:00,verschickt,POT,1\nA3,gestern,bezahlt,POT,1\n";

#[test]
fn an_export_that_a_shipped_mapping_knows() {
    let work = Workspace::new();
    work.run(&["demo"]);
    let file = "nightaudit-demo/exports/shopify_orders_2026-03-09.csv";
    insta::assert_snapshot!(
        "known",
        [said(&work, &["map", file]), said(&work, &["map", file, "--with", "shopify_orders"]), said(&work, &["map", file, "--with", "ebay_orders"])].join("\n")
    );
}

#[test]
fn an_export_that_nobody_knows() {
    let work = Workspace::new();
    work.write("march.csv", UNKNOWN);
    let mut told = vec![said(&work, &["map", "march.csv"]), said(&work, &["map", "march.csv", "--out", "mine.toml"])];
    let draft = std::fs::read_to_string(work.path().join("mine.toml")).unwrap();
    told.push(draft.clone());
    told.push(said(&work, &["map", "march.csv", "--out", "mine.toml"]));
    // The draft works as it is; only the words of the status are left to explain.
    told.push(said(&work, &["map", "march.csv", "--with", "mine.toml"]));
    work.write(
        "mine.toml",
        draft
            .replace("\"unknown\", \"Order Status\" = \"bezahlt\"", "\"ready\", \"Order Status\" = \"bezahlt\"")
            .replace("\"unknown\", \"Order Status\" = \"verschickt\"", "\"shipped\", \"Order Status\" = \"verschickt\""),
    );
    told.push(said(&work, &["map", "march.csv", "--with", "mine.toml"]));
    insta::assert_snapshot!("unknown", told.join("\n"));
    assert!(!work.path().join("nightaudit-data").exists(), "a dry run leaves nothing");
}

#[test]
fn from_a_folder_to_the_first_report_without_an_editor() {
    let work = Workspace::new();
    work.run(&["demo"]);
    std::fs::rename(work.path().join("nightaudit-demo/exports"), work.path().join("exports")).unwrap();
    // One shop on each side, and a file that is no export.
    let erp = std::fs::read_to_string(work.path().join("exports/dianxiaomi_orders.csv")).unwrap();
    work.write(
        "exports/dianxiaomi_orders.csv",
        erp.lines().filter(|line| !line.contains("Old Craft Shop")).map(|line| format!("{line}\n")).collect::<String>(),
    );
    work.write("exports/notes.txt", "call the courier\n");
    let first = said(&work, &["init", "exports"]);
    let job = std::fs::read_to_string(work.path().join("exports/nightly.toml")).unwrap();
    insta::assert_snapshot!("init", [first, job, said(&work, &["init", "exports"]), said(&work, &["init", "nowhere"])].join("\n"));
    let night = work.run(&["run", "exports/nightly.toml", "--as-of", support::NIGHT]);
    assert_eq!(night.code, 1, "{}", night.stderr);
    assert!(night.stdout.contains("✓ SHOPIFY        shipped            1         1"), "{}", night.stdout);
    // Tomorrow's export has another name and belongs to the same source.
    work.write(
        "exports/shopify_orders_2026-03-10.csv",
        std::fs::read_to_string(work.path().join("exports/shopify_orders_2026-03-09.csv"))
            .unwrap()
            .replace("#1007", "#2007")
            .replace("5769320183451007", "5769320183452007"),
    );
    assert!(work.run(&["run", "exports/nightly.toml", "--as-of", support::NIGHT]).stdout.contains("#2007"));
}

#[test]
fn a_folder_without_exports_gives_no_job() {
    let work = Workspace::new();
    work.write("exports/march.csv", UNKNOWN);
    work.write("exports/notes.pdf", b"%PDF-1.4 \xff\xfe");
    let ran = work.run(&["init", "exports"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!("init_nothing", ran.stderr);
    assert!(!work.path().join("exports/nightly.toml").exists());
}
