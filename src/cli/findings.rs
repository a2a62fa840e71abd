//! `nightaudit findings`: the findings of the latest run, filtered.

use std::path::Path;

use serde_json::Map;

use super::{Format, job_in, json, print};
use crate::engine::Engine;
use crate::failure::Outcome;
use crate::job::Class;
use crate::model::Row;
use crate::model::rows::Finding;
use crate::night::Runs;
use crate::report::class_style;

/// Options of `findings`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job's name, where the data folder holds several
    #[arg(long)]
    job: Option<String>,
    /// Only this store
    #[arg(long)]
    store: Option<String>,
    /// Only this class: benign, wait, act or defect
    #[arg(long, value_parser = class)]
    class: Option<Class>,
    /// Only this code
    #[arg(long)]
    code: Option<String>,
    /// Only this kind: count, order, sku, price, inventory, image or health
    #[arg(long)]
    kind: Option<String>,
    /// Only this order
    #[arg(long)]
    order: Option<String>,
    /// Also those that could not be judged tonight
    #[arg(long)]
    muted: bool,
    /// Also those that somebody acknowledged
    #[arg(long)]
    acknowledged: bool,
    /// Also those that are gone since the night before
    #[arg(long)]
    resolved: bool,
}

fn class(text: &str) -> Result<Class, String> {
    serde_json::from_value(text.into()).map_err(|_| "one of benign, wait, act, defect".to_owned())
}

/// Prints the findings, worst first.
pub fn execute(args: &Args, data: &Path, format: Format) -> Outcome<u8> {
    let run = Runs::of(data, &job_in(data, args.job.as_deref())?).latest()?;
    let engine = Engine::read_only(&run.join("audit.duckdb"))?;
    let wanted = |finding: &Finding| {
        let is = |given: &Option<String>, value: Option<&String>| given.as_ref().is_none_or(|given| value == Some(given));
        let shown = match finding.state.as_str() {
            "muted" => args.muted,
            "acknowledged" => args.acknowledged,
            "resolved" => args.resolved,
            _ => true,
        };
        shown
            && is(&args.store, finding.store_id.as_ref())
            && args.class.is_none_or(|class| class.word() == finding.class)
            && is(&args.code, Some(&finding.code))
            && is(&args.kind, Some(&finding.kind))
            && is(&args.order, finding.platform_order_id.as_ref())
    };
    let found: Vec<_> = engine.rows::<Finding>("order by rowid")?.into_iter().filter(wanted).collect();
    if format == Format::Json {
        let objects: Vec<_> = found.into_iter().map(object).collect();
        print(&json(&objects)?)?;
        return Ok(0);
    }
    if found.is_empty() {
        print("No findings match.\n")?;
    }
    let mut text = String::new();
    for f in found {
        let style = class_style(&f.class);
        let age = match (f.state.as_str(), f.age_nights) {
            ("resolved", n) => format!("resolved after {}", nights(n)),
            (_, 0) => "new".to_owned(),
            (_, n) => nights(n),
        };
        text.push_str(&format!(
            "{}  {style}{:<6}{style:#} {}  {}  [{}, {age}]\n",
            f.finding_id,
            f.class.to_uppercase(),
            f.store_id.as_deref().unwrap_or("-"),
            f.message,
            f.code
        ));
        if let Some(said) = f.acknowledgement {
            text.push_str(&format!("{:17} {said}\n", ""));
        }
    }
    print(&text)?;
    Ok(0)
}

fn nights(n: i32) -> String {
    if n == 1 { "1 night".to_owned() } else { format!("{n} nights") }
}

fn object(finding: Finding) -> Map<String, serde_json::Value> {
    Finding::COLUMNS.iter().zip(finding.into_values()).map(|((name, ..), value)| ((*name).to_owned(), value.json())).collect()
}
