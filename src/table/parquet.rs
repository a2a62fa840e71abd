//! Parquet: our own snapshots out, anybody's files in, in bounded memory.
//! May not leave a half-written file: callers write into a `.part-` folder that is renamed when whole.

use std::fs::File;
use std::io::{BufWriter, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    AnyValue, BooleanChunkedBuilder, ChunkedBuilder, Column as PolarsColumn, DataFrame, DataType, Int32Type, Int64Type, Int128Chunked, IntoColumn, IntoSeries,
    ListBuilderTrait, ListStringChunkedBuilder, NewChunkedArray, ParquetCompression, ParquetReader, ParquetWriter, PlSmallStr, PolarsError,
    PrimitiveChunkedBuilder, Schema, SerReader, StringChunkedBuilder, TimeUnit,
};
use polars_parquet::parquet::page::CompressedPage;
use polars_parquet::parquet::read::{PageReader, read_metadata};

use crate::failure::{Failure, Outcome};
use crate::limits::{BATCH_ROWS, PARQUET_PAGE_BYTES_MAX};
use crate::model::value::MONEY_PLACES;
use crate::model::{Column, Kind, Row, Table, Tables, Value};

use super::{RawRow, guarded};

/// Writes rows of one canonical table, a batch at a time.
pub struct ParquetSink {
    path: PathBuf,
    writer: BatchedWriter<BufWriter<File>>,
    columns: Vec<(PlSmallStr, Builder)>,
    in_batch: usize,
    rows: u64,
}

enum Builder {
    Text(StringChunkedBuilder),
    Bool(BooleanChunkedBuilder),
    Int(PrimitiveChunkedBuilder<Int32Type>),
    BigInt(PrimitiveChunkedBuilder<Int64Type>),
    Instant(PrimitiveChunkedBuilder<Int64Type>),
    Date(PrimitiveChunkedBuilder<Int32Type>),
    Money(Vec<Option<i128>>),
    List(ListStringChunkedBuilder),
}

fn refused(path: &Path, error: &PolarsError) -> Failure {
    Failure::input(format!("cannot use `{}` as Parquet", path.display()))
        .facts(error.to_string())
        .hint("check that the file is whole, and that it is Parquet: the ending says so")
}

fn dtype(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::String,
        Kind::Bool => DataType::Boolean,
        Kind::Int => DataType::Int32,
        Kind::BigInt => DataType::Int64,
        Kind::Instant => DataType::Datetime(TimeUnit::Microseconds, None),
        Kind::Date => DataType::Date,
        Kind::Money => DataType::Decimal(18, MONEY_PLACES as usize),
        Kind::List => DataType::List(Box::new(DataType::String)),
    }
}

impl Builder {
    fn new(name: &PlSmallStr, kind: Kind) -> Self {
        let name = name.clone();
        match kind {
            Kind::Text => Self::Text(StringChunkedBuilder::new(name, BATCH_ROWS)),
            Kind::Bool => Self::Bool(BooleanChunkedBuilder::new(name, BATCH_ROWS)),
            Kind::Int => Self::Int(PrimitiveChunkedBuilder::new(name, BATCH_ROWS)),
            Kind::BigInt => Self::BigInt(PrimitiveChunkedBuilder::new(name, BATCH_ROWS)),
            Kind::Instant => Self::Instant(PrimitiveChunkedBuilder::new(name, BATCH_ROWS)),
            Kind::Date => Self::Date(PrimitiveChunkedBuilder::new(name, BATCH_ROWS)),
            Kind::Money => Self::Money(Vec::with_capacity(BATCH_ROWS)),
            Kind::List => Self::List(ListStringChunkedBuilder::new(name, BATCH_ROWS, BATCH_ROWS)),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::BigInt(_) => Kind::BigInt,
            Self::Instant(_) => Kind::Instant,
            Self::Date(_) => Kind::Date,
            Self::Money(_) => Kind::Money,
            Self::List(_) => Kind::List,
        }
    }

    fn push(&mut self, value: &Value) {
        match (self, value) {
            (Self::Text(b), Value::Text(text)) => b.append_value(text),
            (Self::Text(b), _) => b.append_null(),
            (Self::Bool(b), Value::Bool(yes)) => b.append_value(*yes),
            (Self::Bool(b), _) => b.append_null(),
            (Self::Int(b), Value::Int(n)) => b.append_option(i32::try_from(*n).ok()),
            (Self::Date(b), Value::Date(days)) => b.append_value(*days),
            (Self::Int(b) | Self::Date(b), _) => b.append_null(),
            (Self::BigInt(b), Value::Int(n)) | (Self::Instant(b), Value::Instant(n)) => b.append_value(*n),
            (Self::BigInt(b) | Self::Instant(b), _) => b.append_null(),
            (Self::Money(b), Value::Money(n)) => b.push(Some((*n).into())),
            (Self::Money(b), _) => b.push(None),
            (Self::List(b), Value::List(list)) => b.append_values_iter(list.iter().map(String::as_str)),
            (Self::List(b), _) => b.append_null(),
        }
    }

