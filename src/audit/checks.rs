//! Check files: SQL that returns the bad rows and nothing else, with its metadata in a header of the same file.
//! May not know any check by name.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::rules::{Header, columns_of, stem};
use crate::engine::{Engine, literal};
use crate::failure::{Failure, Outcome};
use crate::model::Tables;

/// A check as its file says it.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its code: the file's stem.
    pub code: String,
    /// What it looks for, in a few words.
    pub title: String,
    /// benign, wait, act or defect.
    pub class: String,
    /// order, sku, price, inventory, image or health.
    pub kind: String,
    /// P or I.
    pub evidence: String,
    /// Tables that must have been supplied.
    pub requires: Vec<String>,
    /// Columns that make its finding the same one every night.
    pub key: Vec<String>,
    /// One sentence with `{column}` for what the query returns.
    pub message: String,
    /// What to do, in one line.
    pub advice: String,
    /// The query.
    pub sql: String,
}

/// What became of a check tonight.
#[derive(Debug, Clone, Serialize)]
pub struct CheckRun {
    /// Its code.
    pub code: String,
    /// Bad rows.
    pub rows: u64,
    /// Why it did not run.
    pub skipped: Option<String>,
}

const KEYS: [&str; 8] = ["title", "class", "kind", "evidence", "requires", "key", "message", "advice"];
/// Columns of `findings` that a check may return under their own names; the others become evidence.
const SUBJECT: [&str; 7] = ["store_id", "marketplace", "day", "order_ref", "platform_order_id", "local_row_id", "sku"];

impl Check {
    /// A check from its file.
    pub fn parse(path: &str, text: &str) -> Outcome<Self> {
        let wrong = |why: String| Failure::settings(format!("the check `{path}` is not usable")).facts(why);
        let mut header = Header::parse(text, &KEYS).map_err(wrong)?;
        let mut take = |name: &str| header.take(name).map_err(wrong);
        let list = |text: String| text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect::<Vec<_>>();
        let check = Self {
            code: stem(Path::new(path)),
            title: take("title")?,
            class: take("class")?,
            kind: take("kind")?,
            evidence: take("evidence")?,
            requires: list(take("requires")?),
            key: list(take("key")?),
            message: take("message")?,
            advice: take("advice")?,
            sql: header.sql,
        };
        let findings = Tables::get("findings")?;
        for (column, word) in [("class", &check.class), ("kind", &check.kind)] {
            if let Some(column) = findings.columns.iter().find(|c| c.name == column) {
                column.check(word).map_err(|why| wrong(format!("{} `{word}` {why}", column.name)))?;
            }
        }
        for table in &check.requires {
            Tables::get(table).map_err(|_| wrong(format!("it requires `{table}`, which is no table")))?;
        }
        Ok(check)
    }

    /// The columns that its query answers, with their types.
    pub(super) fn columns(&self, engine: &Engine) -> Outcome<Vec<(String, String)>> {
        columns_of(engine, &self.sql).map_err(|failure| Failure::settings(format!("the check `{}` is not usable", self.code)).facts(failure.facts))
    }

    /// Runs the check and keeps its bad rows as findings; skipped when one of its inputs was not supplied.
    pub fn run(&self, engine: &Engine) -> Outcome<CheckRun> {
        for table in &self.requires {
            let supplied = engine.count(&format!("select count(*) from inputs where table_name = '{table}' and status = 'DONE'"))?;
            if supplied == 0 {
                return Ok(CheckRun { code: self.code.clone(), rows: 0, skipped: Some(format!("`{table}` not supplied")) });
            }
        }
        let described = self.columns(engine)?;
        let types: BTreeMap<_, _> = described.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
        let columns: Vec<_> = described.iter().map(|(name, _)| name.as_str()).collect();
        let wrong = |name: &str| {
            Failure::settings(format!("the check `{}` is not usable", self.code)).facts(format!("it names `{name}`, which its query does not return"))
        };
        let text_of = |column: &str| match types.get(column) {
            // 39.0000 reads 39.00.
            Some(kind) if kind.starts_with("DECIMAL") => format!("coalesce(regexp_replace(cast(\"{column}\" as varchar), '([.][0-9]{{2}})0+$', '\\1'), '')"),
            _ => format!("coalesce(cast(\"{column}\" as varchar), '')"),
        };
        let mut message = Vec::new();
        let mut rest = self.message.as_str();
        while let Some((before, (name, after))) = rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?))) {
            if !columns.contains(&name) {
                return Err(wrong(name));
            }
            message.push(literal(before));
            message.push(text_of(name));
            rest = after;
        }
        message.push(literal(rest));
        if let Some(missing) = self.key.iter().find(|key| !columns.contains(&key.as_str())) {
            return Err(wrong(missing));
        }
        let key: Vec<_> = self.key.iter().map(|column| text_of(column)).collect();
        let subject: Vec<_> = SUBJECT.iter().filter(|c| columns.contains(c)).map(|c| format!("\"{c}\"")).collect();
        let evidence: Vec<_> = columns.iter().filter(|c| !SUBJECT.contains(c)).map(|c| format!("'{c}': \"{c}\"")).collect();
        let evidence = if evidence.is_empty() { "'{}'".to_owned() } else { format!("to_json({{{}}})", evidence.join(", ")) };
        let sql = format!(
            "insert into work.finding_rows by name select {} as kind, {}{} as code, {} as class, {} as evidence_class, 0 as sign, 0 as units, {} as message, \
             {evidence} as evidence, [] as also_applies, {} as action_code, {} || ' ' || {} as finding_key from ({})",
            literal(&self.kind),
            subject.iter().map(|c| format!("{c}, ")).collect::<String>(),
            literal(&self.code),
            literal(&self.class),
            literal(&self.evidence),
            message.join(" || "),
            literal(&self.code),
            literal(&self.code),
            key.join(" || chr(31) || "),
            self.sql,
        );
        let before = engine.count("select count(*) from work.finding_rows")?;
        engine.run(&format!("the check `{}`", self.code), &sql)?;
        Ok(CheckRun { code: self.code.clone(), rows: engine.count("select count(*) from work.finding_rows")? - before, skipped: None })
    }
}
