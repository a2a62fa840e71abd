//! `nightaudit run JOB`: one night of one job.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::ValueEnum;

use super::progress::Bars;
use super::{Format, json, parse_instant, print, show};
use crate::clock::Clock;
use crate::failure::Outcome;
use crate::job::Job;
use crate::night::{self, Plan, Published};

/// Options of `run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job file
    job: PathBuf,
    /// Judge the night at this instant instead of now
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    as_of: Option<DateTime<Utc>>,
    /// Begin with this stage; `load` audits again what the snapshots hold
    #[arg(long, value_enum, default_value_t = From::Extract)]
    from: From,
}

/// Where a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    Extract,
    Load,
}

/// Runs the job and prints its digest.
pub fn execute(args: &Args, data: PathBuf, format: Format) -> Outcome<u8> {
    let job = Job::load(&args.job)?;
    let clock = Clock::System;
    let plan = Plan { job, data, as_of: args.as_of.unwrap_or_else(|| clock.now()), extract: args.from == From::Extract };
    let published = night::run(&plan, clock, &Bars::new())?;
    tell(&published, format)?;
    Ok(published.exit_code)
}

/// Prints what a run came to.
pub fn tell(published: &Published, format: Format) -> Outcome<()> {
    if format == Format::Json {
        return print(&json(published)?);
    }
    show::digest(&published.folder)
}