    fn finish(self, name: &PlSmallStr) -> Result<PolarsColumn, PolarsError> {
        let dtype = dtype(self.kind());
        Ok(match self {
            Self::Text(b) => b.finish().into_column(),
            Self::Bool(b) => b.finish().into_column(),
            Self::Int(b) => b.finish().into_column(),
            Self::BigInt(b) => b.finish().into_column(),
            Self::Instant(b) => b.finish().into_series().cast(&dtype)?.into_column(),
            Self::Date(b) => b.finish().into_series().cast(&dtype)?.into_column(),
            Self::Money(b) => Int128Chunked::from_slice_options(name.clone(), &b).into_decimal_unchecked(18, MONEY_PLACES as usize).into_column(),
            Self::List(mut b) => b.finish().into_column(),
        })
    }
}

impl ParquetSink {
    /// A new file for rows of `table`.
    pub fn create(path: &Path, table: &Table) -> Outcome<Self> {
        let file = File::create(path).map_err(|e| Failure::disk(format!("cannot write `{}`", path.display()), &e))?;
        let mut schema = Schema::with_capacity(table.columns.len());
        for column in &table.columns {
            schema.insert(column.name.into(), dtype(column.kind));
        }
        let writer = ParquetWriter::new(BufWriter::new(file)).with_compression(ParquetCompression::Lz4Raw).batched(&schema).map_err(|e| refused(path, &e))?;
        Ok(Self { path: path.to_owned(), writer, columns: builders(&table.columns), in_batch: 0, rows: 0 })
    }

