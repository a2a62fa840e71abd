//! The command line: one file per command, words and exit codes in one place.
//! Data go to stdout, everything else to stderr; may not decide anything about a night.

mod ack;
mod causes;
mod demo;
mod doctor;
mod explain;
mod findings;
mod generate;
mod init;
mod map;
mod order;
mod progress;
mod run;
mod schedule;
mod show;
mod tables;

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand, ValueEnum};

use crate::failure::{Failure, Outcome};
use crate::model::value;
use crate::settings::DATA_FOLDER;

/// Audits every night what the selling platforms say against what the seller's ERP says, and names the cause of every difference.
#[derive(Debug, Parser)]
#[command(name = "nightaudit", version, max_term_width = 110)]
pub struct Cli {
    /// The folder for snapshots and runs
    #[arg(long, global = true, value_name = "DIR", env = "NIGHTAUDIT_DATA", default_value = DATA_FOLDER)]
    data: PathBuf,
    /// What stdout gets
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// What stderr gets: lines for people, or one JSON object an event
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,
    #[command(subcommand)]
    command: Command,
}

/// What stdout gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What stderr gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Audit a small shop with planted differences from files that the program carries
    Demo(demo::Args),
    /// Write a first job for the exports in a folder
    Init(init::Args),
    /// Run a job for one night and publish its reports
    Run(run::Args),
    /// Wait for the nights of jobs and run them
    Schedule(schedule::Args),
    /// Show the digest of the latest run
    Show(show::Args),
    /// Explain why a store's two numbers differ, order by order
    Explain(explain::Args),
    /// Tell one order's life: each side night by night, links, causes
    Order(order::Args),
    /// List the findings of the latest run
    Findings(findings::Args),
    /// Acknowledge a finding until a day: it is not told again, unless it changes
    Ack(ack::Args),
    /// Print the data dictionary: every table with its columns, defaults and meanings
    Tables(tables::Args),
    /// Print the catalogue of causes: what each means and what to do
    Causes(causes::Args),
    /// Check a job's configuration without running it
    Doctor(doctor::Args),
    /// Show what the program sees in an export, try a mapping on it, or begin one
    Map(map::Args),
    /// Write canonical files of any size, for benchmarks
    Generate(generate::Args),
}

/// Somebody wants the program to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// Asks for it.
    pub fn ask(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    fn is_asked(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as this, or until it is asked.
    fn wait(&self, at_most: Duration) {
        let asked = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_timeout_while(asked, at_most, |asked| !*asked));
    }
}

impl Cli {
    /// What stderr gets.
    pub fn log(&self) -> LogFormat {
        self.log
    }

    /// It stops by itself when it is asked to, between two stages.
    pub fn stops_itself(&self) -> bool {
        matches!(self.command, Command::Schedule(_))
    }

    /// Runs the command; its exit code.
    pub fn execute(self, stop: &Stop) -> Outcome<u8> {
        let Self { data, format, command, .. } = self;
        match command {
            Command::Demo(args) => demo::execute(&args, format),
            Command::Init(args) => init::execute(&args),
            Command::Run(args) => run::execute(&args, data, format),
            Command::Schedule(args) => schedule::execute(&args, &data, stop),
            Command::Show(args) => show::execute(&args, &data, format),
            Command::Explain(args) => explain::execute(&args, &data, format),
            Command::Order(args) => order::execute(&args, &data, format),
            Command::Findings(args) => findings::execute(&args, &data, format),
            Command::Ack(args) => ack::execute(&args, &data),
            Command::Tables(args) => tables::execute(&args, format),
            Command::Causes(args) => causes::execute(&args, format),
            Command::Doctor(args) => doctor::execute(&args, &data, format),
            Command::Map(args) => map::execute(&args, format),
            Command::Generate(args) => generate::execute(&args),
        }
    }
}

/// Writes to stdout; a reader that has gone away is no failure.
fn print(text: &str) -> Outcome<()> {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::disk("cannot write to stdout", &e)),
        _ => Ok(()),
    }
}

/// A value as JSON with a line end.
fn json<T: serde::Serialize>(value: &T) -> Outcome<String> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|e| Failure::new(crate::failure::Kind::Broken, "cannot print as JSON").facts(e.to_string()))
}

/// An instant on the command line.
fn parse_instant(text: &str) -> Result<DateTime<Utc>, String> {
    value::instant(text).ok_or_else(|| "give an instant such as 2026-03-10T02:00:00Z".to_owned())
}

/// The job whose latest run is meant: the one named, else the only one in the data folder.
fn job_in(data: &std::path::Path, named: Option<&str>) -> Outcome<String> {
    if let Some(name) = named {
        return Ok(name.to_owned());
    }
    let mut jobs: Vec<_> = std::fs::read_dir(data)
        .map(|entries| {
            entries.filter_map(Result::ok).filter(|e| e.path().join("latest").exists()).map(|e| e.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    jobs.sort();
    match jobs.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::settings(format!("no published run in `{}`", data.display())).hint("run a job first, or name the data folder with --data")),
        many => {
            Err(Failure::settings(format!("{} jobs have runs in `{}`", many.len(), data.display())).facts(many.join(", ")).hint("name one of them: --job NAME"))
        }
    }
}
