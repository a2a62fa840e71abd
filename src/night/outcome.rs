//! What a run came to: run.json for machines, the exit code for cron.
//! May not hold anything that the run's database does not prove.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::Plan;
use crate::audit::{CheckRun, Rules};
use crate::engine::Engine;
use crate::failure::{Failure, Outcome};
use crate::job::Class;
use crate::model::Value;
use crate::sources::Extracted;

/// How long a stage took.
#[derive(Debug, Clone, Serialize)]
pub struct StageTime {
    /// Its name.
    pub name: &'static str,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Rows it went over.
    pub rows: u64,
}

/// A published run, as `run.json` has it.
#[derive(Debug, Clone, Serialize)]
pub struct Published {
    /// The job.
    pub job: String,
    /// Business date and number of the publication.
    pub run_id: String,
    /// The instant the night is judged at.
    pub as_of: DateTime<Utc>,
    /// The calendar day of `as_of` in the job's zone.
    pub business_on: NaiveDate,
    /// The run that `previous` is.
    pub previous: Option<String>,
    /// Version of nightaudit.
    pub version: &'static str,
    /// Version of DuckDB.
    pub duckdb: String,
    /// SHA-256 of the job file and of its own rules.
    pub config_hash: String,
    /// SHA-256 over the snapshots.
    pub inputs_hash: String,
    /// Start of the run.
    pub started_at: Option<DateTime<Utc>>,
    /// End of the run.
    pub finished_at: Option<DateTime<Utc>>,
    /// Wall time and rows of each stage.
    pub stages: Vec<StageTime>,
    /// Most memory the process had, in kilobytes.
    pub memory_peak_kb: Option<u64>,
    /// Sources: what was read, or why not.
    pub sources: Vec<SourceResult>,
    /// Rows in each input table.
    pub rows: BTreeMap<&'static str, u64>,
    /// Closed gates: store, gate, reason.
    pub gates: Vec<[String; 3]>,
    /// Open findings by class and code.
    pub findings: BTreeMap<String, BTreeMap<String, u64>>,
    /// Findings that could not be judged tonight.
    pub findings_muted: u64,
    /// Findings that were told for the first time.
    pub findings_new: u64,
    /// Findings that are gone.
    pub findings_resolved: u64,
    /// Findings that somebody acknowledged.
    pub findings_acknowledged: u64,
    /// Checks that ran, and those that were skipped.
    pub checks: Vec<CheckRun>,
    /// All sums of the rule book's step 5 hold.
    pub sums_ok: bool,
    /// Those that do not, in words.
    pub broken_sums: Vec<String>,
    /// The exit code.
    pub exit_code: u8,
    /// Where the run lies.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// What became of a source.
#[derive(Debug, Clone, Serialize)]
pub struct SourceResult {
    /// Its name.
    pub name: String,
    /// Its stream.
    pub stream: String,
    /// Nothing is missing inside its window.
    pub complete: bool,
    /// An interrupted run of the same night had read it already.
    pub reused: bool,
    /// Why it failed.
    pub failure: Option<String>,
    /// Input files: name and SHA-256.
    pub files: Vec<[String; 2]>,
    /// Rows read.
    pub rows: u64,
    /// Rows left out on purpose.
    pub skipped: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Columns nobody knows, and what else a person should know.
    pub notes: Vec<String>,
}

impl Published {
    /// What the run's database says the run came to.
    #[expect(clippy::too_many_arguments, reason = "everything a run knows, gathered once")]
    pub(super) fn read(
        engine: &Engine,
        plan: &Plan,
        rules: &Rules,
        run_id: &str,
        previous: Option<&Path>,
        extracted: &[Extracted],
        rows: BTreeMap<&'static str, u64>,
        checks: Vec<CheckRun>,
        broken_sums: Vec<String>,
    ) -> Outcome<Self> {
        let mut findings: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for row in engine.query("select class, code, count(*) from findings where state = 'open' group by all order by all")?.rows {
            if let [Value::Text(class), Value::Text(code), Value::Int(n)] = row.as_slice() {
                findings.entry(class.clone()).or_default().insert(code.clone(), u64::try_from(*n).unwrap_or(0));
            }
        }
        let text = |value: Option<&Value>| value.and_then(Value::text).unwrap_or_default().to_owned();
        let gates = engine.query("select store_id, code, reason from work.gates order by all")?.rows;
        let sources: Vec<_> = extracted.iter().map(source_result).collect();
        let mut published = Self {
            job: plan.job.name.clone(),
            run_id: run_id.to_owned(),
            as_of: plan.as_of,
            business_on: plan.job.business_date(plan.as_of),
            previous: previous.and_then(|p| p.file_name()).map(|name| name.to_string_lossy().into_owned()),
            version: env!("CARGO_PKG_VERSION"),
            duckdb: engine.query("select version()")?.rows.first().map(|row| text(row.first())).unwrap_or_default(),
            config_hash: rules.hash.clone(),
            inputs_hash: crate::audit::inputs_hash(extracted),
            started_at: None,
            finished_at: None,
            stages: Vec::new(),
            memory_peak_kb: None,
            sources,
            rows,
            gates: gates.iter().map(|row| [text(row.first()), text(row.get(1)), text(row.get(2))]).collect(),
            findings,
            findings_muted: engine.count("select count(*) from findings where state = 'muted'")?,
            findings_new: engine.count("select count(*) from findings where state = 'open' and opened_on = last_seen_on")?,
            findings_resolved: engine.count("select count(*) from findings where state = 'resolved'")?,
            findings_acknowledged: engine.count("select count(*) from findings where state = 'acknowledged'")?,
            checks,
            sums_ok: broken_sums.is_empty(),
            broken_sums,
            exit_code: 0,
            folder: PathBuf::new(),
        };
        let unread = engine.count("select count(*) from inputs where status = 'FAILED'")?;
        published.exit_code = if unread > 0 { 3 } else { published.verdict(plan.job.fail_on) };
        Ok(published)
    }

