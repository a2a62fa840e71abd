//! Reads exports by a mapping: header, rows, groups of rows that make one order, lines, rejects.
//! May not hold an export in memory: only the numbers of the orders seen so far.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use chrono_tz::Tz;

use super::cells::{Placed, Reading, Said};
use super::mapping::{Mapping, Part, Pattern, parent_of};
use crate::failure::{Failure, Outcome};
use crate::job::Job;
use crate::limits::{BATCH_ROWS, WORD_CHARS_MAX};
use crate::model::Value;
use crate::model::schema::{Absent, Rejected, shorten};
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
    let mut all = Reader { mapping, job, store, salt, tick, scratch: into.scratch(), writers, groups: HashMap::new(), notes: Notes::default() };
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
    found.unknown_shops = all.notes.shops.into_iter().collect();
    found.unknown_words = all.notes.words.into_iter().map(|((column, word), rows)| (column, word, rows)).collect();
    found.notes = all.notes.texts;
    Ok(found)
}

/// Why another file stands for this one: it has the same bytes, or it holds the whole state of a later night.
fn left_out(mapping: &Mapping, inputs: &[InputFile], number: usize) -> Option<String> {
    let input = inputs.get(number)?;
    if let Some(twin) = inputs.iter().take(number).find(|other| other.sha256 == input.sha256) {
        return Some(format!("it has the same bytes as `{}`", twin.name));
    }
    let newest = inputs.last().filter(|newest| mapping.is_state() && newest.taken_at > input.taken_at)?;
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
    notes: Notes,
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
    shops: BTreeMap<String, u64>,
    words: BTreeMap<(String, String), u64>,
    texts: Vec<String>,
}

/// The mapping's columns as they stand in one file.
struct Layout<'a> {
    parts: Vec<Vec<(usize, Placed<'a>)>>,
    /// For each grouping column where it stands, and where what replaces it when blank.
    group: Vec<Vec<usize>>,
    fill_down: Vec<usize>,
    skip: Vec<PlacedPattern<'a>>,
    status: Vec<(&'a str, PlacedPattern<'a>)>,
}

/// What a header offers a mapping.
pub(super) struct Found<'a> {
    layout: Layout<'a>,
    /// Columns of the mapping that the header does not have.
    pub(super) missing: Vec<String>,
    /// Whether a column of the header is read.
    pub(super) read: Vec<bool>,
    /// The header's names, folded.
    folded: Vec<String>,
}

impl<'a> Found<'a> {
    pub(super) fn of(mapping: &'a Mapping, header: &[String]) -> Self {
        let folded: Vec<_> = header.iter().map(|name| fold(name)).collect();
        let mut read = vec![false; header.len()];
        let mut missing = Vec::new();
        let mut find = |name: &str| {
            let others = mapping.aliases.iter().find(|(known, _)| known == name).map(|(_, others)| others.as_slice()).unwrap_or_default();
            let at = std::iter::once(name).chain(others.iter().map(String::as_str)).find_map(|name| folded.iter().position(|h| *h == fold(name)));
            match at.and_then(|at| read.get_mut(at)) {
                Some(read) => *read = true,
                None if !missing.iter().any(|m| m == name) => missing.push(name.to_owned()),
                None => {}
            }
            at
        };
        let parts: Vec<Vec<_>> = mapping
            .parts
            .iter()
            .map(|part| part.cells.iter().map(|(i, cell)| (*i, Placed { cell, at: cell.from.iter().filter_map(|name| find(name)).collect() })).collect())
            .collect();
        let mut patterns = |pattern: &'a Pattern| pattern.iter().map(|(name, glob)| (find(name), glob)).collect::<PlacedPattern<'a>>();
        let skip = mapping.skip.iter().map(&mut patterns).collect();
        let status = mapping.status.iter().map(|rule| (rule.is.as_str(), patterns(&rule.when))).collect();
        let fill_down = mapping.fill_down.iter().filter_map(|name| find(name)).collect();
        let group: Vec<Vec<_>> = mapping.group.iter().map(|names| names.split('|').filter_map(&mut find).collect()).collect();
        Self { layout: Layout { parts, group, fill_down, skip, status }, missing, read, folded }
    }

    /// Everything is there without which no row could be used.
    pub(super) fn is_usable(&self, mapping: &Mapping) -> bool {
        lacking(mapping, &self.layout.parts).is_empty() && self.layout.group.iter().all(|at| !at.is_empty())
    }
}

