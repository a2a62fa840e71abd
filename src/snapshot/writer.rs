//! Writes one snapshot: rows are normalised, refused rows are kept, the folder is renamed when whole.
//! May not decide what a row means: its source does.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{FileRead, MANIFEST, Manifest, Snapshot, TableWritten, sha256_of};
use crate::failure::{Failure, Kind, Outcome};
use crate::limits::REJECT_TEXT_CHARS_MAX;
use crate::model::rows::LoadReject;
use crate::model::schema::{Rejected, RowContext};
use crate::model::{Row, Table, Tables, Value, keys};
use crate::table::parquet::ParquetSink;

/// A snapshot that nobody sees yet.
pub struct SnapshotWriter {
    part: PathBuf,
    whole: PathBuf,
}

/// Writes the rows of one canonical table into a snapshot, and its rejects beside them.
pub struct TableWriter {
    table: &'static Table,
    folder: PathBuf,
    sink: ParquetSink,
    rejects: Option<ParquetSink>,
}

impl SnapshotWriter {
    pub(super) fn create(part: PathBuf, whole: PathBuf) -> Outcome<Self> {
        if part.exists() {
            super::remove(&part)?;
        }
        fs::create_dir_all(&part).map_err(|e| Failure::disk(format!("cannot make the folder `{}`", part.display()), &e))?;
        Ok(Self { part, whole })
    }

    /// Where something may lie while the snapshot is written.
    pub fn scratch(&self) -> &Path {
        &self.part
    }

    /// A writer for one table.
    pub fn table(&self, table: &'static Table) -> Outcome<TableWriter> {
        let sink = ParquetSink::create(&self.part.join(format!("{}.parquet", table.name)), table)?;
        Ok(TableWriter { table, folder: self.part.clone(), sink, rejects: None })
    }

    /// Writes the manifest and makes the snapshot visible, all at once.
    pub fn commit(self, manifest: Manifest) -> Outcome<Snapshot> {
        for file in &manifest.content.files {
            if file.rows != file.used + file.rejected + file.skipped {
                return Err(Failure::new(Kind::Broken, format!("rows of `{}` were lost while reading", file.name))
                    .facts(format!("{} rows, but {} used, {} rejected and {} skipped", file.rows, file.used, file.rejected, file.skipped))
                    .hint("please report this with the shape of the file"));
            }
        }
        let path = self.part.join(MANIFEST);
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&path)?;
            file.write_all(serde_json::to_string_pretty(&manifest)?.as_bytes())?;
            file.sync_all()?;
            fs::rename(&self.part, &self.whole)
        };
        write().map_err(|e| Failure::disk(format!("cannot write the snapshot `{}`", self.whole.display()), &e))?;
        Ok(Snapshot { folder: self.whole, manifest })
    }
}

impl TableWriter {
    /// The table.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// Adds a row: one raw cell a column. `Ok(None)`: it was refused and is kept among the rejects.
    pub fn accept(&mut self, cells: Vec<Value>, file: &FileRead, row: u64) -> Outcome<Option<Vec<Value>>> {
        let values = self.normalised(cells, file, row)?;
        values.as_ref().map_or(Ok(()), |values| self.push(values))?;
        Ok(values)
    }

    /// Adds a normalised row.
    pub fn push(&mut self, values: &[Value]) -> Outcome<()> {
        self.sink.push(values)
    }

    /// A row as it will be added; `Ok(None)` as in `accept`.
    pub fn normalised(&mut self, cells: Vec<Value>, file: &FileRead, row: u64) -> Outcome<Option<Vec<Value>>> {
        let text_in = |column: &str| self.table.position(column).and_then(|i| cells.get(i)?.text()).map(str::to_owned);
        let store_id = text_in("store_id");
        let order = text_in("platform_order_id").or_else(|| text_in("platform_order_id_raw"));
        match self.table.normalise(cells, &RowContext { as_of: file.taken_at, file: &file.name, row }) {
            Ok(values) => Ok(Some(values)),
            Err(rejected) => {
                self.reject(rejected, file, row, store_id, order.as_deref())?;
                Ok(None)
            }
        }
    }

    /// Keeps a row that cannot be used.
    pub fn reject(&mut self, rejected: Rejected, file: &FileRead, row: u64, store_id: Option<String>, order: Option<&str>) -> Outcome<()> {
        let rejects = Tables::get(LoadReject::TABLE)?;
        let sink = match &mut self.rejects {
            Some(sink) => sink,
            none => none.insert(ParquetSink::create(&self.folder.join(rejects_file(self.table)), rejects)?),
        };
        let reject = LoadReject {
            file_id: file.name.clone(),
            store_id,
            source_row: i64::try_from(row).unwrap_or(i64::MAX),
            field: (!rejected.field.is_empty()).then(|| format!("{}.{}", self.table.name, rejected.field)),
            reason: rejected.why,
            raw_text: rejected.text,
            // A number longer than any shop's is text that slipped into the cell, perhaps personal.
            order_key: order.map(keys::order_key).filter(|key| key.chars().count() <= REJECT_TEXT_CHARS_MAX),
            source_file_id: None,
        };
        sink.push(&reject.into_values())
    }

    /// Finishes the files; call before the snapshot is committed.
    pub fn finish(self) -> Outcome<Vec<TableWritten>> {
        let mut written = vec![finish(self.sink, self.table.name, format!("{}.parquet", self.table.name), &self.folder)?];
        if let Some(rejects) = self.rejects {
            written.push(finish(rejects, LoadReject::TABLE, rejects_file(self.table), &self.folder)?);
        }
        Ok(written)
    }
}

fn rejects_file(table: &Table) -> String {
    format!("load_rejects-{}.parquet", table.name)
}

fn finish(sink: ParquetSink, table: &str, file: String, folder: &Path) -> Outcome<TableWritten> {
    let rows = sink.finish()?;
    let (_, sha256) = sha256_of(&folder.join(&file))?;
    Ok(TableWritten { table: table.to_owned(), file, rows, sha256 })
}
