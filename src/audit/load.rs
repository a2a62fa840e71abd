//! Loads tonight's snapshots into the run's database, with what only Rust can compute: store windows, zone spans, manifests.
//! May not judge a row; a newer version of a row replaces an older one, and that is all.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::zones;
use crate::engine::Engine;
use crate::failure::{Failure, Outcome};
use crate::job::Job;
use crate::model::rows::{Acknowledgement, Input, Night, Store, UnmappedShop};
use crate::model::schema::Absent;
use crate::model::{Period, Row, Table, Tables, Value, hex};
use crate::snapshot::{FileRead, Snapshot};
use crate::sources::Extracted;
use crate::table::parquet;

/// What a run knows about the night it judges.
#[derive(Debug, Clone, Copy)]
pub struct Tonight {
    /// The instant the night is judged at.
    pub as_of: DateTime<Utc>,
    /// The calendar day of `as_of` in the job's zone.
    pub business_on: NaiveDate,
}

/// Fills every input table; rows loaded by table.
pub fn load(
    engine: &Engine,
    job: &Job,
    tonight: Tonight,
    extracted: &[Extracted],
    acknowledgements: Outcome<Vec<Acknowledgement>>,
    scratch: &Path,
) -> Outcome<BTreeMap<&'static str, u64>> {
    let snapshots: Vec<_> = extracted.iter().filter_map(|e| e.snapshot.as_ref().ok()).collect();
    let mut loaded = BTreeMap::new();
    engine.run("to begin loading", "create or replace table work.replaced_rows (table_name varchar, n_rows bigint)")?;
    for table in Tables::inputs()?.filter(|table| table.name != Store::TABLE) {
        let files: Vec<_> = snapshots.iter().flat_map(|s| s.files_of(table.name)).collect();
        let rows = engine.load(table, &files)?;
        let replaced = if files.len() > 1 || single_key(table) { newest_only(engine, table)? } else { 0 };
        loaded.insert(table.name, rows - replaced);
    }
    let stores = stores(job, tonight.as_of, &snapshots)?;
    loaded.insert(Store::TABLE, stores.len() as u64);
    let place = Place { engine, scratch };
    place.rows(stores)?;
    // A slip in a file that people edit must not cost the night: everything is told, and that too.
    let unread = acknowledgements.as_ref().err().map(|failure| Input {
        source: Acknowledgement::TABLE.to_owned(),
        stream: Acknowledgement::TABLE.to_owned(),
        table_name: Acknowledgement::TABLE.to_owned(),
        status: "FAILED".to_owned(),
        why_not: Some(failure.line()),
        ..Input::default()
    });
    place.rows(extracted.iter().flat_map(inputs_of).chain(unread))?;
    place.rows(shops_of(extracted))?;
    place.rows(acknowledgements.unwrap_or_default())?;
    let supplied = |table: &str| extracted.iter().any(|e| e.snapshot.as_ref().is_ok_and(|s| s.files_of(table).next().is_some()));
    place.rows([Night {
        as_of: tonight.as_of,
        business_on: tonight.business_on,
        previous_on: engine.query("select max(business_on) from previous.night")?.rows.first().and_then(|row| match row.first() {
            Some(Value::Date(days)) => NaiveDate::default().checked_add_signed(TimeDelta::days((*days).into())),
            _ => None,
        }),
        fresh_from_at: tonight.as_of - TimeDelta::hours(job.fresh_hours.into()),
        sync_log_supplied: supplied("sync_log"),
        stores_supplied: supplied("stores") || !job.stores.is_empty(),
    }])?;
    place.rows(zone_spans(engine)?)?;
    Ok(loaded)
}

/// Tables whose rows are worth checking for twins even within one file.
fn single_key(table: &Table) -> bool {
    matches!(table.name, "platform_orders" | "local_orders" | "platform_listings" | "local_products" | "local_inventory")
}

/// Keeps the newest version of each key; rows removed.
fn newest_only(engine: &Engine, table: &Table) -> Outcome<u64> {
    if table.key.is_empty() || table.name == "load_rejects" || table.name.ends_with("_lines") {
        return Ok(0);
    }
    let key = table.key.join(", ");
    let doubled = format!("select {key} from {} group by {key} having count(*) > 1", table.name);
    if engine.count(&format!("select count(*) from ({doubled})"))? == 0 {
        return Ok(0);
    }
    let name = table.name;
    let dated = ["updated_at", "snapshot_at", "finished_at", "generated_at"].into_iter().find(|column| table.position(column).is_some());
    let newest = dated.map(|column| format!("{column} desc nulls last, ")).unwrap_or_default();
    let older = format!(
        "select id from (select rowid as id, row_number() over (partition by {key} order by {newest}source_file_id desc, source_row desc) as turn from {name}) where turn > 1"
    );
    engine.run(
        &format!("to drop older versions in `{name}`"),
        &format!("insert into work.replaced_rows select '{name}', count(*) from ({older}); delete from {name} where rowid in ({older})"),
    )?;
    engine.count(&format!("select n_rows from work.replaced_rows where table_name = '{name}'"))
}

