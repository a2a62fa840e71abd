//! One cell of an export as one canonical value: words, dates in their zone, numbers with their marks, hashes.
//! May not know which file or row it came from.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::mapping::{Cell, Mapping};
use crate::clock::in_zone;
use crate::model::{Kind, Value, value};
use crate::settings::Salt;

/// A cell whose columns have been found in the header.
pub struct Placed<'a> {
    /// How to read it.
    pub cell: &'a Cell,
    /// Positions of its columns in the file.
    pub at: Vec<usize>,
}

/// What reading a cell needs to know.
pub struct Reading<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// The folder's salt.
    pub salt: &'a Salt,
    /// Zone of dates without one.
    pub zone: Tz,
}

/// What a cell says.
pub enum Said {
    /// A value, perhaps `Null`.
    Value(Value),
    /// A word of an enumeration that the mapping does not know.
    UnknownWord(String),
}

impl Reading<'_> {
    /// The text at a position, unless it is blank or one of the words for "not known". TABs keep ids text in spreadsheets and are no part of them.
    pub fn text<'r>(&self, row: &'r [Value], at: usize) -> Option<&'r str> {
        let text = row.get(at)?.text()?.trim_end_matches('\t');
        let plain = text.trim();
        (!plain.is_empty() && !self.mapping.missing.iter().any(|word| word == plain)).then_some(text)
    }

    /// Reads a cell as a column of this kind; the error says what is wrong with it.
    pub fn read(&self, placed: &Placed<'_>, kind: Kind, row: &[Value]) -> Result<Said, String> {
        let cell = placed.cell;
        let mut texts = placed.at.iter().filter_map(|at| self.text(row, *at));
        if cell.hash {
            let parts: Vec<_> = placed.at.iter().map(|at| self.text(row, *at).unwrap_or_default()).collect();
            return Ok(Said::Value(self.salt.hash(parts).map_or(Value::Null, Value::Text)));
        }
        if cell.present {
            // A column that the file does not have says nothing.
            if placed.at.is_empty() {
                return Ok(Said::Value(Value::Null));
            }
            return Ok(Said::Value(Value::Bool(texts.next().is_some())));
        }
        let joined;
        let text = match &cell.join {
            Some(between) => {
                joined = texts.collect::<Vec<_>>().join(between);
                Some(joined.as_str()).filter(|text| !text.is_empty())
            }
            None => texts.next(),
        };
        if !cell.words.is_empty() {
            let word = text.unwrap_or_default();
            return Ok(match cell.words.iter().find(|(pattern, _)| pattern.fits(word)) {
                Some((_, ours)) => Said::Value(Value::Text(ours.clone())),
                None if word.is_empty() => Said::Value(constant(cell)),
                None => Said::UnknownWord(word.to_owned()),
            });
        }
        let Some(text) = text else { return Ok(Said::Value(constant(cell))) };
        Ok(Said::Value(match kind {
            Kind::List => Value::List(match &cell.list {
                Some(sign) => text.split(sign.as_str()).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect(),
                None => vec![text.to_owned()],
            }),
            Kind::Instant => Value::Instant(self.instant(cell, text)?.timestamp_micros()),
            Kind::Money | Kind::Int | Kind::BigInt => Value::Text(self.number(text)),
            Kind::Text | Kind::Bool | Kind::Date => Value::Text(text.to_owned()),
        }))
    }

    /// A number with a point, without thousands marks and without the currency that stands before or after it.
    fn number(&self, text: &str) -> String {
        let plain = without_currency(text.trim().trim_start_matches('\''));
        let mut number = String::with_capacity(plain.len());
        for c in plain.chars().filter(|c| Some(*c) != self.mapping.group_mark) {
            number.push(if c == self.mapping.decimal_mark { '.' } else { c });
        }
        number
    }

    fn instant(&self, cell: &Cell, text: &str) -> Result<DateTime<Utc>, String> {
        let english;
        let mut text = text.trim();
        if let Some((name, month)) = self.mapping.months.iter().zip(MONTHS).find(|(name, _)| text.contains(name.as_str())) {
            english = text.replacen(name.as_str(), month, 1);
            text = &english;
        }
        let formats = if cell.dates.is_empty() { &self.mapping.dates } else { &cell.dates };
        let zone = match &cell.zone {
            Some(name) => name.parse().map_err(|_| format!("has no zone `{name}`"))?,
            None => self.zone,
        };
        // A spreadsheet's date cell comes as an ISO date, whatever the export's own format is.
        let at = formats.iter().find_map(|format| formatted(text, format, zone)).or_else(|| iso(text, zone)).ok_or_else(|| match formats.as_slice() {
            [] => "is not a date such as 2026-03-10 02:00:00".to_owned(),
            formats => format!("is not a date of the form {}", formats.join(" or ")),
        })?;
        if of_a_shop(at) { Ok(at) } else { Err(format!("is in the year {}: %y is a year of two digits, %Y of four", at.year())) }
    }
}

