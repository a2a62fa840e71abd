//! A job: one TOML file that says which stores and sources are audited together, and by which limits.
//! Configuration only: may not open an input or touch the data folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Outcome};
use crate::limits::{FRESH_HOURS, KEEP_NIGHTS};
use crate::model::{Tables, Value, hex};

/// How bad a finding is, in the order of the rule book; `fail_on` names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Nothing to do.
    Benign,
    /// Heals itself.
    Wait,
    /// Somebody has to act.
    Act,
    /// Our own input is to blame.
    Defect,
}

impl Class {
    /// The word in data.
    pub fn word(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::Wait => "wait",
            Self::Act => "act",
            Self::Defect => "defect",
        }
    }
}

/// A job as its file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Names the job's folder in the data folder.
    pub name: String,
    /// Zone of the business date.
    #[serde(default = "utc")]
    pub timezone: Tz,
    /// When its nights are: a cron expression of five or six fields in `timezone`, for `nightaudit schedule`.
    pub schedule: Option<String>,
    /// Where a Prometheus textfile goes after every run.
    pub prometheus: Option<PathBuf>,
    /// Nights of runs and snapshots that are kept.
    #[serde(default = "keep_nights")]
    pub keep_nights: u32,
    /// Findings of this class or a worse one make the run end with exit code 1.
    #[serde(default = "fail_on")]
    pub fail_on: Class,
    /// How old an input may be, in hours.
    #[serde(default = "fresh_hours")]
    pub fresh_hours: u32,
    /// The stores, with the ERP's names for them and any column of the table `stores`.
    #[serde(default, rename = "store")]
    pub stores: Vec<Store>,
    /// Folders with causes and checks of the job's own.
    #[serde(default)]
    pub rules: Vec<PathBuf>,
    /// Where rows come from.
    #[serde(default, rename = "source")]
    pub sources: Vec<SourceSpec>,
    /// The folder of the file: paths in it are relative to this.
    #[serde(skip)]
    pub folder: PathBuf,
    /// SHA-256 of the file.
    #[serde(skip)]
    pub hash: String,
}

/// A store as the job says it.
#[derive(Debug, Clone, Deserialize)]
pub struct Store {
    /// Our stable id.
    pub id: String,
    /// What the ERP calls the store, free text.
    #[serde(default)]
    pub erp_names: Vec<String>,
    /// Any other column of the table `stores`.
    #[serde(flatten)]
    pub facts: toml::Table,
}

/// A source as the job says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SourceSpec {
    /// Files named after the canonical tables.
    Canonical {
        /// Names the source's snapshots; default: the kind.
        name: Option<String>,
        /// A folder.
        path: String,
    },
    /// Any file of rows by a mapping.
    Mapped {
        /// Names the source's snapshots; default: the mapping's name.
        name: Option<String>,
        /// A file of rows, or a pattern such as `exports/*.csv`.
        path: String,
        /// A shipped mapping's name, or the path of a mapping file.
        mapping: String,
        /// The store all rows belong to, where the file does not say.
        store: Option<String>,
        /// Zone of dates without one, instead of the mapping's.
        zone: Option<Tz>,
    },
}

impl SourceSpec {
    /// The name its snapshots have.
    pub fn name(&self) -> &str {
        match self {
            Self::Canonical { name, .. } => name.as_deref().unwrap_or("canonical"),
            Self::Mapped { name, mapping, .. } => name.as_deref().unwrap_or_else(|| Path::new(mapping).file_stem().and_then(|s| s.to_str()).unwrap_or(mapping)),
        }
    }
}

fn utc() -> Tz {
    Tz::UTC
}
fn keep_nights() -> u32 {
    KEEP_NIGHTS
}
fn fail_on() -> Class {
    Class::Act
}
fn fresh_hours() -> u32 {
    FRESH_HOURS
}

