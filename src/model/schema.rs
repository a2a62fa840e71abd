//! The canonical tables as `sql/schema` declares them: the one place for names, types, defaults and meanings.
//! May not hold a column of its own; a file that does not parse is a mistake of ours and stops the program at once.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Period;
use super::keys;
use super::value::{Kind, Value};
use crate::embedded;
use crate::failure::{Failure, Kind as FailureKind, Outcome};
use crate::limits::REJECT_TEXT_CHARS_MAX;

/// Who writes a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sources do.
    Input,
    /// The audit does.
    Result,
}

/// What stands in a column when its source does not say.
#[derive(Debug, Clone, PartialEq)]
pub enum Absent {
    /// Nothing: not known.
    Null,
    /// The row cannot be used.
    Refused,
    /// This value.
    Value(Value),
    /// What stands in the column at this position.
    Column(usize),
    /// The instant the night is judged at.
    AsOf,
    /// The row's number in its file.
    SourceRow,
    /// `nightaudit` fills it in after loading.
    Later,
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// May not be null once loaded.
    pub required: bool,
    /// What stands there when the source does not say.
    pub absent: Absent,
    /// The only words allowed; a word outside makes a reject, except where `open_words`.
    pub words: Vec<&'static str>,
    /// A word outside becomes `unknown` and is reported, because losing the row would hide an order.
    pub open_words: bool,
    /// For people.
    pub meaning: &'static str,
}

/// One table.
#[derive(Debug)]
pub struct Table {
    /// Name.
    pub name: &'static str,
    /// What one row is.
    pub grain: &'static str,
    /// The columns that make a row unique.
    pub key: Vec<&'static str>,
    /// Who writes it.
    pub role: Role,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// The statement that creates it.
    pub ddl: &'static str,
}

/// All tables.
pub struct Tables(Vec<Table>);

static TABLES: LazyLock<Outcome<Tables>> =
    LazyLock::new(|| embedded::sql_files("schema").into_iter().map(|(path, text)| parse_table(&path, text)).collect::<Outcome<_>>().map(Tables));

/// What a row's defaults need to know.
#[derive(Debug, Clone)]
pub struct RowContext<'a> {
    /// The instant the night is judged at.
    pub as_of: DateTime<Utc>,
    /// The file.
    pub file: &'a str,
    /// Its row; the header is row 1.
    pub row: u64,
}

/// A row that cannot be used, or a word that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The column.
    pub field: String,
    /// Why, in words.
    pub why: String,
    /// The refused cell, shortened.
    pub text: Option<String>,
}

impl Tables {
    /// Every table, in the order of their names.
    pub fn all() -> Outcome<&'static [Table]> {
        TABLES.as_ref().map(|tables| tables.0.as_slice()).map_err(Clone::clone)
    }

    /// The table with this name.
    pub fn get(name: &str) -> Outcome<&'static Table> {
        Self::all()?.iter().find(|table| table.name == name).ok_or_else(|| Failure::new(FailureKind::Broken, format!("no table `{name}`")))
    }

    /// The tables that sources write.
    pub fn inputs() -> Outcome<impl Iterator<Item = &'static Table>> {
        Ok(Self::all()?.iter().filter(|table| table.role == Role::Input))
    }
}

impl Column {
    /// What the column allows beyond its type: its words, a zone, a duration.
    pub fn check(&self, text: &str) -> Result<(), String> {
        match self.name {
            "timezone" | "local_timezone" => text.parse::<Tz>().map(|_| ()).map_err(|_| format!("`{text}` is not a zone such as Asia/Shanghai")),
            "history_window" | "api_window" | "local_retention" | "settle_delay" => text.parse::<Period>().map(|_| ()),
            _ if !self.words.is_empty() && !self.words.contains(&text) => Err(format!("is none of {}", self.words.join(", "))),
            _ => Ok(()),
        }
    }
}

impl Table {
    /// Position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }

