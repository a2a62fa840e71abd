//! The one error type of the house: what failed, on what, the facts, then one action.
//! May not hold a secret, a buyer's data or a signed address: everything in it is printed.

use std::fmt;

/// Exit code of a command that somebody interrupted.
pub const INTERRUPTED: u8 = 130;

/// Why we could not do something; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A job, a mapping, an option or the environment is wrong: nothing was started.
    Settings,
    /// Somebody else works in the same data folder.
    Busy,
    /// An input is missing, cannot be read or is not what it should be.
    Input,
    /// The disk, the folder's rights or another part of the machine.
    Disk,
    /// DuckDB refused what we asked.
    Engine,
    /// Somebody asked us to stop: between two stages, with nothing published.
    Stopped,
    /// One of our own promises does not hold; a report with such a number must not be trusted.
    Broken,
}

/// Something that we could not do, in words for the person who has to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// What failed and on what, without a full stop.
    pub what: String,
    /// The facts: what was found, what was expected, what the system said.
    pub facts: String,
    /// One action.
    pub hint: String,
}

/// `Result` with our error.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure without facts and hint; add them with [`Failure::facts`] and [`Failure::hint`].
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), facts: String::new(), hint: String::new() }
    }

    /// A wrong job, mapping, option or environment.
    pub fn settings(what: impl Into<String>) -> Self {
        Self::new(Kind::Settings, what)
    }

    /// An input that cannot be used.
    pub fn input(what: impl Into<String>) -> Self {
        Self::new(Kind::Input, what)
    }

    /// A file or folder that cannot be read or written.
    pub fn disk(what: impl Into<String>, error: &std::io::Error) -> Self {
        Self::new(Kind::Disk, what).facts(error.to_string())
    }

    /// Adds the facts.
    #[must_use]
    pub fn facts(mut self, facts: impl Into<String>) -> Self {
        self.facts = facts.into();
        self
    }

    /// Adds the one action.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Exit code of a command that ends with this failure (design: 2 could not start, 3 could not finish).
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Settings | Kind::Busy => 2,
            Kind::Input | Kind::Disk | Kind::Engine | Kind::Broken => 3,
            Kind::Stopped => INTERRUPTED,
        }
    }

    /// What failed and the facts, without the hint: one line for tables and reports.
    pub fn line(&self) -> String {
        if self.facts.is_empty() { self.what.clone() } else { format!("{}: {}", self.what, self.facts) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())?;
        if !self.hint.is_empty() {
            write!(f, "\nhint: {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
