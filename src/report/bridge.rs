//! The bridge of a store's number: from what the platform counts to what the ERP counts, cause by cause, on one screen (rule book 5).
//! May not compute a number: the queries below `sql/bridge/` answer them all.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, NaiveDate, Utc};
use fluent_bundle::FluentValue;
use serde::{Deserialize, Serialize};

use super::words::{Lang, Words};
use super::{class_style, minute};
use crate::embedded;
use crate::engine::{Engine, literal};
use crate::failure::Outcome;
use crate::limits::BRIDGE_NAMES_MAX;
use crate::model::Value;

/// A number that somebody asks about, and what they claim to have seen.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The store.
    pub store_id: String,
    /// placed, unshipped or shipped.
    pub metric: String,
    /// One day of the store, or all.
    pub day: Option<NaiveDate>,
    /// What the platform's screen is said to show.
    pub claimed_platform: Option<u32>,
    /// What the ERP's screen is said to show.
    pub claimed_local: Option<u32>,
    /// When it showed that.
    pub claimed_at: Option<DateTime<Utc>>,
}

impl Question {
    /// Every number of a run that differs or has a unit, over all days.
    pub fn all(engine: &Engine) -> Outcome<Vec<Self>> {
        let differing = "select store_id, metric from count_checks where scope = 'all' and (diff <> 0 or units_benign + units_wait + units_act + units_defect + units_unexplained > 0) order by all";
        let text = |row: &[Value], i: usize| row.get(i).and_then(Value::text).unwrap_or_default().to_owned();
        Ok(engine.query(differing)?.rows.iter().map(|row| Self { store_id: text(row, 0), metric: text(row, 1), ..Self::default() }).collect())
    }
}

