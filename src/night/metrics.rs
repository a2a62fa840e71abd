//! What a run came to as a Prometheus textfile: for the collector of node_exporter, replaced all at once.
//! May not fail a run.

use std::path::Path;

use chrono::{DateTime, Utc};
use prometheus::{GaugeVec, Opts, Registry, TextEncoder};

use super::Published;
use crate::disk::replace;
use crate::failure::{Failure, Kind, Outcome};

/// Writes the file; a run that failed says so and keeps silent about findings.
pub(super) fn write(path: &Path, job: &str, outcome: &Outcome<Published>, attempted_at: DateTime<Utc>) -> Outcome<()> {
    let text = text(job, outcome, attempted_at)
        .map_err(|e| Failure::new(Kind::Broken, format!("cannot write the metrics of the job `{job}`")).facts(e.to_string()))?;
    replace(path, &text, 0o644).map_err(|failure| failure.hint("the metrics go there: correct `prometheus` in the job"))
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus has nothing but floats")]
fn text(job: &str, outcome: &Outcome<Published>, attempted_at: DateTime<Utc>) -> Result<String, prometheus::Error> {
    let registry = Registry::new();
    let gauge = |name: &str, help: &str, labels: &[&str]| {
        let gauge = GaugeVec::new(Opts::new(format!("nightaudit_{name}"), help), &[&["job"], labels].concat())?;
        registry.register(Box::new(gauge.clone()))?;
        Ok::<_, prometheus::Error>(gauge)
    };
    gauge("attempted_timestamp_seconds", "When a run was last begun", &[])?.with_label_values(&[job]).set(attempted_at.timestamp() as f64);
    let exit_code = outcome.as_ref().map_or_else(Failure::exit_code, |published| published.exit_code);
    gauge("exit_code", "Exit code of the last run: 0 clean, 1 findings, 2 could not start, 3 input missing or failed", &[])?
        .with_label_values(&[job])
        .set(exit_code.into());
    if let Ok(published) = outcome {
        gauge("published_timestamp_seconds", "When a run was last published", &[])?
            .with_label_values(&[job])
            .set(published.finished_at.map_or(0.0, |at| at.timestamp() as f64));
        gauge("memory_peak_bytes", "Most memory of the last run", &[])?.with_label_values(&[job]).set(published.memory_peak_kb.unwrap_or(0) as f64 * 1024.0);
        gauge("sums_ok", "1 when the causes sum to the differences", &[])?.with_label_values(&[job]).set(u8::from(published.sums_ok).into());
        let seconds = gauge("stage_seconds", "How long each stage of the last run took", &["stage"])?;
        for stage in &published.stages {
            seconds.with_label_values(&[job, stage.name]).set(stage.seconds);
        }
        let findings = gauge("findings", "Findings by class that are open", &["class"])?;
        for class in ["benign", "wait", "act", "defect"] {
            let open: u64 = published.findings.get(class).into_iter().flatten().map(|(_, n)| *n).sum();
            findings.with_label_values(&[job, class]).set(open as f64);
        }
        let course = gauge("findings_course", "Findings that are new, resolved, muted or acknowledged", &["course"])?;
        for (name, n) in [
            ("new", published.findings_new),
            ("resolved", published.findings_resolved),
            ("muted", published.findings_muted),
            ("acknowledged", published.findings_acknowledged),
        ] {
            course.with_label_values(&[job, name]).set(n as f64);
        }
        let complete = gauge("source_complete", "1 when nothing of a source is missing", &["source"])?;
        let rows = gauge("source_rows", "Rows of a source by what became of them", &["source", "fate"])?;
        for source in &published.sources {
            complete.with_label_values(&[job, &source.name]).set(u8::from(source.complete && source.failure.is_none()).into());
            for (fate, n) in [("read", source.rows), ("skipped", source.skipped), ("rejected", source.rejected)] {
                rows.with_label_values(&[job, &source.name, fate]).set(n as f64);
            }
        }
        let gates = gauge("store_not_comparable", "1 for each closed gate of a store", &["store", "gate"])?;
        for [store, gate, _] in &published.gates {
            gates.with_label_values(&[job, store, gate]).set(1.0);
        }
    }
    TextEncoder::new().encode_to_string(&registry.gather())
}
