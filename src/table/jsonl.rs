//! JSONL: one object a line; numbers keep their digits, so that ids survive.
//! May not flatten: a nested object becomes its JSON text.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::{BadRow, OnBadRow, OnRow, RawRow};
use crate::failure::{Failure, Outcome};
use crate::limits::JSON_LINE_BYTES_MAX;
use crate::model::Value;

/// The names that occur in any object of the file, in order of appearance.
pub fn header(path: &Path) -> Outcome<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    lines(path, &mut |_, line| {
        if let Ok(object) = serde_json::from_str::<Map<String, Json>>(line) {
            names.extend(object.into_iter().map(|(name, _)| name).filter(|name| known.insert(name.clone())));
        }
        Ok(())
    })?;
    Ok(names)
}

/// Hands every object to `on_row`, one cell a name of `header`; lines that are no object go to `on_bad`.
pub fn read(path: &Path, header: &[String], on_row: &mut OnRow<'_>, on_bad: &mut OnBadRow<'_>) -> Outcome<()> {
    let mut cells = Vec::with_capacity(header.len());
    lines(path, &mut |number, line| match serde_json::from_str::<Map<String, Json>>(line) {
        Ok(mut object) => {
            cells.clear();
            cells.extend(header.iter().map(|name| object.get_mut(name).map_or(Value::Null, |cell| value(cell.take()))));
            on_row(RawRow { number, cells: &mut cells })
        }
        Err(e) => on_bad(BadRow { number, why: format!("is not a JSON object: {e}") }),
    })
}

fn value(cell: Json) -> Value {
    match cell {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(yes),
        Json::Number(n) => Value::Text(n.to_string()),
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| match item {
                    Json::String(text) => text,
                    other => other.to_string(),
                })
                .collect(),
        ),
        object @ Json::Object(_) => Value::Text(object.to_string()),
    }
}

fn lines(path: &Path, on_line: &mut dyn FnMut(u64, &str) -> Outcome<()>) -> Outcome<()> {
    let cannot = |facts: String| Failure::input(format!("cannot read `{}`", path.display())).facts(facts);
    let mut input = BufReader::with_capacity(1 << 18, File::open(path).map_err(|e| cannot(e.to_string()))?);
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        bytes.clear();
        number += 1;
        let length = input.by_ref().take(JSON_LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut bytes).map_err(|e| cannot(e.to_string()))?;
        if length == 0 {
            return Ok(());
        }
        if length > JSON_LINE_BYTES_MAX {
            return Err(cannot(format!("line {number} has more than {} MB", JSON_LINE_BYTES_MAX >> 20))
                .hint("one JSON object a line is expected, not one array a file"));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| cannot(format!("line {number} is not UTF-8")))?.trim_start_matches('\u{feff}').trim();
        if !text.is_empty() {
            on_line(number, text)?;
        }
    }
}
