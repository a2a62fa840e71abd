//! CSV and TSV as people send them: any encoding, quoted line breaks, ragged rows, duplicate headers, titles above the header; every cell is text.
//! May not guess a type: an id that looks like a number stays text (rule book 0.9).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use super::{BadRow, Form, HEAD_ROWS, OnBadRow, OnRow, RawRow, encoding};
use crate::failure::{Failure, Outcome};
use crate::limits::CSV_RECORD_BYTES_MAX;
use crate::model::Value;

/// What the reader reads: text in UTF-8, whatever the file's encoding is.
type Input = CountQuotes<Box<dyn Read + Send>>;

/// A file whose first rows have been read.
pub struct TextTable {
    shown: String,
    reader: csv::Reader<Input>,
    encoding: &'static Encoding,
    separator: u8,
    /// The first rows, the header among them.
    head: Vec<ByteRecord>,
    /// Rows of the head down to the header.
    above: usize,
    width: usize,
}

/// The first bytes of a file.
pub fn start_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path)?.take(8).read_to_end(&mut start)?;
    Ok(start)
}

impl TextTable {
    /// Opens a file and reads its first rows. What nobody says is found out: the encoding by its bytes, the separator by the first row.
    pub fn open(path: &Path, shown: &str, ending: &str, form: &Form) -> Outcome<Self> {
        let cannot = |facts: String| Failure::input(format!("cannot read `{shown}`")).facts(facts);
        let encoding = match &form.encoding {
            Some(name) => encoding::named(name)
                .ok_or_else(|| Failure::settings(format!("no encoding is called `{name}`")).hint("such as utf-8, gbk, shift_jis, windows-1252"))?,
            None => encoding::sniffed(path).map_err(|e| cannot(e.to_string()))?,
        };
        let separator = match form.separator {
            Some(separator) => separator,
            None => likely_separator(decoded(path, encoding).map_err(|e| cannot(e.to_string()))?, ending).map_err(|e| cannot(e.to_string()))?,
        };
        let input = CountQuotes { input: decoded(path, encoding).map_err(|e| cannot(e.to_string()))?, odd: false };
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).quoting(!form.plain_quotes).buffer_capacity(1 << 18).from_reader(input);
        let mut head = Vec::new();
        let mut record = ByteRecord::new();
        while head.len() < HEAD_ROWS && reader.read_byte_record(&mut record).map_err(|e| cannot(e.to_string()))? {
            head.push(record.clone());
        }
        if head.is_empty() {
            return Err(cannot("it is empty".to_owned()).hint("an export without orders still has a header: ask for it again"));
        }
        // Without quoting a mark is a letter like any other.
        reader.get_mut().odd &= !form.plain_quotes;
        Ok(Self { shown: shown.to_owned(), reader, encoding, separator, head, above: 0, width: 0 })
    }

    /// What the file is, for people.
    pub fn form(&self) -> String {
        let what = match self.separator {
            b'\t' => "TSV".to_owned(),
            b',' => "CSV".to_owned(),
            other => format!("text with `{}` between cells", char::from(other)),
        };
        format!("{what} in {}", self.encoding.name())
    }

    /// The first rows, with their numbers.
    pub fn head(&self) -> Vec<(u64, Vec<String>)> {
        let text = |record: &ByteRecord| record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        self.head.iter().enumerate().map(|(i, record)| (i as u64 + 1, text(record))).collect()
    }

    /// Takes a row of the head as the header.
    pub fn begin(&mut self, header: usize) -> Outcome<Vec<String>> {
        let Some(first) = self.head.get(header) else { return Ok(Vec::new()) };
        let names: Vec<String> =
            first.iter().map(|name| std::str::from_utf8(name).map(|name| name.trim().to_owned())).collect::<Result<_, _>>().map_err(|_| {
                Failure::input(format!("cannot read `{}`", self.shown))
                    .facts("its header is not UTF-8")
                    .hint("say its `encoding` in the mapping, or save the export as CSV UTF-8")
            })?;
        (self.above, self.width) = (header + 1, names.len());
        Ok(names)
    }

    /// Hands every row below the header to `on_row`, one cell a header column: missing trailing cells are empty.
    /// Rows with bytes that are no text, or with text beyond the header, go to `on_bad`.
    pub fn read(mut self, wanted: Option<&[bool]>, on_row: &mut OnRow<'_>, on_bad: &mut OnBadRow<'_>) -> Outcome<()> {
        let mut cells = Vec::with_capacity(self.width);
        let mut record = ByteRecord::new();
        let mut ahead = std::mem::take(&mut self.head).into_iter().skip(self.above);
        let mut number = self.above as u64;
        let mut last_has_line_break = false;
        loop {
            if let Some(next) = ahead.next() {
                record = next;
                number += 1;
            } else {
                match self.reader.read_byte_record(&mut record) {
                    Ok(true) => number += 1,
                    Ok(false) if self.reader.get_ref().odd && last_has_line_break => {
                        return Err(Failure::input(format!("cannot read `{}`", self.shown))
                            .facts(format!("a quotation mark that opens in row {number} is never closed, so that all that follows is one cell"))
                            .hint(
                                "close the quotation mark in that row, or export the file again; where marks are text, say `quotes = false` in the mapping",
                            ));
                    }
                    Ok(false) => return Ok(()),
                    Err(e) => return Err(Failure::input(format!("cannot read `{}` after row {number}", self.shown)).facts(e.to_string())),
                }
            }
            if record.as_slice().len() > CSV_RECORD_BYTES_MAX {
                return Err(Failure::input(format!("cannot read `{}`", self.shown))
                    .facts(format!("row {number} has more than {} MB", CSV_RECORD_BYTES_MAX >> 20))
                    .hint("a quotation mark was probably never closed: look at that row"));
            }
            last_has_line_break = record.as_slice().contains(&b'\n');
            match fill(&mut cells, &record, self.width, wanted, self.encoding) {
                Ok(()) => on_row(RawRow { number, cells: &mut cells })?,
                Err(why) => on_bad(BadRow { number, why })?,
            }
        }
    }
}

