//! Files of rows: Parquet both ways; CSV, TSV, spreadsheets and JSONL in, packed or not, in any encoding. The only room that knows polars, csv and calamine.
//! May not know what a column means: it hands over cells, `model` casts them.

mod encoding;
pub mod jsonl;
mod packed;
pub mod parquet;
mod sheet;
pub mod text;
mod xls;

use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::model::Value;

pub use sheet::ERRORS;

/// Rows among which a header may lie: exports put titles, periods and notes above it.
pub const HEAD_ROWS: usize = 50;

/// One row as a file has it: its cells by position in the header, and the number people know it by.
pub struct RawRow<'a> {
    /// The row's number in the file; a header is row 1.
    pub number: u64,
    /// The cells, one per column of the header; the reader takes them.
    pub cells: &'a mut Vec<Value>,
}

/// Takes every row of a file in order; `Err` for the row's own trouble is a reject, never the end of the file.
pub type OnRow<'a> = dyn FnMut(RawRow<'_>) -> Outcome<()> + 'a;

/// What is wrong with a row before anybody looked at its cells.
pub struct BadRow {
    /// The row's number in the file.
    pub number: u64,
    /// Why it cannot be read.
    pub why: String,
}

/// Takes every row that cannot be read.
pub type OnBadRow<'a> = dyn FnMut(BadRow) -> Outcome<()> + 'a;

/// What somebody says of a file's form; what nobody says is found out.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Between the cells of a text.
    pub separator: Option<u8>,
    /// Quotation marks are text, not signs.
    pub plain_quotes: bool,
    /// A text's encoding.
    pub encoding: Option<String>,
    /// The sheet of a spreadsheet.
    pub sheet: Option<String>,
}

/// Runs somebody else's reader: some panic on damaged files, and a damaged file must cost its source only.
fn guarded<T>(shown: &str, read: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let damaged = || Failure::input(format!("cannot read `{shown}`")).facts("its data are damaged").hint("download it again");
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged()))
}

/// An opened file of rows.
pub struct Rows {
    kind: Kind,
    /// What it is, for people: `CSV in UTF-8`.
    pub form: String,
    header: Vec<String>,
    /// Columns whose cells somebody wants; of the others a text file tells only that they are not blank.
    wanted: Option<Vec<bool>>,
    unpacked: packed::Unpacked,
}

enum Kind {
    Text(text::TextTable),
    Sheet(sheet::SheetTable),
    Json(Vec<String>),
    Parquet(Vec<String>),
}

impl Rows {
    /// Opens a file by what it is, whatever its name says; what it is packed in goes to `scratch`.
    pub fn open(path: &Path, form: &Form, scratch: &Path) -> Outcome<Self> {
        let unpacked = packed::unpack(path, scratch)?;
        let shown = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let ending = Path::new(&unpacked.name).extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        let start = text::start_of(&unpacked.path).map_err(|e| Failure::input(format!("cannot read `{shown}`")).facts(e.to_string()))?;
        let (kind, form) = match (start.as_slice(), ending.as_str()) {
            ([b'P', b'A', b'R', b'1', ..], _) | (_, "parquet") => (Kind::Parquet(parquet::header(&unpacked.path)?), "Parquet".to_owned()),
            ([b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..], _) => {
                let sheet = sheet::SheetTable::open(&unpacked.path, &shown, form.sheet.as_deref())?;
                let said = format!("spreadsheet, sheet `{}`", sheet.sheet);
                (Kind::Sheet(sheet), said)
            }
            (_, "jsonl" | "ndjson") => (Kind::Json(jsonl::header(&unpacked.path)?), "JSONL".to_owned()),
            _ => {
                let text = text::TextTable::open(&unpacked.path, &shown, &ending, form)?;
                let said = text.form();
                (Kind::Text(text), said)
            }
        };
        Ok(Self { kind, form, header: Vec::new(), wanted: None, unpacked })
    }

    /// The first rows, with their numbers: the header is one of them.
    pub fn head(&self) -> Vec<(u64, Vec<String>)> {
        match &self.kind {
            Kind::Text(text) => text.head(),
            Kind::Sheet(sheet) => sheet.head.clone(),
            Kind::Json(names) | Kind::Parquet(names) => vec![(1, names.clone())],
        }
    }

    /// Takes a row of the head as the header; its names.
    pub fn begin(&mut self, header: usize) -> Outcome<Vec<String>> {
        self.header = match &mut self.kind {
            Kind::Text(text) => text.begin(header)?,
            Kind::Sheet(sheet) => sheet.begin(header),
            Kind::Json(names) | Kind::Parquet(names) => names.clone(),
        };
        Ok(self.header.clone())
    }

    /// Says which columns of the header anybody wants: the cells of the others come as `Null`, or as `Bool` where they are not blank.
    pub fn want(&mut self, wanted: Vec<bool>) {
        self.wanted = Some(wanted);
    }

    /// Hands every row below the header to `on_row`; rows that cannot be read go to `on_bad`. What a person should know of the file.
    pub fn read(self, on_row: &mut OnRow<'_>, on_bad: &mut OnBadRow<'_>) -> Outcome<Vec<String>> {
        match self.kind {
            Kind::Text(text) => text.read(self.wanted.as_deref(), on_row, on_bad).map(|()| Vec::new()),
            Kind::Sheet(sheet) => sheet.read(&self.header, on_row, on_bad),
            Kind::Json(names) => jsonl::read(&self.unpacked.path, &names, on_row, on_bad).map(|()| Vec::new()),
            Kind::Parquet(_) => parquet::read(&self.unpacked.path, on_row).map(|()| Vec::new()),
        }
    }
}