    /// One canonical row: every cell cast, every default filled in, every key normalised.
    /// `cells` has one value a column, in order. A status word nobody knows becomes `unknown` and stays readable in `raw_status`.
    pub fn normalise(&self, mut cells: Vec<Value>, cx: &RowContext<'_>) -> Result<Vec<Value>, Rejected> {
        let mut unknown_word = None;
        for (cell, column) in cells.iter_mut().zip(&self.columns) {
            if cell.is_null() {
                continue;
            }
            let raw = std::mem::take(cell);
            // Free text is never shown: it may be personal.
            let value = match &raw {
                Value::Text(text) if column.kind != Kind::Text => {
                    Value::parse(column.kind, text).map_err(|why| Rejected { field: column.name.to_owned(), why, text: Some(shorten(text)) })?
                }
                _ => raw.into_kind(column.kind).map_err(|why| Rejected { field: column.name.to_owned(), why, text: None })?,
            };
            *cell = match (clean(column.name), value) {
                (Some(clean), Value::Text(text)) => Some(clean(&text)).filter(|key| !key.is_empty()).map_or(Value::Null, Value::Text),
                (_, Value::Text(text)) => match column.check(&text) {
                    Ok(()) => Value::Text(text),
                    Err(_) if column.open_words => {
                        unknown_word = Some(text);
                        Value::Text("unknown".to_owned())
                    }
                    Err(why) => {
                        let shown = Some(shorten(&text)).filter(|_| !column.words.is_empty());
                        return Err(Rejected { field: column.name.to_owned(), why, text: shown });
                    }
                },
                (_, value) => value,
            };
        }
        for (i, column) in self.columns.iter().enumerate() {
            if cells.get(i).is_some_and(|cell| !cell.is_null()) {
                continue;
            }
            let value = match &column.absent {
                Absent::Null | Absent::Later => Value::Null,
                Absent::Refused => return Err(Rejected { field: column.name.to_owned(), why: "is required and missing".to_owned(), text: None }),
                Absent::Value(value) => value.clone(),
                Absent::AsOf => Value::Instant(cx.as_of.timestamp_micros()),
                Absent::SourceRow => Value::Int(i64::try_from(cx.row).unwrap_or(i64::MAX)),
                Absent::Column(from) => match (cells.get(*from), clean(column.name)) {
                    (Some(Value::Text(text)), Some(clean)) => Some(clean(text)).filter(|key| !key.is_empty()).map_or(Value::Null, Value::Text),
                    (Some(value), _) => value.clone(),
                    (None, _) => Value::Null,
                },
            };
            let value = match column.name {
                "raw_status" if unknown_word.is_some() => unknown_word.take().map_or(Value::Null, Value::Text),
                "source_file_id" if value.is_null() => Value::Text(cx.file.to_owned()),
                "source_row" if value.is_null() => Value::Int(i64::try_from(cx.row).unwrap_or(i64::MAX)),
                _ => value,
            };
            if value.is_null() && column.required && column.absent != Absent::Later {
                return Err(Rejected { field: column.name.to_owned(), why: "is required and missing".to_owned(), text: None });
            }
            if let Some(cell) = cells.get_mut(i) {
                *cell = value;
            }
        }
        Ok(cells)
    }
}

/// The normal form of a key column.
fn clean(column: &str) -> Option<fn(&str) -> String> {
    match column {
        "order_key" => Some(keys::order_key),
        "sku_key" | "listing_sku_key" => Some(keys::sku_key),
        _ => None,
    }
}

