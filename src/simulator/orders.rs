//! Canonical files of any size in constant memory: orders on both sides, two lines each, a known share of which differ.
//! Deterministic from a seed: every property of an order is a function of its number.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::failure::{Failure, Outcome};
use crate::model::rows::{LocalOrder, LocalOrderLine, PlatformOrder, PlatformOrderLine, Store};
use crate::model::{Row, Tables, Value};
use crate::table::parquet::ParquetSink;

/// How large a shop is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Orders on the platform.
    pub orders: u64,
    /// Stores they are spread over.
    pub stores: u64,
    /// Decides everything else.
    pub seed: u64,
}

/// Orders in a hundred that differ between the sides.
const DIFFER_PERCENT: u64 = 3;

/// Writes the five files of the shop as Parquet or CSV into a folder.
pub fn write(size: Size, out: &Path, csv: bool) -> Outcome<()> {
    std::fs::create_dir_all(out).map_err(|e| Failure::disk(format!("cannot make the folder `{}`", out.display()), &e))?;
    let mut stores = Sink::<Store>::create(out, csv)?;
    for s in 0..size.stores {
        stores.push(store(s))?;
    }
    stores.finish()?;
    let mut orders = Sink::<PlatformOrder>::create(out, csv)?;
    let mut lines = Sink::<PlatformOrderLine>::create(out, csv)?;
    let mut rows = Sink::<LocalOrder>::create(out, csv)?;
    let mut row_lines = Sink::<LocalOrderLine>::create(out, csv)?;
    for n in 0..size.orders {
        let (order, fate) = order(size, n);
        for k in 0..2 {
            lines.push(line(&order, n, k))?;
        }
        for copy in 0..fate.copies() {
            rows.push(row(&order, fate, n, copy))?;
            for k in 0..2 {
                row_lines.push(row_line(n, copy, k, fate))?;
            }
        }
        orders.push(order)?;
    }
    orders.finish()?;
    lines.finish()?;
    rows.finish()?;
    row_lines.finish()
}

/// What happened to an order on its way to the ERP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Same,
    Lost,
    Doubled,
    Redated,
    Edited,
    StillUnshipped,
}

impl Fate {
    fn copies(self) -> u64 {
        match self {
            Self::Lost => 0,
            Self::Doubled => 2,
            _ => 1,
        }
    }
}

