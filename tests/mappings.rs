//! Promise: every shipped mapping reads the export it is made for, with the traps that export is known for.
//! Cases are files in fixtures/mappings, in shapes of our own making.

mod support;

use serde::Deserialize;
use support::{NIGHT, Workspace, fixtures, query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The file's ending.
    ending: String,
    /// Further lines of the store in the job.
    #[serde(default)]
    facts: String,
    rejected: u64,
    skipped: u64,
    /// The table that the export fills.
    table: String,
    rows: Vec<String>,
    lines: Vec<String>,
    content: String,
}

fn columns(table: &str) -> (&'static str, &'static str) {
    match table {
        "platform_orders" => (
            "platform_order_id, lifecycle, created_at, shipped_at, order_total, fulfilment_channel",
            "select {} from platform_order_lines order by all|platform_order_id, sku_raw, qty, unit_price",
        ),
        "local_orders" => {
            ("local_row_id, lifecycle, order_created_at, shipped_at, tracking_no", "select {} from local_order_lines order by all|local_row_id, sku_raw, qty")
        }
        "platform_listings" => ("sku_raw, listing_id, price, quantity, listing_status, fulfilment_channel, opened_at", ""),
        "local_inventory" => ("local_sku, warehouse_id, available, on_hand, preoccupied", ""),
        _ => ("sku_raw, location_id, available, on_hand, unsellable, reserved_orders", ""),
    }
}

/// Further cases of a mapping have a word behind an `@`.
fn mapping_of(case: &str) -> &str {
    case.split('@').next().unwrap_or(case)
}

/// The columns with a blank between them, `-` for what is not known.
fn told(columns: &str) -> String {
    columns.split(", ").map(|column| format!("coalesce(cast({column} as varchar), '-')")).collect::<Vec<_>>().join(" || ' ' || ")
}

#[test]
fn shipped_mappings_read_their_exports() {
    for (name, text) in fixtures("mappings", "toml") {
        let case: Case = toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mapping = mapping_of(&name);
        let work = Workspace::new();
        let file = format!("export.{}", case.ending);
        let store = if case.facts.contains("erp_names") { "" } else { "store = \"S\"\n" };
        work.write(
            "job.toml",
            format!(
                "name = \"shop\"\n[[store]]\nid = \"S\"\n{}\n[[source]]\nkind = \"mapped\"\nmapping = \"{mapping}\"\npath = \"{file}\"\n{store}",
                case.facts
            ),
        );
        work.write(&file, &case.content);
        let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
        assert!(!ran.stderr.contains("ERROR") && !ran.stderr.contains("error:"), "{name}: {}", ran.stderr);
        let (head, lines) = columns(&case.table);
        assert_eq!(query(&work, "shop", &format!("select {} from {} order by all", told(head), case.table)), case.rows, "{name}");
        if let Some((select, columns)) = lines.split_once('|') {
            assert_eq!(query(&work, "shop", &select.replace("{}", &told(columns))), case.lines, "{name}: lines");
        }
        let run: serde_json::Value = serde_json::from_str(&work.run(&["show", "--format", "json"]).stdout).unwrap();
        let source = &run["sources"][0];
        assert_eq!((source["rejected"].as_u64(), source["skipped"].as_u64()), (Some(case.rejected), Some(case.skipped)), "{name}");
        let notes = source["notes"].to_string();
        assert!(!notes.contains("nobody reads"), "{name}: a column of its own export that it does not know: {notes}");
        // Buyers' names are in the exports and nowhere else.
        for (path, bytes) in support::files(&work.path().join("nightaudit-data")) {
            assert!(!bytes.windows(8).any(|window| window == b"A. Buyer"), "{name}: a buyer's name in {}", path.display());
        }
    }
}

#[test]
fn every_shipped_mapping_has_a_case_and_fits_on_a_screen() {
    let mut cases: Vec<_> = fixtures("mappings", "toml").into_iter().map(|(name, _)| mapping_of(&name).to_owned()).collect();
    cases.dedup();
    assert_eq!(cases, nightaudit::sources::shipped_mappings());
    for name in cases {
        let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("jobs/mappings/{name}.toml"))).unwrap();
        assert!(text.starts_with("# ") && text.lines().count() <= 50, "{name}: a head that says how sure it is, and at most a screen");
    }
}
