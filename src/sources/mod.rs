//! Whatever rows can be extracted from, of either side: the trait, the registry, and how an extract becomes a snapshot.
//! May not judge rows and may not know DuckDB.

mod canonical;
mod files;
pub mod mapped;

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Outcome};
use crate::job::{Job, SourceSpec};
use crate::model::hex;
use crate::settings::Salt;
use crate::snapshot::{Extract, Manifest, Snapshot, SnapshotWriter, Store};

pub use files::{InputFile, Inputs};
pub use mapped::{Fit, Seen, draft, examine, shipped as shipped_mappings};

/// Something that rows can be extracted from.
pub trait Source: Send + Sync {
    /// What it offers, in its own words.
    fn stream(&self) -> &str;
    /// The one store it is about, if it is about one.
    fn store_id(&self) -> Option<&str> {
        None
    }
    /// The canonical tables it gives, for gates when it fails.
    fn tables(&self) -> Vec<&'static str>;
    /// The files it would read now.
    fn inputs(&self) -> Outcome<Inputs>;
    /// Looks at the files without reading their rows; what a person should know before a night does. `Err` where the night would fail.
    fn look(&self, inputs: &Inputs, scratch: &Path) -> Outcome<Vec<String>>;
    /// What else decides its rows: a mapping, the ERP's shop names.
    fn settings(&self) -> String {
        String::new()
    }
    /// Reads everything into the snapshot. Bad rows become rejects; `Err` only where nothing can be trusted.
    fn extract(&self, inputs: &[InputFile], into: &SnapshotWriter, tick: &(dyn Fn(u64) + Sync)) -> Outcome<Extract>;
}

/// A source with the name the job gives it.
pub struct Named {
    /// Its name.
    pub name: String,
    /// It.
    pub source: Box<dyn Source>,
}

/// What a source gave tonight, or why it gave nothing.
pub struct Extracted {
    /// The source's name in the job.
    pub name: String,
    /// Its stream.
    pub stream: String,
    /// The store it is about, if one.
    pub store_id: Option<String>,
    /// The tables it gives.
    pub tables: Vec<&'static str>,
    /// The snapshot, or why there is none.
    pub snapshot: Outcome<Snapshot>,
    /// An earlier run had made it already.
    pub reused: bool,
}

/// The sources of a job: one line each.
pub fn of(job: &Job, salt: Salt) -> Outcome<Vec<Named>> {
    let salt = std::sync::Arc::new(salt);
    job.sources
        .iter()
        .map(|spec| {
            let source: Box<dyn Source> = match spec {
                SourceSpec::Canonical { path, .. } => Box::new(canonical::Canonical::new(job.folder.join(path))),
                SourceSpec::Mapped { path, mapping, store, zone, .. } => {
                    Box::new(mapped::Mapped::new(job, path, mapping, store.clone(), *zone, std::sync::Arc::clone(&salt))?)
                }
            };
            Ok(Named { name: spec.name().to_owned(), source })
        })
        .collect()
}

impl Named {
    /// Takes tonight's snapshot, or finds the one that an interrupted run of the same night left.
    pub fn extract(&self, store: &Store, as_of: DateTime<Utc>, tick: &(dyn Fn(u64) + Sync)) -> Extracted {
        let mut reused = false;
        let snapshot = self.take(store, as_of, tick, &mut reused);
        self.extracted(snapshot, reused)
    }

    /// The newest snapshot up to this instant, without reading any input.
    pub fn newest(&self, store: &Store, as_of: DateTime<Utc>) -> Extracted {
        let found = store.newest(&self.name, self.source.stream(), as_of).and_then(|found| {
            found.ok_or_else(|| Failure::input(format!("no snapshot of `{}` up to {as_of}", self.name)).hint("run without `--from load` first"))
        });
        self.extracted(found, true)
    }

    fn extracted(&self, snapshot: Outcome<Snapshot>, reused: bool) -> Extracted {
        Extracted {
            name: self.name.clone(),
            stream: self.source.stream().to_owned(),
            store_id: self.source.store_id().map(str::to_owned),
            tables: self.source.tables(),
            snapshot,
            reused,
        }
    }

    fn take(&self, store: &Store, as_of: DateTime<Utc>, tick: &(dyn Fn(u64) + Sync), reused: &mut bool) -> Outcome<Snapshot> {
        let stream = self.source.stream();
        let mut inputs = self.source.inputs()?;
        inputs.dated(store.before(&self.name, stream, as_of)?.as_ref(), as_of);
        let (fingerprint, writer, mut content) = loop {
            inputs.any()?;
            let fingerprint = fingerprint(&inputs, &self.source.settings(), as_of)?;
            if let Some(snapshot) = store.reusable(&self.name, stream, as_of, &fingerprint)? {
                *reused = true;
                return Ok(snapshot);
            }
            let writer = store.begin(&self.name, stream, as_of)?;
            let content = self.source.extract(&inputs.files, &writer, tick);
            if !inputs.leave_changed() {
                break (fingerprint, writer, content?);
            }
        };
        content.notes.append(&mut inputs.notes);
        if !inputs.left.is_empty() {
            content.end.complete = false;
            content.end.stopped_because = format!("`{}` is still being written and was left for the next run", inputs.left.join("`, `"));
        }
        writer.commit(Manifest {
            source: self.name.clone(),
            stream: stream.to_owned(),
            store_id: self.source.store_id().map(str::to_owned),
            taken_at: as_of,
            fingerprint,
            content,
        })
    }
}

/// SHA-256 over everything that decides what a snapshot holds.
fn fingerprint(inputs: &Inputs, settings: &str, as_of: DateTime<Utc>) -> Outcome<String> {
    #[derive(Serialize)]
    struct Decides<'a> {
        version: &'a str,
        as_of: DateTime<Utc>,
        settings: &'a str,
        files: Vec<(&'a str, &'a str, [DateTime<Utc>; 2])>,
        left: &'a [String],
    }
    let files = inputs.files.iter().map(|input| (input.name.as_str(), input.sha256.as_str(), [input.taken_at, input.seen_at])).collect();
    let text = serde_json::to_string(&Decides { version: env!("CARGO_PKG_VERSION"), as_of, settings, files, left: &inputs.left })
        .map_err(|e| Failure::new(crate::failure::Kind::Broken, "cannot fingerprint the inputs").facts(e.to_string()))?;
    Ok(hex(&Sha256::digest(text.as_bytes())))
}
