//! Reads exports by a mapping: header, rows, groups of rows that make one order, lines, rejects.
//! May not hold an export in memory: only the numbers of the orders seen so far.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use chrono_tz::Tz;

use super::cells::{Placed, Reading, Said};
use super::layout::{Found, Layout, fill_down, fits, id_of, status};
use super::mapping::{Mapping, Part};
use crate::failure::Outcome;
use crate::job::Job;
use crate::limits::{BATCH_ROWS, WORD_CHARS_MAX};
use crate::model::Value;
use crate::model::schema::{Rejected, shorten};
use crate::settings::Salt;
use crate::snapshot::{Extract, FileRead, SnapshotWriter, TableWriter};
use crate::sources::InputFile;
use crate::table::{BadRow, ERRORS, RawRow, Rows};

/// Reads the files, the newest first: an order that two exports hold is taken from the newer one.
pub fn read(
    mapping: &Mapping,
    job: &Job,
    store: Option<&str>,
    salt: &Salt,
    inputs: &[InputFile],
    into: &SnapshotWriter,
    tick: &(dyn Fn(u64) + Sync),
) -> Outcome<Extract> {
    let writers = mapping.parts.iter().map(|part| into.table(part.table)).collect::<Outcome<_>>()?;
    let mut all = Reader {
        mapping,
        job,
        store,
        salt,
        tick,
        scratch: into.scratch(),
        writers,
        groups: HashMap::new(),
        stand_ins: HashMap::new(),
        pending: None,
        notes: Notes::default(),
    };
    let mut found = Extract::default();
    for (number, input) in inputs.iter().enumerate().rev() {
        found.files.push(match left_out(mapping, inputs, number) {
            None => all.file(input, number)?,
            why => FileRead { left_out: why, ..input.unread() },
        });
    }
    found.files.reverse();
    for writer in all.writers {
        found.tables.extend(writer.finish()?);
    }
    found.unknown_columns = all.notes.columns;
    found.missing_columns = all.notes.undecided;
    found.unknown_shops = all.notes.shops.into_iter().collect();
    found.unknown_words = all.notes.words.into_iter().map(|((column, word), rows)| (column, word, rows)).collect();
    found.notes = all.notes.texts;
    Ok(found)
}

/// Where the header stands among a file's first rows: a title, a period or a note may stand above it.
pub(super) fn header_of(mapping: &Mapping, head: &[(u64, Vec<String>)]) -> usize {
    head.iter().position(|(_, names)| Found::of(mapping, names).is_usable(mapping)).unwrap_or(0)
}

/// Why another file stands for this one: it has the same bytes, or it holds the whole state of a later night.
fn left_out(mapping: &Mapping, inputs: &[InputFile], number: usize) -> Option<String> {
    let input = inputs.get(number)?;
    if let Some(twin) = inputs.iter().take(number).find(|other| other.sha256 == input.sha256) {
        return Some(format!("it has the same bytes as `{}`", twin.name));
    }
    let newest = inputs.last().filter(|newest| mapping.is_state() && newest.seen_at > input.seen_at)?;
    Some(format!("`{}` is newer and holds the whole state", newest.name))
}

struct Reader<'a> {
    mapping: &'a Mapping,
    job: &'a Job,
    store: Option<&'a str>,
    salt: &'a Salt,
    tick: &'a (dyn Fn(u64) + Sync),
    scratch: &'a Path,
    writers: Vec<TableWriter>,
    groups: HashMap<String, Group>,
    /// What stands for a group where its first column is blank, and the group's key.
    stand_ins: HashMap<String, String>,
    /// The order whose rows are being read, where they decide its status together: exports keep them side by side.
    pending: Option<Pending>,
    notes: Notes,
}

/// An order that is not written yet.
struct Pending {
    key: String,
    values: Vec<Value>,
}

/// An order that has been seen.
struct Group {
    file: usize,
    /// Its id, unless its first row was refused.
    id: Option<String>,
    first_row: u64,
}

