//! The source `canonical`: files named after the canonical tables, with their column names, as CSV, TSV, Parquet or JSONL.
//! The contract for everybody who already has the data. May not rename or guess columns.

use std::path::{Path, PathBuf};

use super::{InputFile, Inputs, Source};
use crate::failure::{Failure, Outcome};
use crate::model::schema::Rejected;
use crate::model::{Table, Tables, Value};
use crate::snapshot::{Extract, FileRead, SnapshotWriter, TableWriter};
use crate::table::{BadRow, Form, RawRow, Rows};

const FORMATS: [&str; 4] = ["csv", "tsv", "parquet", "jsonl"];

/// A folder of files named after the canonical tables.
pub struct Canonical {
    folder: PathBuf,
}

impl Canonical {
    /// The files in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn file_of(&self, table: &str) -> Outcome<Option<PathBuf>> {
        let found: Vec<_> = FORMATS.iter().map(|format| self.folder.join(format!("{table}.{format}"))).filter(|path| path.is_file()).collect();
        match found.as_slice() {
            [first, second, ..] => Err(Failure::input(format!("the table `{table}` is there twice"))
                .facts(format!("`{}` and `{}`", first.display(), second.display()))
                .hint("keep one of them")),
            other => Ok(other.first().cloned()),
        }
    }
}

impl Source for Canonical {
    fn stream(&self) -> &'static str {
        "files"
    }

    fn tables(&self) -> Vec<&'static str> {
        let Ok(tables) = Tables::inputs() else { return Vec::new() };
        let there: Vec<_> = tables.map(|table| table.name).filter(|name| !matches!(self.file_of(name), Ok(None))).collect();
        if there.is_empty() { vec!["platform_orders", "local_orders"] } else { there }
    }

    fn inputs(&self) -> Outcome<Inputs> {
        let mut found = Vec::new();
        for table in Tables::inputs()? {
            if let Some(path) = self.file_of(table.name)? {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                found.push((path, name));
            }
        }
        if found.is_empty() {
            return Err(Failure::input(format!("no canonical file in `{}`", self.folder.display()))
                .hint("name files after the tables, for example platform_orders.csv and local_orders.csv; `nightaudit tables` lists them"));
        }
        Inputs::of(found)
    }

    fn look(&self, inputs: &Inputs, scratch: &Path) -> Outcome<Vec<String>> {
        for input in &inputs.files {
            let stem = input.path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            Layout::of(Tables::get(stem)?, &input.name, &Rows::open(&input.path, &Form::default(), scratch)?.begin(0)?)?;
        }
        Ok(self.strangers())
    }

    fn extract(&self, inputs: &[InputFile], into: &SnapshotWriter, tick: &(dyn Fn(u64) + Sync)) -> Outcome<Extract> {
        // Tables are independent files: the two sides are read on two threads.
        let parts: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = inputs.iter().map(|input| scope.spawn(move || one_table(input, into, tick))).collect();
            running.into_iter().map(|thread| thread.join().map_err(|_| Failure::new(crate::failure::Kind::Broken, "a reader stopped in the middle"))).collect()
        });
        let mut all = Extract { notes: self.strangers(), ..Extract::default() };
        for part in parts {
            let part = part??;
            all.files.extend(part.files);
            all.tables.extend(part.tables);
            all.unknown_columns.extend(part.unknown_columns);
        }
        Ok(all)
    }
}

impl Canonical {
    /// Files that look like tables but are named after none.
    fn strangers(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mut notes: Vec<_> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let (stem, format) = (path.file_stem()?.to_str()?, path.extension()?.to_str()?);
                let stranger = FORMATS.contains(&format) && !Tables::inputs().ok()?.any(|table| table.name == stem);
                stranger.then(|| format!("`{stem}.{format}` is not named after a table and was not read"))
            })
            .collect();
        notes.sort();
        notes
    }
}

