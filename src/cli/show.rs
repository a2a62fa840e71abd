//! `nightaudit show`: the digest of the latest run.

use std::path::Path;

use super::{Format, job_in, print};
use crate::engine::Engine;
use crate::failure::{Failure, Outcome};
use crate::night::Runs;
use crate::report::Digest;

/// Options of `show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job's name, where the data folder holds several
    #[arg(long)]
    job: Option<String>,
}

/// Prints the digest, or run.json with `--format json`.
pub fn execute(args: &Args, data: &Path, format: Format) -> Outcome<u8> {
    let run = Runs::of(data, &job_in(data, args.job.as_deref())?).latest()?;
    if format == Format::Json {
        let path = run.join("run.json");
        let text = std::fs::read_to_string(&path).map_err(|e| Failure::disk(format!("cannot read `{}`", path.display()), &e))?;
        print(&text)?;
        return Ok(0);
    }
    digest(&run)?;
    Ok(0)
}

/// Prints a run's digest and where its reports lie, as short as the way to them is from here.
pub fn digest(run: &Path) -> Outcome<()> {
    let engine = Engine::read_only(&run.join("audit.duckdb"))?;
    let here = std::env::current_dir().unwrap_or_default();
    let reports = run.join("reports");
    print(&format!("{}\nReports: {}\n", Digest::read(&engine)?.text(), reports.strip_prefix(here).unwrap_or(&reports).display()))
}