    /// 3: some input is missing, incomplete or failed, or a sum does not hold; 1: findings at or above `fail_on`; 0: clean.
    fn verdict(&self, fail_on: Class) -> u8 {
        let missing = self.sources.iter().any(|s| s.failure.is_some() || !s.complete);
        let gated = self.gates.iter().any(|[_, code, _]| code.starts_with("platform_report_") || code.starts_with("local_report_"));
        if missing || gated || !self.sums_ok {
            return 3;
        }
        let classes = [Class::Benign, Class::Wait, Class::Act, Class::Defect];
        u8::from(classes.iter().filter(|class| **class >= fail_on).any(|class| self.findings.contains_key(class.word())))
    }

    /// Adds what is known only at the end and writes `run.json`.
    pub(super) fn finish(&mut self, part: &Path, started_at: DateTime<Utc>, finished_at: DateTime<Utc>, stages: Vec<StageTime>) -> Outcome<()> {
        self.started_at = Some(started_at);
        self.finished_at = Some(finished_at);
        self.stages = stages;
        self.memory_peak_kb = memory_peak_kb();
        let path = part.join("run.json");
        let text =
            serde_json::to_string_pretty(self).map_err(|e| Failure::new(crate::failure::Kind::Broken, "run.json cannot be written").facts(e.to_string()))?;
        fs::write(&path, text + "\n").map_err(|e| Failure::disk(format!("cannot write `{}`", path.display()), &e))
    }
}

fn source_result(extracted: &Extracted) -> SourceResult {
    let mut result = SourceResult {
        name: extracted.name.clone(),
        stream: extracted.stream.clone(),
        complete: false,
        reused: extracted.reused,
        failure: None,
        files: Vec::new(),
        rows: 0,
        skipped: 0,
        rejected: 0,
        notes: Vec::new(),
    };
    match &extracted.snapshot {
        Err(failure) => result.failure = Some(failure.to_string()),
        Ok(snapshot) => {
            let manifest = &snapshot.manifest;
            result.complete = manifest.content.end.complete;
            result.files = manifest.content.files.iter().filter(|f| f.left_out.is_none()).map(|f| [f.name.clone(), f.sha256.clone()]).collect();
            result.rows = manifest.content.files.iter().map(|f| f.rows).sum();
            result.skipped = manifest.content.files.iter().map(|f| f.skipped).sum();
            result.rejected = manifest.content.files.iter().map(|f| f.rejected).sum();
            result.notes = manifest.content.notes.clone();
            let left_out = manifest.content.files.iter().filter_map(|f| Some(format!("`{}` was not read: {}", f.name, f.left_out.as_ref()?)));
            result.notes.extend(left_out);
            result.notes.extend(manifest.content.unknown_columns.iter().map(|column| format!("nobody reads the column `{column}`")));
            result.notes.extend(
                manifest
                    .content
                    .unknown_words
                    .iter()
                    .map(|(column, word, rows)| format!("`{word}` is no known word of {column} ({rows} rows); it was left out")),
            );
        }
    }
    result
}

/// Most memory this process had so far (Linux).
fn memory_peak_kb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}