fn one_table(input: &InputFile, into: &SnapshotWriter, tick: &(dyn Fn(u64) + Sync)) -> Outcome<Extract> {
    let stem = input.path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
    let table = Tables::get(stem)?;
    let mut reader = Reader { table, writer: into.table(table)?, file: input.unread(), layout: Layout::default(), tick };
    let unknown_columns = reader.read(&input.path, into.scratch())?;
    Ok(Extract { files: vec![reader.file], tables: reader.writer.finish()?, unknown_columns, ..Extract::default() })
}

struct Reader<'a> {
    table: &'static Table,
    writer: TableWriter,
    file: FileRead,
    layout: Layout,
    tick: &'a (dyn Fn(u64) + Sync),
}

/// Where the file's columns stand in the table.
#[derive(Default)]
struct Layout {
    target: Vec<Option<usize>>,
    /// Position of `is_authorised` when the file has `authorised_at`, so that a blank one means "never".
    authorised: Option<(usize, usize)>,
}

impl Layout {
    /// Finds the file's columns in the table; returns those that are not there, each once.
    fn of(table: &Table, file: &str, header: &[String]) -> Outcome<(Self, Vec<String>)> {
        let (mut layout, mut unknown) = (Self::default(), Vec::new());
        for name in header {
            let position = table.position(name).filter(|i| !layout.target.contains(&Some(*i)));
            if position.is_none() && !name.is_empty() {
                unknown.push(format!("{}.{name}", table.name));
            }
            layout.target.push(position);
        }
        let missing: Vec<_> = table
            .columns
            .iter()
            .enumerate()
            .filter(|(i, column)| column.absent == crate::model::schema::Absent::Refused && !layout.target.contains(&Some(*i)))
            .map(|(_, column)| format!("`{}`", column.name))
            .collect();
        // A JSONL file without an object is an empty table.
        if !missing.is_empty() && !header.is_empty() {
            return Err(Failure::input(format!("`{file}` lacks {}", missing.join(", ")))
                .facts(format!("it has {}", header.join(", ")))
                .hint(format!("`nightaudit tables {}` lists the columns", table.name)));
        }
        let given = |column: &str| table.position(column).filter(|i| layout.target.contains(&Some(*i)));
        layout.authorised = match (given("authorised_at"), table.position("is_authorised")) {
            (Some(at), Some(is)) if given("is_authorised").is_none() => Some((at, is)),
            _ => None,
        };
        Ok((layout, unknown))
    }
}

impl Reader<'_> {
    fn read(&mut self, path: &Path, scratch: &Path) -> Outcome<Vec<String>> {
        let mut rows = Rows::open(path, &Form::default(), scratch)?;
        let header = rows.begin(0)?;
        let (layout, unknown) = Layout::of(self.table, &self.file.name, &header)?;
        self.layout = layout;
        let this = std::cell::RefCell::new(self);
        rows.read(&mut |row| this.borrow_mut().row(row), &mut |bad| this.borrow_mut().bad(bad))?;
        Ok(unknown)
    }

    fn row(&mut self, row: RawRow<'_>) -> Outcome<()> {
        self.count();
        let mut cells = vec![Value::Null; self.table.columns.len()];
        for (cell, target) in row.cells.iter_mut().zip(&self.layout.target) {
            if let Some(place) = target.and_then(|i| cells.get_mut(i)) {
                *place = std::mem::take(cell);
            }
        }
        if let Some((at, is)) = self.layout.authorised {
            let known = cells.get(at).is_some_and(|at| !at.is_null());
            if let Some(place) = cells.get_mut(is) {
                *place = Value::Bool(known);
            }
        }
        match self.writer.accept(cells, &self.file, row.number)? {
            Some(_) => self.file.used += 1,
            None => self.file.rejected += 1,
        }
        Ok(())
    }

    fn bad(&mut self, bad: BadRow) -> Outcome<()> {
        self.count();
        self.file.rejected += 1;
        self.writer.reject(Rejected { field: String::new(), why: bad.why, text: None }, &self.file, bad.number, None, None)
    }

    fn count(&mut self) {
        self.file.rows += 1;
        if self.file.rows.is_multiple_of(crate::limits::BATCH_ROWS as u64) {
            (self.tick)(crate::limits::BATCH_ROWS as u64);
        }
    }
}