    /// Adds a row: one value a column, in order, as `Table::normalise` gives them.
    pub fn push(&mut self, row: &[Value]) -> Outcome<()> {
        for ((_, builder), value) in self.columns.iter_mut().zip(row) {
            builder.push(value);
        }
        self.in_batch += 1;
        self.rows += 1;
        if self.in_batch == BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes what is left and the footer; the file is whole after that.
    pub fn finish(mut self) -> Outcome<u64> {
        if self.in_batch > 0 || self.rows == 0 {
            self.flush()?;
        }
        self.writer.finish().map_err(|e| refused(&self.path, &e))?;
        Ok(self.rows)
    }

    fn flush(&mut self) -> Outcome<()> {
        let fresh = self.columns.iter().map(|(name, builder)| (name.clone(), Builder::new(name, builder.kind()))).collect();
        let height = std::mem::take(&mut self.in_batch);
        let columns = std::mem::replace(&mut self.columns, fresh).into_iter().map(|(name, builder)| builder.finish(&name)).collect::<Result<_, _>>();
        columns.and_then(|columns| DataFrame::new(height, columns)).and_then(|frame| self.writer.write_batch(&frame)).map_err(|e| refused(&self.path, &e))
    }
}

fn builders(columns: &[Column]) -> Vec<(PlSmallStr, Builder)> {
    columns.iter().map(|column| (PlSmallStr::from_static(column.name), Builder::new(&column.name.into(), column.kind))).collect()
}

/// Writes a whole file of typed rows.
pub fn write<R: Row>(path: &Path, rows: impl IntoIterator<Item = R>) -> Outcome<u64> {
    let mut sink = ParquetSink::create(path, Tables::get(R::TABLE)?)?;
    for row in rows {
        sink.push(&row.into_values())?;
    }
    sink.finish()
}

/// The column names of a Parquet file.
pub fn header(path: &Path) -> Outcome<Vec<String>> {
    let schema = guarded(&path.display().to_string(), || reader(path)?.schema().map_err(|e| refused(path, &e)))?;
    Ok(schema.iter_names().map(ToString::to_string).collect())
}

/// Hands every row of a Parquet file to `on_row`, decoding a slice of a row group at a time.
pub fn read(path: &Path, on_row: &mut super::OnRow<'_>) -> Outcome<()> {
    let shown = path.display().to_string();
    let groups: Vec<usize> = guarded(&shown, || {
        look_through(path)?;
        let mut reader = reader(path)?;
        let metadata = reader.get_metadata().map_err(|e| refused(path, &e))?;
        Ok(metadata.row_groups.iter().map(|group| group.num_rows()).collect())
    })?;
    let mut from = 0;
    let mut cells = Vec::new();
    for group in groups {
        let mut left = group;
        while left > 0 {
            let take = left.min(BATCH_ROWS);
            let frame = guarded(&shown, || reader(path)?.with_slice(Some((from, take))).finish().map_err(|e| refused(path, &e)))?;
            if frame.height() < take {
                return Err(Failure::input(format!("cannot read `{shown}`")).facts("it has fewer rows than it says").hint("download it again"));
            }
            rows_of(&frame, from, &mut cells, on_row)?;
            from += take;
            left -= take;
        }
    }
    Ok(())
}

/// Refuses a file whose pages claim more than can be there: polars asks for that much memory at once, and a refusal of memory ends the process.
fn look_through(path: &Path) -> Outcome<()> {
    let damaged =
        |why: String| Failure::input(format!("cannot read `{}`", path.display())).facts(format!("its data are damaged: {why}")).hint("download it again");
    let mut file = File::open(path).map_err(|e| damaged(e.to_string()))?;
    let length = file.metadata().map_err(|e| damaged(e.to_string()))?.len();
    let metadata = read_metadata(&mut file).map_err(|e| damaged(e.to_string()))?;
    for group in &metadata.row_groups {
        for column in group.parquet_columns() {
            let claimed = usize::try_from(column.num_values()).unwrap_or(usize::MAX);
            let is_flat = column.descriptor().descriptor.max_rep_level == 0;
            let range = column.byte_range();
            if range.end > length || range.end < range.start || (is_flat && claimed != group.num_rows()) {
                return Err(damaged("a column is not where or what it should be".to_owned()));
            }
            let mut bytes = vec![0; usize::try_from(range.end - range.start).map_err(|e| damaged(e.to_string()))?];
            file.seek(SeekFrom::Start(range.start)).and_then(|_| file.read_exact(&mut bytes)).map_err(|e| damaged(e.to_string()))?;
            let mut values = 0_usize;
            for page in PageReader::new(Cursor::new(bytes.into()), column, Vec::new(), PARQUET_PAGE_BYTES_MAX) {
                let (held, unpacked) = match page.map_err(|e| damaged(e.to_string()))? {
                    CompressedPage::Data(page) => (page.num_values(), page.uncompressed_size()),
                    CompressedPage::Dict(_) => (0, 0),
                };
                values = values.saturating_add(held);
                if values > claimed || unpacked > PARQUET_PAGE_BYTES_MAX {
                    return Err(damaged("a page claims more than its column holds".to_owned()));
                }
            }
        }
    }
    Ok(())
}

fn rows_of(frame: &DataFrame, from: usize, cells: &mut Vec<Value>, on_row: &mut super::OnRow<'_>) -> Outcome<()> {
    let series: Vec<_> = frame.columns().iter().map(|column| column.as_materialized_series().rechunk()).collect();
    for i in 0..frame.height() {
        cells.clear();
        for column in &series {
            cells.push(column.get(i).map_or(Value::Null, |cell| value(&cell)));
        }
        on_row(RawRow { number: (from + i + 1) as u64, cells })?;
    }
    Ok(())
}

fn value(cell: &AnyValue<'_>) -> Value {
    match cell {
        AnyValue::Null => Value::Null,
        AnyValue::String(text) => Value::Text((*text).to_owned()),
        AnyValue::StringOwned(text) => Value::Text(text.to_string()),
        AnyValue::Boolean(yes) => Value::Bool(*yes),
        AnyValue::Date(days) => Value::Date(*days),
        AnyValue::Datetime(n, unit, _) => Value::Instant(micros(*n, *unit)),
        AnyValue::Decimal(n, _, scale) => rust_decimal::Decimal::try_from_i128_with_scale(*n, u32::try_from(*scale).unwrap_or_default())
            .ok()
            .and_then(crate::model::value::money)
            .unwrap_or_default(),
        AnyValue::List(list) => Value::List(list.iter().filter(|item| !item.is_null()).map(|item| text_of(&item)).collect()),
        // A float that is a whole number is written without an exponent: it may be an id that a spreadsheet touched.
        AnyValue::Float64(n) if n.fract() == 0.0 && n.abs() < 1e21 => Value::Text(format!("{n:.0}")),
        other => other.extract::<i64>().filter(|_| other.is_integer()).map_or_else(|| Value::Text(text_of(other)), Value::Int),
    }
}

fn text_of(cell: &AnyValue<'_>) -> String {
    cell.str_value().into_owned()
}

fn micros(n: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => n.div_euclid(1000),
        TimeUnit::Microseconds => n,
        TimeUnit::Milliseconds => n.saturating_mul(1000),
    }
}

fn reader(path: &Path) -> Outcome<ParquetReader<File>> {
    File::open(path).map(ParquetReader::new).map_err(|e| Failure::input(format!("cannot read `{}`", path.display())).facts(e.to_string()))
}
