//! What the program sees in a file that nobody has explained yet: its form, its header, the mappings that fit, a first draft of one.
//! May not store a row: what it reads is shown and forgotten.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::cells::{formatted, of_a_shop};
use super::layout::Found;
use super::mapping::{Glob, Mapping, parent_of, shipped};
use crate::embedded;
use crate::failure::{Failure, Kind, Outcome};
use crate::limits::{DRAFT_ROWS_MAX, DRAFT_WORDS_MAX};
use crate::model::Value;
use crate::model::schema::shorten;
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
const DATES: [&str; 22] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d",
    "%d %b %Y %H:%M",
    "%d %b %Y",
    "%b-%d-%y",
    "%d-%b-%y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
    "%Y%m%d",
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
    let numbers: Vec<_> =
        head.iter().chain(lines.iter().flat_map(|(_, found)| found)).filter(|(column, _)| NUMBERS.contains(&column.as_str())).map(|(_, at)| *at).collect();
    let Habits { words, dates, odd_date, thousands, missing } = habits(path, seen, status, &dated, &numbers, scratch)?;
    let name = |at: usize| toml::Value::String(seen.header.get(at).cloned().unwrap_or_default()).to_string();
    let mut out = format!(
        "# A first mapping for `{}` ({}, header in row {}): guessed by the names of its columns. Check every line.\n",
        path.file_name().unwrap_or_default().to_string_lossy(),
        seen.form,
        seen.header_row
    );
    let number =
        head.iter().find(|(column, _)| column == "platform_order_id" || column == "local_row_id" || column == "platform_order_id_raw").map(|(_, at)| *at);
    if let Some(at) = number.filter(|_| lines.as_ref().is_some_and(|(_, found)| !found.is_empty())) {
        let _ = writeln!(out, "group = {}   # rows with the same number are one order; delete the line where every row is one", name(at));
    }
    if let Some(format) = dates.first() {
        let unsure = if dates.len() > 1 {
            format!("   # or {}: nobody can tell the day from the month", dates.get(1..).unwrap_or_default().join(", "))
        } else {
            String::new()
        };
        let _ = writeln!(out, "dates = [\"{format}\"]{unsure}");
    }
    if let Some(text) = odd_date {
        let _ = writeln!(out, "# months = [\"Jan\", \"Feb\", …]   # `{text}` is no date of that form: name the twelve months where they are not in English");
    }
    out.push_str("zone = \"store\"   # of the dates: store, erp, or a zone such as Asia/Shanghai\n");
    match thousands {
        Some(',') => out.push_str("group_mark = \",\"   # 1,234.50 is a number\n"),
        Some(_) => out.push_str("group_mark = \".\"   # 18.000 is 18000\ndecimal_mark = \",\"\n"),
        None => {}
    }
    if !missing.is_empty() {
        let _ = writeln!(
            out,
            "missing = [{}]   # cells that mean \"not known\"",
            missing.into_iter().map(|cell| toml::Value::String(cell).to_string()).collect::<Vec<_>>().join(", ")
        );
    }
    if let Some(at) = status {
        let _ = writeln!(out, "status = [   # say what each word means: nightaudit tables {table} lists the words of `lifecycle`");
        for word in words {
            let _ = writeln!(out, "  {{ is = \"unknown\", {} = {} }},", name(at), toml::Value::String(word));
        }
        out.push_str("]\n");
    } else if table.ends_with("_orders") {
        let (done, open) = if table == "local_orders" { ("shipped_ok", "pending") } else { ("shipped", "ready") };
        let shipped = head.iter().find(|(column, _)| column == "shipped_at").map_or_else(|| "\"Shipped on\"".to_owned(), |(_, at)| name(*at));
        let _ = writeln!(
            out,
            "# No column looks like a status. Where dates tell it, for example (nightaudit tables {table} lists the words of `lifecycle`):\n\
             # status = [{{ is = \"{done}\", {shipped} = \"?*\" }}, {{ is = \"{open}\", {shipped} = \"\" }}]"
        );
    }
    let read: Vec<_> = head.iter().chain(lines.iter().flat_map(|(_, found)| found)).map(|(_, at)| *at).collect();
    let rest: Vec<_> = (0..seen.header.len()).filter(|at| !read.contains(at) && seen.header.get(*at).is_some_and(|name| !name.is_empty())).map(name).collect();
    let _ = writeln!(out, "ignore = [{}]   # known and not read", rest.join(", "));
    for (table, found) in std::iter::once((table, head)).chain(lines) {
        if !found.is_empty() {
            let _ = writeln!(out, "\n[{table}]");
        }
        if table == "local_orders"
            && !found.iter().any(|(column, _)| column == "local_row_id")
            && let Some(at) = number
        {
            let _ = writeln!(out, "local_row_id = {}   # the export has no id of its own: the order's number is one", name(at));
        }
        for (column, at) in found {
            let _ = writeln!(out, "{column} = {}", name(at));
        }
    }
    Ok(out)
}

