//! The source `mapped`: any file of rows becomes canonical rows by a mapping file.
//! What a file means is said in the mapping; may not know any platform or ERP by name.

mod cells;
mod examine;
mod layout;
mod mapping;
mod part;
mod reader;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono_tz::Tz;

use super::{InputFile, Inputs, Source, files};
use crate::failure::{Failure, Outcome};
use crate::job::Job;
use crate::settings::Salt;
use crate::snapshot::{Extract, SnapshotWriter};
use crate::table::Rows;

use layout::Found;

pub use examine::{Fit, Seen, draft, examine};
pub use mapping::{Mapping, shipped};

/// Files that a mapping explains.
pub struct Mapped {
    folder: PathBuf,
    pattern: String,
    mapping: Mapping,
    store: Option<String>,
    job: Job,
    salt: Arc<Salt>,
}

impl Mapped {
    /// The files `pattern` names, read by the mapping of this name or path.
    pub fn new(job: &Job, pattern: &str, mapping: &str, store: Option<String>, zone: Option<Tz>, salt: Arc<Salt>) -> Outcome<Self> {
        let mut mapping = Mapping::load(mapping, &job.folder)?;
        if let Some(zone) = zone {
            mapping.zone = zone.name().to_owned();
        }
        if store.is_none() && !mapping.names_stores() {
            return Err(Failure::settings(format!("the source with the mapping `{}` does not say its store", mapping.name))
                .facts("its files have no column for the shop")
                .hint("add `store = \"…\"` to the source"));
        }
        Ok(Self { folder: job.folder.clone(), pattern: pattern.to_owned(), mapping, store, job: job.clone(), salt })
    }
}

impl Source for Mapped {
    fn stream(&self) -> &str {
        &self.mapping.name
    }

    fn store_id(&self) -> Option<&str> {
        self.store.as_deref()
    }

    fn tables(&self) -> Vec<&'static str> {
        self.mapping.parts.iter().map(|part| part.table.name).collect()
    }

    fn inputs(&self) -> Outcome<Inputs> {
        files::matching(&self.folder, &self.pattern)
    }

    fn look(&self, inputs: &Inputs, scratch: &Path) -> Outcome<Vec<String>> {
        let mut said = Vec::new();
        for input in &inputs.files {
            let mut rows = Rows::open(&input.path, &self.mapping.form, scratch)?;
            let head = rows.head();
            let header = reader::header_of(&self.mapping, &head);
            let found = Found::of(&self.mapping, &rows.begin(header)?).usable(&self.mapping, &input.name)?;
            let undecided = found.undecided(&self.mapping);
            if !undecided.is_empty() {
                said.push(format!("`{}` lacks {}, which decides a status", input.name, undecided.join(", ")));
            }
        }
        Ok(said)
    }

    fn settings(&self) -> String {
        let names: Vec<_> = self
            .job
            .stores
            .iter()
            .map(|s| format!("{}={:?}@{}/{}", s.id, s.erp_names, self.job.zone_of(&s.id, false), self.job.zone_of(&s.id, true)))
            .collect();
        format!("{}\n{:?}\n{}\n{}", self.mapping.text, self.store, self.mapping.zone, names.join("\n"))
    }

    fn extract(&self, inputs: &[InputFile], into: &SnapshotWriter, tick: &(dyn Fn(u64) + Sync)) -> Outcome<Extract> {
        reader::read(&self.mapping, &self.job, self.store.as_deref(), &self.salt, inputs, into, tick)
    }
}
