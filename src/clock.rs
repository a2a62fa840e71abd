//! The only place that asks what time it is, and what instant a wall-clock time is; everything else is told.
//! May not sleep or schedule.

use chrono::{DateTime, LocalResult, NaiveDateTime, SubsecRound, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A clock that can be fixed, so that any night can be audited again.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always this instant (`--as-of`).
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// Now, to the second: the precision of everything we store about runs.
    pub fn now(self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now().trunc_subsecs(0),
            Self::Fixed(instant) => instant,
        }
    }
}

/// A wall-clock time as an instant: the first of two in an hour that comes twice, and moved on by the gap in an hour that does not come.
pub fn in_zone(naive: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => {
            let before = zone.from_local_datetime(&naive.checked_sub_signed(TimeDelta::hours(3))?).earliest()?;
            Some(before.to_utc() + TimeDelta::hours(3))
        }
    }
}
