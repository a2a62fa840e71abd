//! The rules of a run: what the program carries, and what the job's own folders add without a rebuild.
//! A rule is an SQL file with its words in a header; may not know any rule by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::catalogue;
use super::checks::Check;
use crate::embedded;
use crate::engine::{Engine, literal};
use crate::failure::{Failure, Outcome};
use crate::job::Job;
use crate::model::rows::Cause;
use crate::model::{Tables, hex};

/// Blocks that a job's own cause may stand in; the structure of a group is decided elsewhere.
const BLOCKS: [&str; 4] = ["PO", "LO", "ST", "TM"];
const CAUSE_KEYS: [&str; 8] = ["block", "before", "class", "evidence", "title", "title_zh", "advice", "advice_zh"];

/// Everything a night is judged by.
pub struct Rules {
    /// The catalogue, with the job's own causes.
    pub causes: Vec<Cause>,
    /// The checks, with the job's own.
    pub checks: Vec<Check>,
    own_causes: Vec<OwnCause>,
    /// SHA-256 of the job file and of the job's own rules.
    pub hash: String,
}

/// A cause that only this job has: its query answers the orders or rows that it explains.
struct OwnCause {
    path: PathBuf,
    block: String,
    code: String,
    rank: i32,
    sql: String,
}

impl Rules {
    /// What the program carries and what the job's `rules` folders add: `causes/*.sql` and `checks/**/*.sql`.
    pub fn of(job: &Job) -> Outcome<Self> {
        let mut rules = Self { causes: catalogue()?, checks: Vec::new(), own_causes: Vec::new(), hash: job.hash.clone() };
        for (path, text) in embedded::sql_files("checks") {
            rules.checks.push(Check::parse(&path, text)?);
        }
        for folder in &job.rules {
            rules.add_folder(&job.folder.join(folder))?;
        }
        Ok(rules)
    }

    fn add_folder(&mut self, folder: &Path) -> Outcome<()> {
        let (causes, checks) = (sql_files(&folder.join("causes"))?, sql_files(&folder.join("checks"))?);
        if causes.is_empty() && checks.is_empty() {
            return Err(Failure::settings(format!("the rules folder `{}` has no rules", folder.display()))
                .hint("put a cause into its `causes/` or a check into its `checks/`, or leave it out of `rules`"));
        }
        let mut digest = Sha256::new();
        digest.update(&self.hash);
        for (path, text) in causes {
            digest.update(&text);
            self.add_cause(&path, &text)?;
        }
        for (path, text) in checks {
            digest.update(&text);
            let check = Check::parse(&path.display().to_string(), &text)?;
            if self.checks.iter().any(|other| other.code == check.code) {
                return Err(
                    Failure::settings(format!("the check `{}` is not usable", path.display())).facts(format!("there is a check `{}` already", check.code))
                );
            }
            self.checks.push(check);
        }
        self.hash = hex(&digest.finalize());
        Ok(())
    }

    fn add_cause(&mut self, path: &Path, text: &str) -> Outcome<()> {
        let wrong = |why: String| Failure::settings(format!("the cause `{}` is not usable", path.display())).facts(why);
        let mut header = Header::parse(text, &CAUSE_KEYS).map_err(wrong)?;
        let code = stem(path);
        let block = header.take("block").map_err(wrong)?;
        if !BLOCKS.contains(&block.as_str()) {
            return Err(wrong(format!("block `{block}` is not one of {}", BLOCKS.join(", "))));
        }
        if self.causes.iter().any(|cause| cause.code == code) {
            return Err(wrong(format!("there is a cause `{code}` already")));
        }
        let in_block = || self.causes.iter().filter(|cause| cause.block == block);
        // Without a place of its own it comes last, right before unexplained.
        let rank = match header.optional("before") {
            Some(before) => in_block()
                .find(|cause| cause.code == before)
                .map(|cause| cause.rank)
                .ok_or_else(|| wrong(format!("`before` names `{before}`, which block {block} does not have")))?,
            None => in_block().map(|cause| cause.rank).max().unwrap_or(0),
        };
        let (title, advice) = (header.take("title").map_err(wrong)?, header.take("advice").map_err(wrong)?);
        let cause = Cause {
            block: block.clone(),
            code: code.clone(),
            rank,
            class: header.take("class").map_err(wrong)?,
            class_if: None,
            evidence_class: header.take("evidence").map_err(wrong)?,
            fields: Vec::new(),
            title_zh: header.optional("title_zh").unwrap_or_else(|| title.clone()),
            advice_zh: header.optional("advice_zh").unwrap_or_else(|| advice.clone()),
            title,
            advice,
            steps: Vec::new(),
            steps_zh: Vec::new(),
            source: path.display().to_string(),
        };
        let table = Tables::get("causes")?;
        for (name, word) in [("class", &cause.class), ("evidence_class", &cause.evidence_class)] {
            if let Some(column) = table.columns.iter().find(|column| column.name == name) {
                column.check(word).map_err(|why| wrong(format!("{name} `{word}` {why}")))?;
            }
        }
        self.causes.push(cause);
        self.own_causes.push(OwnCause { path: path.to_owned(), block, code, rank, sql: header.sql });
        Ok(())
    }