/// The file as UTF-8 without its byte order mark. UTF-8 itself goes through untouched, so that a damaged cell costs its row only.
fn decoded(path: &Path, encoding: &'static Encoding) -> std::io::Result<Box<dyn Read + Send>> {
    let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
    if encoding == UTF_8 {
        if start_of(path)?.starts_with(b"\xef\xbb\xbf") {
            file.seek_relative(3)?;
        }
        return Ok(Box::new(file));
    }
    let decoder: DecodeReaderBytes<_, Vec<u8>> = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(file);
    Ok(Box::new(BufReader::with_capacity(1 << 18, decoder)))
}

/// What stands most often between the words of the first line that has any; by the file's ending where none does.
fn likely_separator(mut input: impl Read, ending: &str) -> std::io::Result<u8> {
    let mut start = Vec::new();
    input.by_ref().take(1 << 16).read_to_end(&mut start)?;
    let by_ending = if ending == "tsv" { b'\t' } else { b',' };
    let mut best = (0, by_ending);
    // A title above the header has no separators: the line with the most decides.
    for line in start.split(|b| *b == b'\n').take(HEAD_ROWS) {
        let mut quoted = false;
        for separator in [by_ending, b'\t', b',', b';', b'|'] {
            let n = line
                .iter()
                .filter(|b| {
                    quoted ^= **b == b'"';
                    !quoted && **b == separator
                })
                .count();
            if n > best.0 {
                best = (n, separator);
            }
            quoted = false;
        }
        if best.0 > 0 && line.len() > 1 {
            break;
        }
    }
    Ok(best.1)
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

fn fill(cells: &mut Vec<Value>, record: &ByteRecord, width: usize, wanted: Option<&[bool]>, encoding: &'static Encoding) -> Result<(), String> {
    cells.clear();
    let is_wanted = |at: usize| wanted.is_none_or(|wanted| wanted.get(at) == Some(&true));
    for (i, cell) in record.iter().enumerate() {
        if i >= width {
            if cell.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Err(format!("has {} cells, the header has {width}: a separator or a quotation mark is out of place", record.len()));
        }
        match std::str::from_utf8(cell) {
            Ok("") => cells.push(Value::Null),
            Ok(text) if !is_wanted(i) => cells.push(if text.trim().is_empty() { Value::Null } else { Value::Bool(true) }),
            // Decoding leaves this sign where bytes mean nothing.
            Ok(text) if encoding != UTF_8 && text.contains('\u{fffd}') => return Err(format!("cell {} has bytes that are no {}", i + 1, encoding.name())),
            Ok(text) => cells.push(Value::Text(text.to_owned())),
            Err(_) => return Err(format!("cell {} is not UTF-8: save the export as CSV UTF-8", i + 1)),
        }
    }
    cells.resize(width, Value::Null);
    Ok(())
}
