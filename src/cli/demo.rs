//! `nightaudit demo`: audits the shop that the program carries, so that everybody can see what a night looks like.

use std::fs;
use std::path::{Path, PathBuf};

use super::progress::Bars;
use super::{Format, run};
use crate::clock::Clock;
use crate::embedded;
use crate::failure::{Failure, Outcome};
use crate::job::Job;
use crate::model::value;
use crate::night::{self, Plan};

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the demo's files and reports go
    #[arg(long, value_name = "DIR", default_value = "nightaudit-demo")]
    out: PathBuf,
}

/// The night that the demo's files were made for.
const NIGHT: &str = "2026-03-10T02:00:00Z";

/// Writes the demo's job and files, runs the job and prints its digest. Findings are what it is for: its exit code is 0.
pub fn execute(args: &Args, format: Format) -> Outcome<u8> {
    unpack(&embedded::DEMO, &args.out)?;
    let job = Job::load(&args.out.join("demo.toml"))?;
    let as_of = value::instant(NIGHT).ok_or_else(|| Failure::settings(format!("`{NIGHT}` is no instant")))?;
    let plan = Plan { job, data: args.out.join("data"), as_of, extract: true };
    let published = night::run(&plan, Clock::System, &Bars::new())?;
    run::tell(&published, format)?;
    Ok(0)
}

fn unpack(folder: &include_dir::Dir<'_>, out: &Path) -> Outcome<()> {
    let cannot = |e: std::io::Error| Failure::disk(format!("cannot write the demo's files to `{}`", out.display()), &e);
    fs::create_dir_all(out).map_err(cannot)?;
    for file in folder.files() {
        let path = out.join(file.path());
        path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, file.contents())).map_err(cannot)?;
    }
    folder.dirs().try_for_each(|inner| unpack(inner, out))
}
