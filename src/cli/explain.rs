//! `nightaudit explain STORE`: why a store's two numbers differ, from the latest run, on one screen.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use clap::ValueEnum;

use super::order::open_all;
use super::{Format, job_in, json, parse_instant, print};
use crate::engine::Engine;
use crate::failure::{Failure, Outcome};
use crate::limits::ORDERS_FOUND_MAX;
use crate::model::Value;
use crate::night::Runs;
use crate::report::{Found, Lang, Question, bridges};

/// Options of `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The store
    store: String,
    /// The job's name, where the data folder holds several
    #[arg(long)]
    job: Option<String>,
    /// The number in question [default: unshipped, or placed with --day]
    #[arg(long, value_enum)]
    metric: Option<Metric>,
    /// One day of the store, such as 2026-03-09
    #[arg(long)]
    day: Option<NaiveDate>,
    /// What the platform's screen is said to show
    #[arg(long, value_name = "N")]
    claimed_platform: Option<u32>,
    /// What the ERP's screen is said to show
    #[arg(long, value_name = "N")]
    claimed_local: Option<u32>,
    /// When they showed that, such as 2026-03-10T00:55:00Z
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    claimed_at: Option<DateTime<Utc>>,
    /// Write an evidence pack into this folder: one JSON file per order that no rule explains, for whoever investigates it
    #[arg(long, value_name = "DIR")]
    packet: Option<PathBuf>,
    /// The language
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

/// The numbers of the rule book, section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Metric {
    Placed,
    Unshipped,
    Shipped,
}

/// Prints the bridge.
pub fn execute(args: &Args, data: &Path, format: Format) -> Outcome<u8> {
    let metric = args.metric.unwrap_or(if args.day.is_some() { Metric::Placed } else { Metric::Unshipped });
    if metric == Metric::Unshipped && args.day.is_some() {
        return Err(Failure::settings("unshipped has no days: it is what waits now").hint("leave --day away, or ask for --metric placed or shipped"));
    }
    let runs = Runs::of(data, &job_in(data, args.job.as_deref())?);
    let run = runs.latest()?;
    let engine = Engine::read_only(&run.join("audit.duckdb"))?;
    let stores = engine.query("select distinct store_id from count_checks order by 1")?.rows;
    let stores: Vec<_> = stores.iter().filter_map(|row| row.first().and_then(Value::text)).collect();
    if !stores.contains(&args.store.as_str()) {
        return Err(Failure::settings(format!("no store `{}` in the latest run", args.store)).hint(format!("its stores are {}", stores.join(", "))));
    }
    let question = Question {
        store_id: args.store.clone(),
        metric: match metric {
            Metric::Placed => "placed",
            Metric::Unshipped => "unshipped",
            Metric::Shipped => "shipped",
        }
        .to_owned(),
        day: args.day,
        claimed_platform: args.claimed_platform,
        claimed_local: args.claimed_local,
        claimed_at: args.claimed_at,
    };
    for bridge in bridges(&engine, &[question], args.lang)? {
        print(&if format == Format::Json { json(&bridge)? } else { bridge.text(args.lang) })?;
        if let Some(folder) = &args.packet {
            let nights = open_all(&runs)?;
            let packs = bridge.unexplained().map(|order| pack(&engine, &nights, order, args, folder)).collect::<Outcome<Vec<_>>>()?;
            tracing::info!(files = packs.len(), "evidence packs written to `{}`", folder.display());
        }
    }
    Ok(0)
}

/// Writes what every night knows of an order: both sides' rows with their files, links, proof, syncs (001-14).
fn pack(engine: &Engine, nights: &[Engine], order: &str, args: &Args, folder: &Path) -> Outcome<()> {
    let lives = Found::search(engine, order)?.lives(engine, nights, args.lang, ORDERS_FOUND_MAX)?;
    let name: String = order.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).collect();
    let path = folder.join(format!("{}_{name}.json", args.store));
    let part = folder.join(format!(".part-{name}"));
    let text = json(&lives)?;
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&part, text))
        .and_then(|()| std::fs::rename(&part, &path))
        .map_err(|e| Failure::disk(format!("cannot write `{}`", path.display()), &e))
}
