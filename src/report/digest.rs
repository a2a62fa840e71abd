//! The night on one screen, worst first: as text for a terminal and as Markdown for the file.
//! May not decide what is bad: classes and states come from the findings.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use serde::Deserialize;

use crate::engine::Engine;
use crate::failure::Outcome;
use crate::limits::{DIGEST_NAMES_MAX, DIGEST_ROWS_MAX};
use crate::model::Value;
use crate::model::rows::{Cause, CountCheck, Finding, Input, Night};

/// How the findings came and went since the night before.
#[derive(Debug, Deserialize)]
struct Course {
    new: u64,
    ongoing: u64,
    oldest: u64,
    resolved: u64,
    acknowledged: u64,
}

/// Everything the digest says.
pub struct Digest {
    night: Option<Night>,
    checks: Vec<CountCheck>,
    inputs: Vec<Input>,
    findings: Vec<(Finding, String)>,
    titles: HashMap<String, String>,
    muted: usize,
    course: Course,
    skipped: Vec<String>,
    replaced: Vec<String>,
    broken_sums: Vec<String>,
    by_class: Vec<(String, u64)>,
}

impl Digest {
    /// Reads the digest from a run's database.
    pub fn read(engine: &Engine) -> Outcome<Self> {
        let found = engine.rows::<Finding>("where state = 'open' order by rowid")?;
        let mut titles = HashMap::new();
        let mut advice = HashMap::new();
        for cause in engine.rows::<Cause>("")? {
            titles.insert(cause.code.clone(), cause.title);
            advice.insert(cause.code, cause.advice);
        }
        for check in engine.query("select code, title, advice from work.check_runs")?.rows {
            if let [Value::Text(code), Value::Text(title), Value::Text(what_to_do)] = check.as_slice() {
                titles.insert(code.clone(), title.clone());
                advice.insert(code.clone(), what_to_do.clone());
            }
        }
        let by_class = engine.query("select class, count(*) from findings where state = 'open' group by class order by case class when 'defect' then 0 when 'act' then 1 when 'wait' then 2 else 3 end")?;
        let course = engine
            .objects(
                "select count(*) filter (where state = 'open' and opened_on = last_seen_on) as new, count(*) filter (where state = 'open' and opened_on < last_seen_on) as ongoing,
                   coalesce(max(age_nights) filter (where state = 'open'), 0) as oldest, count(*) filter (where state = 'resolved') as resolved,
                   count(*) filter (where state = 'acknowledged') as acknowledged
                 from findings",
            )?
            .into_iter()
            .next()
            .unwrap_or(Course { new: 0, ongoing: 0, oldest: 0, resolved: 0, acknowledged: 0 });
        Ok(Self {
            course,
            night: engine.rows::<Night>("")?.into_iter().next(),
            checks: engine.rows("where scope = 'all' order by comparable, abs(diff) + units_act + units_defect + units_unexplained = 0, store_id, case metric when 'unshipped' then 0 when 'shipped' then 1 else 2 end")?,
            inputs: engine.rows("order by source, stream, table_name")?,
            muted: usize::try_from(engine.count("select count(*) from findings where state = 'muted'")?).unwrap_or(usize::MAX),
            titles,
            skipped: texts(engine, "select string_agg(code, ', ' order by code) || ' (' || skipped || ')' from work.check_runs where skipped is not null group by skipped order by skipped")?,
            replaced: texts(engine, "select n_rows || ' of ' || table_name from work.replaced_rows order by table_name")?,
            broken_sums: texts(engine, "select concat_ws(' ', 'check', check_no, store_id, metric, scope, day) || ': ' || what from work.broken_sums order by all limit 20")?,
            findings: found.into_iter().map(|finding| { let advice = advice.get(&finding.action_code).cloned().unwrap_or_default(); (finding, advice) }).collect(),
            by_class: by_class
                .rows
                .into_iter()
                .filter_map(|row| match row.as_slice() {
                    [Value::Text(class), Value::Int(n)] => Some((class.clone(), u64::try_from(*n).ok()?)),
                    _ => None,
                })
                .collect(),
        })
    }

    /// Sums that do not hold: numbers that nobody may trust.
    pub fn broken_sums(&self) -> &[String] {
        &self.broken_sums
    }