/// A refused cell as rejects keep it.
pub fn shorten(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(REJECT_TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn parse_table(path: &str, ddl: &'static str) -> Outcome<Table> {
    let wrong = |line: &str| Failure::new(FailureKind::Broken, format!("`sql/{path}` does not follow the form of a schema file")).facts(line.to_owned());
    let mut head = ddl.lines();
    let mut heading = |mark: &str| head.next().and_then(|line| line.strip_prefix(mark)).ok_or_else(|| wrong(mark));
    let grain = heading("-- ")?;
    let key = heading("-- key: ")?.split(", ").collect();
    let role = match heading("-- role: ")? {
        "input" => Role::Input,
        "result" => Role::Result,
        other => return Err(wrong(other)),
    };
    let name = heading("create table ")?.trim_end_matches(" (");
    let lines: Vec<_> = head.take_while(|line| *line != ");").collect();
    let names: Vec<_> = lines.iter().map(|line| column_name(line)).collect();
    let columns = lines.iter().map(|line| parse_column(line, &names).ok_or_else(|| wrong(line))).collect::<Outcome<_>>()?;
    Ok(Table { name, grain, key, role, columns, ddl })
}

fn column_name(line: &'static str) -> &'static str {
    line.split_whitespace().next().unwrap_or_default().trim_matches('"')
}

fn parse_column(line: &'static str, names: &[&str]) -> Option<Column> {
    let (declared, meaning) = line.trim().split_once(" -- ")?;
    let mut rest = declared.trim_end_matches(',').split_once(' ')?.1;
    let mut absent = Absent::Null;
    if let Some((before, literal)) = rest.split_once(" default ") {
        rest = before;
        absent = Absent::Value(literal_value(literal)?);
    }
    let required = rest.ends_with(" not null");
    let kind = Kind::of_sql(rest.trim_end_matches(" not null"))?;
    let (mark, meaning) = match meaning.strip_prefix('[').and_then(|m| m.split_once("] ")) {
        Some((mark, meaning)) => (Some(mark), meaning),
        None => (None, meaning),
    };
    match mark {
        Some("by nightaudit" | "= by platform") => absent = Absent::Later,
        Some("= as_of") => absent = Absent::AsOf,
        Some("= source_row") => absent = Absent::SourceRow,
        Some(mark) => absent = Absent::Column(names.iter().position(|name| Some(*name) == mark.strip_prefix("= "))?),
        None if required && absent == Absent::Null => absent = Absent::Refused,
        None => {}
    }
    let open_words = meaning.starts_with("word of (");
    let words = meaning.strip_prefix(if open_words { "word of (" } else { "one of (" }).and_then(|list| list.split_once(')'));
    let words = words.map(|(list, _)| list.split(", ").collect()).unwrap_or_default();
    Some(Column { name: column_name(line), kind, required, absent, words, open_words, meaning })
}

fn literal_value(literal: &str) -> Option<Value> {
    Some(match literal {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "[]" => Value::List(Vec::new()),
        _ => match literal.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            Some(text) => Value::Text(text.to_owned()),
            None => Value::Int(literal.parse().ok()?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalise(table: &str, given: &[(&str, &str)]) -> Result<Vec<(String, Value)>, Rejected> {
        let table = Tables::get(table).unwrap();
        let mut cells = vec![Value::Null; table.columns.len()];
        for (column, text) in given {
            cells[table.position(column).unwrap()] = Value::Text((*text).to_owned());
        }
        let cx = RowContext { as_of: DateTime::UNIX_EPOCH, file: "f.csv", row: 7 };
        let row = table.normalise(cells, &cx)?;
        Ok(table.columns.iter().map(|c| c.name.to_owned()).zip(row).filter(|(_, value)| !value.is_null()).collect())
    }

    #[test]
    fn defaults_of_the_rule_book() {
        let row = normalise("local_orders", &[("local_row_id", "R1"), ("store_id", "S"), ("platform_order_id_raw", " #ab-1 ")]).unwrap();
        let shown: Vec<_> = row.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        insta::assert_snapshot!(shown.join("\n"), @r##"
        local_row_id=Text("R1")
        store_id=Text("S")
        platform_order_id_raw=Text(" #ab-1 ")
        order_key=Text("AB-1")
        origin=Text("platform_sync")
        is_resend=Bool(false)
        raw_status=Text("")
        lifecycle=Text("unknown")
        submit_status=Text("unknown")
        snapshot_at=Instant(0)
        source_file_id=Text("f.csv")
        source_row=Int(7)
        "##);
    }

    #[test]
    fn bad_rows_name_their_field() {
        let order = [("store_id", "S"), ("platform_order_id", "1"), ("created_at", "2026-03-10")];
        assert!(normalise("platform_orders", &order).is_ok());
        for (column, text, why) in [
            ("created_at", "", "is required and missing"),
            ("created_at", "soon", "is not a date and time such as 2026-03-10T02:00:00Z"),
            ("order_type", "gift", "is none of standard, preorder, subscription_prepaid, replacement, exchange, semi_managed, mcf, sample"),
        ] {
            let mut given = order.to_vec();
            given.push((column, text));
            let rejected = normalise("platform_orders", &given).unwrap_err();
            assert_eq!((rejected.field.as_str(), rejected.why.as_str()), (column, why));
        }
    }

    #[test]
    fn an_unknown_lifecycle_keeps_the_order() {
        let row =
            normalise("platform_orders", &[("store_id", "S"), ("platform_order_id", "1"), ("created_at", "2026-03-10"), ("lifecycle", "teleported")]).unwrap();
        assert!(row.contains(&("lifecycle".to_owned(), Value::Text("unknown".to_owned()))));
        assert!(row.contains(&("raw_status".to_owned(), Value::Text("teleported".to_owned()))));
    }
}