/// A pattern whose columns have been found; a column that is not there counts as blank.
type PlacedPattern<'a> = Vec<(Option<usize>, &'a super::mapping::Glob)>;

/// What became of a row.
enum Fate {
    Used,
    Rejected,
    Skipped,
}

impl<'a> Reader<'a> {
    fn file(&mut self, input: &InputFile, number: usize) -> Outcome<FileRead> {
        let mut rows = Rows::open(&input.path, &self.mapping.form, self.scratch)?;
        let head = rows.head();
        // A title, a period or a note may stand above the header.
        let header = head.iter().position(|(_, names)| Found::of(self.mapping, names).is_usable(self.mapping)).unwrap_or(0);
        let layout = self.lay_out(&input.name, &rows.begin(header)?)?;
        if rows.form != "CSV in UTF-8" {
            self.note(format!("`{}` was read as {}", input.name, rows.form), false);
        }
        let file = RefCell::new((input.unread(), self, Vec::new()));
        let notes = rows.read(
            &mut |mut row| {
                let (counts, this, above) = &mut *file.borrow_mut();
                count(counts, this.tick);
                match this.row(&layout, &mut row, above, counts, number)? {
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
        notes.into_iter().for_each(|note| this.note(format!("`{}`: {note}", input.name), false));
        Ok(counts)
    }

    fn lay_out(&mut self, file: &str, header: &[String]) -> Outcome<Layout<'a>> {
        let mapping = self.mapping;
        let found = Found::of(mapping, header);
        if !found.is_usable(mapping) {
            return Err(Failure::input(format!("`{file}` does not fit the mapping `{}`", mapping.name))
                .facts(format!("it lacks {}; it has {}", found.missing.join(", "), shorten(&header.join(", "))))
                .hint("choose the mapping for this export, or add the column's new name to [aliases] in a copy of the mapping"));
        }
        let Found { layout, missing, read, folded } = found;
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
        Ok(layout)
    }

    fn note(&mut self, text: String, unless: bool) {
        if !unless && !self.notes.texts.contains(&text) {
            self.notes.texts.push(text);
        }
    }

    fn row(&mut self, layout: &Layout<'a>, row: &mut RawRow<'_>, above: &mut Vec<Value>, file: &FileRead, file_number: usize) -> Outcome<Fate> {
        let reading = Reading { mapping: self.mapping, salt: self.salt, zone: Tz::UTC };
        if row.cells.iter().all(|cell| cell.text().is_none_or(|text| text.trim().is_empty())) || layout.skip.iter().any(|p| fits(p, &reading, row.cells)) {
            return Ok(Fate::Skipped);
        }
        let store = self.store_of(layout, &reading, row.cells);
        let reading = Reading { zone: self.zone(store.as_deref()), ..reading };
        let mut key = store.clone().unwrap_or_default();
        for at in &layout.group {
            let Some(text) = at.iter().find_map(|at| reading.text(row.cells, *at)) else {
                let why = format!("`{}` is blank: the row belongs to no order", self.mapping.group.join("`, `"));
                return self.refuse(0, Rejected { field: String::new(), why, text: None }, file, row.number, store, None);
            };
            key.push('\u{1f}');
            key.push_str(text.trim());
        }
        if !layout.fill_down.is_empty() {
            fill_down(layout, above, row.cells, &reading);
            return self.single(layout, &reading, row, store, file);
        }
        if layout.group.is_empty() {
            key = format!("{file_number}\u{1f}{}", row.number);
        }
        let mut fate = Fate::Used;
        if !self.groups.contains_key(&key) {
            let id = self.head(layout, &reading, row, store.clone(), file)?;
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
                self.children(layout, &reading, row, store, &id, file)
            }
            Some(Group { first_row, .. }) => {
                let why = format!("its order was refused in row {first_row}");
                self.refuse(0, Rejected { field: String::new(), why, text: None }, file, row.number, store, None)
            }
            None => Ok(fate),
        }
    }

    /// A row that is a product or listing of its own.
    fn single(&mut self, layout: &Layout<'a>, reading: &Reading<'_>, row: &RawRow<'_>, store: Option<String>, file: &FileRead) -> Outcome<Fate> {
        Ok(if self.head(layout, reading, row, store, file)?.is_some() { Fate::Used } else { Fate::Rejected })
    }

    /// Makes the order of a group; its id, or `None` when it was refused.
    fn head(&mut self, layout: &Layout<'a>, reading: &Reading<'_>, row: &RawRow<'_>, store: Option<String>, file: &FileRead) -> Outcome<Option<String>> {
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
        let accepted = writer.accept(cells, file, row.number)?;
        Ok(accepted.map(|values| values.into_iter().nth(id_of(part)).and_then(|id| id.text().map(str::to_owned)).unwrap_or_default()))
    }

    /// Makes the lines of a row.
    fn children(&mut self, layout: &Layout<'a>, reading: &Reading<'_>, row: &RawRow<'_>, store: Option<String>, id: &str, file: &FileRead) -> Outcome<Fate> {
        let mut fate = Fate::Used;
        for (n, (part, placed)) in self.mapping.parts.iter().zip(&layout.parts).enumerate().skip(1) {
            if !placed.iter().any(|(_, p)| p.at.iter().any(|at| reading.text(row.cells, *at).is_some())) {
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

/// The column that names a row of this part and links lines to it.
fn id_of(part: &Part) -> usize {
    let parent = parent_of(part.table.name).unwrap_or(part.table.name);
    let name = match parent {
        "platform_orders" => "platform_order_id",
        "local_orders" => "local_row_id",
        _ => part.table.key.first().copied().unwrap_or_default(),
    };
    part.table.position(name).unwrap_or_default()
}

/// Required columns whose cells the file does not have.
fn lacking<'m>(mapping: &'m Mapping, parts: &[Vec<(usize, Placed<'_>)>]) -> Vec<&'m str> {
    let mut lacking = Vec::new();
    for (part, placed) in mapping.parts.iter().zip(parts) {
        for (i, column) in part.table.columns.iter().enumerate() {
            let filled_elsewhere = ["store_id", "lifecycle"].contains(&column.name) || (parent_of(part.table.name).is_some() && i == id_of(part));
            let has = placed.iter().any(|(at, p)| *at == i && (!p.at.is_empty() || p.cell.constant.is_some()));
            if column.absent == Absent::Refused && !filled_elsewhere && !has {
                lacking.push(column.name);
            }
        }
    }
    lacking
}

/// The lifecycle by the first rule that fits, and the word that stands in the file.
fn status(layout: &Layout<'_>, reading: &Reading<'_>, row: &[Value]) -> (String, String) {
    let is = layout.status.iter().find(|(_, pattern)| fits(pattern, reading, row)).map_or("unknown", |(is, _)| *is);
    let mut columns: Vec<_> = layout.status.iter().flat_map(|(_, pattern)| pattern.iter().filter_map(|(at, _)| *at)).collect();
    columns.sort_unstable();
    columns.dedup();
    let words: Vec<_> = columns.into_iter().filter_map(|at| reading.text(row, at)).map(str::trim).collect();
    (is.to_owned(), words.join(" / "))
}

fn fits(pattern: &PlacedPattern<'_>, reading: &Reading<'_>, row: &[Value]) -> bool {
    pattern.iter().all(|(at, glob)| glob.fits(at.and_then(|at| reading.text(row, at)).unwrap_or_default()))
}

/// Blank cells take what stood above them in the group; a new group begins where the group's cells change.
fn fill_down(layout: &Layout<'_>, above: &mut Vec<Value>, cells: &mut [Value], reading: &Reading<'_>) {
    let same = layout.group.iter().flatten().all(|at| above.get(*at) == cells.get(*at));
    if same {
        for at in &layout.fill_down {
            if reading.text(cells, *at).is_none()
                && let (Some(cell), Some(value)) = (cells.get_mut(*at), above.get(*at))
            {
                *cell = value.clone();
            }
        }
    }
    above.clear();
    above.extend(cells.iter().cloned());
}

/// A column name without case, blanks, hyphens, underscores and asterisks: exports spell them differently over the years.
fn fold(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '*')).flat_map(char::to_lowercase).collect()
}

fn count(file: &mut FileRead, tick: &(dyn Fn(u64) + Sync)) {
    file.rows += 1;
    if file.rows.is_multiple_of(BATCH_ROWS as u64) {
        tick(BATCH_ROWS as u64);
    }
}