    /// One line for the whole night.
    fn headline(&self) -> String {
        let stores: BTreeSet<_> = self.checks.iter().map(|c| &c.store_id).collect();
        let night = self.night.as_ref().map(|n| format!("night of {}, as of {}", n.business_on, n.as_of.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
        format!("{night}: {}", plural(stores.len() as u64, "store"))
    }

    fn totals(&self) -> String {
        let mut parts: Vec<_> = self.by_class.iter().map(|(class, n)| format!("{n} {class}")).collect();
        if self.course.acknowledged > 0 {
            parts.push(format!("{} acknowledged", self.course.acknowledged));
        }
        if self.muted > 0 {
            parts.push(format!("{} muted because they could not be judged tonight", self.muted));
        }
        let course = &self.course;
        let mut since = Vec::new();
        if let Some(before) = self.night.as_ref().and_then(|night| night.previous_on) {
            since.push(format!("{} new", course.new));
            if course.ongoing > 0 {
                since.push(format!("{} ongoing, oldest {}", course.ongoing, plural(course.oldest, "night")));
            }
            since.push(format!("{} resolved since {before}", course.resolved));
        }
        let totals = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
        if since.is_empty() { totals } else { format!("{totals} ({})", since.join(", ")) }
    }

    /// One screen for a terminal; colours are taken out where there is none.
    pub fn text(&self) -> String {
        let bold = Style::new().bold();
        let mut out = format!("{bold}{}{bold:#}\n\n", capital(&self.headline()));
        if !self.checks.is_empty() {
            let _ = writeln!(out, "  {:<14} {:<10} {:>9} {:>9} {:>11} {:>6}  made up of", "store", "metric", "platform", "ERP", "comparable", "diff");
            for check in self.checks.iter().take(DIGEST_ROWS_MAX) {
                let style = check_style(check);
                let [platform, local, comparable, diff] = numbers(check);
                let name = cut(&check.store_id, 14);
                let row = format!("{} {name:<14} {:<10} {platform:>9} {local:>9} {comparable:>11} {diff:>6}", mark(check), check.metric);
                let _ = writeln!(out, "{style}{row}{style:#}  {}", made_up(check));
            }
            if let Some(more) = self.checks.len().checked_sub(DIGEST_ROWS_MAX).filter(|n| *n > 0) {
                let _ = writeln!(out, "  … {more} more rows in reports/count_checks.csv");
            }
            out.push('\n');
        }
        let _ = writeln!(out, "{bold}Findings{bold:#}: {}", self.totals());
        let told = self.told();
        for told in told.iter().take(DIGEST_ROWS_MAX) {
            let style = class_style(told.class);
            let _ = writeln!(out, "  {style}{:<6}{style:#} {}  {}", told.class.to_uppercase(), told.store, told.what);
            if !told.advice.is_empty() {
                let _ = writeln!(out, "         → {}", told.advice);
            }
        }
        if let Some(more) = told.len().checked_sub(DIGEST_ROWS_MAX).filter(|n| *n > 0) {
            let _ = writeln!(out, "  … {more} more lines: nightaudit findings");
        }
        for line in self.input_lines() {
            let _ = writeln!(out, "{line}");
        }
        for sum in &self.broken_sums {
            let _ = writeln!(out, "SUMS DO NOT HOLD, do not trust these numbers: {sum}");
        }
        out
    }

    /// Findings of one store and code as one line, the worst class and the largest number first; benign ones are in the reports.
    fn told(&self) -> Vec<Told<'_>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for found in self.findings.iter().filter(|(f, _)| f.class != "benign") {
            // A status word or a shop name is told on its own.
            let alone = if found.0.kind == "health" { found.0.finding_id.as_str() } else { "" };
            groups.entry((found.0.store_id.as_deref().unwrap_or("-"), found.0.code.as_str(), alone)).or_default().push(found);
        }
        let mut told: Vec<_> = groups.into_iter().filter_map(|((store, code, _), found)| Told::of(store, found.as_slice(), self.titles.get(code))).collect();
        told.sort_by_key(|t| (["defect", "act", "wait"].iter().position(|c| *c == t.class), std::cmp::Reverse(t.count)));
        told
    }

