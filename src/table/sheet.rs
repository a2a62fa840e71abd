//! Spreadsheets: XLSX and XLSB row by row, XLS and ODS whole; every cell becomes the text that a person sees, without exponents.
//! May not choose columns; a hidden sheet is read only when somebody names it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use calamine::{Data, DataType, Reader, SheetVisible, Sheets, open_workbook_auto_from_rs};

use super::{BadRow, HEAD_ROWS, OnBadRow, OnRow, RawRow, guarded};
use crate::failure::{Failure, Outcome};
use crate::limits::{SHEET_BYTES_MAX, SHEET_COLUMNS_MAX};
use crate::model::Value;

/// From here on a spreadsheet no longer keeps every digit of a number.
const DIGITS_LOST_FROM: f64 = 1e15;

/// A sheet whose first rows have been read.
pub struct SheetTable {
    path: PathBuf,
    shown: String,
    /// The sheet that is read.
    pub sheet: String,
    /// The first rows, with their numbers in the sheet.
    pub head: Vec<(u64, Vec<String>)>,
    header_row: u64,
    width: usize,
}

/// Days since 1899 that a spreadsheet shows as a date: to the end of 9999.
const DATES: std::ops::Range<f64> = 0.0..2_958_466.0;

/// Cells that a spreadsheet shows as an error.
pub const ERRORS: [&str; 8] = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#DATA!"];

impl SheetTable {
    /// Opens a workbook: the named sheet, else the first visible one with a cell in it.
    pub fn open(path: &Path, shown: &str, sheet: Option<&str>) -> Outcome<Self> {
        let mut workbook = guarded(shown, || open(path, shown))?;
        let sheets: Vec<_> = workbook.sheets_metadata().iter().map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible)).collect();
        let all = || sheets.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let wanted: Vec<_> = match sheet {
            Some(name) => sheets.iter().filter(|(other, _)| other == name).collect(),
            None => sheets.iter().filter(|(_, visible)| *visible).collect(),
        };
        let mut table = Self { path: path.to_owned(), shown: shown.to_owned(), sheet: String::new(), head: Vec::new(), header_row: 0, width: 0 };
        for (name, _) in &wanted {
            table.sheet.clone_from(name);
            let mut head = Vec::new();
            each_row(&mut workbook, name, shown, &mut |number, cells| {
                head.push((number, texts(cells)));
                Ok(head.len() < HEAD_ROWS)
            })?;
            if !head.is_empty() {
                table.head = head;
                return Ok(table);
            }
        }
        let cannot = Failure::input(format!("cannot read `{shown}`"));
        Err(match sheet {
            Some(name) if wanted.is_empty() => cannot.facts(format!("it has no sheet `{name}`, only {}", all())).hint("correct `sheet` in the mapping"),
            _ => {
                cannot.facts(format!("no visible sheet has a cell; its sheets are {}", all())).hint("ask for the export again, or name a sheet in the mapping")
            }
        })
    }

    /// Takes a row of the head as the header.
    pub fn begin(&mut self, header: usize) -> Vec<String> {
        let Some((number, names)) = self.head.get(header) else { return Vec::new() };
        self.header_row = *number;
        self.width = names.len();
        names.iter().map(|name| name.trim().to_owned()).collect()
    }

    /// Hands every row below the header to `on_row`; what a person should know about the numbers in it.
    pub fn read(self, header: &[String], on_row: &mut OnRow<'_>, on_bad: &mut OnBadRow<'_>) -> Outcome<Vec<String>> {
        let mut workbook = guarded(&self.shown, || open(&self.path, &self.shown))?;
        let mut long_numbers: BTreeMap<usize, u64> = BTreeMap::new();
        let mut row = Vec::with_capacity(self.width);
        each_row(&mut workbook, &self.sheet, &self.shown, &mut |number, cells| {
            if number <= self.header_row {
                return Ok(true);
            }
            row.clear();
            row.resize(self.width, Value::Null);
            for (at, cell) in cells.iter() {
                if cell.as_f64().is_some_and(|n| n.abs() >= DIGITS_LOST_FROM) && !cell.is_string() {
                    *long_numbers.entry(*at).or_default() += 1;
                }
                let text = text(cell);
                match row.get_mut(*at) {
                    _ if text.is_empty() => {}
                    Some(place) => *place = Value::Text(text),
                    None => {
                        on_bad(BadRow { number, why: format!("has a cell beyond the {} columns of the header", self.width) })?;
                        return Ok(true);
                    }
                }
            }
            on_row(RawRow { number, cells: &mut row })?;
            Ok(true)
        })?;
        let name = |at: &usize| header.get(*at).map_or("?", String::as_str).to_owned();
        Ok(long_numbers
            .iter()
            .map(|(at, n)| format!("{n} cells of `{}` are numbers of 16 digits or more, and a spreadsheet keeps 15: export the column as text", name(at)))
            .collect())
    }
}

/// A workbook in memory: whatever its kind, its parts are not in order.
type Workbook = Sheets<Cursor<Arc<[u8]>>>;

