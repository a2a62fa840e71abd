//! Spans of constant offset for SQL, from the zone database: SQL has no time zones of its own (rule book 0.9).
//! May not know stores.

use chrono::{DateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::model::rows::ZoneSpan;

/// Spans of a zone that cover all time; changes of offset are exact between the two instants and outside them the nearest offset holds.
pub fn spans(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<ZoneSpan> {
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
    let mut spans = Vec::new();
    let mut start = beginning_of_time();
    let mut at = from;
    while at < until {
        // Offsets change at most once within a week anywhere.
        let next = (at + TimeDelta::days(7)).min(until);
        if offset(at) != offset(next) {
            let change = change_between(at, next, &offset);
            spans.push(ZoneSpan { zone: zone.name().to_owned(), from_at: start, until_at: change, utc_offset: offset(at) });
            start = change;
            at = change;
        } else {
            at = next;
        }
    }
    spans.push(ZoneSpan { zone: zone.name().to_owned(), from_at: start, until_at: end_of_time(), utc_offset: offset(until) });
    spans
}

/// The first instant, to the second, that has another offset than `before`.
fn change_between(mut before: DateTime<Utc>, mut after: DateTime<Utc>, offset: &impl Fn(DateTime<Utc>) -> i32) -> DateTime<Utc> {
    let old = offset(before);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if offset(middle) == old { before = middle } else { after = middle }
    }
    after
}

fn beginning_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp(-62_135_596_800, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

fn end_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp(253_402_300_800, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daylight_saving_is_exact() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let shown: Vec<_> = spans(chrono_tz::America::Los_Angeles, at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
            .into_iter()
            .map(|s| format!("{} {} {}", s.from_at, s.until_at, s.utc_offset))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        0001-01-01 00:00:00 UTC 2026-03-08 10:00:00 UTC -28800
        2026-03-08 10:00:00 UTC 2026-11-01 09:00:00 UTC -25200
        2026-11-01 09:00:00 UTC +10000-01-01 00:00:00 UTC -28800
        ");
        assert_eq!(spans(Tz::UTC, at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")).len(), 1);
    }
}
