//! What people and machines read of a run: CSV and Parquet files, the digest as text and Markdown.
//! May not compute a number: every one stands in the run's database already.

mod bridge;
mod digest;
mod order;
mod words;

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::embedded;
use crate::engine::{Engine, literal};
use crate::failure::{Failure, Outcome};
use crate::model::{Kind, Table, Tables};

pub use bridge::{Bridge, Question, bridges};
pub use digest::{Digest, class_style};
pub use order::{Found, OrderLife, order_not_found, orders_left_out};
pub use words::Lang;

/// What a spreadsheet would execute, or would turn into a number or a date and so damage: signs that begin a formula,
/// leading zeros, more digits than it keeps, exponents, dates. A leading apostrophe itself, so that taking one away is always right.
const UNSAFE: &str = r"^[=+\-@\t\r'＝＋－＠]|^0[0-9]|^[0-9]{12,}$|^[0-9]+([.][0-9]+)?[eE][+-]?[0-9]+$|^[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,4})?$|^[A-Za-z]{3,9}[- ][0-9]{1,4}$|^[0-9]{1,2}[- ][A-Za-z]{3,9}$";

/// Writes `<name>.csv` and `<name>.parquet` for every report file, and the rejects where there are any; the sums that do not hold.
pub fn write_files(engine: &Engine, run: &Path) -> Outcome<Vec<String>> {
    let folder = folder(&run.join("reports"))?;
    for (path, sql) in embedded::sql_files("reports") {
        let name = Path::new(&path).file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        let query = sql.trim().trim_end_matches(';');
        engine.copy(query, &folder.join(format!("{name}.parquet")), "format parquet")?;
        engine.copy(&safe(Tables::get(name)?, query), &folder.join(format!("{name}.csv")), "format csv, header")?;
    }
    if engine.count("select count(*) from load_rejects")? > 0 {
        let rejects = self::folder(&run.join("rejects"))?;
        let query = "select * from load_rejects order by file_id, source_row, field";
        engine.copy(&safe(Tables::get("load_rejects")?, query), &rejects.join("load_rejects.csv"), "format csv, header")?;
    }
    let bridges: Vec<_> = bridges(engine, &Question::all(engine)?, Lang::En)?.iter().map(|bridge| bridge.text(Lang::En)).collect();
    let bridges = anstream::adapter::strip_str(&bridges.join("\n")).to_string();
    fs::write(folder.join("bridges.txt"), bridges).map_err(|e| Failure::disk("cannot write the bridges", &e))?;
    let digest = Digest::read(engine)?;
    fs::write(folder.join("digest.md"), digest.markdown()).map_err(|e| Failure::disk("cannot write the digest", &e))?;
    Ok(digest.broken_sums().to_vec())
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

fn folder(path: &Path) -> Outcome<std::path::PathBuf> {
    fs::create_dir_all(path).map_err(|e| Failure::disk(format!("cannot make the folder `{}`", path.display()), &e))?;
    Ok(path.to_owned())
}

/// The query with every text cell safe to open in a spreadsheet, and lists as JSON.
fn safe(table: &Table, query: &str) -> String {
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|column| {
            let name = column.name;
            match column.kind {
                Kind::Text => {
                    format!("case when regexp_matches(\"{name}\", {}) then '''' || \"{name}\" else \"{name}\" end as \"{name}\"", literal(UNSAFE))
                }
                Kind::List => format!("to_json(\"{name}\") as \"{name}\""),
                _ => format!("\"{name}\""),
            }
        })
        .collect();
    format!("select {} from ({query})", columns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_safe_in_a_spreadsheet() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&folder.path().join("x.duckdb"), folder.path()).unwrap();
        let safe = |text: &str| {
            let sql = format!("select cast(regexp_matches({}, {}) as integer)", literal(text), literal(UNSAFE));
            engine.count(&sql).unwrap() == 0
        };
        for text in ["A1", "#1001", "1001", "AB-1002", "2605019JTE451Y", "a=b", "", "order A5: imported twice"] {
            assert!(safe(text), "{text}");
        }
        for text in
            ["=1+1", "+49", "-2", "@SUM(A1)", "\tx", "'x", "＝1", "00123", "576932018345678901", "5.7694E+17", "1E5", "1-3", "2026-03-10", "MAR-1", "1-Mar"]
        {
            assert!(!safe(text), "{text}");
        }
    }
}