/// The answer: both numbers and the way from one to the other.
#[derive(Debug, Serialize)]
pub struct Bridge {
    #[serde(flatten)]
    totals: Totals,
    health: Health,
    /// Why the numbers are not comparable tonight.
    gates: Vec<Gate>,
    causes: Vec<Line>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claims: Vec<Claim>,
    /// Claims that are our own number.
    #[serde(skip)]
    agreeing: Vec<(&'static str, u32)>,
    #[serde(skip)]
    claimed_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Totals {
    store_id: String,
    metric: String,
    day: Option<String>,
    n_platform: i64,
    n_local: i64,
    n_local_comparable: i64,
    diff: i64,
    sums_ok: bool,
    comparable: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Health {
    #[serde(skip_serializing)]
    store_id: String,
    platform: String,
    erp: String,
    as_of: DateTime<Utc>,
    platform_file_is_there: bool,
    platform_file_is_complete: bool,
    platform_file_ends_at: Option<DateTime<Utc>>,
    platform_files: Vec<String>,
    erp_file_is_there: bool,
    erp_file_is_complete: bool,
    erp_file_ends_at: Option<DateTime<Utc>>,
    erp_files: Vec<String>,
    sync_log_supplied: bool,
    last_sync_at: Option<DateTime<Utc>>,
    last_sync_status: Option<String>,
    last_good_sync_at: Option<DateTime<Utc>>,
    syncs_running: u32,
    authorisation: String,
    authorisation_ends_at: Option<DateTime<Utc>>,
    logistics_authorised: Option<bool>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Gate {
    #[serde(skip_serializing)]
    store_id: String,
    code: String,
    reason: String,
    title: Option<String>,
    advice: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    #[serde(skip_serializing)]
    store_id: String,
    #[serde(skip_serializing)]
    metric: String,
    #[serde(skip_serializing)]
    day: Option<String>,
    block: String,
    code: String,
    class: String,
    evidence_class: String,
    net: i64,
    units: i64,
    orders: Vec<String>,
    title: String,
    advice: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claim {
    side: String,
    code: String,
    parts: Vec<String>,
    claimed: i64,
    n: i64,
    bridge: i64,
}

/// The bridges of these numbers of a run, in the order of stores and metrics; texts of causes in one language.
pub fn bridges(engine: &Engine, questions: &[Question], lang: Lang) -> Outcome<Vec<Bridge>> {
    ask(engine, questions, lang)?;
    let sql = |name: &str| embedded::sql_file(&format!("bridge/{name}.sql"));
    let health: BTreeMap<String, Health> = engine.objects(sql("health"))?.into_iter().map(|health: Health| (health.store_id.clone(), health)).collect();
    let mut gates: BTreeMap<String, Vec<Gate>> = BTreeMap::new();
    for gate in engine.objects::<Gate>(sql("gates"))? {
        gates.entry(gate.store_id.clone()).or_default().push(gate);
    }
    let mut lines: BTreeMap<_, Vec<Line>> = BTreeMap::new();
    for line in engine.objects::<Line>(sql("lines"))? {
        lines.entry((line.store_id.clone(), line.metric.clone(), line.day.clone())).or_default().push(line);
    }
    let totals: Vec<Totals> = engine.objects(sql("totals"))?;
    // Claims are asked about one number at a time.
    let claimed = questions.first().filter(|q| q.claimed_platform.is_some() || q.claimed_local.is_some());
    let claims: Vec<Claim> = if claimed.is_some() { engine.objects(sql("claims"))? } else { Vec::new() };
    let mut found = Vec::with_capacity(totals.len());
    for totals in totals {
        let Some(health) = health.get(&totals.store_id).cloned() else { continue };
        let agrees = |side, claim: Option<u32>, n: i64| claim.filter(|claim| i64::from(*claim) == n).map(|claim| (side, claim));
        let agreeing = [
            agrees("platform", claimed.and_then(|q| q.claimed_platform), totals.n_platform),
            agrees("local", claimed.and_then(|q| q.claimed_local), totals.n_local),
        ];
        found.push(Bridge {
            health,
            gates: gates.get(&totals.store_id).cloned().unwrap_or_default(),
            causes: lines.remove(&(totals.store_id.clone(), totals.metric.clone(), totals.day.clone())).unwrap_or_default(),
            claims: claims.clone(),
            agreeing: agreeing.into_iter().flatten().collect(),
            claimed_at: claimed.and_then(|q| q.claimed_at),
            totals,
        });
    }
    Ok(found)
}

/// The questions as a table that the queries join.
fn ask(engine: &Engine, questions: &[Question], lang: Lang) -> Outcome<()> {
    engine.run(
        "the table of questions",
        "create or replace temp table asked (store_id varchar, metric varchar, day date, claimed_platform bigint, claimed_local bigint, claimed_at timestamp, lang varchar)",
    )?;
    let text = |value: Option<String>| value.map_or_else(|| "null".to_owned(), |value| literal(&value));
    let row = |q: &Question| {
        let number = |n: Option<u32>| n.map_or_else(|| "null".to_owned(), |n| n.to_string());
        format!(
            "({}, {}, {}, {}, {}, {}, '{}')",
            text(Some(q.store_id.clone())),
            text(Some(q.metric.clone())),
            text(q.day.map(|day| day.to_string())),
            number(q.claimed_platform),
            number(q.claimed_local),
            text(q.claimed_at.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string())),
            lang.word()
        )
    };
    if questions.is_empty() {
        return Ok(());
    }
    engine.run("the questions", &format!("insert into asked values {}", questions.iter().map(row).collect::<Vec<_>>().join(", ")))
}

/// An order number as a word on a command line: `#1001` would begin a comment.
fn for_a_shell(order: &str) -> String {
    let is_plain = order.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
    if is_plain { order.to_owned() } else { format!("'{}'", order.replace('\'', "'\\''")) }
}

fn signed(n: i64) -> String {
    if n > 0 { format!("+{n}") } else { n.to_string() }
}

impl Bridge {
    /// Orders and rows that no rule explains, by the numbers that `order` finds.
    pub fn unexplained(&self) -> impl Iterator<Item = &str> {
        self.causes.iter().filter(|line| line.code.starts_with("unexplained_")).flat_map(|line| &line.orders).map(String::as_str)
    }

    /// The screen, with colours that are taken out where there is none; names of orders end after so many.
    pub fn text(&self, lang: Lang) -> String {
        let words = Words::of(lang);
        let bold = Style::new().bold();
        let mut out = String::new();
        let _ = writeln!(out, "{bold}{}{bold:#}", self.headline(&words));
        self.health.write(&mut out, &words);
        out.push('\n');
        self.write_numbers(&mut out, &words, lang);
        self.write_waterfall(&mut out, &words);
        self.write_claims(&mut out, &words);
        out
    }

    fn headline(&self, words: &Words) -> String {
        let metric = words.say("metric", [("metric", FluentValue::from(self.totals.metric.as_str()))]);
        words.say(
            "headline",
            [
                ("store", FluentValue::from(self.totals.store_id.as_str())),
                ("platform", self.health.platform.as_str().into()),
                ("erp", self.health.erp.as_str().into()),
                ("metric", metric.into()),
                ("day", self.totals.day.as_deref().unwrap_or("none").into()),
                ("at", format!("{} UTC", minute(self.health.as_of)).into()),
            ],
        )
    }

    fn write_numbers(&self, out: &mut String, words: &Words, lang: Lang) {
        let t = &self.totals;
        let red = AnsiColor::Red.on_default();
        if t.comparable {
            let values = [
                ("platform", FluentValue::from(t.n_platform)),
                ("erp", t.n_local.into()),
                ("comparable", t.n_local_comparable.into()),
                ("diff", signed(t.diff).into()),
                ("units", self.causes.iter().map(|line| line.units).sum::<i64>().into()),
                ("sums", if t.sums_ok { "ok" } else { "broken" }.into()),
            ];
            let _ = writeln!(out, "{}", words.say("numbers", values));
        } else {
            let _ = writeln!(out, "{red}{}{red:#}", words.word("not-comparable"));
            for gate in &self.gates {
                let reason = if lang == Lang::En { gate.reason.as_str() } else { gate.title.as_deref().unwrap_or(&gate.reason) };
                let advice = gate.advice.as_ref().map(|advice| format!(" → {advice}")).unwrap_or_default();
                let _ = writeln!(out, "  {red}✗{red:#} {reason}{advice}");
            }
        }
        let lagging: i64 = self.causes.iter().filter(|line| line.code == "sync_lag").map(|line| line.units).sum();
        if lagging > 0 {
            let yellow = AnsiColor::Yellow.on_default().bold();
            let _ = writeln!(out, "{yellow}{}{yellow:#}", words.say("press-sync", [("n", lagging.into())]));
        }
    }

    /// A unit that only the platform counts is taken away on the way to the ERP's number, one that only the ERP counts is added.
    fn write_waterfall(&self, out: &mut String, words: &Words) {
        let t = &self.totals;
        if self.causes.is_empty() {
            if t.comparable {
                let _ = writeln!(out, "\n{}", words.word("every-order-matches"));
            }
            return;
        }
        out.push('\n');
        let width = self.causes.iter().map(|line| line.code.len()).max().unwrap_or(0);
        if t.comparable {
            let _ = writeln!(out, "{:>7}  {}", t.n_platform, words.word("platform-number"));
        }
        for line in &self.causes {
            let style = class_style(&line.class);
            let class = words.word(&format!("class-{}", line.class));
            let both_ways =
                if line.net.abs() == line.units { String::new() } else { format!("(−{} +{}) ", (line.units + line.net) / 2, (line.units - line.net) / 2) };
            let named: Vec<_> = line.orders.iter().take(BRIDGE_NAMES_MAX).map(String::as_str).collect();
            let more = line.units - i64::try_from(named.len()).unwrap_or(0);
            let more = if more > 0 && named.len() == BRIDGE_NAMES_MAX { format!(" {}", words.say("more", [("n", more.into())])) } else { String::new() };
            let _ = writeln!(out, "{:>7}  {style}{class:<6}{style:#} {:<width$}  {both_ways}{}{more}", signed(-line.net), line.code, named.join(", "));
            let advice = if line.class == "benign" { String::new() } else { format!(" → {}", line.advice) };
            let named = line.orders.first().filter(|_| line.code.starts_with("unexplained_"));
            let evidence = named.map(|order| format!("; {}", words.say("evidence", [("order", for_a_shell(order).into())]))).unwrap_or_default();
            let _ = writeln!(out, "                {}{advice}{evidence}", line.title);
        }
        if t.comparable {
            let _ = writeln!(out, "{:>7}  {}", format!("={}", t.n_local), words.word("erp-number"));
        }
    }

    fn write_claims(&self, out: &mut String, words: &Words) {
        if self.claims.is_empty() && self.agreeing.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}:", words.word("ticket"));
        for (side, claimed) in &self.agreeing {
            let side = words.word(&format!("side-{side}"));
            let _ = writeln!(out, "  {}", words.say("claim-agrees", [("side", side.into()), ("claimed", (*claimed).into())]));
        }
        for claim in &self.claims {
            // The first part of these says how the others are meant.
            let (part, names) = match claim.parts.split_first() {
                Some((first, rest)) if ["without", "including", "counted", "in_file"].contains(&first.as_str()) => (first.as_str(), rest),
                _ => ("", claim.parts.as_slice()),
            };
            let names: Vec<_> = names.iter().map(|name| words.word(&format!("part-{name}"))).collect();
            let values = [
                ("side", FluentValue::from(words.word(&format!("side-{}", claim.side)))),
                ("claimed", claim.claimed.into()),
                ("n", claim.n.into()),
                ("bridge", signed(claim.bridge).into()),
                ("part", part.into()),
                ("n_parts", names.len().into()),
                ("parts", names.join(&words.word("and")).into()),
                ("at", self.claimed_at.map(minute).unwrap_or_default().into()),
            ];
            let _ = writeln!(out, "  {}", words.say(&claim.code, values));
        }
    }
}

impl Health {
    /// Both files, the last sync, the authorisation; the logistics provider's where it is missing: that blocks tracking numbers, never orders (004-11).
    fn write(&self, out: &mut String, words: &Words) {
        let file = |is_there: bool, is_complete: bool, ends_at: Option<DateTime<Utc>>, files: &[String]| match ends_at {
            Some(at) if is_there => {
                let name = if is_complete { "file-to" } else { "file-incomplete" };
                let said = words.say(name, [("at", minute(at).into()), ("age", self.age(words, at).into())]);
                let from = files.split_last().map(|(newest, others)| words.say("file-from", [("file", newest.as_str().into()), ("more", others.len().into())]));
                (Some(is_complete), said + &from.unwrap_or_default())
            }
            _ => (Some(false), words.word("file-missing")),
        };
        let authorised = match self.authorisation.as_str() {
            "ok" => Some(true),
            "unknown" => None,
            _ => Some(false),
        };
        let ends_at = self.authorisation_ends_at.map(minute);
        let authorisation = match (self.authorisation.as_str(), &ends_at) {
            ("ok", Some(_)) => "authorised-until".to_owned(),
            (word, _) => format!("authorised-{word}"),
        };
        let mut lines = vec![
            ("health-platform", file(self.platform_file_is_there, self.platform_file_is_complete, self.platform_file_ends_at, &self.platform_files)),
            ("health-erp", file(self.erp_file_is_there, self.erp_file_is_complete, self.erp_file_ends_at, &self.erp_files)),
            ("health-sync", self.sync(words)),
            ("health-authorisation", (authorised, words.say(&authorisation, [("at", ends_at.unwrap_or_default().into())]))),
        ];
        if self.logistics_authorised == Some(false) {
            lines.push(("health-logistics", (Some(false), words.word("logistics-missing"))));
        }
        for (name, (is_well, said)) in lines {
            let (mark, style) = match is_well {
                Some(true) => ('✓', AnsiColor::Green.on_default()),
                Some(false) => ('✗', AnsiColor::Red.on_default()),
                None => ('?', AnsiColor::Yellow.on_default()),
            };
            let _ = writeln!(out, "  {style}{mark}{style:#} {}: {said}", words.word(name));
        }
    }

    /// Whether the last sync went well, where anybody knows, and what is known of it.
    fn sync(&self, words: &Words) -> (Option<bool>, String) {
        let mut parts = Vec::new();
        match (self.last_sync_at, self.last_sync_status.as_deref()) {
            (Some(at), Some(status)) => {
                parts.push(words.say("sync-at", [("at", minute(at).into()), ("age", self.age(words, at).into()), ("status", status.into())]))
            }
            _ if self.sync_log_supplied => parts.push(words.word("sync-none")),
            _ => parts.push(words.word("sync-unknown")),
        }
        let is_well = self.sync_log_supplied.then(|| self.last_sync_status.as_deref() == Some("ok"));
        if let Some(at) = self.last_good_sync_at.filter(|_| is_well == Some(false)) {
            parts.push(words.say("sync-last-good", [("at", minute(at).into()), ("age", self.age(words, at).into())]));
        }
        if self.syncs_running > 0 {
            parts.push(words.say("sync-running", [("n", self.syncs_running.into())]));
        }
        (is_well, parts.join("; "))
    }

    fn age(&self, words: &Words, at: DateTime<Utc>) -> String {
        let age = self.as_of - at;
        match (age.num_days(), age.num_hours(), age.num_minutes()) {
            (days, ..) if days >= 2 => words.say("days-ago", [("n", days.into())]),
            (_, hours, _) if hours >= 1 => words.say("hours-ago", [("n", hours.into())]),
            (.., minutes) if minutes >= 1 => words.say("minutes-ago", [("n", minutes.into())]),
            _ => words.word("just-now"),
        }
    }
}