#[derive(Default)]
struct Notes {
    columns: Vec<String>,
    undecided: Vec<String>,
    shops: BTreeMap<String, u64>,
    words: BTreeMap<(String, String), u64>,
    texts: Vec<String>,
}

/// What became of a row; of several made of one, the greatest.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Skipped,
    Used,
    Rejected,
}

impl<'a> Reader<'a> {
    fn file(&mut self, input: &InputFile, number: usize) -> Outcome<FileRead> {
        let mut rows = Rows::open(&input.path, &self.mapping.form, self.scratch)?;
        let head = rows.head();
        let header = header_of(self.mapping, &head);
        let (layout, wanted) = self.lay_out(&input.name, &rows.begin(header)?)?;
        rows.want(wanted);
        if rows.form != "CSV in UTF-8" {
            self.note(format!("`{}` was read as {}", input.name, rows.form), false);
        }
        let file = RefCell::new((input.unread(), self, Vec::new()));
        let notes = rows.read(
            &mut |mut row| {
                let (counts, this, above) = &mut *file.borrow_mut();
                count(counts, this.tick);
                match this.spread(&layout, &mut row, above, counts, number)? {
                    Fate::Used => counts.used += 1,
                    Fate::Rejected => counts.rejected += 1,
                    Fate::Skipped => counts.skipped += 1,
                }
                Ok(())
            },
            &mut |bad| {
                let (counts, this, _) = &mut *file.borrow_mut();
                count(counts, this.tick);
                counts.rejected += 1;
                this.bad(bad, counts)
            },
        )?;
        let (counts, this, _) = file.into_inner();
        this.settle()?;
        notes.into_iter().for_each(|note| this.note(format!("`{}`: {note}", input.name), false));
        Ok(counts)
    }

    fn lay_out(&mut self, file: &str, header: &[String]) -> Outcome<(Layout<'a>, Vec<bool>)> {
        let mapping = self.mapping;
        let found = Found::of(mapping, header).usable(mapping, file)?;
        for column in found.undecided(mapping) {
            if !self.notes.undecided.contains(&column) {
                self.notes.undecided.push(column);
            }
        }
        let Found { layout, missing, read, folded, .. } = found;
        self.note(format!("there is no column {}, which the mapping `{}` would read", missing.join(", "), self.mapping.name), missing.is_empty());
        for (i, name) in header.iter().enumerate() {
            let again = folded.iter().position(|h| Some(h) == folded.get(i)) != Some(i);
            if again && !name.is_empty() {
                self.note(format!("the column `{name}` is there twice, the first was read"), false);
            } else if !name.is_empty()
                && read.get(i) == Some(&false)
                && !mapping.ignore.iter().any(|glob| glob.fits(name))
                && !self.notes.columns.contains(name)
            {
                self.notes.columns.push(name.clone());
            }
        }
        Ok((layout, read))
    }

    fn note(&mut self, text: String, unless: bool) {
        if !unless && !self.notes.texts.contains(&text) {
            self.notes.texts.push(text);
        }
    }

    /// A row of its own for each spread column; the row itself where there is none.
    fn spread(&mut self, layout: &Layout<'a>, row: &mut RawRow<'_>, above: &mut Vec<Value>, file: &FileRead, file_number: usize) -> Outcome<Fate> {
        if layout.spread.is_empty() {
            return self.row(layout, row, above, file, file_number);
        }
        let mut fate = Fate::Skipped;
        for (at, name) in &layout.spread {
            let mut cells = row.cells.clone();
            let cell = cells.get(*at).cloned().unwrap_or_default();
            cells.extend([Value::Text(name.clone()), cell]);
            fate = fate.max(self.row(layout, &mut RawRow { number: row.number, cells: &mut cells }, above, file, file_number)?);
        }
        Ok(fate)
    }