/// Columns that hold numbers, of those that are guessed.
const NUMBERS: [&str; 6] = ["order_total", "unit_price", "qty", "price", "quantity", "available"];

/// Signs that exports write for "not known".
const MISSING: [&str; 6] = ["--", "-", "N/A", "n/a", "null", "NULL"];

/// How an export writes things.
struct Habits {
    /// The words of the status column.
    words: Vec<String>,
    /// The date formats that most dates have: two where nobody can tell the day from the month.
    dates: Vec<&'static str>,
    /// A date with letters that none of the formats reads.
    odd_date: Option<String>,
    /// The sign that groups thousands.
    thousands: Option<char>,
    /// Signs for "not known".
    missing: Vec<String>,
}

/// Looks through the first rows of a file.
fn habits(path: &Path, seen: &Seen, status: Option<usize>, dated: &[usize], numbers: &[usize], scratch: &Path) -> Outcome<Habits> {
    #[derive(Default)]
    struct Counted {
        rows: u64,
        words: BTreeMap<String, u64>,
        fitting: [u64; DATES.len()],
        odd_date: Option<String>,
        missing: BTreeSet<String>,
        commas: u64,
        points: u64,
        plain: u64,
    }
    let mut rows = Rows::open(path, &Form::default(), scratch)?;
    rows.begin(seen.header_at)?;
    let found = RefCell::new(Counted::default());
    rows.read(
        &mut |row| {
            let counted = &mut *found.borrow_mut();
            counted.rows += 1;
            if counted.rows > DRAFT_ROWS_MAX {
                return Ok(());
            }
            let text = |at: usize| row.cells.get(at).and_then(Value::text).map(str::trim).filter(|text| !text.is_empty());
            counted.missing.extend((0..row.cells.len()).filter_map(text).filter(|text| MISSING.contains(text)).map(str::to_owned));
            let text = |at: usize| text(at).filter(|text| !MISSING.contains(text));
            if let Some(word) = status.and_then(text).filter(|word| counted.words.len() < DRAFT_WORDS_MAX || counted.words.contains_key(*word)) {
                *counted.words.entry(word.to_owned()).or_default() += 1;
            }
            for date in dated.iter().filter_map(|at| text(*at)) {
                let mut is_odd = date.chars().any(char::is_alphabetic);
                for (fits, format) in counted.fitting.iter_mut().zip(DATES) {
                    // A year of two digits read as one of four is no date of any shop.
                    if formatted(date, format, chrono_tz::Tz::UTC).is_some_and(of_a_shop) {
                        *fits += 1;
                        is_odd = false;
                    }
                }
                if is_odd && counted.odd_date.is_none() {
                    counted.odd_date = Some(shorten(date));
                }
            }
            for number in numbers.iter().filter_map(|at| text(*at)) {
                let digits = number.trim_matches(|c: char| !c.is_ascii_digit());
                match (digits.rfind(','), digits.rfind('.')) {
                    (Some(comma), Some(point)) if comma < point => counted.commas += 1,
                    (Some(_), Some(_)) => counted.points += 1,
                    (None, Some(point)) if digits.len() - point == 4 => counted.points += 1,
                    (Some(comma), None) if digits.len() - comma == 4 => counted.commas += 1,
                    (None, Some(_)) => counted.plain += 1,
                    _ => {}
                }
            }
            Ok(())
        },
        &mut |_| Ok(()),
    )?;
    let counted = found.into_inner();
    let most = counted.fitting.iter().copied().max().filter(|n| *n > 0);
    Ok(Habits {
        words: counted.words.into_keys().collect(),
        dates: counted.fitting.iter().zip(DATES).filter(|(n, _)| Some(**n) == most).map(|(_, format)| format).collect(),
        odd_date: counted.odd_date,
        thousands: match (counted.commas, counted.points) {
            (0, 0) => None,
            (commas, points) if commas > points => Some(','),
            _ => (counted.plain == 0).then_some('.'),
        },
        missing: counted.missing.into_iter().collect(),
    })
}
