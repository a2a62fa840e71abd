//! `nightaudit schedule JOB…`: waits for the nights of its jobs and runs them, one after the other.
//! A failing job never stops another one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Stop;
use super::progress::Lines;
use crate::clock::Clock;
use crate::failure::{Failure, Kind, Outcome};
use crate::job::Job;
use crate::night::{self, Plan, Runs};
use crate::schedule::{Due, Ended, Planner, turn};

/// Options of `schedule`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job files, each with a line such as schedule = "30 2 * * *"
    #[arg(required = true)]
    jobs: Vec<PathBuf>,
}

/// How often the clock is looked at: short, because a machine may sleep and a clock be set.
const LOOK: Duration = Duration::from_secs(1);

/// Runs what is due until it is asked to stop.
pub fn execute(args: &Args, data: &Path, stop: &Stop) -> Outcome<u8> {
    let clock = Clock::System;
    let mut jobs = Vec::new();
    let (mut waits_since, mut told) = (None, None);
    for path in &args.jobs {
        let job = Job::load(path)?;
        let planner = Planner::of(&job, data)?;
        // The job is read again before each night: only its name and schedule stay.
        tracing::info!(job = job.name, next = planner.next(clock.now()).map(|due| due.at.to_string()), "scheduled");
        jobs.push((path, job.name, planner));
    }
    while !stop.is_asked() {
        for (path, name, planner) in &jobs {
            let runs = Runs::of(data, name);
            let ended = turn(planner, clock.now(), &|at| runs.judged(at), &mut |due| {
                let ended = one_night(path, data, due, clock, stop);
                if ended == Ended::Later && waits_since.replace(due) != Some(due) {
                    tracing::warn!(job = name, night = %due.civil, "the data folder is in use: the night waits");
                }
                ended
            });
            match ended {
                Ok(Ended::Over | Ended::Later) => {}
                Ok(Ended::Stopped) => return Ok(0),
                // What is wrong now is wrong the next second too: it is told once.
                Err(failure) if told.as_ref() != Some(&failure) => {
                    tracing::error!(job = name, hint = failure.hint, "{}", failure.line());
                    told = Some(failure);
                }
                Err(_) => {}
            }
        }
        stop.wait(LOOK);
    }
    Ok(0)
}

fn one_night(path: &Path, data: &Path, due: Due, clock: Clock, stop: &Stop) -> Ended {
    let run = || {
        let plan = Plan { job: Job::load(path)?, data: data.to_owned(), as_of: due.at, extract: true };
        night::run(&plan, clock, &Lines(stop))
    };
    let broken = |_| Err(Failure::new(Kind::Broken, "the run stopped in the middle").hint("please report this with the job file"));
    let job = path.display();
    match catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(broken) {
        Ok(published) => tracing::info!(job = published.job, run = published.run_id, exit_code = published.exit_code, "night done"),
        Err(failure) if failure.kind == Kind::Stopped => return Ended::Stopped,
        Err(failure) if failure.kind == Kind::Busy => return Ended::Later,
        Err(failure) => tracing::error!(job = %job, night = %due.civil, hint = failure.hint, "{}", failure.line()),
    }
    Ended::Over
}
