//! What the program sees in a file that nobody has explained yet: its form, its header, the mappings that fit, a first draft of one.
//! May not store a row: what it reads is shown and forgotten.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::cells::formatted;
use super::layout::Found;
use super::mapping::{Glob, Mapping, parent_of, shipped};
use crate::embedded;
use crate::failure::{Failure, Kind, Outcome};
use crate::limits::{DRAFT_ROWS_MAX, DRAFT_WORDS_MAX};
use crate::model::Value;
use crate::table::{Form, Rows};

/// A file as the program sees it.
#[derive(Debug, Serialize)]
pub struct Seen {
    /// What it is: `CSV in UTF-8`.
    pub form: String,
    /// The row that holds the column names, as people count.
    pub header_row: u64,
    /// The column names.
    pub header: Vec<String>,
    /// The cells of the first row below them.
    pub sample: Vec<String>,
    /// The shipped mappings that know any of the columns, the best first.
    pub fits: Vec<Fit>,
    #[serde(skip)]
    header_at: usize,
}

/// How well a mapping fits a file.
#[derive(Debug, Serialize)]
pub struct Fit {
    /// The mapping.
    pub mapping: String,
    /// The table it fills.
    pub table: &'static str,
    /// It could read the file: every column without which no row is usable is there, and it knows more columns than it does not.
    pub usable: bool,
    /// Columns that it reads.
    pub read: usize,
    /// Columns that it neither reads nor knows.
    pub unknown: Vec<String>,
    /// Columns that it would read and the file does not have.
    pub missing: Vec<String>,
}

/// Looks at a file; what it is packed in goes to `scratch`.
pub fn examine(path: &Path, scratch: &Path) -> Outcome<Seen> {
    let rows = Rows::open(path, &Form::default(), scratch)?;
    let head = rows.head();
    let mut fits = Vec::new();
    for name in shipped() {
        let mapping = Mapping::load(&name, Path::new("."))?;
        let best =
            head.iter().enumerate().map(|(at, (_, names))| (at, fit(&mapping, names))).max_by_key(|(at, fit)| (fit.usable, fit.read, std::cmp::Reverse(*at)));
        fits.extend(best.filter(|(_, fit)| fit.read > 0));
    }
    fits.sort_by_key(|(_, fit)| (std::cmp::Reverse((fit.usable, fit.read)), fit.unknown.len(), fit.missing.len()));
    // A usable mapping knows its header; else it is the first row with the most names.
    let widest = || {
        let names = |row: &[String]| row.iter().filter(|name| !name.trim().is_empty()).count();
        head.iter().enumerate().max_by_key(|(at, (_, row))| (names(row), std::cmp::Reverse(*at))).map_or(0, |(at, _)| at)
    };
    let header_at = fits.first().filter(|(_, fit)| fit.usable).map_or_else(widest, |(at, _)| *at);
    let (header_row, header) = head.get(header_at).cloned().unwrap_or_default();
    Ok(Seen {
        form: rows.form.clone(),
        header_row,
        header: header.iter().map(|name| name.trim().to_owned()).collect(),
        sample: head.get(header_at + 1).map(|(_, cells)| cells.clone()).unwrap_or_default(),
        fits: fits.into_iter().map(|(_, fit)| fit).collect(),
        header_at,
    })
}

fn fit(mapping: &Mapping, header: &[String]) -> Fit {
    let found = Found::of(mapping, header);
    let is_known = |name: &str| mapping.ignore.iter().any(|glob| glob.fits(name));
    let read = found.read.iter().filter(|read| **read).count() - found.spread();
    let ignored = header.iter().filter(|name| is_known(name)).count();
    let unknown: Vec<_> =
        header.iter().zip(&found.read).filter(|(name, read)| !**read && !name.trim().is_empty() && !is_known(name)).map(|(name, _)| name.clone()).collect();
    Fit {
        mapping: mapping.name.clone(),
        table: mapping.parts.first().map_or("", |part| part.table.name),
        // Any column may be spread: what is known by name must outweigh it.
        usable: found.is_usable(mapping) && read > unknown.len() && read + ignored > found.spread(),
        read,
        unknown,
        missing: found.missing,
    }
}

/// Ways to write a date, the unambiguous ones first.
const DATES: [&str; 14] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d",
    "%d %b %Y %H:%M",
    "%b-%d-%y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
];

