//! One run of a job: the lock, the stages in order, the run folder, publishing.
//! May not judge; what it publishes is whole or not there.

pub mod acknowledgements;
mod folder;
mod metrics;
mod outcome;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::audit::{self, Rules, Tonight};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::failure::{Failure, Kind, Outcome};
use crate::job::Job;
use crate::model::rows::Run;
use crate::model::{Row, Tables};
use crate::report;
use crate::settings::Salt;
use crate::snapshot::Store as Snapshots;
use crate::sources::{self, Extracted, Named};
use crate::table::parquet;

pub use folder::{Lock, Runs};
pub use outcome::{Published, StageTime};

/// What a run is told.
pub struct Plan {
    /// The job.
    pub job: Job,
    /// The data folder.
    pub data: PathBuf,
    /// The instant the night is judged at.
    pub as_of: DateTime<Utc>,
    /// Read the inputs, or audit again what snapshots hold.
    pub extract: bool,
}

/// Told what a run is doing.
pub trait Progress: Sync {
    /// Somebody wants the run to stop: it does so before the next stage.
    fn is_stopped(&self) -> bool {
        false
    }
    /// A stage begins.
    fn stage(&self, name: &'static str);
    /// So many more rows were read.
    fn rows(&self, more: u64);
}

/// The stages in order.
pub const STAGES: [&str; 7] = ["extract", "load", "link", "attribute", "check", "report", "publish"];

struct Timer<'a> {
    progress: &'a dyn Progress,
    stages: Vec<StageTime>,
    since: Instant,
}

impl Timer<'_> {
    fn begin(&mut self, name: &'static str) -> Outcome<()> {
        self.end(0);
        if self.progress.is_stopped() {
            return Err(Failure::new(Kind::Stopped, format!("stopped before the stage `{name}`")).facts("nothing of this run was published"));
        }
        self.progress.stage(name);
        tracing::info!(stage = name, "stage");
        self.stages.push(StageTime { name, seconds: 0.0, rows: 0 });
        self.since = Instant::now();
        Ok(())
    }

    fn end(&mut self, rows: u64) {
        if let Some(stage) = self.stages.last_mut() {
            if stage.seconds == 0.0 {
                stage.seconds = self.since.elapsed().as_secs_f64();
            }
            stage.rows += rows;
        }
    }
}

/// Runs a job once, publishes the run, and tells the metrics.
pub fn run(plan: &Plan, clock: Clock, progress: &dyn Progress) -> Outcome<Published> {
    let started_at = clock.now();
    let outcome = one(plan, clock, progress, started_at);
    // Whoever works in the folder, or stops us, tells of it.
    let is_ours = !outcome.as_ref().is_err_and(|failure| matches!(failure.kind, Kind::Busy | Kind::Stopped));
    if let Some(path) = plan.job.prometheus.as_ref().filter(|_| is_ours)
        && let Err(failure) = metrics::write(&plan.job.folder.join(path), &plan.job.name, &outcome, started_at)
    {
        tracing::warn!(hint = failure.hint, "{}", failure.line());
    }
    outcome
}

