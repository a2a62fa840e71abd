//! One table of a mapping file: its cells, and the rules that a person's data, dates and required columns put on them.
//! May not read an export.

use chrono::format::{Item, StrftimeItems};
use serde::Deserialize;

use super::mapping::{Cell, Glob, Part, Pattern, StatusRule, parent_of};
use crate::model::schema::Absent;
use crate::model::{Kind, Table};

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl From<OneOrMany> for Vec<String> {
    fn from(given: OneOrMany) -> Self {
        match given {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CellSpec {
    From(OneOrMany),
    Long(LongCell),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LongCell {
    #[serde(default)]
    from: OneOrMany,
    #[serde(rename = "const")]
    constant: Option<String>,
    #[serde(default)]
    words: toml::Table,
    #[serde(default)]
    present: bool,
    #[serde(default)]
    hash: bool,
    join: Option<String>,
    list: Option<String>,
    #[serde(default)]
    dates: OneOrMany,
    zone: Option<String>,
}

/// A format that means nothing, or has no place for the day, would refuse every date or misread it.
pub(super) fn date_format(format: &str) -> Result<(), String> {
    let is_wrong = StrftimeItems::new(format.strip_suffix(" %Z").unwrap_or(format)).any(|item| item == Item::Error);
    if is_wrong || !format.contains('%') {
        return Err(format!("`{format}` is no format of a date: %Y-%m-%d %H:%M:%S reads 2026-03-10 02:00:00, %d/%m/%y 10/03/26, %b Mar, %I:%M %p 02:00 AM"));
    }
    Ok(())
}

/// Names of columns that hold a person: such a cell is hashed or not read.
const PERSONAL: &str = "buyer name|buyer username|buyer email|buyer phone*|buyer address*|customer name|customer*mail|customer phone|recipient|recipient name|recipient phone*|\
    receiver|receiver name|receiver phone*|ship to name|ship to phone|ship to address*|shipping name|shipping address*|shipping street|shipping phone|billing name|billing address*|\
    billing street|billing phone|email|e-mail|phone|phone number|mobile|买家姓名|买家名称|买家邮箱|买家email|买家账号|收货人*|收件人*|收件者*|详细地址|联系电话|电话|手机|nama penerima|no. telepon|alamat*|username (pembeli)";

/// A text column that would read a person's cell, and that cell's name.
pub(super) fn personal(part: &Part) -> Option<(&'static str, &str)> {
    let personal = Glob::parse(PERSONAL).ok()?;
    part.cells.iter().filter(|(_, cell)| !cell.hash && !cell.present).find_map(|(at, cell)| {
        let name = cell.from.iter().find(|name| personal.fits(name))?;
        Some((part.table.columns.get(*at)?.name, name.as_str()))
    })
}

pub(super) fn part(table: &'static Table, mut cells: toml::Table) -> Result<Part, String> {
    let mut known = Vec::new();
    let skip = match cells.remove("skip") {
        Some(rules) => rules
            .try_into::<Vec<toml::Table>>()
            .map_err(|_| format!("[{}] `skip` needs a list of rules such as [{{ \"SKU\" = \"\" }}]", table.name))?
            .into_iter()
            .map(pattern)
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    for (name, given) in cells {
        let position =
            table.position(&name).ok_or_else(|| format!("[{}] has no column `{name}`; `nightaudit tables {}` lists them", table.name, table.name))?;
        let spec: CellSpec = given.try_into().map_err(|_| {
            format!("[{}] `{name}`: give a column, a list of columns, or a table with from, const, words, present, hash, join, list, dates, zone", table.name)
        })?;
        let cell = match spec {
            CellSpec::From(from) => Cell { from: from.into(), ..Cell::default() },
            CellSpec::Long(long) => Cell {
                from: long.from.into(),
                constant: long.constant,
                words: words(&name, long.words)?,
                join: long.join,
                present: long.present,
                hash: long.hash,
                list: long.list,
                dates: long.dates.into(),
                zone: long.zone,
            },
        };
        if cell.from.is_empty() && cell.constant.is_none() {
            return Err(format!("[{}] `{name}` has neither `from` nor `const`", table.name));
        }
        let is_hash = name.ends_with("_hash");
        if cell.hash != is_hash {
            return Err(format!("[{}] `{name}`: personal data are hashed, and only in columns that end in _hash", table.name));
        }
        if cell.list.is_some() && table.columns.get(position).is_some_and(|c| c.kind != Kind::List) {
            return Err(format!("[{}] `{name}` is not a list", table.name));
        }
        known.push((position, cell));
    }
    Ok(Part { table, cells: known, skip })
}

fn words(column: &str, given: toml::Table) -> Result<Vec<(Glob, String)>, String> {
    let mut given: Vec<_> = given.into_iter().collect();
    given.sort_by_key(|(word, _)| (word.contains(['*', '?']), std::cmp::Reverse(word.len())));
    given
        .into_iter()
        .map(|(word, ours)| Ok((Glob::parse(&word)?, ours.as_str().ok_or_else(|| format!("`{column}`: the word `{word}` needs a text"))?.to_owned())))
        .collect()
}

pub(super) fn pattern(rule: toml::Table) -> Result<Pattern, String> {
    rule.into_iter()
        .map(|(column, text)| Ok((Glob::parse(text.as_str().ok_or_else(|| format!("`{column}` needs a text"))?)?, column)))
        .map(|pair| pair.map(|(glob, column)| (column, glob)))
        .collect()
}

/// A required column that the part neither maps nor gets from elsewhere.
pub(super) fn unmapped(part: &Part) -> Option<&'static str> {
    let parent_key = match parent_of(part.table.name) {
        Some("platform_orders") => "platform_order_id",
        Some(_) => "local_row_id",
        None => "",
    };
    let required =
        part.table.columns.iter().enumerate().filter(|(_, column)| column.absent == Absent::Refused && !["store_id", parent_key].contains(&column.name));
    required.filter(|(i, _)| !part.cells.iter().any(|(at, _)| at == i)).map(|(_, column)| column.name).next()
}

pub(super) fn status_rule(mut rule: toml::Table, lifecycles: &[&str]) -> Result<StatusRule, String> {
    let is = rule.remove("is").and_then(|is| is.as_str().map(str::to_owned)).ok_or("a status rule needs `is`")?;
    if !lifecycles.contains(&is.as_str()) {
        return Err(format!("the status `{is}` is none of {}", lifecycles.join(", ")));
    }
    Ok(StatusRule { is, when: pattern(rule)? })
}
