//! `acknowledgements.toml` in a job's data folder: findings that somebody knows of, until when and why. People may edit it.
//! May not decide what an acknowledgement does: that is SQL.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::disk::replace;
use crate::failure::{Failure, Outcome};
use crate::model::rows::Acknowledgement;

/// One entry of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The finding's id.
    pub finding: String,
    /// Last business date it holds for: 2026-04-01, with or without quotation marks.
    #[serde(deserialize_with = "day")]
    pub until: NaiveDate,
    /// Why nothing has to be done.
    pub because: String,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What the finding is, for people who read the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What the finding said, as a hash: when it says something else, it is told again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entries {
    #[serde(default, rename = "acknowledgement")]
    all: Vec<Entry>,
}

fn day<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    let given = match toml::Value::deserialize(from)? {
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    given.parse().map_err(|_| D::Error::custom(format!("`{given}` is not a day such as 2026-04-01")))
}

fn file(data: &Path, job: &str) -> PathBuf {
    data.join(job).join("acknowledgements.toml")
}

/// The acknowledgements of a job; the last entry of a finding counts.
pub fn read(data: &Path, job: &str) -> Outcome<Vec<Acknowledgement>> {
    let path = file(data, job);
    let text = match std::fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|e| Failure::disk(format!("cannot read `{}`", path.display()), &e))?,
    };
    let mut entries = parsed(&path, &text)?;
    entries.reverse();
    entries.sort_by(|a, b| a.finding.cmp(&b.finding));
    entries.dedup_by(|later, first| later.finding == first.finding);
    Ok(entries
        .into_iter()
        .map(|entry| Acknowledgement {
            finding_id: entry.finding,
            until_on: entry.until,
            because: entry.because,
            acknowledged_by: entry.by,
            value: entry.value,
        })
        .collect())
}

fn parsed(path: &Path, text: &str) -> Outcome<Vec<Entry>> {
    let wrong =
        |why: String| Failure::settings(format!("`{}` is not usable", path.display())).facts(why).hint("correct it; `nightaudit ack` writes entries for you");
    let entries: Entries = toml::from_str(text).map_err(|e| {
        let line = e.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.lines().count().max(1));
        wrong(format!("near line {line}: {}", e.message()))
    })?;
    if let Some(entry) = entries.all.iter().find(|entry| entry.because.trim().is_empty()) {
        return Err(wrong(format!("the acknowledgement of `{}` does not say because of what", entry.finding)));
    }
    Ok(entries.all)
}

/// Adds an entry behind what people wrote, all at once.
pub fn add(data: &Path, job: &str, entry: Entry) -> Outcome<PathBuf> {
    let path = file(data, job);
    let cannot = |e: std::io::Error| Failure::disk(format!("cannot read `{}`", path.display()), &e);
    let before = match std::fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        other => other.map_err(cannot)?,
    };
    parsed(&path, &before)?;
    let entry = toml::to_string(&Entries { all: vec![entry] })
        .map_err(|e| Failure::new(crate::failure::Kind::Broken, "cannot write an acknowledgement").facts(e.to_string()))?;
    let between = if before.is_empty() { "" } else { "\n" };
    replace(&path, &format!("{before}{between}{entry}"), 0o644)?;
    Ok(path)
}
