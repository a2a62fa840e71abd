//! `nightaudit tables`: the data dictionary, from the same files that create the tables.

use std::fmt::Write;

use serde::Serialize;

use super::{Format, json, print};
use crate::failure::{Failure, Outcome};
use crate::model::schema::{Absent, Role};
use crate::model::{Table, Tables, Value};

/// Options of `tables`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this table
    table: Option<String>,
}

#[derive(Serialize)]
struct TableShown {
    name: &'static str,
    grain: &'static str,
    key: Vec<&'static str>,
    written_by: &'static str,
    columns: Vec<ColumnShown>,
}

#[derive(Serialize)]
struct ColumnShown {
    name: &'static str,
    r#type: &'static str,
    required: bool,
    default: Option<String>,
    meaning: &'static str,
}

/// Prints the dictionary.
pub fn execute(args: &Args, format: Format) -> Outcome<u8> {
    let wanted: Vec<_> = Tables::all()?.iter().filter(|t| args.table.as_deref().is_none_or(|name| name == t.name)).collect();
    if wanted.is_empty() {
        let names: Vec<_> = Tables::all()?.iter().map(|t| t.name).collect();
        return Err(Failure::settings(format!("no table `{}`", args.table.as_deref().unwrap_or_default())).hint(format!("tables are {}", names.join(", "))));
    }
    let shown: Vec<_> = wanted.into_iter().map(shown).collect();
    if format == Format::Json {
        print(&json(&shown)?)?;
        return Ok(0);
    }
    let mut out = String::new();
    for table in shown {
        let _ = writeln!(out, "{}  ({})\n  {}; key: {}\n", table.name, table.written_by, table.grain, table.key.join(", "));
        let width = table.columns.iter().map(|c| c.name.len()).max().unwrap_or(0);
        for c in table.columns {
            let default = match (&c.default, c.required) {
                (Some(default), _) => format!("default {default}"),
                (None, true) => "required".to_owned(),
                (None, false) => String::new(),
            };
            let _ = writeln!(out, "  {:<width$}  {:<13}  {:<26}  {}", c.name, c.r#type, default, c.meaning);
        }
        out.push('\n');
    }
    print(&out)?;
    Ok(0)
}

fn shown(table: &'static Table) -> TableShown {
    let column = |c: &'static crate::model::Column| ColumnShown {
        name: c.name,
        r#type: c.kind.sql(),
        required: c.required && c.absent == Absent::Refused,
        default: match &c.absent {
            Absent::Null | Absent::Refused => None,
            Absent::Value(Value::Text(text)) => Some(format!("'{text}'")),
            Absent::Value(value) => Some(value.json().to_string()),
            Absent::Column(i) => table.columns.get(*i).map(|c| c.name.to_owned()),
            Absent::AsOf => Some("the as-of instant".to_owned()),
            Absent::SourceRow => Some("the row's number".to_owned()),
            Absent::Later => Some("filled in by nightaudit".to_owned()),
        },
        meaning: c.meaning,
    };
    TableShown {
        name: table.name,
        grain: table.grain,
        key: table.key.clone(),
        written_by: if table.role == Role::Input { "given by sources" } else { "written by nightaudit" },
        columns: table.columns.iter().map(column).collect(),
    }
}
