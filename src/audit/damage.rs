//! What a spreadsheet did to a long number, read backwards: the length of the true number and the range it lies in (rule book GR, [XL15]).
//! May not choose a candidate: SQL joins the range with the numbers that nothing else links.

use crate::engine::Engine;
use crate::failure::Outcome;
use crate::model::Value;

/// Digits that a spreadsheet keeps of a number.
const DIGITS_KEPT: usize = 15;

/// The true numbers that a damaged one may stand for: all have the same length.
#[derive(Debug, PartialEq, Eq)]
pub struct Range {
    /// The smallest.
    pub first: String,
    /// The largest.
    pub last: String,
}

/// Writes work.damaged_ranges: one row per unlinked number of either side that looks damaged.
pub fn find(engine: &Engine) -> Outcome<()> {
    engine.run(
        "the table of damaged numbers",
        "create or replace table work.damaged_ranges (side varchar, n bigint, key_length integer, first_key varchar, last_key varchar)",
    )?;
    let looks_damaged = looks_damaged("order_key");
    let unlinked = format!(
        "select 'local', r, order_key from work.row_nodes as n where {looks_damaged} and not exists (select 1 from work.key_links as k where k.r = n.r) \
         union all select 'platform', o, order_key from work.order_nodes as n where {looks_damaged} and not exists (select 1 from work.key_links as k where k.o = n.o)"
    );
    let mut ranges = Vec::new();
    for row in engine.query(&unlinked)?.rows {
        let [Value::Text(side), Value::Int(n), Value::Text(key)] = row.as_slice() else { continue };
        if let Some(range) = undo(key) {
            ranges.push(format!("('{side}', {n}, {}, '{}', '{}')", range.first.len(), range.first, range.last));
        }
    }
    for chunk in ranges.chunks(10_000) {
        engine.run("the damaged numbers", &format!("insert into work.damaged_ranges values {}", chunk.join(", ")))?;
    }
    Ok(())
}

/// The stored numbers of either side, as keys, that are damaged and may stand for this true one; and the true numbers
/// that this one may stand for, if it is itself damaged.
pub fn standing_for(engine: &Engine, key: &str) -> Outcome<(Vec<String>, Option<Range>)> {
    let mut stored = Vec::new();
    if key.bytes().all(|b| b.is_ascii_digit()) {
        let sides = [("order_key", "work.order_nodes"), ("no_key", "work.order_nodes"), ("order_key", "work.row_nodes")];
        let damaged = sides.map(|(column, table)| {
            format!("select {column} from {table} where {} and starts_with({column}, '{}')", looks_damaged(column), key.get(..1).unwrap_or_default())
        });
        for row in engine.query(&damaged.join(" union "))?.rows {
            let Some(damaged) = row.first().and_then(Value::text) else { continue };
            let fits = |range: &Range| range.first.len() == key.len() && (range.first.as_str()..=range.last.as_str()).contains(&key);
            if undo(damaged).as_ref().is_some_and(fits) {
                stored.push(damaged.to_owned());
            }
        }
    }
    Ok((stored, undo(key)))
}

fn looks_damaged(column: &str) -> String {
    format!("regexp_full_match({column}, '[0-9]([.,][0-9]+)?E[+]?[0-9]{{1,2}}|[0-9]{{{DIGITS_KEPT}}}0+')")
}

/// `5.7694E+17` stands for every 18-digit number that rounds to it; `576932018345678000` for every one that begins with the same 15 digits.
fn undo(key: &str) -> Option<Range> {
    if let Some((mantissa, exponent)) = key.split_once('E') {
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let length = exponent.trim_start_matches('+').parse::<usize>().ok()?.checked_add(1)?;
        let unit = 10_u128.checked_pow(u32::try_from(length.checked_sub(digits.len())?).ok()?)?;
        let middle = digits.parse::<u128>().ok()?.checked_mul(unit)?;
        let shortest = 10_u128.checked_pow(u32::try_from(length.checked_sub(1)?).ok()?)?;
        let first = middle.saturating_sub(unit / 2).max(shortest);
        let last = middle.checked_add(unit.div_ceil(2).saturating_sub(1))?;
        return Some(Range { first: first.to_string(), last: last.to_string() }).filter(|r| r.first.len() == length && r.last.len() == length);
    }
    let (kept, lost) = key.split_at_checked(DIGITS_KEPT)?;
    let damaged = !lost.is_empty() && lost.bytes().all(|b| b == b'0') && kept.bytes().all(|b| b.is_ascii_digit());
    damaged.then(|| Range { first: format!("{kept}{lost}"), last: format!("{kept}{}", "9".repeat(lost.len())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_read_backwards() {
        for (key, expected) in [
            ("5.7694E+17", Some(("576935000000000000", "576944999999999999"))),
            ("5,7694E+17", Some(("576935000000000000", "576944999999999999"))),
            ("1E5", Some(("100000", "149999"))),
            ("1.23456789012E+11", Some(("123456789012", "123456789012"))),
            ("576932018345678000", Some(("576932018345678000", "576932018345678999"))),
            ("57693201834567800", Some(("57693201834567800", "57693201834567899"))),
            ("576932018345678901", None),
            ("123456789012345", None),
            ("1.5E+99", None),
            ("AB-1", None),
        ] {
            let range = expected.map(|(first, last): (&str, &str)| Range { first: first.to_owned(), last: last.to_owned() });
            assert_eq!(undo(key), range, "{key}");
        }
    }
}