    /// The digest as a Markdown file.
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n", capital(&self.headline()));
        if !self.checks.is_empty() {
            out.push_str("| store | metric | platform | ERP | comparable | difference | made up of |\n| --- | --- | ---: | ---: | ---: | ---: | --- |\n");
            for c in &self.checks {
                let _ = writeln!(out, "| {} | {} | {} | {} |", cell(&c.store_id), c.metric, numbers(c).join(" | "), made_up(c));
            }
            out.push('\n');
        }
        let _ = writeln!(out, "## Findings: {}\n", self.totals());
        if !self.findings.is_empty() {
            out.push_str("| class | store | what | what to do |\n| --- | --- | --- | --- |\n");
            for (f, advice) in &self.findings {
                let _ = writeln!(out, "| {} | {} | {} | {} |", f.class, cell(f.store_id.as_deref().unwrap_or("")), cell(&f.message), cell(advice));
            }
            out.push('\n');
        }
        for sum in &self.broken_sums {
            let _ = writeln!(out, "**Sums do not hold, do not trust these numbers:** {}\n", cell(sum));
        }
        for check in &self.skipped {
            let _ = writeln!(out, "Not checked: {}\n", cell(check));
        }
        out.push_str("## Inputs\n\n| source | table | files | rows read | skipped | rejected | state |\n| --- | --- | --- | ---: | ---: | ---: | --- |\n");
        for i in &self.inputs {
            let state = i.why_not.as_deref().map_or_else(|| i.status.clone(), |why| format!("{}: {why}", i.status));
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} |",
                i.source,
                i.table_name,
                cell(&i.files.join(", ")),
                i.file_rows,
                i.skipped_rows,
                i.rejected_rows,
                cell(&state)
            );
        }
        out
    }

    /// What the inputs have to say: failures, rejected rows, columns nobody knows.
    fn input_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let failed: BTreeMap<_, _> = self.inputs.iter().filter(|i| i.status == "FAILED").map(|i| (&i.source, i.why_not.as_deref())).collect();
        lines.extend(failed.into_iter().map(|(source, why)| format!("Source {source} failed: {}", why.unwrap_or("nobody knows why"))));
        let rejected: i64 = self.inputs.iter().map(|i| (&i.files, i.rejected_rows)).collect::<BTreeMap<_, _>>().into_values().sum();
        if rejected > 0 {
            lines.push(format!("Rejected: {}, each with its reason in rejects/load_rejects.csv", plural(u64::try_from(rejected).unwrap_or(0), "row")));
        }
        if !self.replaced.is_empty() {
            lines.push(format!("Rows that a newer version of the same key replaced: {}", self.replaced.join(", ")));
        }
        if !self.skipped.is_empty() {
            lines.push(format!("Not checked: {}", self.skipped.join("; ")));
        }
        let unknown: BTreeSet<_> = self.inputs.iter().flat_map(|i| &i.unknown_columns).map(String::as_str).collect();
        if !unknown.is_empty() {
            lines.push(format!("Columns nobody reads: {}", unknown.into_iter().collect::<Vec<_>>().join(", ")));
        }
        let missing: BTreeSet<_> =
            self.inputs.iter().filter(|i| !i.missing_columns.is_empty()).map(|i| format!("{} ({})", i.missing_columns.join(", "), i.source)).collect();
        if !missing.is_empty() {
            lines.push(format!("Columns that decide a status, and the files lack: {}", missing.into_iter().collect::<Vec<_>>().join("; ")));
        }
        lines
    }
}

/// The texts a query answers.
fn texts(engine: &Engine, sql: &str) -> Outcome<Vec<String>> {
    Ok(engine.query(sql)?.rows.into_iter().filter_map(|row| row.first()?.text().map(str::to_owned)).collect())
}

/// One line about findings.
struct Told<'a> {
    class: &'a str,
    store: &'a str,
    what: String,
    advice: &'a str,
    count: usize,
}

impl<'a> Told<'a> {
    fn of(store: &'a str, found: &[&'a (Finding, String)], title: Option<&String>) -> Option<Self> {
        let (first, advice) = found.first()?;
        let what = match (found.len(), title) {
            (1, _) | (_, None) => first.message.clone(),
            (n, Some(title)) => {
                let name = |f: &'a Finding| f.order_ref.as_deref().or(f.sku.as_deref()).or(f.local_row_id.as_deref());
                let named: Vec<_> = found.iter().filter_map(|(f, _)| name(f)).take(DIGEST_NAMES_MAX).collect();
                format!("{n} × {title}: {}{}", named.join(", "), if n > named.len() { ", …" } else { "" })
            }
        };
        Some(Self { class: &first.class, store, what, advice, count: found.len() })
    }
}

fn plural(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn signed(n: i64) -> String {
    if n > 0 { format!("+{n}") } else { n.to_string() }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.to_owned() } else { text.chars().take(width - 1).chain(['…']).collect() }
}

/// A text inside a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\r', '\n'], " ").replace('<', "&lt;")
}

/// Platform, ERP, comparable and difference; a number that cannot be compared is not shown as one (rule book 5, step 0).
fn numbers(check: &CountCheck) -> [String; 4] {
    if !check.comparable {
        return ["n/a", "n/a", "n/a", "n/a"].map(str::to_owned);
    }
    [check.n_platform.to_string(), check.n_local.to_string(), check.n_local_comparable.to_string(), signed(check.diff)]
}

fn made_up(check: &CountCheck) -> String {
    if !check.comparable {
        return "not comparable".to_owned();
    }
    let mut parts: Vec<_> = [
        (check.units_unexplained, "unexplained"),
        (check.units_defect, "defect"),
        (check.units_act, "act"),
        (check.units_wait, "wait"),
        (check.units_benign, "benign"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, word)| format!("{n} {word}"))
    .collect();
    if !check.sums_ok {
        parts.insert(0, "SUMS DO NOT HOLD".to_owned());
    }
    if parts.is_empty() { "every order matches".to_owned() } else { parts.join(", ") }
}

fn mark(check: &CountCheck) -> char {
    if !check.comparable {
        '?'
    } else if !check.sums_ok || check.units_unexplained + check.units_act + check.units_defect > 0 {
        '✗'
    } else {
        '✓'
    }
}

fn check_style(check: &CountCheck) -> Style {
    match mark(check) {
        '✗' => AnsiColor::Red.on_default(),
        '?' => AnsiColor::Yellow.on_default(),
        _ => AnsiColor::Green.on_default(),
    }
}

/// The colour of a class on a terminal.
pub fn class_style(class: &str) -> Style {
    match class {
        "act" | "defect" => AnsiColor::Red.on_default(),
        "wait" => AnsiColor::Yellow.on_default(),
        _ => Style::new(),
    }
}