impl Job {
    /// Reads a job file and checks all that can be checked without its inputs.
    pub fn load(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Failure::settings(format!("cannot read the job `{}`", path.display())).facts(e.to_string()).hint("give the path of a job file such as nightly.toml")
        })?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::parse(&text, folder).map_err(|mut failure| {
            failure.what = format!("the job `{}` is not usable: {}", path.display(), failure.what);
            failure
        })
    }

    /// A job from its text; `folder` is where its relative paths start.
    pub fn parse(text: &str, folder: &Path) -> Outcome<Self> {
        let mut job: Self = toml::from_str(text).map_err(|e| Failure::settings("it does not parse").facts(e.to_string().trim_end().to_owned()))?;
        job.folder = folder.to_owned();
        job.hash = hex(&Sha256::digest(text.as_bytes()));
        job.check()?;
        Ok(job)
    }

    fn check(&self) -> Outcome<()> {
        name_of_a_folder("name", &self.name)?;
        if self.sources.is_empty() {
            return Err(Failure::settings("it has no [[source]]").hint("add a [[source]] with `kind` and `path`"));
        }
        if self.keep_nights == 0 {
            return Err(Failure::settings("keep_nights is 0").hint("keep at least the night itself: keep_nights = 1"));
        }
        let mut seen = HashMap::new();
        for spec in &self.sources {
            name_of_a_folder("the source's name", spec.name())?;
            if seen.insert(spec.name(), ()).is_some() {
                return Err(Failure::settings(format!("two sources are named `{}`", spec.name())).hint("give each [[source]] a `name` of its own"));
            }
        }
        let mut names = HashMap::new();
        for store in &self.stores {
            for name in &store.erp_names {
                if let Some(other) = names.insert(folded(name), &store.id) {
                    return Err(Failure::settings(format!("the ERP name `{name}` belongs to two stores")).facts(format!("`{other}` and `{}`", store.id)));
                }
            }
            store.values()?;
        }
        // Stores may also come from a canonical file.
        let all_known = !self.stores.is_empty() && !self.sources.iter().any(|spec| matches!(spec, SourceSpec::Canonical { .. }));
        for spec in &self.sources {
            if let SourceSpec::Mapped { store: Some(named), .. } = spec
                && all_known
                && !self.stores.iter().any(|store| store.id == *named)
            {
                let known: Vec<_> = self.stores.iter().map(|store| format!("`{}`", store.id)).collect();
                return Err(Failure::settings(format!("the source `{}` names the store `{named}`, which is no [[store]]", spec.name()))
                    .facts(format!("the stores are {}", known.join(", ")))
                    .hint("correct the source's `store`, or add the [[store]]"));
            }
        }
        for (i, store) in self.stores.iter().enumerate() {
            if self.stores.iter().skip(i + 1).any(|other| other.id == store.id) {
                return Err(Failure::settings(format!("two stores have the id `{}`", store.id)));
            }
        }
        Ok(())
    }

    /// The store that the ERP calls by this name, or whose id it is.
    pub fn store_named(&self, name: &str) -> Option<&str> {
        let wanted = folded(name);
        let by_name = |store: &&Store| store.erp_names.iter().any(|n| folded(n) == wanted);
        self.stores.iter().find(by_name).or_else(|| self.stores.iter().find(|store| store.id == name)).map(|store| store.id.as_str())
    }

    /// A store's zone: the platform's day or the ERP's.
    pub fn zone_of(&self, store_id: &str, local: bool) -> Tz {
        let column = if local { "local_timezone" } else { "timezone" };
        self.stores.iter().find(|store| store.id == store_id).and_then(|store| store.facts.get(column)?.as_str()?.parse().ok()).unwrap_or(Tz::UTC)
    }

    /// The business date of an instant: the calendar day in the job's zone. The only definition.
    pub fn business_date(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.timezone).date_naive()
    }
}