/// A first mapping for a file that none fits: columns guessed by their names, the words of the status column to be explained.
pub fn draft(path: &Path, table: &str, seen: &Seen, scratch: &Path) -> Outcome<String> {
    let guesses: toml::Table = toml::from_str(embedded::JOBS.get_file("columns.toml").and_then(|file| file.contents_utf8()).unwrap_or_default())
        .map_err(|e| Failure::new(Kind::Broken, "jobs/columns.toml does not parse").facts(e.to_string()))?;
    let guess = |table: &str| -> Vec<(String, usize)> {
        let columns = guesses.get(table).and_then(toml::Value::as_table).into_iter().flatten();
        columns
            .filter_map(|(column, names)| {
                let glob = Glob::parse(names.as_str()?).ok()?;
                Some((column.clone(), seen.header.iter().position(|name| glob.fits(name))?))
            })
            .collect()
    };
    let (head, lines) = (
        guess(table),
        ["platform_order_lines", "local_order_lines"].into_iter().find(|child| parent_of(child) == Some(table)).map(|child| (child, guess(child))),
    );
    if head.is_empty() {
        return Err(Failure::input(format!("no column of `{}` looks like one of `{table}`", path.display()))
            .facts(format!("it has {}", seen.header.join(", ")))
            .hint("copy a shipped mapping and name the columns by hand; see README, a mapping of your own"));
    }
    let status = head.iter().find(|(column, _)| column == "raw_status").map(|(_, at)| *at);
    let dated: Vec<_> = head.iter().filter(|(column, _)| column.ends_with("_at")).map(|(_, at)| *at).collect();
    let (words, dates) = words_and_dates(path, seen, status, &dated, scratch)?;
    let name = |at: usize| toml::Value::String(seen.header.get(at).cloned().unwrap_or_default()).to_string();
    let mut out = format!(
        "# A first mapping for `{}` ({}, header in row {}): guessed by the names of its columns. Check every line.\n",
        path.file_name().unwrap_or_default().to_string_lossy(),
        seen.form,
        seen.header_row
    );
    if let Some((_, at)) = head
        .iter()
        .find(|(column, _)| column == "platform_order_id" || column == "local_row_id" || column == "platform_order_id_raw")
        .filter(|_| lines.as_ref().is_some_and(|(_, found)| !found.is_empty()))
    {
        let _ = writeln!(out, "group = {}   # rows with the same number are one order; delete the line where every row is one", name(*at));
    }
    if let Some(format) = dates.first() {
        let unsure = if dates.len() > 1 {
            format!("   # or {}: nobody can tell the day from the month", dates.get(1..).unwrap_or_default().join(", "))
        } else {
            String::new()
        };
        let _ = writeln!(out, "dates = [\"{format}\"]{unsure}");
    }
    out.push_str("zone = \"store\"   # of the dates: store, erp, or a zone such as Asia/Shanghai\n");
    if let Some(at) = status {
        out.push_str("status = [   # say what each word means: nightaudit tables platform_orders lists the words of `lifecycle`\n");
        for word in words {
            let _ = writeln!(out, "  {{ is = \"unknown\", {} = {} }},", name(at), toml::Value::String(word));
        }
        out.push_str("]\n");
    }
    let read: Vec<_> = head.iter().chain(lines.iter().flat_map(|(_, found)| found)).map(|(_, at)| *at).collect();
    let rest: Vec<_> = (0..seen.header.len()).filter(|at| !read.contains(at) && seen.header.get(*at).is_some_and(|name| !name.is_empty())).map(name).collect();
    let _ = writeln!(out, "ignore = [{}]   # known and not read", rest.join(", "));
    for (table, found) in std::iter::once((table, head)).chain(lines) {
        if !found.is_empty() {
            let _ = writeln!(out, "\n[{table}]");
        }
        for (column, at) in found {
            let _ = writeln!(out, "{column} = {}", name(at));
        }
    }
    Ok(out)
}

/// The words of the status column, and the date formats that most dates of the first rows have: two where nobody can tell the day from the month.
fn words_and_dates(path: &Path, seen: &Seen, status: Option<usize>, dated: &[usize], scratch: &Path) -> Outcome<(Vec<String>, Vec<&'static str>)> {
    let mut rows = Rows::open(path, &Form::default(), scratch)?;
    rows.begin(seen.header_at)?;
    let found: RefCell<(BTreeMap<String, u64>, [u64; DATES.len()], u64)> = RefCell::new((BTreeMap::new(), [0; DATES.len()], 0));
    rows.read(
        &mut |row| {
            let (words, fitting, n) = &mut *found.borrow_mut();
            *n += 1;
            if *n > DRAFT_ROWS_MAX {
                return Ok(());
            }
            let text = |at: usize| row.cells.get(at).and_then(Value::text).map(str::trim).filter(|text| !text.is_empty());
            if let Some(word) = status.and_then(text).filter(|word| words.len() < DRAFT_WORDS_MAX || words.contains_key(*word)) {
                *words.entry(word.to_owned()).or_default() += 1;
            }
            for date in dated.iter().filter_map(|at| text(*at)) {
                for (fits, format) in fitting.iter_mut().zip(DATES) {
                    *fits += u64::from(formatted(date, format, chrono_tz::Tz::UTC).is_some());
                }
            }
            Ok(())
        },
        &mut |_| Ok(()),
    )?;
    let (words, fitting, _) = found.into_inner();
    let most = fitting.iter().copied().max().filter(|n| *n > 0);
    let formats = fitting.iter().zip(DATES).filter(|(n, _)| Some(**n) == most).map(|(_, format)| format).collect();
    Ok((words.into_keys().collect(), formats))
}