    fn row(&mut self, layout: &Layout<'a>, row: &mut RawRow<'_>, above: &mut Vec<Value>, file: &FileRead, file_number: usize) -> Outcome<Fate> {
        let reading = Reading { mapping: self.mapping, salt: self.salt, zone: Tz::UTC };
        if row.cells.iter().all(|cell| cell.is_null() || cell.text().is_some_and(|text| text.trim().is_empty()))
            || layout.skip.iter().any(|p| fits(p, &reading, row.cells))
        {
            return Ok(Fate::Skipped);
        }
        let store = self.store_of(layout, &reading, row.cells);
        let reading = Reading { zone: self.zone(store.as_deref()), ..reading };
        let Some(mut key) = self.key(layout, &reading, store.as_deref(), row.cells) else {
            let why = format!("`{}` is blank: the row belongs to no order", self.mapping.group.join("`, `"));
            return self.refuse(0, Rejected { field: String::new(), why, text: None }, file, row.number, store, None);
        };
        if !layout.fill_down.is_empty() {
            fill_down(layout, above, row.cells, &reading);
            return self.single(layout, &reading, row, store, file);
        }
        if layout.group.is_empty() {
            key = format!("{file_number}\u{1f}{}", row.number);
        }
        let mut fate = Fate::Used;
        if !self.groups.contains_key(&key) {
            let id = self.head(layout, &reading, row, store.clone(), &key, file)?;
            if id.is_none() {
                fate = Fate::Rejected;
            }
            if !layout.group.is_empty() {
                self.groups.insert(key.clone(), Group { file: file_number, id: id.clone(), first_row: row.number });
            }
            return match id {
                Some(id) => self.children(layout, &reading, row, store, &id, file),
                None => Ok(fate),
            };
        }
        match self.groups.get(&key) {
            Some(group) if group.file != file_number => Ok(Fate::Skipped),
            Some(Group { id: Some(id), .. }) => {
                let id = id.clone();
                self.advance(layout, &reading, row.cells, &key);
                self.children(layout, &reading, row, store, &id, file)
            }
            Some(Group { first_row, .. }) => {
                let why = format!("its order was refused in row {first_row}");
                self.refuse(0, Rejected { field: String::new(), why, text: None }, file, row.number, store, None)
            }
            None => Ok(fate),
        }
    }

    /// The group of a row: by what stands first in each grouping column, or by the group that what stands there instead belongs to.
    fn key(&mut self, layout: &Layout<'a>, reading: &Reading<'_>, store: Option<&str>, cells: &[Value]) -> Option<String> {
        let mut key = store.unwrap_or_default().to_owned();
        let has_stand_ins = layout.group.iter().any(|places| places.len() > 1);
        let mut stand_in = key.clone();
        for places in &layout.group {
            let mut said = places.iter().enumerate().filter_map(|(nth, at)| Some((nth, reading.text(cells, *at)?.trim())));
            let (nth, text) = said.next()?;
            // A record's number may look like another order's: they never mean the same.
            let add = |key: &mut String, nth: usize, text: &str| {
                key.push('\u{1f}');
                key.extend(std::iter::repeat_n('|', nth));
                key.push_str(text);
            };
            add(&mut key, nth, text);
            if has_stand_ins {
                let (nth, text) = said.next().unwrap_or((nth, text));
                add(&mut stand_in, nth, text);
            }
        }
        if !has_stand_ins {
            return Some(key);
        }
        if key != stand_in {
            self.stand_ins.entry(stand_in).or_insert_with(|| key.clone());
            return Some(key);
        }
        Some(self.stand_ins.get(&key).cloned().unwrap_or(key))
    }

    /// A row that is a product or listing of its own.
    fn single(&mut self, layout: &Layout<'a>, reading: &Reading<'_>, row: &RawRow<'_>, store: Option<String>, file: &FileRead) -> Outcome<Fate> {
        Ok(if self.head(layout, reading, row, store, "", file)?.is_some() { Fate::Used } else { Fate::Rejected })
    }

