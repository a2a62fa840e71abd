//! `nightaudit doctor JOB`: is the configuration right, before the night finds out.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Format, json, print};
use crate::audit::{self, Rules};
use crate::clock::Clock;
use crate::failure::{Failure, Kind, Outcome};
use crate::job::Job;
use crate::limits::DISK_FREE_BYTES_MIN;
use crate::night::{Lock, Runs};
use crate::schedule::Planner;
use crate::settings::Salt;
use crate::sources::{self, Source};

/// Options of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job file
    job: PathBuf,
}

#[derive(Serialize)]
struct Line {
    ok: bool,
    what: String,
    hint: String,
}

impl Line {
    fn of(what: String, outcome: Outcome<String>) -> Self {
        match outcome {
            Ok(found) => Self { ok: true, what: format!("{what}: {found}"), hint: String::new() },
            Err(failure) => Self { ok: false, what: format!("{what}: {}", failure.line()), hint: failure.hint },
        }
    }
}

/// Prints one line for everything that was looked at; 2 when something is wrong.
pub fn execute(args: &Args, data: &Path, format: Format) -> Outcome<u8> {
    let job = Job::load(&args.job)?;
    let mut lines = vec![
        Line::of("job".to_owned(), Ok(format!("`{}`, nights in {}, keeps {}", job.name, job.timezone, job.keep_nights))),
        Line::of("data folder".to_owned(), writable(data)),
        Line::of("disk".to_owned(), room(data)),
        Line::of("lock".to_owned(), lock(data, &job.name)),
    ];
    let now = Clock::System.now();
    let (clock, last) = last_night(data, &job, now);
    lines.push(Line::of("clock".to_owned(), clock));
    lines.extend(last.map(|last| Line::of("last night".to_owned(), Ok(last))));
    if job.schedule.is_some() {
        let next =
            |planner: Planner| planner.next(now).map_or_else(|| "never again".to_owned(), |due| format!("next {} ({} UTC)", due.civil, due.at.naive_utc()));
        lines.push(Line::of("schedule".to_owned(), Planner::of(&job, data).map(next)));
    }
    if !job.rules.is_empty() {
        let own = |rules: Rules| format!("{} causes and {} checks, the job's own among them", rules.causes.len(), rules.checks.len());
        let scratch = tempfile::tempdir().map_err(|e| Failure::disk("cannot make a folder for a rehearsal", &e))?;
        let rehearsed = Rules::of(&job).and_then(|rules| audit::rehearse(&rules, scratch.path()).map(|()| own(rules)));
        lines.push(Line::of("rules".to_owned(), rehearsed));
    }
    for store in &job.stores {
        let names = if store.erp_names.is_empty() { "no ERP name".to_owned() } else { format!("ERP names {}", store.erp_names.join(", ")) };
        lines.push(Line::of(
            format!("store {}", store.id),
            Ok(format!("{names}, days in {} and {}", job.zone_of(&store.id, false), job.zone_of(&store.id, true))),
        ));
    }
    let opened = writable(data).and_then(|_| Salt::of(data)).and_then(|salt| sources::of(&job, salt));
    match opened {
        Err(failure) => lines.push(Line::of("sources".to_owned(), Err(failure))),
        Ok(sources) => {
            for named in sources {
                lines.push(Line::of(format!("source {}", named.name), inputs_of(named.source.as_ref())));
            }
        }
    }
    let wrong = lines.iter().filter(|line| !line.ok).count();
    if format == Format::Json {
        print(&json(&lines)?)?;
    } else {
        let mut text = String::new();
        for line in &lines {
            text.push_str(&format!("{} {}\n", if line.ok { "✓" } else { "✗" }, line.what));
            if !line.hint.is_empty() {
                text.push_str(&format!("  hint: {}\n", line.hint));
            }
        }
        text.push_str(&if wrong == 0 { "All is well.\n".to_owned() } else { format!("{wrong} of {} are wrong.\n", lines.len()) });
        print(&text)?;
    }
    Ok(if wrong == 0 { 0 } else { 2 })
}

/// The files of a source, and what a look at their headers says.
fn inputs_of(source: &dyn Source) -> Outcome<String> {
    let inputs = source.inputs()?;
    let scratch = tempfile::tempdir().map_err(|e| Failure::disk("cannot make a folder to unpack into", &e))?;
    let said = source.look(&inputs, scratch.path())?;
    let files = inputs.files.iter().map(|file| format!("{} ({} bytes)", file.name, file.bytes));
    let left = inputs.left.iter().map(|name| format!("{name} (still being written)"));
    Ok(files.chain(left).collect::<Vec<_>>().join(", ") + &inputs.notes.iter().chain(&said).map(|note| format!("; {note}")).collect::<String>())
}

fn room(data: &Path) -> Outcome<String> {
    let found = rustix::fs::statvfs(data).map_err(|e| Failure::disk(format!("cannot look at the disk of `{}`", data.display()), &e.into()))?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let told = format!("{} MB free", free >> 20);
    if free < DISK_FREE_BYTES_MIN {
        return Err(Failure::settings(told)
            .facts(format!("a night should have {} MB", DISK_FREE_BYTES_MIN >> 20))
            .hint("make room, or keep fewer nights: keep_nights"));
    }
    Ok(told)
}

/// Nobody works in the data folder, or who does: neither is wrong.
fn lock(data: &Path, job: &str) -> Outcome<String> {
    match Lock::take(data, job, Clock::System.now()) {
        Ok(_) => Ok("free".to_owned()),
        Err(failure) if failure.kind == Kind::Busy => Ok(failure.line()),
        Err(failure) => Err(failure),
    }
}

/// Whether the clock and the zone data can be right, and how long the latest run took.
fn last_night(data: &Path, job: &Job, now: DateTime<Utc>) -> (Outcome<String>, Option<String>) {
    let clock = format!("{} in {}", now.with_timezone(&job.timezone).format("%Y-%m-%d %H:%M %Z"), job.timezone);
    let run = Runs::of(data, &job.name)
        .latest()
        .ok()
        .and_then(|run| serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(run.join("run.json")).ok()?).ok());
    let Some(run) = run else { return (Ok(clock), None) };
    let text = |name: &str| run.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let instant = |name: &str| text(name).parse::<DateTime<Utc>>().ok();
    let seconds: f64 = run.get("stages").and_then(|stages| stages.as_array()).into_iter().flatten().filter_map(|stage| stage.get("seconds")?.as_f64()).sum();
    let memory = run.get("memory_peak_kb").and_then(serde_json::Value::as_u64).unwrap_or_default() >> 10;
    let exit_code = run.get("exit_code").and_then(serde_json::Value::as_u64).unwrap_or_default();
    let last = format!("{}, {seconds:.1} s, {memory} MB, exit code {exit_code}", text("run_id"));
    let clock = match instant("finished_at") {
        Some(finished) if finished > now => Err(Failure::settings(clock).facts(format!("the latest run ended at {finished}")).hint("set the machine's clock")),
        _ => Ok(clock),
    };
    (clock, Some(last))
}

fn writable(data: &Path) -> Outcome<String> {
    let probe = data.join(".part-doctor");
    std::fs::create_dir_all(data)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|e| Failure::disk(format!("cannot write to `{}`", data.display()), &e).hint("check its rights, or name another with --data"))?;
    Ok(format!("`{}` is writable", data.display()))
}
