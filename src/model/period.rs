//! ISO durations such as `P15D`, `P4M` or `PT48H`, and calendar arithmetic with them (rule book 000-6 to 000-8).
//! May not know which window belongs to which platform: `stores` says that.

use std::str::FromStr;

use chrono::{DateTime, Months, TimeDelta, Utc};

/// A span of calendar months and of exact time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    months: u32,
    exact: TimeDelta,
}

impl Period {
    /// The instant this long before: months first, clamped to the month's last day, at the same clock time in UTC.
    pub fn before(self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        instant.checked_sub_months(Months::new(self.months))?.checked_sub_signed(self.exact)
    }
}

impl Period {
    /// The exact part in seconds: what a delay means, which has no months.
    pub fn seconds(self) -> i32 {
        i32::try_from(self.exact.num_seconds()).unwrap_or(i32::MAX)
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an ISO duration such as P15D, P4M or PT48H");
        let mut in_time = false;
        let mut period = Self { months: 0, exact: TimeDelta::zero() };
        let mut number = String::new();
        let mut parts = 0;
        for c in text.strip_prefix('P').ok_or_else(wrong)?.chars() {
            if c.is_ascii_digit() {
                number.push(c);
                continue;
            }
            if c == 'T' && number.is_empty() && !in_time {
                in_time = true;
                continue;
            }
            let n: u32 = number.parse().map_err(|_| wrong())?;
            number.clear();
            parts += 1;
            let exact = |seconds: i64| TimeDelta::try_seconds(seconds * i64::from(n)).ok_or_else(wrong);
            match (in_time, c) {
                (false, 'Y') => period.months = n.checked_mul(12).and_then(|m| m.checked_add(period.months)).ok_or_else(wrong)?,
                (false, 'M') => period.months = period.months.checked_add(n).ok_or_else(wrong)?,
                (false, 'W') => period.exact += exact(604_800)?,
                (false, 'D') => period.exact += exact(86_400)?,
                (true, 'H') => period.exact += exact(3_600)?,
                (true, 'M') => period.exact += exact(60)?,
                (true, 'S') => period.exact += exact(1)?,
                _ => return Err(wrong()),
            }
        }
        if parts > 0 && number.is_empty() { Ok(period) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_the_rule_book() {
        for (period, from, to) in [
            ("P15D", "2026-03-16T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("P4M", "2026-06-30T00:00:00Z", "2026-02-28T00:00:00Z"),
            ("P1M", "2026-03-31T12:00:00Z", "2026-02-28T12:00:00Z"),
            ("PT48H", "2026-03-03T01:00:00Z", "2026-03-01T01:00:00Z"),
            ("P2Y", "2024-02-29T00:00:00Z", "2022-02-28T00:00:00Z"),
            ("P1Y2M3DT4H5M6S", "2026-03-04T04:05:06Z", "2025-01-01T00:00:00Z"),
        ] {
            let instant = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
            assert_eq!(period.parse::<Period>().unwrap().before(instant(from)), Some(instant(to)), "{period}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "P", "15D", "P15", "PT", "P1X", "PM", "P99999999999D", "P1H", "PTT1H"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