    /// Makes the order of a group; its id, or `None` when it was refused.
    fn head(
        &mut self,
        layout: &Layout<'a>,
        reading: &Reading<'_>,
        row: &RawRow<'_>,
        store: Option<String>,
        key: &str,
        file: &FileRead,
    ) -> Outcome<Option<String>> {
        self.settle()?;
        let Some(part) = self.mapping.parts.first() else { return Ok(None) };
        let mut cells = match self.cells(part, layout.parts.first().map(Vec::as_slice).unwrap_or_default(), reading, row.cells) {
            Ok(cells) => cells,
            Err(rejected) => {
                self.refuse(0, rejected, file, row.number, store, None)?;
                return Ok(None);
            }
        };
        if let Some(place) = part.table.position("store_id").and_then(|i| cells.get_mut(i)) {
            *place = store.map_or(Value::Null, Value::Text);
        }
        if let Some(place) = part.table.position("lifecycle").and_then(|i| cells.get_mut(i)).filter(|place| place.is_null()) {
            let (lifecycle, word) = status(layout, reading, row.cells);
            *place = Value::Text(lifecycle);
            if let Some(raw) = part.table.position("raw_status").and_then(|i| cells.get_mut(i)).filter(|raw| raw.is_null()) {
                *raw = Value::Text(word);
            }
        }
        let Some(writer) = self.writers.first_mut() else { return Ok(None) };
        let Some(values) = writer.normalised(cells, file, row.number)? else { return Ok(None) };
        let id = values.get(id_of(part)).and_then(Value::text).unwrap_or_default().to_owned();
        if self.mapping.status_per_item {
            self.pending = Some(Pending { key: key.to_owned(), values });
        } else {
            writer.push(&values)?;
        }
        Ok(Some(id))
    }

    /// Gives the order that is not written yet the status of this row, where it is less advanced.
    fn advance(&mut self, layout: &Layout<'a>, reading: &Reading<'_>, row: &[Value], key: &str) {
        let Some(part) = self.mapping.parts.first() else { return };
        let Some(pending) = self.pending.as_mut().filter(|pending| pending.key == key) else { return };
        let (lifecycle, word) = status(layout, reading, row);
        let Some(at) = part.table.position("lifecycle") else { return };
        let words = part.table.columns.get(at).map(|column| column.words.as_slice()).unwrap_or_default();
        // The table lists the words as an order advances; what nobody knows comes before all, what is cancelled after all.
        let rank = |lifecycle: &str| match lifecycle {
            "unknown" => 0,
            "cancelled" | "refunded" => usize::MAX,
            other => words.iter().position(|word| *word == other).map_or(0, |at| at + 1),
        };
        if rank(&lifecycle) < pending.values.get(at).and_then(Value::text).map_or(0, rank) {
            let raw_status = part.table.position("raw_status");
            for (place, text) in [(Some(at), lifecycle), (raw_status, word)] {
                if let Some(value) = place.and_then(|at| pending.values.get_mut(at)) {
                    *value = Value::Text(text);
                }
            }
        }
    }

    /// Writes the order whose rows have all been read.
    fn settle(&mut self) -> Outcome<()> {
        match (self.pending.take(), self.writers.first_mut()) {
            (Some(pending), Some(writer)) => writer.push(&pending.values),
            _ => Ok(()),
        }
    }

    /// Makes the lines of a row.
    fn children(&mut self, layout: &Layout<'a>, reading: &Reading<'_>, row: &RawRow<'_>, store: Option<String>, id: &str, file: &FileRead) -> Outcome<Fate> {
        let mut fate = Fate::Used;
        for (n, (part, placed)) in self.mapping.parts.iter().zip(&layout.parts).enumerate().skip(1) {
            let skipped = layout.part_skip.get(n).is_some_and(|skip| skip.iter().any(|pattern| fits(pattern, reading, row.cells)));
            if skipped || !placed.iter().any(|(_, p)| p.at.iter().any(|at| reading.text(row.cells, *at).is_some())) {
                continue;
            }
            let cells = self.cells(part, placed, reading, row.cells);
            let mut cells = match cells {
                Ok(cells) => cells,
                Err(rejected) => {
                    fate = self.refuse(n, rejected, file, row.number, store.clone(), Some(id))?;
                    continue;
                }
            };
            if let Some(place) = part.table.position("store_id").and_then(|i| cells.get_mut(i)) {
                *place = store.clone().map_or(Value::Null, Value::Text);
            }
            if let Some(place) = cells.get_mut(id_of(part)) {
                *place = Value::Text(id.to_owned());
            }
            if let Some(writer) = self.writers.get_mut(n)
                && writer.accept(cells, file, row.number)?.is_none()
            {
                fate = Fate::Rejected;
            }
        }
        Ok(fate)
    }

