//! `nightaudit ack FINDING`: somebody knows of a finding; it is not told again until a day, unless it changes.

use std::path::Path;

use chrono::NaiveDate;

use super::{job_in, print};
use crate::engine::{Engine, literal};
use crate::failure::{Failure, Outcome};
use crate::model::rows::{Finding, Night};
use crate::night::{Runs, acknowledgements};

/// Options of `ack`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A finding's id, as `nightaudit findings` prints it
    finding: String,
    /// Last day it holds for, such as 2026-04-01
    #[arg(long, value_name = "DATE")]
    until: NaiveDate,
    /// Why nothing has to be done
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The job's name, where the data folder holds several
    #[arg(long)]
    job: Option<String>,
}

/// Writes the acknowledgement and says from when it counts.
pub fn execute(args: &Args, data: &Path) -> Outcome<u8> {
    let job = job_in(data, args.job.as_deref())?;
    let engine = Engine::read_only(&Runs::of(data, &job).latest()?.join("audit.duckdb"))?;
    let given = literal(&args.finding);
    let Some(finding) = engine.rows::<Finding>(&format!("where finding_id = {given} and state <> 'resolved'"))?.into_iter().next() else {
        return Err(Failure::settings(format!("the latest run has no finding `{}`", args.finding)).hint("`nightaudit findings` prints their ids"));
    };
    let night = engine.rows::<Night>("")?.into_iter().next().map(|night| night.business_on);
    if night.is_some_and(|night| args.until <= night) {
        return Err(Failure::settings(format!("{} is not after the latest night", args.until)).hint("give the last day it shall hold for"));
    }
    if args.because.trim().is_empty() {
        return Err(Failure::settings("--because is blank").hint("say why nothing has to be done: the next person will ask"));
    }
    let entry = acknowledgements::Entry {
        finding: finding.finding_id,
        until: args.until,
        because: args.because.trim().to_owned(),
        by: args.by.clone(),
        about: Some(format!("{}: {}", finding.store_id.as_deref().unwrap_or("-"), finding.message)),
        value: Some(finding.value),
    };
    let path = acknowledgements::add(data, &job, entry)?;
    print(&format!("Acknowledged until {} in `{}`; it counts from the next run on.\n", args.until, path.display()))?;
    Ok(0)
}