impl Store {
    /// The given columns of the table `stores` as values; the error names the column.
    pub fn values(&self) -> Outcome<Vec<(&'static str, Value)>> {
        let table = Tables::get("stores")?;
        let wrong = |column: &str, why: String| Failure::settings(format!("store `{}`: `{column}` {why}", self.id));
        let mut values = vec![("store_id", Value::Text(self.id.clone()))];
        for (name, given) in &self.facts {
            let Some(column) = table.columns.iter().find(|c| c.name == name && may_say(c.name)) else {
                let known: Vec<_> = table.columns.iter().map(|c| c.name).filter(|name| may_say(name)).collect();
                return Err(wrong(name, "is not a column of `stores`".to_owned()).hint(format!("known are id, erp_names, {}", known.join(", "))));
            };
            let value = match given {
                toml::Value::Array(items) => Value::List(items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()),
                toml::Value::String(text) => Value::Text(text.clone()),
                toml::Value::Boolean(yes) => Value::Bool(*yes),
                other => Value::Text(other.to_string()),
            };
            let value = value.into_kind(column.kind).map_err(|why| wrong(name, why))?;
            if let Value::Text(text) = &value {
                column.check(text).map_err(|why| wrong(name, why))?;
            }
            values.push((column.name, value));
        }
        Ok(values)
    }
}

/// Columns of `stores` that a job may give: not those that `nightaudit` computes.
fn may_say(column: &str) -> bool {
    !["store_id", "history_from_at", "api_from_at", "local_from_at", "settle_seconds", "source_file_id", "source_row"].contains(&column)
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn name_of_a_folder(what: &str, name: &str) -> Outcome<()> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
        return Err(Failure::settings(format!("{what} `{name}` cannot name a folder")).hint("use letters, digits, `-`, `_` and `.`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Job::parse(text, Path::new(".")).unwrap_err().to_string()
    }

    #[test]
    fn the_smallest_job_is_four_lines() {
        let job = Job::parse("name = \"nightly\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n", Path::new(".")).unwrap();
        assert_eq!((job.sources[0].name(), job.fail_on, job.keep_nights), ("canonical", Class::Act, KEEP_NIGHTS));
    }

    #[test]
    fn wrong_jobs_say_what_is_wrong() {
        let source = "[[source]]\nkind = \"canonical\"\npath = \"in\"\n";
        insta::assert_snapshot!(
            [
                refusal("name = \"a/b\"\n"),
                refusal("name = \"a\"\n"),
                refusal(&format!("name = \"a\"\n{source}{source}")),
                refusal(&format!("name = \"a\"\ntimezone = \"Mars/Base\"\n{source}")),
                refusal(&format!("name = \"a\"\n[[store]]\nid = \"S\"\ncolour = 1\n{source}")),
                refusal(&format!("name = \"a\"\n[[store]]\nid = \"S\"\nhistory_window = \"15 days\"\n{source}")),
                refusal(&format!("name = \"a\"\n[[store]]\nid = \"S\"\nerp_names=[\"X\"]\n[[store]]\nid = \"T\"\nerp_names=[\" x\"]\n{source}")),
                refusal("name = \"a\"\nfail_on = \"panic\"\n"),
                refusal("name = \"a\"\n[[store]]\nid = \"EBAY\"\n[[source]]\nkind = \"mapped\"\nmapping = \"ebay_orders\"\npath = \"x\"\nstore = \"EBY\"\n"),
                refusal(&format!("name = \"a\"\n[[store]]\nid = \"S\"\nplatform = \"Ebay\"\n{source}")),
            ]
            .join("\n---\n")
        );
    }

    #[test]
    fn the_business_date_is_the_day_in_the_jobs_zone() {
        let job = Job::parse("name = \"a\"\ntimezone = \"Asia/Shanghai\"\n[[source]]\nkind = \"canonical\"\npath = \"in\"\n", Path::new(".")).unwrap();
        let instant = DateTime::parse_from_rfc3339("2026-03-09T18:00:00Z").unwrap().to_utc();
        assert_eq!(job.business_date(instant).to_string(), "2026-03-10");
    }
}