fn open(path: &Path, shown: &str) -> Outcome<Workbook> {
    let cannot = |facts: String| Failure::input(format!("cannot read `{shown}`")).facts(facts);
    let file = File::open(path).map_err(|e| cannot(e.to_string()))?;
    let bytes = file.metadata().map_err(|e| cannot(e.to_string()))?.len();
    if bytes > SHEET_BYTES_MAX {
        return Err(cannot(format!("it is a spreadsheet of {} MB, the most is {} MB", bytes >> 20, SHEET_BYTES_MAX >> 20))
            .hint("export it as CSV, or in shorter windows"));
    }
    let mut whole = Vec::new();
    BufReader::new(file).read_to_end(&mut whole).map_err(|e| cannot(e.to_string()))?;
    // Excel wraps a protected workbook into another container that holds this stream.
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if whole.windows(name.len()).any(|window| window == name) {
        return Err(cannot("it is protected by a password".to_owned()).hint("save it without a password, or export it as CSV"));
    }
    if whole.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        whole = super::xls::sound(whole).map_err(|why| cannot(format!("its data are damaged: {why}")).hint("download it again"))?;
    }
    open_workbook_auto_from_rs(Cursor::new(whole.into()))
        .map_err(|e| cannot(format!("it is no spreadsheet that anybody can open: {e}")).hint("open it in a spreadsheet program and save it as CSV UTF-8"))
}

/// Takes a row's number and its filled cells by column; false ends the reading.
type OnCells<'a> = dyn FnMut(u64, &mut Vec<(usize, Data)>) -> Outcome<bool> + 'a;

/// Calls `on_row` with the filled cells of each row that has any, until it says false.
fn each_row(workbook: &mut Workbook, sheet: &str, shown: &str, on_row: &mut OnCells<'_>) -> Outcome<()> {
    let cannot = |facts: String| {
        Failure::input(format!("cannot read `{shown}`"))
            .facts(format!("sheet `{sheet}`: {facts}"))
            .hint("open it in a spreadsheet program and save it as CSV UTF-8")
    };
    let mut cells: Vec<(usize, Data)> = Vec::new();
    let mut row = None;
    let mut emit = |cells: &mut Vec<(usize, Data)>, row: u32| {
        let filled = cells.iter().any(|(_, cell)| !cell.is_empty());
        let more = if filled { on_row(u64::from(row) + 1, cells)? } else { true };
        cells.clear();
        Ok::<bool, Failure>(more)
    };
    macro_rules! stream {
        ($workbook:expr) => {{
            let mut reader = guarded(shown, || $workbook.worksheet_cells_reader(sheet).map_err(|e| cannot(e.to_string())))?;
            while let Some(cell) = guarded(shown, || reader.next_cell().map_err(|e| cannot(e.to_string())))? {
                let (at_row, at) = cell.get_position();
                if row.is_some_and(|row| row != at_row) && !emit(&mut cells, row.unwrap_or_default())? {
                    return Ok(());
                }
                row = Some(at_row);
                if at < SHEET_COLUMNS_MAX {
                    cells.push((at as usize, cell.get_value().clone().into()));
                }
            }
            if let Some(row) = row {
                emit(&mut cells, row)?;
            }
            Ok(())
        }};
    }
    match workbook {
        Sheets::Xlsx(xlsx) => stream!(xlsx),
        Sheets::Xlsb(xlsb) => stream!(xlsb),
        other => {
            let range = guarded(shown, || other.worksheet_range(sheet).map_err(|e| cannot(e.to_string())))?;
            let (first_row, first_column) = range.start().unwrap_or_default();
            for (i, found) in range.rows().enumerate() {
                cells.extend(found.iter().enumerate().map(|(at, cell)| (at + first_column as usize, cell.clone())));
                if !emit(&mut cells, first_row.saturating_add(u32::try_from(i).unwrap_or(u32::MAX)))? {
                    break;
                }
            }
            Ok(())
        }
    }
}

fn texts(cells: &[(usize, Data)]) -> Vec<String> {
    let width = cells.iter().filter(|(_, cell)| !cell.is_empty()).map(|(at, _)| at + 1).max().unwrap_or(0);
    let mut texts = vec![String::new(); width];
    for (at, cell) in cells {
        if let Some(place) = texts.get_mut(*at) {
            *place = text(cell);
        }
    }
    texts
}

/// A cell as text: whole numbers without a point, others with the 15 digits that a spreadsheet keeps, dates as ISO.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(yes) => yes.to_string(),
        Data::Int(n) => n.to_string(),
        Data::Float(n) => number(*n),
        Data::DateTime(at) => match Some(at).filter(|at| at.is_datetime() && DATES.contains(&at.as_f64())).and_then(|at| at.as_datetime()) {
            Some(naive) => naive.format("%Y-%m-%d %H:%M:%S").to_string(),
            None => number(at.as_f64()),
        },
        Data::Error(error) => error.to_string(),
    }
}

fn number(n: f64) -> String {
    format!("{n:.14e}").parse::<f64>().unwrap_or(n).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_a_person_sees() {
        for (n, expected) in [
            (5.0, "5"),
            (19.99, "19.99"),
            (0.1 + 0.2, "0.3"),
            (576_932_018_345_678_901.0, "576932018345679000"),
            (-1e-3, "-0.001"),
            (1e21, "1000000000000000000000"),
        ] {
            assert_eq!(number(n), expected);
        }
    }
}