    /// Writes work.own_causes: the orders and rows that the job's own causes explain.
    pub(super) fn find_own_causes(&self, engine: &Engine) -> Outcome<()> {
        engine.run("the table of own causes", "create or replace table work.own_causes (block varchar, code varchar, rank integer, o bigint, r bigint)")?;
        for cause in &self.own_causes {
            let unusable = |facts: String| Failure::settings(format!("the cause `{}` is not usable", cause.path.display())).facts(facts);
            let columns = columns_of(engine, &cause.sql).map_err(|failure| unusable(failure.facts))?;
            let columns: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
            let subject = match (columns.contains(&"platform_order_id") && columns.contains(&"store_id"), columns.contains(&"local_row_id")) {
                (true, _) if cause.block != "LO" => {
                    "o, null from work.order_nodes as n join own on own.store_id = n.store_id and own.platform_order_id = n.platform_order_id"
                }
                (_, true) if cause.block != "PO" => "null, r from work.row_nodes as n join own on own.local_row_id = n.local_row_id",
                _ => {
                    let needed = if cause.block == "LO" { "`local_row_id`" } else { "`store_id` and `platform_order_id`" };
                    return Err(unusable(format!("its query does not return {needed}")));
                }
            };
            engine.run(
                &format!("the cause `{}`", cause.code),
                &format!(
                    "insert into work.own_causes with own as ({}) select distinct {}, {}, {}, {subject}",
                    cause.sql,
                    literal(&cause.block),
                    literal(&cause.code),
                    cause.rank
                ),
            )?;
        }
        Ok(())
    }
}

/// The columns that a rule's query answers, with their types.
pub(super) fn columns_of(engine: &Engine, sql: &str) -> Outcome<Vec<(String, String)>> {
    let described = engine.query(&format!("select column_name, column_type from (describe {sql})"))?;
    Ok(described.rows.iter().filter_map(|row| Some((row.first()?.text()?.to_owned(), row.get(1)?.text()?.to_owned()))).collect())
}

/// The header of a rule file, `-- key: value` line by line, and the query below it.
pub(super) struct Header {
    values: BTreeMap<String, String>,
    /// The query, without its semicolon.
    pub(super) sql: String,
}

impl Header {
    /// Reads the header; a key that nobody knows is an error that lists the known ones.
    pub(super) fn parse(text: &str, keys: &[&str]) -> Result<Self, String> {
        let mut values = BTreeMap::new();
        for line in text.lines().map_while(|line| line.strip_prefix("-- ")) {
            let (name, value) = line.split_once(": ").ok_or_else(|| format!("`{line}` is not `-- key: value`"))?;
            if !keys.contains(&name) {
                return Err(format!("unknown key `{name}`; known are {}", keys.join(", ")));
            }
            values.insert(name.to_owned(), value.trim().to_owned());
        }
        let sql = text.lines().skip_while(|line| line.starts_with("-- ")).collect::<Vec<_>>().join("\n").trim().trim_end_matches(';').to_owned();
        if sql.is_empty() {
            return Err("there is no query below its header".to_owned());
        }
        Ok(Self { values, sql })
    }

    /// A value that must be there.
    pub(super) fn take(&mut self, name: &str) -> Result<String, String> {
        self.values.remove(name).ok_or_else(|| format!("the header lacks `{name}`"))
    }

    fn optional(&mut self, name: &str) -> Option<String> {
        self.values.remove(name)
    }
}

/// A rule's code: the stem of its file.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned()
}

/// The `.sql` files of a folder and the folders in it, in the order of their paths.
fn sql_files(folder: &Path) -> Outcome<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    let cannot = |e: std::io::Error| Failure::settings(format!("cannot read the rules below `{}`", folder.display())).facts(e.to_string());
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.is_dir() {
            found.extend(sql_files(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "sql") {
            let text = std::fs::read_to_string(&path).map_err(cannot)?;
            found.push((path, text));
        }
    }
    found.sort();
    Ok(found)
}
