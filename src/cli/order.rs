//! `nightaudit order NUMBER`: one order's life over the nights, found by its number in any form.

use std::path::Path;

use super::{Format, job_in, json, print};
use crate::engine::Engine;
use crate::failure::{Failure, Outcome};
use crate::limits::ORDERS_FOUND_MAX;
use crate::night::Runs;
use crate::report::{Found, Lang, order_not_found, orders_left_out};

/// Options of `order`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The order number as anybody has it: id, display number, with or without # and prefix, as a spreadsheet damaged it, or the ERP's row id
    #[arg(allow_hyphen_values = true)]
    number: String,
    /// The job's name, where the data folder holds several
    #[arg(long)]
    job: Option<String>,
    /// The language
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

/// The databases of all nights, oldest first; a damaged one is named and left out.
pub fn open_all(runs: &Runs) -> Outcome<Vec<Engine>> {
    let mut engines = Vec::new();
    for night in runs.nights()? {
        match Engine::read_only(&night.join("audit.duckdb")) {
            Ok(engine) => engines.push(engine),
            Err(failure) => tracing::warn!(hint = "remove that run's folder", "{}", failure.line()),
        }
    }
    Ok(engines)
}

/// Prints what tonight and earlier nights say; 1 when no night knows the number.
pub fn execute(args: &Args, data: &Path, format: Format) -> Outcome<u8> {
    let engines = open_all(&Runs::of(data, &job_in(data, args.job.as_deref())?))?;
    // An order that tonight's data no longer have is told as of the last night that had it.
    for engine in engines.iter().rev() {
        let found = Found::search(engine, &args.number)?;
        if found.is_empty() {
            continue;
        }
        let lives = found.lives(engine, &engines, args.lang, ORDERS_FOUND_MAX)?;
        if format == Format::Json {
            print(&json(&lives)?)?;
            return Ok(0);
        }
        print(&lives.iter().map(|life| life.text(args.lang)).collect::<Vec<_>>().join("\n"))?;
        if found.len() > lives.len() {
            print(&orders_left_out(found.len() - lives.len(), args.lang))?;
        }
        return Ok(0);
    }
    let Some(last) = engines.last() else {
        return Err(Failure::settings(format!("no readable run below `{}`", data.display())).hint("run the job first: nightaudit run JOB"));
    };
    if format == Format::Json {
        print("[]\n")?;
    } else {
        print(&order_not_found(last, &args.number, engines.len(), args.lang)?)?;
    }
    Ok(1)
}