struct Place<'a> {
    engine: &'a Engine,
    scratch: &'a Path,
}

impl Place<'_> {
    fn rows<R: Row>(&self, rows: impl IntoIterator<Item = R>) -> Outcome<()> {
        let path = self.scratch.join(format!("{}.parquet", R::TABLE));
        parquet::write(&path, rows)?;
        self.engine.load(Tables::get(R::TABLE)?, std::slice::from_ref(&path))?;
        std::fs::remove_file(&path).map_err(|e| Failure::disk(format!("cannot remove `{}`", path.display()), &e))
    }
}

/// The stores of all snapshots; what the job says wins column by column. Windows are computed here, because SQL has no calendar of the rule book's kind.
fn stores(job: &Job, as_of: DateTime<Utc>, snapshots: &[&Snapshot]) -> Outcome<Vec<Store>> {
    let table = Tables::get(Store::TABLE)?;
    let files: Vec<_> = snapshots.iter().flat_map(|s| s.files_of(Store::TABLE)).collect();
    let mut known: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for file in &files {
        parquet::read(file, &mut |row| {
            let cells = std::mem::take(row.cells);
            if let Some(id) = cells.first().and_then(Value::text) {
                known.insert(id.to_owned(), cells);
            }
            Ok(())
        })?;
    }
    for store in &job.stores {
        let cells = known.entry(store.id.clone()).or_insert_with(|| vec![Value::Null; table.columns.len()]);
        for (column, value) in store.values()? {
            if let Some(cell) = table.position(column).and_then(|i| cells.get_mut(i)) {
                *cell = value;
            }
        }
    }
    known.into_values().map(|cells| complete(table, cells, as_of)).collect()
}

/// Fills what a store's row does not say: defaults, the window of its platform, the instants its windows begin.
fn complete(table: &Table, mut cells: Vec<Value>, as_of: DateTime<Utc>) -> Outcome<Store> {
    for (i, column) in table.columns.iter().enumerate() {
        let value = match &column.absent {
            Absent::Value(value) => value.clone(),
            Absent::Column(from) => cells.get(*from).cloned().unwrap_or_default(),
            _ => continue,
        };
        if let Some(cell) = cells.get_mut(i).filter(|cell| cell.is_null()) {
            *cell = value;
        }
    }
    let mut store = Store::from_values(cells).ok_or_else(|| Failure::new(crate::failure::Kind::Broken, "a row of `stores` does not fit its schema"))?;
    let window = store.history_window.get_or_insert_with(|| default_window(&store.platform).to_owned()).clone();
    let period = |text: &str| text.parse::<Period>().map_err(|why| Failure::settings(format!("store `{}`: {why}", store.store_id)));
    store.history_from_at = store.history_start_at.map(|at| period(&window).map(|p| p.before(at))).transpose()?.flatten();
    store.api_from_at = store.api_window.as_deref().map(|text| period(text).map(|p| p.before(as_of))).transpose()?.flatten();
    store.local_from_at = store.local_retention.as_deref().map(|text| period(text).map(|p| p.before(as_of))).transpose()?.flatten();
    store.settle_seconds = Some(period(&store.settle_delay)?.seconds());
    if store.is_authorised.is_none() && store.authorised_at.is_some() {
        store.is_authorised = Some(true);
    }
    Ok(store)
}

/// The history an ERP imports after authorisation (000-6 to 000-8).
fn default_window(platform: &str) -> &'static str {
    match platform {
        "shopee" => "P15D",
        "shopify" => "P4M",
        _ => "P1M",
    }
}