    fn cells(&mut self, part: &Part, placed: &[(usize, Placed<'_>)], reading: &Reading<'_>, row: &[Value]) -> Result<Vec<Value>, Rejected> {
        let mut cells = vec![Value::Null; part.table.columns.len()];
        for (i, placed) in placed {
            let (Some(column), Some(place)) = (part.table.columns.get(*i), cells.get_mut(*i)) else { continue };
            let said = match placed.at.iter().find_map(|at| reading.text(row, *at)).filter(|text| ERRORS.contains(&text.trim())) {
                Some(error) => Err(format!("is the spreadsheet error {error}")),
                None => reading.read(placed, column.kind, row),
            };
            match said {
                Ok(Said::Value(value)) => *place = value,
                Ok(Said::UnknownWord(word)) => {
                    *self.notes.words.entry((format!("{}.{}", part.table.name, column.name), word.chars().take(WORD_CHARS_MAX).collect())).or_default() += 1;
                }
                Err(why) => {
                    let text = placed.at.iter().find_map(|at| reading.text(row, *at)).map(shorten);
                    return Err(Rejected { field: column.name.to_owned(), why, text });
                }
            }
        }
        Ok(cells)
    }

    /// The job's store, or the one that the row's shop name belongs to; a name that no store has stands for itself.
    fn store_of(&mut self, layout: &Layout<'a>, reading: &Reading<'_>, row: &[Value]) -> Option<String> {
        if let Some(store) = self.store {
            return Some(store.to_owned());
        }
        let part = self.mapping.parts.first()?;
        let column = part.table.position("store_id")?;
        let (_, placed) = layout.parts.first()?.iter().find(|(i, _)| *i == column)?;
        let name = match placed.at.iter().find_map(|at| reading.text(row, *at)) {
            Some(name) => name.trim(),
            None => return placed.cell.constant.clone(),
        };
        if let Some(store) = self.job.store_named(name) {
            return Some(store.to_owned());
        }
        *self.notes.shops.entry(name.to_owned()).or_default() += 1;
        Some(name.to_owned())
    }

    fn zone(&self, store: Option<&str>) -> Tz {
        match self.mapping.zone.as_str() {
            "store" => self.job.zone_of(store.unwrap_or_default(), false),
            "erp" => self.job.zone_of(store.unwrap_or_default(), true),
            name => name.parse().unwrap_or(Tz::UTC),
        }
    }

    fn refuse(&mut self, part: usize, rejected: Rejected, file: &FileRead, row: u64, store: Option<String>, order: Option<&str>) -> Outcome<Fate> {
        if let Some(writer) = self.writers.get_mut(part) {
            writer.reject(rejected, file, row, store, order)?;
        }
        Ok(Fate::Rejected)
    }

    fn bad(&mut self, bad: BadRow, file: &FileRead) -> Outcome<()> {
        let store = self.store.map(str::to_owned);
        self.refuse(0, Rejected { field: String::new(), why: bad.why, text: None }, file, bad.number, store, None).map(|_| ())
    }
}

fn count(file: &mut FileRead, tick: &(dyn Fn(u64) + Sync)) {
    file.rows += 1;
    if file.rows.is_multiple_of(BATCH_ROWS as u64) {
        tick(BATCH_ROWS as u64);
    }
}
