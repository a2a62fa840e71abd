//! `nightaudit causes`: what every cause means, how it is told and what to do about it, from the catalogue.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::Map;

use super::{Format, json, print};
use crate::audit::{self, Rules};
use crate::failure::{Failure, Outcome};
use crate::job::Job;
use crate::model::Row;
use crate::model::rows::Cause;
use crate::report::{Lang, class_style};

/// Options of `causes`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this code
    code: Option<String>,
    /// Also the causes that this job adds
    #[arg(long, value_name = "JOB")]
    job: Option<PathBuf>,
    /// The language of titles, advice and steps
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

/// Prints the catalogue, or one cause in full.
pub fn execute(args: &Args, format: Format) -> Outcome<u8> {
    let all = match &args.job {
        Some(path) => Rules::of(&Job::load(path)?)?.causes,
        None => audit::catalogue()?,
    };
    let wanted: Vec<_> = all.iter().filter(|cause| args.code.as_ref().is_none_or(|code| *code == cause.code)).cloned().collect();
    if wanted.is_empty() {
        let wrong = args.code.as_deref().unwrap_or_default();
        return Err(Failure::settings(format!("no cause `{wrong}`")).hint("`nightaudit causes` lists them"));
    }
    if format == Format::Json {
        let object = |cause: Cause| -> Map<_, _> {
            Cause::COLUMNS.iter().zip(cause.into_values()).map(|((name, ..), value)| ((*name).to_owned(), value.json())).collect()
        };
        print(&json(&wanted.into_iter().map(object).collect::<Vec<_>>())?)?;
        return Ok(0);
    }
    let mut out = String::new();
    for cause in wanted {
        let (title, advice, steps) = match args.lang {
            Lang::En => (&cause.title, &cause.advice, &cause.steps),
            Lang::Zh => (&cause.title_zh, &cause.advice_zh, &cause.steps_zh),
        };
        let style = class_style(&cause.class);
        let class = cause.class_if.as_ref().map_or_else(|| cause.class.clone(), |other| format!("{} or {other}", cause.class));
        if args.code.is_none() {
            let _ = writeln!(out, "{}  {:<32} {style}{class:<7}{style:#} {title}", cause.block, cause.code);
            continue;
        }
        let proof = if cause.evidence_class == "P" { "proved by recorded fields" } else { "inferred" };
        let _ = writeln!(out, "{} {}  {style}{class}{style:#}, {proof}, rule {}\n  {title}\n  → {advice}", cause.block, cause.code, cause.rank);
        for (n, step) in steps.iter().enumerate() {
            let _ = writeln!(out, "    {}. {step}", n + 1);
        }
        if !cause.fields.is_empty() {
            let _ = writeln!(out, "  evidence: {}", cause.fields.join(", "));
        }
        let _ = writeln!(out, "  source: {}\n", cause.source);
    }
    print(&out)?;
    Ok(0)
}