fn one(plan: &Plan, clock: Clock, progress: &dyn Progress, started_at: DateTime<Utc>) -> Outcome<Published> {
    let rules = Rules::of(&plan.job)?;
    let lock = Lock::take(&plan.data, &plan.job.name, started_at)?;
    let runs = Runs::of(&plan.data, &plan.job.name);
    runs.sweep()?;
    let tonight = Tonight { as_of: plan.as_of, business_on: plan.job.business_date(plan.as_of) };
    let mut previous = runs.before(tonight.business_on)?;
    let run_id = runs.next_id(tonight.business_on)?;
    let part = runs.begin(&run_id)?;
    let sources = sources::of(&plan.job, Salt::of(&plan.data)?)?;
    let mut timer = Timer { progress, stages: Vec::new(), since: Instant::now() };

    timer.begin("extract")?;
    let snapshots = Snapshots::at(plan.data.join(&plan.job.name).join("snapshots"));
    let extracted = extract(plan, &sources, &snapshots, progress);
    timer.end(extracted.iter().filter_map(|e| e.snapshot.as_ref().ok()).flat_map(|s| &s.manifest.content.files).map(|f| f.rows).sum());

    timer.begin("load")?;
    let scratch = part.join("scratch");
    std::fs::create_dir_all(&scratch).map_err(|e| Failure::disk(format!("cannot make the folder `{}`", scratch.display()), &e))?;
    let database = part.join("audit.duckdb");
    let engine = Engine::open(&database, &scratch)?;
    audit::create_tables(&engine)?;
    let before = previous.as_ref().map(|p| p.join("audit.duckdb"));
    if let Err(failure) = engine.attach_previous(before.as_deref(), Tables::all()?) {
        tracing::warn!(hint = "remove that run's folder; ages and histories begin anew tonight", "{}", failure.line());
        previous = None;
        engine.attach_previous(None, Tables::all()?)?;
    }
    let acknowledged = acknowledgements::read(&plan.data, &plan.job.name);
    let loaded = audit::load(&engine, &plan.job, tonight, &extracted, acknowledged, &scratch)?;
    timer.end(loaded.values().sum());

    engine.make_room(loaded.iter().filter(|(table, _)| table.ends_with("_orders")).map(|(_, rows)| rows).sum())?;
    timer.begin("link")?;
    audit::link(&engine)?;
    timer.end(engine.count("select (select count(*) from platform_orders) + (select count(*) from local_orders)")?);

    timer.begin("attribute")?;
    audit::attribute(&engine, &rules)?;
    timer.end(engine.count("select count(*) from attribution_units")?);

    timer.begin("check")?;
    let checks = audit::check(&engine, &rules)?;
    timer.end(engine.count("select count(*) from findings")?);

    timer.begin("report")?;
    let broken_sums = report::write_files(&engine, &part)?;
    timer.end(engine.count("select (select count(*) from order_links) + (select count(*) from attribution_units) + (select count(*) from findings)")?);

    timer.begin("publish")?;
    let mut published = Published::read(&engine, plan, &rules, &run_id, previous.as_deref(), &extracted, loaded, checks, broken_sums)?;
    let row = Run {
        run_id: run_id.clone(),
        started_at,
        finished_at: Some(clock.now()),
        as_of: plan.as_of,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config_hash: rules.hash.clone(),
        inputs_hash: audit::inputs_hash(&extracted),
        previous_run_id: published.previous.clone(),
        status: "done".to_owned(),
    };
    let path = scratch.join("runs.parquet");
    parquet::write(&path, [row])?;
    engine.load(Tables::get(Run::TABLE)?, &[path])?;
    engine.close()?;
    std::fs::remove_dir_all(&scratch).map_err(|e| Failure::disk(format!("cannot remove `{}`", scratch.display()), &e))?;
    timer.end(0);
    published.finish(&part, started_at, clock.now(), timer.stages)?;
    published.folder = runs.publish(&run_id)?;
    runs.prune(tonight.business_on, plan.job.keep_nights)?;
    snapshots.prune(plan.as_of - chrono::TimeDelta::days(plan.job.keep_nights.into()))?;
    drop(lock);
    Ok(published)
}

/// Every source on its own; a failure of one never stops another. As many at once as there are cores.
fn extract(plan: &Plan, sources: &[Named], snapshots: &Snapshots, progress: &dyn Progress) -> Vec<Extracted> {
    let tick = |rows| progress.rows(rows);
    let one = |source: &Named| if plan.extract { source.extract(snapshots, plan.as_of, &tick) } else { source.newest(snapshots, plan.as_of) };
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(sources.len()) {
            scope.spawn(|| {
                while let Some((i, source)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, sources.get(i)?))) {
                    let extracted = one(source);
                    if let Err(failure) = &extracted.snapshot {
                        tracing::error!(source = source.name, hint = failure.hint, "{}", failure.line());
                    }
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(i, extracted);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_values().collect()
}
