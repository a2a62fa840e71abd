//! One value of a canonical table, and how text becomes one: every cast of the program happens here.
//! May not know files: it says what is wrong with a value, its caller says where it stood.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; ids are always text.
    Text,
    /// True or false.
    Bool,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    BigInt,
    /// An instant in UTC, in microseconds.
    Instant,
    /// A calendar day.
    Date,
    /// An exact decimal with four places; its currency stands in another column.
    Money,
    /// Several texts.
    List,
}

impl Kind {
    /// The column type in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text => "varchar",
            Self::Bool => "boolean",
            Self::Int => "integer",
            Self::BigInt => "bigint",
            Self::Instant => "timestamp",
            Self::Date => "date",
            Self::Money => "decimal(18,4)",
            Self::List => "varchar[]",
        }
    }

    /// The kind whose column type in SQL this is.
    pub fn of_sql(name: &str) -> Option<Self> {
        [Self::Text, Self::Bool, Self::Int, Self::BigInt, Self::Instant, Self::Date, Self::Money, Self::List].into_iter().find(|kind| kind.sql() == name)
    }
}

/// A value; `Null` means not known, never 0 or false.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Not known.
    #[default]
    Null,
    /// Text, verbatim.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Microseconds since 1970 in UTC.
    Instant(i64),
    /// Days since 1970.
    Date(i32),
    /// Ten-thousandths of a currency unit.
    Money(i64),
    /// Several texts.
    List(Vec<String>),
}

/// Places of a decimal column.
pub const MONEY_PLACES: u32 = 4;

impl Value {
    /// The value as JSON: instants and days as ISO texts, money as an exact text.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Bool(yes) => (*yes).into(),
            Self::Int(n) => (*n).into(),
            Self::Instant(micros) => DateTime::from_timestamp_micros(*micros).map_or(Json::Null, |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string().into()),
            Self::Date(days) => {
                NaiveDate::default().checked_add_signed(chrono::TimeDelta::days((*days).into())).map_or(Json::Null, |day| day.to_string().into())
            }
            Self::Money(n) => Decimal::new(*n, MONEY_PLACES).normalize().to_string().into(),
            Self::List(items) => items.as_slice().into(),
        }
    }

    /// Not known.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as a column of this kind takes it; blank text is not known. The error says what is wrong with the value.
    pub fn into_kind(self, kind: Kind) -> Result<Self, String> {
        match (kind, self) {
            (_, Self::Null) => Ok(Self::Null),
            (Kind::Text, Self::Text(text)) if !text.trim().is_empty() => Ok(Self::Text(text)),
            (_, Self::Text(text)) => Self::parse(kind, &text),
            (Kind::Text, Self::Int(n)) => Ok(Self::Text(n.to_string())),
            (Kind::Text, Self::Bool(b)) => Ok(Self::Text(b.to_string())),
            (Kind::Bool, value @ Self::Bool(_))
            | (Kind::BigInt, value @ Self::Int(_))
            | (Kind::Instant, value @ Self::Instant(_))
            | (Kind::Date, value @ Self::Date(_))
            | (Kind::Money, value @ Self::Money(_))
            | (Kind::List, value @ Self::List(_)) => Ok(value),
            (Kind::Int, Self::Int(n)) => int32(n),
            (Kind::Money, Self::Int(n)) => n.checked_mul(10_i64.pow(MONEY_PLACES)).map(Self::Money).ok_or_else(|| format!("{n} is too large")),
            (Kind::Instant, Self::Date(days)) => Ok(Self::Instant(i64::from(days) * 86_400_000_000)),
            (kind, other) => Err(format!("{} is not {}", other.named(), a(kind))),
        }
    }

    /// A text as a column of this kind takes it.
    pub fn parse(kind: Kind, text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() { Ok(Self::Null) } else { parse(kind, text) }
    }

    fn named(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) => "text",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a number",
            Self::Instant(_) => "an instant",
            Self::Date(_) => "a day",
            Self::Money(_) => "a decimal number",
            Self::List(_) => "a list",
        }
    }
}

fn a(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Bool => "true or false",
        Kind::Int | Kind::BigInt => "a whole number",
        Kind::Instant => "a date and time such as 2026-03-10T02:00:00Z",
        Kind::Date => "a day such as 2026-03-10",
        Kind::Money => "a number such as 19.99",
        Kind::List => "a list such as [\"a\", \"b\"]",
    }
}