/// A well-mixed number from a seed and a counter (splitmix64).
fn mixed(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn beginning() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

fn store_id(s: u64) -> String {
    format!("STORE{s:04}")
}

fn store(s: u64) -> Store {
    Store {
        store_id: store_id(s),
        platform: "shopify".to_owned(),
        platform_account_id: store_id(s),
        erp: "dianxiaomi".to_owned(),
        timezone: "America/Los_Angeles".to_owned(),
        local_timezone: "America/Los_Angeles".to_owned(),
        history_basis: "created".to_owned(),
        settle_delay: "PT2M".to_owned(),
        ..Store::default()
    }
}

fn order(size: Size, n: u64) -> (PlatformOrder, Fate) {
    let dice = mixed(size.seed, n);
    let created_at = beginning() + TimeDelta::seconds(i64::try_from(n.wrapping_mul(5_184_000) / size.orders.max(1)).unwrap_or(0));
    let shipped = !dice.is_multiple_of(4);
    let fate = match (dice >> 8) % 100 {
        p if p >= DIFFER_PERCENT => Fate::Same,
        _ => match (dice >> 20) % 5 {
            0 => Fate::Lost,
            1 => Fate::Doubled,
            2 => Fate::Redated,
            3 => Fate::Edited,
            _ => Fate::StillUnshipped,
        },
    };
    let order = PlatformOrder {
        store_id: store_id(n % size.stores.max(1)),
        platform_order_id: format!("{}", 5_769_320_183_450_000_u64 + n),
        platform_order_no: Some(format!("#{}", 1000 + n)),
        order_key: format!("{}", 5_769_320_183_450_000_u64 + n),
        order_type: "standard".to_owned(),
        raw_status: Some(if shipped { "fulfilled" } else { "unfulfilled" }.to_owned()),
        lifecycle: if shipped { "shipped" } else { "ready" }.to_owned(),
        fulfilment_channel: Some("seller".to_owned()),
        created_at,
        paid_at: Some(created_at + TimeDelta::seconds(30)),
        updated_at: created_at + TimeDelta::hours(30),
        shipped_at: shipped.then(|| created_at + TimeDelta::hours(30)),
        order_total: Some(Decimal::new(i64::try_from(dice % 100_000).unwrap_or(0), 2)),
        currency: Some("USD".to_owned()),
        ..PlatformOrder::default()
    };
    (order, fate)
}

fn sku(n: u64, k: u64) -> String {
    format!("SKU-{:05}", mixed(k, n) % 5_000)
}

fn line(order: &PlatformOrder, n: u64, k: u64) -> PlatformOrderLine {
    PlatformOrderLine {
        store_id: order.store_id.clone(),
        platform_order_id: order.platform_order_id.clone(),
        line_ordinal: i32::try_from(k + 1).unwrap_or(1),
        sku_raw: Some(sku(n, k)),
        sku_key: Some(sku(n, k)),
        qty: 1,
        unit_price: Some(Decimal::new(1999, 2)),
        currency: order.currency.clone(),
        ..PlatformOrderLine::default()
    }
}

fn row_id(n: u64, copy: u64) -> String {
    format!("XM{n:09}{}", if copy == 0 { "" } else { "-2" })
}

fn row(order: &PlatformOrder, fate: Fate, n: u64, copy: u64) -> LocalOrder {
    let shipped = order.shipped_at.is_some() && fate != Fate::StillUnshipped;
    let moved = if fate == Fate::Redated { TimeDelta::days(3) } else { TimeDelta::zero() };
    LocalOrder {
        local_row_id: row_id(n, copy),
        store_id: order.store_id.clone(),
        platform_order_id_raw: Some(order.platform_order_id.clone()),
        order_key: Some(order.order_key.clone()),
        origin: "platform_sync".to_owned(),
        raw_status: if shipped { "已发货" } else { "待处理" }.to_owned(),
        lifecycle: if shipped { "shipped_ok" } else { "pending" }.to_owned(),
        submit_status: if shipped { "ok" } else { "none" }.to_owned(),
        order_created_at: Some(order.created_at + moved),
        paid_at: order.paid_at,
        shipped_at: order.shipped_at.filter(|_| shipped),
        order_total: order.order_total,
        currency: order.currency.clone(),
        snapshot_at: beginning() + TimeDelta::days(60),
        ..LocalOrder::default()
    }
}

fn row_line(n: u64, copy: u64, k: u64, fate: Fate) -> LocalOrderLine {
    LocalOrderLine {
        local_row_id: row_id(n, copy),
        line_no: i32::try_from(k + 1).unwrap_or(1),
        sku_raw: Some(sku(n, k)),
        sku_key: Some(sku(n, k)),
        qty: if fate == Fate::Edited && k == 0 { 2 } else { 1 },
        ..LocalOrderLine::default()
    }
}

/// Writes rows of one table as Parquet or CSV.
enum Sink<R> {
    Parquet(Box<ParquetSink>),
    Csv(Box<csv::Writer<BufWriter<File>>>, std::marker::PhantomData<R>),
}

impl<R: Row> Sink<R> {
    fn create(out: &Path, csv: bool) -> Outcome<Self> {
        let path = out.join(format!("{}.{}", R::TABLE, if csv { "csv" } else { "parquet" }));
        if !csv {
            return Ok(Self::Parquet(Box::new(ParquetSink::create(&path, Tables::get(R::TABLE)?)?)));
        }
        let file = File::create(&path).map_err(|e| Failure::disk(format!("cannot write `{}`", path.display()), &e))?;
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record(R::COLUMNS.iter().map(|(name, ..)| *name)).map_err(|e| unwritten(&e))?;
        Ok(Self::Csv(Box::new(writer), std::marker::PhantomData))
    }

    fn push(&mut self, row: R) -> Outcome<()> {
        let values = row.into_values();
        match self {
            Self::Parquet(sink) => sink.push(&values),
            Self::Csv(writer, _) => writer.write_record(values.iter().map(text)).map_err(|e| unwritten(&e)),
        }
    }

    fn finish(self) -> Outcome<()> {
        match self {
            Self::Parquet(sink) => sink.finish().map(|_| ()),
            Self::Csv(mut writer, _) => writer.flush().map_err(|e| Failure::disk("cannot write a CSV file", &e)),
        }
    }
}

fn unwritten(error: &csv::Error) -> Failure {
    Failure::new(crate::failure::Kind::Disk, "cannot write a CSV file").facts(error.to_string())
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Instant(micros) => DateTime::from_timestamp_micros(*micros).map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default(),
        Value::Date(days) => days.to_string(),
        Value::Money(n) => Decimal::new(*n, crate::model::value::MONEY_PLACES).normalize().to_string(),
        Value::List(items) => serde_json::to_string(items).unwrap_or_default(),
    }
}
