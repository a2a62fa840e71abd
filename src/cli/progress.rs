//! Progress on a terminal; silence elsewhere, where the log lines tell it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Stop;
use crate::night::Progress;

/// A spinner with the stage and the rows read so far.
pub struct Bars(ProgressBar);

impl Bars {
    /// A spinner on stderr; invisible when stderr is no terminal.
    pub fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg:<8} {human_pos} rows  {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Nothing on the terminal, for a service: the log lines tell it.
pub struct Lines<'a>(pub &'a Stop);

impl Progress for Lines<'_> {
    fn is_stopped(&self) -> bool {
        self.0.is_asked()
    }

    fn stage(&self, _: &'static str) {}

    fn rows(&self, _: u64) {}
}

impl Progress for Bars {
    fn stage(&self, name: &'static str) {
        self.0.set_message(name);
    }

    fn rows(&self, more: u64) {
        self.0.inc(more);
    }
}