fn constant(cell: &Cell) -> Value {
    cell.constant.clone().map_or(Value::Null, Value::Text)
}

fn iso(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    const NAIVE: [&str; 6] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d"];
    if zone == Tz::UTC || text.contains(['Z', '+']) || text.matches('-').count() > 2 {
        return value::instant(text);
    }
    NAIVE.iter().find_map(|format| formatted(text, format, zone))
}

/// A date in this format as an instant; in its own zone, where it has one.
pub fn formatted(text: &str, format: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if format.contains("%z") || format.contains("%:z") {
        return DateTime::parse_from_str(text, format).ok().map(|at| at.to_utc());
    }
    let wall = |text: &str, format: &str| {
        NaiveDateTime::parse_from_str(text, format).ok().or_else(|| Some(NaiveDate::parse_from_str(text, format).ok()?.and_time(NaiveTime::MIN)))
    };
    if let Some(format) = format.strip_suffix(" %Z") {
        let (text, name) = text.rsplit_once(' ')?;
        let (_, minutes) = ZONE_NAMES.iter().find(|(known, _)| *known == name)?;
        return Some((wall(text, format)? - TimeDelta::minutes(*minutes)).and_utc());
    }
    in_zone(wall(text, format)?, zone)
}

/// Whether a shop's date may be this: others come of a format that does not fit.
pub fn of_a_shop(at: DateTime<Utc>) -> bool {
    (1990..=2100).contains(&at.year())
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Zone names in reports of Amazon, with their hours and minutes; ambiguous ones are left out.
const ZONE_NAMES: [(&str, i64); 15] = [
    ("UTC", 0),
    ("GMT", 0),
    ("BST", 60),
    ("CET", 60),
    ("MET", 60),
    ("CEST", 120),
    ("MEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("JST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("EDT", -240),
    ("PST", -480),
    ("PDT", -420),
];

/// `$900.00`, `Rp 18.000`, `12,50 EUR`: signs and up to four letters at either end, where digits stand between.
fn without_currency(text: &str) -> &str {
    let is_sign = |c: char| c.is_alphabetic() || matches!(c, '$' | '€' | '£' | '¥' | '₹' | '฿' | '₫' | '₱' | '₩' | '₽' | '￥' | '\u{a0}' | ' ');
    let bare = text.trim_matches(is_sign);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let sign = text.starts_with('-') && !bare.starts_with('-');
    if letters <= 4 && !sign && bare.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') { bare } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_no_part_of_a_number() {
        for (text, expected) in [
            ("$900.00", "900.00"),
            ("Rp 18.000", "18.000"),
            ("12,50 EUR", "12,50"),
            ("€ -3", "-3"),
            ("7", "7"),
            ("abcde 1", "abcde 1"),
            ("n/a", "n/a"),
            ("12 apples", "12 apples"),
        ] {
            assert_eq!(without_currency(text), expected, "{text}");
        }
    }

    #[test]
    fn wall_clocks_become_instants() {
        for (text, format, zone, expected) in [
            ("2026-03-10 10:00:00", "%Y-%m-%d %H:%M:%S", "Asia/Shanghai", "2026-03-10T02:00:00Z"),
            ("2026-03-10 10:00:00 -0500", "%Y-%m-%d %H:%M:%S %z", "UTC", "2026-03-10T15:00:00Z"),
            ("10/03/2026", "%d/%m/%Y", "UTC", "2026-03-10T00:00:00Z"),
            // A zone's name in the date wins over the mapping's zone.
            ("08/07/2016 10:12:40 BST", "%d/%m/%Y %H:%M:%S %Z", "Asia/Shanghai", "2016-07-08T09:12:40Z"),
            // Clocks go forward in Los Angeles: 02:30 does not come.
            ("2026-03-08 02:30:00", "%Y-%m-%d %H:%M:%S", "America/Los_Angeles", "2026-03-08T10:30:00Z"),
            // Clocks go back: 01:30 comes twice, the first counts.
            ("2026-11-01 01:30:00", "%Y-%m-%d %H:%M:%S", "America/Los_Angeles", "2026-11-01T08:30:00Z"),
        ] {
            let at = formatted(text, format, zone.parse().unwrap()).unwrap();
            assert_eq!(at, DateTime::parse_from_rfc3339(expected).unwrap(), "{text} {zone}");
        }
    }
}