fn parse(kind: Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Bool => boolean(text).map(Value::Bool),
        Kind::Int => return whole(text).map_or_else(|| Err(format!("is not {}", a(kind))), int32),
        Kind::BigInt => whole(text).map(Value::Int),
        Kind::Instant => instant(text).map(|at| Value::Instant(at.timestamp_micros())),
        Kind::Date => text.parse::<NaiveDate>().ok().and_then(days).map(Value::Date),
        Kind::Money => decimal(text).and_then(money),
        Kind::List => serde_json::from_str(text).ok().map(Value::List),
    }
    .ok_or_else(|| format!("is not {}", a(kind)))
}

fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "yes", "1", "t"]) {
        Some(true)
    } else if is(["false", "no", "0", "f"]) {
        Some(false)
    } else {
        None
    }
}

fn whole(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        // Spreadsheets write 3 as 3.0.
        let number = decimal(text)?;
        number.fract().is_zero().then(|| number.to_i64()).flatten()
    })
}

fn int32(n: i64) -> Result<Value, String> {
    i32::try_from(n).map(|n| Value::Int(n.into())).map_err(|_| format!("{n} does not fit a count"))
}

/// An exact decimal; exponents are allowed because spreadsheets write them.
pub fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok().or_else(|| Decimal::from_scientific(text).ok())
}

/// A decimal in ten-thousandths, rounded half to even where a file carries the noise of a float.
pub fn money(number: Decimal) -> Option<Value> {
    let mut rounded = number.round_dp(MONEY_PLACES);
    rounded.rescale(MONEY_PLACES);
    i64::try_from(rounded.mantissa()).ok().filter(|m| m.unsigned_abs() < 10_u64.pow(18)).map(Value::Money)
}

/// An instant with its offset, or without one in UTC; a day alone is its first moment in UTC.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
            return Some(at.and_utc());
        }
    }
    if let Ok(at) = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %z") {
        return Some(at.to_utc());
    }
    text.parse::<NaiveDate>().ok().map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

/// Days since 1970.
pub fn days(day: NaiveDate) -> Option<i32> {
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_values() {
        let ten_past_two = Value::Instant(1_773_108_600_000_000);
        for (kind, text, expected) in [
            (Kind::Text, " #1 ", Value::Text(" #1 ".into())),
            (Kind::Text, "  ", Value::Null),
            (Kind::Bool, "Yes", Value::Bool(true)),
            (Kind::Int, " 3.0 ", Value::Int(3)),
            (Kind::Int, "-1", Value::Int(-1)),
            (Kind::Money, "19.99", Value::Money(199_900)),
            (Kind::Money, "69.99000000000001", Value::Money(699_900)),
            (Kind::Money, "1e3", Value::Money(10_000_000)),
            (Kind::Instant, "2026-03-10T02:10:00Z", ten_past_two.clone()),
            (Kind::Instant, "2026-03-10 10:10:00 +0800", ten_past_two.clone()),
            (Kind::Instant, "2026-03-10 02:10", ten_past_two),
            (Kind::Date, "1970-01-03", Value::Date(2)),
            (Kind::List, r#"["a","b"]"#, Value::List(vec!["a".into(), "b".into()])),
        ] {
            assert_eq!(Value::Text(text.into()).into_kind(kind), Ok(expected), "{kind:?} {text:?}");
        }
    }

    #[test]
    fn bad_text_is_refused_in_words() {
        for (kind, text, why) in [
            (Kind::Int, "many", "is not a whole number"),
            (Kind::Int, "2.5", "is not a whole number"),
            (Kind::Int, "9999999999", "9999999999 does not fit a count"),
            (Kind::Money, "12,5", "is not a number such as 19.99"),
            (Kind::Money, "99999999999999999999", "is not a number such as 19.99"),
            (Kind::Instant, "31/31/2026", "is not a date and time such as 2026-03-10T02:00:00Z"),
            (Kind::List, "a,b", "is not a list such as [\"a\", \"b\"]"),
        ] {
            assert_eq!(Value::Text(text.into()).into_kind(kind), Err(why.into()), "{kind:?} {text:?}");
        }
    }
}
