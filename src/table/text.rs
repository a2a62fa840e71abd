//! CSV and TSV as people send them: byte order mark, quoted line breaks, ragged rows, duplicate headers; every cell is text.
//! May not guess a type: an id that looks like a number stays text (rule book 0.9).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use super::{BadRow, OnBadRow, OnRow, RawRow};
use crate::failure::{Failure, Outcome};
use crate::limits::CSV_RECORD_BYTES_MAX;
use crate::model::Value;

/// A file whose header has been read.
pub struct TextTable {
    path: String,
    reader: csv::Reader<CountQuotes<BufReader<File>>>,
    /// Column names as they stand in the file, without blanks at their ends.
    pub header: Vec<String>,
}

impl TextTable {
    /// Opens a file and reads its header. `separator`: the job's or mapping's, else TAB for `.tsv` and comma for the rest.
    pub fn open(path: &Path, separator: Option<u8>) -> Outcome<Self> {
        let shown = path.display().to_string();
        let cannot = |facts: String| Failure::input(format!("cannot read `{shown}`")).facts(facts);
        let mut file = File::open(path).map_err(|e| cannot(e.to_string()))?;
        let mut start = [0_u8; 8];
        let length = read_start(&mut file, &mut start).map_err(|e| cannot(e.to_string()))?;
        let start = start.get(..length).unwrap_or_default();
        if let Some((what, hint)) = not_text(start) {
            return Err(cannot(format!("it is {what}, not text")).hint(hint));
        }
        let skip = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let file = File::open(path).map_err(|e| cannot(e.to_string()))?;
        let mut input = BufReader::with_capacity(1 << 18, file);
        input.seek_relative(skip).map_err(|e| cannot(e.to_string()))?;
        let tabs = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv"));
        let separator = separator.unwrap_or(if tabs { b'\t' } else { b',' });
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(CountQuotes { input, odd: false });
        let mut first = ByteRecord::new();
        let found = reader.read_byte_record(&mut first).map_err(|e| cannot(e.to_string()))?;
        if !found {
            return Err(cannot("it is empty".to_owned()).hint("an export without orders still has a header: ask for it again"));
        }
        let header = first
            .iter()
            .map(|name| std::str::from_utf8(name).map(|name| name.trim().to_owned()))
            .collect::<Result<_, _>>()
            .map_err(|_| cannot("its header is not UTF-8".to_owned()).hint("save the export as CSV UTF-8"))?;
        Ok(Self { path: shown, reader, header })
    }

    /// Hands every row to `on_row`, one cell a header column: missing trailing cells are empty.
    /// Rows that are not UTF-8, or that have text beyond the header, go to `on_bad`.
    pub fn read(mut self, on_row: &mut OnRow<'_>, on_bad: &mut OnBadRow<'_>) -> Outcome<()> {
        let mut record = ByteRecord::new();
        let mut cells = Vec::with_capacity(self.header.len());
        let mut number = 1;
        let mut last_has_line_break = false;
        loop {
            match self.reader.read_byte_record(&mut record) {
                Ok(true) => number += 1,
                Ok(false) if self.reader.get_ref().odd && last_has_line_break => {
                    return Err(Failure::input(format!("cannot read `{}`", self.path))
                        .facts(format!("a quotation mark that opens in row {number} is never closed, so that all that follows is one cell"))
                        .hint("close the quotation mark in that row, or export the file again"));
                }
                Ok(false) => return Ok(()),
                Err(e) => return Err(Failure::input(format!("cannot read `{}` after row {number}", self.path)).facts(e.to_string())),
            }
            if record.as_slice().len() > CSV_RECORD_BYTES_MAX {
                return Err(Failure::input(format!("cannot read `{}`", self.path))
                    .facts(format!("row {number} has more than {} MB", CSV_RECORD_BYTES_MAX >> 20))
                    .hint("a quotation mark was probably never closed: look at that row"));
            }
            last_has_line_break = record.as_slice().contains(&b'\n');
            match fill(&mut cells, &record, self.header.len()) {
                Ok(()) => on_row(RawRow { number, cells: &mut cells })?,
                Err(why) => on_bad(BadRow { number, why })?,
            }
        }
    }
}

/// Notes whether the quotation marks read so far pair up: the csv crate does not say when a file ends inside a quoted cell.
struct CountQuotes<R> {
    input: R,
    odd: bool,
}

impl<R: Read> Read for CountQuotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.input.read(buffer)?;
        let marks = buffer.get(..n).unwrap_or_default().iter().filter(|b| **b == b'"').count();
        self.odd ^= !marks.is_multiple_of(2);
        Ok(n)
    }
}

fn fill(cells: &mut Vec<Value>, record: &ByteRecord, width: usize) -> Result<(), String> {
    cells.clear();
    for (i, cell) in record.iter().enumerate() {
        if i >= width {
            if cell.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Err(format!("has {} cells, the header has {width}: a separator or a quotation mark is out of place", record.len()));
        }
        match std::str::from_utf8(cell) {
            Ok("") => cells.push(Value::Null),
            Ok(text) => cells.push(Value::Text(text.to_owned())),
            Err(_) => return Err(format!("cell {} is not UTF-8: save the export as CSV UTF-8", i + 1)),
        }
    }
    cells.resize(width, Value::Null);
    Ok(())
}

fn read_start(file: &mut File, start: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = start.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            n => length += n,
        }
    }
    Ok(length)
}

/// What a file is that only claims to be text, by its first bytes, and what to do.
fn not_text(start: &[u8]) -> Option<(&'static str, &'static str)> {
    const AS_CSV: &str = "open it in a spreadsheet program and save it as CSV UTF-8";
    const UNPACK: &str = "unpack it first";
    let kinds: [(&[u8], &str, &str); 6] = [
        (b"PK\x03\x04", "a zip archive or an XLSX spreadsheet", AS_CSV),
        (b"\xd0\xcf\x11\xe0", "an XLS spreadsheet", AS_CSV),
        (b"\x1f\x8b", "compressed with gzip", UNPACK),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd", UNPACK),
        (b"\xff\xfe", "UTF-16", "save it as CSV UTF-8"),
        (b"\xfe\xff", "UTF-16", "save it as CSV UTF-8"),
    ];
    kinds.into_iter().find(|(magic, ..)| start.starts_with(magic)).map(|(_, what, hint)| (what, hint))
}