/// What a source's manifest says about each of its tables; a failed source says it too.
fn inputs_of(extracted: &Extracted) -> Vec<Input> {
    let row = |table: &str| Input {
        source: extracted.name.clone(),
        stream: extracted.stream.clone(),
        table_name: table.to_owned(),
        store_id: extracted.store_id.clone(),
        ..Input::default()
    };
    match &extracted.snapshot {
        Err(failure) => {
            extracted.tables.iter().map(|table| Input { status: "FAILED".to_owned(), complete: false, why_not: Some(failure.line()), ..row(table) }).collect()
        }
        Ok(snapshot) => {
            let manifest = &snapshot.manifest;
            let written = manifest.content.tables.iter().filter(|written| written.table != "load_rejects" || written.file == "load_rejects.parquet");
            written
                .map(|written| {
                    // A file named after a table counts for that table; a mapped file counts for all its tables.
                    let read: Vec<_> = manifest.content.files.iter().filter(|file| file.left_out.is_none()).collect();
                    let named = |file: &&&FileRead| Path::new(&file.name).file_stem().is_some_and(|stem| stem == written.table.as_str());
                    let own: Vec<_> = read.iter().filter(named).copied().collect();
                    let own = if own.is_empty() { read } else { own };
                    let count = |of: fn(&FileRead) -> u64| i64::try_from(own.iter().map(|file| of(file)).sum::<u64>()).unwrap_or(i64::MAX);
                    // A file of which nothing could be used says nothing about its orders.
                    let useless = written.rows == 0 && count(|f| f.rejected) > 0;
                    if useless {
                        let why = format!("none of {} rows could be used, see rejects/load_rejects.csv", count(|f| f.rows));
                        return Input { status: "FAILED".to_owned(), complete: false, why_not: Some(why), ..row(&written.table) };
                    }
                    Input {
                        status: "DONE".to_owned(),
                        complete: manifest.content.end.complete,
                        why_not: (!manifest.content.end.complete).then(|| manifest.content.end.stopped_because.clone()),
                        data_start_at: manifest.content.end.data_start_at,
                        // A file that does not say when its data end cannot know more than when it was saved.
                        data_end_at: manifest.content.end.data_end_at.or_else(|| own.iter().map(|file| file.taken_at).max()),
                        file_rows: count(|f| f.rows),
                        skipped_rows: count(|f| f.skipped),
                        rejected_rows: count(|f| f.rejected),
                        loaded_rows: i64::try_from(written.rows).unwrap_or(i64::MAX),
                        unknown_columns: manifest.content.unknown_columns.clone(),
                        missing_columns: manifest.content.missing_columns.clone(),
                        files: own.iter().map(|file| file.name.clone()).collect(),
                        sha256: written.sha256.clone(),
                        ..row(&written.table)
                    }
                })
                .collect()
        }
    }
}

fn shops_of(extracted: &[Extracted]) -> Vec<UnmappedShop> {
    let shops = |e: &Extracted| e.snapshot.as_ref().map(|s| s.manifest.content.unknown_shops.clone()).unwrap_or_default();
    extracted
        .iter()
        .flat_map(|e| {
            shops(e).into_iter().map(|(shop_name, rows)| UnmappedShop { source: e.name.clone(), shop_name, n_rows: i64::try_from(rows).unwrap_or(i64::MAX) })
        })
        .collect()
}

/// Spans for every zone that a store has, over the time its orders span.
fn zone_spans(engine: &Engine) -> Outcome<Vec<crate::model::rows::ZoneSpan>> {
    let range = engine.query(
        "select min(a), max(b) from (select min(least(created_at, shipped_at)) a, max(greatest(created_at, shipped_at)) b from platform_orders \
         union all select min(least(order_created_at, shipped_at)), max(greatest(order_created_at, shipped_at)) from local_orders)",
    )?;
    let instant = |i: usize| match range.rows.first().and_then(|row| row.get(i)) {
        Some(Value::Instant(micros)) => DateTime::from_timestamp_micros(*micros),
        _ => None,
    };
    // The zone database says little before 1970 and nothing sure after 2100.
    let (floor, ceiling) = (DateTime::UNIX_EPOCH, DateTime::from_timestamp(4_102_444_800, 0).unwrap_or(DateTime::UNIX_EPOCH));
    let from = instant(0).unwrap_or(floor).clamp(floor, ceiling);
    let until = instant(1).unwrap_or(from).clamp(from, ceiling) + TimeDelta::days(1);
    let mut spans = Vec::new();
    for row in engine.query("select timezone from stores union select local_timezone from stores union select 'UTC' order by 1")?.rows {
        if let Some(zone) = row.first().and_then(Value::text).and_then(|name| name.parse::<Tz>().ok()) {
            // A zone may have another name than the one that was asked for: SQL joins the name of `stores`.
            let name = row.first().and_then(Value::text).unwrap_or_default().to_owned();
            spans.extend(zones::spans(zone, from, until).into_iter().map(|span| crate::model::rows::ZoneSpan { zone: name.clone(), ..span }));
        }
    }
    Ok(spans)
}

/// SHA-256 over the checksums of everything that was loaded.
pub fn inputs_hash(extracted: &[Extracted]) -> String {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    for e in extracted {
        digest.update(e.name.as_bytes());
        match &e.snapshot {
            Ok(snapshot) => snapshot.manifest.content.tables.iter().for_each(|written| digest.update(written.sha256.as_bytes())),
            Err(failure) => digest.update(failure.line().as_bytes()),
        }
    }
    hex(&digest.finalize())
}
