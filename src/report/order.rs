//! The life of one order: what each side says tonight, what links them, which causes it has, and what earlier nights said.
//! May not decide what belongs together: groups come from the run's database.

use std::fmt::Write;

use anstyle::Style;
use chrono::{DateTime, Utc};
use fluent_bundle::FluentValue;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::words::{Lang, Words};
use super::{class_style, minute};
use crate::audit;
use crate::embedded;
use crate::engine::{Engine, literal};
use crate::failure::Outcome;
use crate::model::keys::order_key;

/// One group of orders and rows, with its nights.
#[derive(Debug, Serialize)]
pub struct OrderLife {
    asked: String,
    how: String,
    /// The night that orders, rows and causes are told of.
    night: String,
    orders: Vec<Order>,
    rows: Vec<LocalRow>,
    causes: Vec<Cause>,
    /// The ERP's syncs since the order was placed.
    syncs: Vec<Sync>,
    nights: Vec<Night>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    store_id: String,
    platform: String,
    platform_order_id: String,
    platform_order_no: Option<String>,
    lifecycle: String,
    raw_status: Option<String>,
    fulfilment_channel: Option<String>,
    created_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    shipped_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    first_seen_on: Option<String>,
    file: Option<String>,
    row: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LocalRow {
    store_id: String,
    erp: String,
    local_row_id: String,
    number: Option<String>,
    lifecycle: String,
    raw_status: Option<String>,
    origin: String,
    submit_status: String,
    submit_error: Option<String>,
    role: Option<String>,
    link_kind: Option<String>,
    orders: Vec<String>,
    ambiguous: bool,
    merged_order_ids: Vec<String>,
    parent_local_row_id: Option<String>,
    created_at: Option<DateTime<Utc>>,
    imported_at: Option<DateTime<Utc>>,
    shipped_at: Option<DateTime<Utc>>,
    file: Option<String>,
    row: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cause {
    code: String,
    class: String,
    evidence_class: String,
    order_ref: Option<String>,
    metrics: Vec<String>,
    title: String,
    advice: String,
    also_applies: Vec<String>,
    evidence: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Sync {
    sync_id: String,
    store_id: String,
    status: String,
    window_field: String,
    window_from: Option<DateTime<Utc>>,
    window_to: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    rows_fetched: Option<i64>,
    rows_expected: Option<i64>,
    error_code: Option<String>,
    error_text: Option<String>,
}

/// What a night said of the group's orders and rows.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Night {
    night: String,
    platform: Option<Vec<String>>,
    erp: Option<Vec<String>>,
    causes: Option<Vec<String>>,
}

/// Groups of one night that hold a number.
pub struct Found {
    asked: String,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    g: i64,
    how: String,
}

impl Found {
    /// Looks for a number, however decorated or damaged, over all stores, states and days of a run; only the best way it fits counts.
    pub fn search(engine: &Engine, asked: &str) -> Outcome<Self> {
        let number = undecorated(asked);
        let key = order_key(number);
        let (damaged, range) = audit::standing_for(engine, &key)?;
        let (key_length, first, last) = range.map_or(("null".to_owned(), "null".to_owned(), "null".to_owned()), |range| {
            (range.first.len().to_string(), literal(&range.first), literal(&range.last))
        });
        let damaged: Vec<_> = damaged.iter().map(|key| format!("({})", literal(key))).collect();
        engine.run(
            "the asked number",
            &format!(
                "create or replace temp table asked_number as select {} as number, {} as key, cast({key_length} as integer) as key_length, cast({first} as varchar) as first_key, cast({last} as varchar) as last_key;
                create or replace temp table damaged_keys (key varchar); {}",
                literal(number),
                literal(&key),
                if damaged.is_empty() { String::new() } else { format!("insert into damaged_keys values {}", damaged.join(", ")) }
            ),
        )?;
        let groups = if key.is_empty() { Vec::new() } else { engine.objects(embedded::sql_file("order/found.sql"))? };
        Ok(Self { asked: asked.to_owned(), groups })
    }

    /// How many groups hold the number.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Nothing holds the number.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The lives of the first groups; `nights` are the databases of all nights, oldest first.
    pub fn lives(&self, engine: &Engine, nights: &[Engine], lang: Lang, most: usize) -> Outcome<Vec<OrderLife>> {
        self.groups.iter().take(most).map(|group| self.life(engine, group, nights, lang)).collect()
    }

    fn life(&self, engine: &Engine, group: &Group, nights: &[Engine], lang: Lang) -> Outcome<OrderLife> {
        let sql = |name: &str| embedded::sql_file(&format!("order/{name}.sql"));
        engine.run("the asked group", &format!("create or replace temp table asked_group as select {} as g, '{}' as lang", group.g, lang.word()))?;
        let mut life = OrderLife {
            asked: self.asked.clone(),
            how: group.how.clone(),
            night: engine
                .query("select cast(business_on as varchar) from night")?
                .rows
                .first()
                .and_then(|row| row.first()?.text().map(str::to_owned))
                .unwrap_or_default(),
            orders: engine.objects(sql("orders"))?,
            rows: engine.objects(sql("rows"))?,
            causes: engine.objects(sql("causes"))?,
            syncs: engine.objects(sql("syncs"))?,
            nights: Vec::new(),
        };
        let orders = life.orders.iter().map(|o| format!("({}, {}, null)", literal(&o.store_id), literal(&o.platform_order_id)));
        let rows = life.rows.iter().map(|r| format!("({}, null, {})", literal(&r.store_id), literal(&r.local_row_id)));
        let members = orders.chain(rows).collect::<Vec<_>>().join(", ");
        for night in nights {
            night.run(
                "the asked orders and rows",
                &format!("create or replace temp table asked_members (store_id varchar, platform_order_id varchar, local_row_id varchar); insert into asked_members values {members}"),
            )?;
            life.nights.extend(night.objects::<Night>(sql("night"))?);
        }
        Ok(life)
    }
}

/// The number without what spreadsheets and our own reports put round it: `'00123`, `="00123"`.
fn undecorated(asked: &str) -> &str {
    asked.trim().trim_start_matches(['\'', '=']).trim_matches('"').trim()
}

impl OrderLife {
    /// The screen, with colours that are taken out where there is none.
    pub fn text(&self, lang: Lang) -> String {
        let words = Words::of(lang);
        let bold = Style::new().bold();
        let found = [
            ("number", FluentValue::from(self.asked.as_str())),
            ("orders", self.orders.len().into()),
            ("rows", self.rows.len().into()),
            ("how", self.how.as_str().into()),
        ];
        let mut out = format!("{bold}{}{bold:#}\n", words.say("order-found", found));
        if self.nights.last().is_some_and(|latest| latest.night != self.night) {
            let _ = writeln!(out, "{}", words.say("seen-last", [("night", self.night.as_str().into())]));
        }
        out.push('\n');
        for order in &self.orders {
            let _ = writeln!(out, "  {}", order.line(&words));
        }
        for row in &self.rows {
            let _ = writeln!(out, "  {}", row.line(&words));
        }
        if self.causes.is_empty() {
            let _ = writeln!(out, "\n{}", words.word("no-causes"));
        } else {
            let _ = writeln!(out, "\n{}:", words.word("causes"));
        }
        for cause in &self.causes {
            let style = class_style(&cause.class);
            let metrics = if cause.metrics.is_empty() { String::new() } else { format!(" ({})", cause.metrics.join(", ")) };
            let order = cause.order_ref.as_ref().map(|order| format!("{order}: ")).unwrap_or_default();
            let also = if cause.also_applies.is_empty() { String::new() } else { format!("; {} {}", words.word("also"), cause.also_applies.join(", ")) };
            let class = words.word(&format!("class-{}", cause.class));
            let _ = writeln!(out, "  {style}{class:<6}{style:#} {order}{}{metrics}: {}{also}", cause.code, cause.title);
            let proof = cause.proof();
            if !proof.is_empty() {
                let _ = writeln!(out, "         {} {}", words.word("proof"), proof.join(", "));
            }
            if cause.class != "benign" && !cause.advice.is_empty() {
                let _ = writeln!(out, "         → {}", cause.advice);
            }
        }
        self.write_nights(&mut out, &words);
        out
    }

    /// Nights in a row that said the same are one line.
    fn write_nights(&self, out: &mut String, words: &Words) {
        let _ = writeln!(out, "\n{}:", words.word("nights"));
        let mut nights = self.nights.iter().peekable();
        while let Some(first) = nights.next() {
            let same = |other: &&Night| (&other.platform, &other.erp, &other.causes) == (&first.platform, &first.erp, &first.causes);
            let mut last = first;
            while let Some(next) = nights.next_if(|night| same(night)) {
                last = next;
            }
            let when = if last.night == first.night { first.night.clone() } else { format!("{} … {}", first.night, last.night) };
            let side = |states: &Option<Vec<String>>| states.as_ref().map_or_else(|| "–".to_owned(), |states| states.join(", "));
            let _ = writeln!(
                out,
                "  {when:<23}  {} {}  |  {} {}  |  {}",
                words.word("side-platform"),
                side(&first.platform),
                words.word("side-local"),
                side(&first.erp),
                side(&first.causes)
            );
        }
    }
}

/// What `order` says when no night knows the number; `engine` is the last one.
pub fn order_not_found(engine: &Engine, asked: &str, nights: usize, lang: Lang) -> Outcome<String> {
    let count = |table: &str| engine.count(&format!("select count(*) from {table}"));
    let values = [
        ("number", FluentValue::from(asked)),
        ("orders", count("platform_orders")?.into()),
        ("rows", count("local_orders")?.into()),
        ("nights", nights.into()),
    ];
    Ok(Words::of(lang).say("order-not-found", values) + "\n")
}

/// That more groups fit than were told.
pub fn orders_left_out(n: usize, lang: Lang) -> String {
    format!("\n{}\n", Words::of(lang).say("order-more", [("n", n.into())]))
}

impl Cause {
    /// The fields that prove it; the states and dates of both sides stand on the screen already.
    fn proof(&self) -> Vec<String> {
        let said = ["platform_lifecycle", "platform_created_at", "local_row_id", "local_lifecycle", "local_created_at"];
        let evidence: Map<String, serde_json::Value> = serde_json::from_str(&self.evidence).unwrap_or_default();
        evidence
            .iter()
            .filter(|(field, _)| !said.contains(&field.as_str()))
            .map(|(field, value)| format!("{field} {}", value.as_str().unwrap_or(&value.to_string())))
            .collect()
    }
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn dated(words: &Words, name: &str, at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(|at| words.say(name, [("at", minute(at).into())]))
}

/// Our word for a state, with the source's own.
fn state(lifecycle: &str, raw: Option<&str>) -> String {
    raw.map_or_else(|| lifecycle.to_owned(), |raw| format!("{lifecycle} (`{raw}`)"))
}

impl Order {
    fn line(&self, words: &Words) -> String {
        let no = self.platform_order_no.as_ref().filter(|no| **no != self.platform_order_id).map(|no| format!(" {no}")).unwrap_or_default();
        let facts = joined([
            dated(words, "order-placed", Some(self.created_at)),
            dated(words, "order-shipped", self.shipped_at),
            dated(words, "order-cancelled", self.cancelled_at),
            dated(words, "order-updated", Some(self.updated_at)),
        ]);
        let state = state(&self.lifecycle, self.raw_status.as_deref());
        format!("{} {} ({})  {}{no}  {state}  {facts}", words.word("side-platform"), self.store_id, self.platform, self.platform_order_id)
    }
}

impl LocalRow {
    fn line(&self, words: &Words) -> String {
        let number = self.number.as_ref().map_or_else(|| words.word("row-no-number"), |raw| words.say("row-number", [("raw", raw.as_str().into())]));
        let link = match (&self.link_kind, self.ambiguous) {
            (Some(kind), false) => kind.clone(),
            (Some(kind), true) => format!("{kind}, {}", words.say("link-ambiguous", [("orders", self.orders.join(", ").into())])),
            (None, _) => words.word("link-none"),
        };
        let merged = (!self.merged_order_ids.is_empty()).then(|| words.say("row-merged", [("orders", self.merged_order_ids.join(", ").into())]));
        let facts = joined([
            Some(number),
            Some(link),
            self.role.clone(),
            (self.origin != "platform_sync").then(|| self.origin.clone()),
            merged,
            self.parent_local_row_id.as_ref().map(|row| words.say("row-split", [("row", row.as_str().into())])),
            Some(words.say("row-submitted", [("status", self.submit_status.as_str().into())])),
            self.submit_error.clone(),
            dated(words, "order-placed", self.created_at),
            dated(words, "row-imported", self.imported_at),
            dated(words, "order-shipped", self.shipped_at),
        ]);
        let state = state(&self.lifecycle, self.raw_status.as_deref());
        format!("{} {} ({})  {}  {state}  {facts}", words.word("side-local"), self.store_id, self.erp, self.local_row_id)
    }
}
