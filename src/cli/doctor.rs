//! `nightaudit doctor JOB`: is the configuration right, before the night finds out.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Format, json, print};
use crate::audit::{self, Rules};
use crate::failure::{Failure, Outcome};
use crate::job::Job;
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
    ];
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

fn writable(data: &Path) -> Outcome<String> {
    let probe = data.join(".part-doctor");
    std::fs::create_dir_all(data)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|e| Failure::disk(format!("cannot write to `{}`", data.display()), &e).hint("check its rights, or name another with --data"))?;
    Ok(format!("`{}` is writable", data.display()))
}
