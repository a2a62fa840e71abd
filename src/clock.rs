//! The only place that asks what time it is; everything else is told.
//! May not sleep or schedule.

use chrono::{DateTime, SubsecRound, Utc};

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
