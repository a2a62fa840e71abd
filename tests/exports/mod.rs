//! One small export in every form that sellers send: text, spreadsheets, archives.
//! May not know what the program makes of it.

use std::io::Write;

/// A local export with words of several languages, a quoted line break and a long number.
pub const HEADER: [&str; 5] = ["Row", "Order", "State", "Placed", "Tracking"];
pub const ROWS: [[&str; 5]; 3] = [
    ["R1", "576932018345678901", "wartend", "2026-03-09 08:00:00", "Größe"],
    ["R2", "00123", "versandt", "2026-03-09 09:00:00", ""],
    ["R3", "AB-3", "wartend", "2026-03-09 10:00:00", "x, y"],
];

pub fn text(separator: char) -> String {
    let line =
        |cells: &[&str; 5]| cells.map(|cell| if cell.contains(separator) { format!("\"{cell}\"") } else { cell.to_owned() }).join(&separator.to_string());
    std::iter::once(&HEADER).chain(&ROWS).map(|cells| line(cells) + "\r\n").collect()
}

pub fn packed_zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap().into_inner()
}

pub fn packed_gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

pub fn encoded(text: &str, encoding: &'static encoding_rs::Encoding) -> Vec<u8> {
    let (bytes, _, damaged) = encoding.encode(text);
    assert!(!damaged);
    bytes.into_owned()
}

/// A workbook: a hidden sheet first, then the rows below a title that ends in row 12; numbers and dates as a spreadsheet holds them.
pub fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("setup").unwrap().set_hidden(true).write(0, 0, "not this one").unwrap();
    let sheet = book.add_worksheet().set_name("orders").unwrap().set_active(true);
    sheet.write(0, 0, "Orders of March").unwrap();
    sheet.write(11, 0, "exported by somebody").unwrap();
    for (column, name) in HEADER.iter().enumerate() {
        sheet.write(12, u16::try_from(column).unwrap(), *name).unwrap();
    }
    let date = rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy hh:mm");
    for (i, [row, order, state, placed, tracking]) in ROWS.iter().enumerate() {
        let at = 13 + u32::try_from(i).unwrap();
        let placed = rust_xlsxwriter::ExcelDateTime::parse_from_str(&placed.replace(' ', "T")).unwrap();
        sheet.write(at, 0, *row).unwrap().write(at, 1, *order).unwrap().write(at, 2, *state).unwrap().write(at, 4, *tracking).unwrap();
        sheet.write_with_format(at, 3, &placed, &date).unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// The smallest ODS: one table in content.xml.
pub fn ods() -> Vec<u8> {
    let cell = |text: &str| format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>");
    let rows: String = std::iter::once(&HEADER).chain(&ROWS).map(|cells| format!("<table:table-row>{}</table:table-row>", cells.map(cell).concat())).collect();
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet><table:table table:name=\"orders\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
        (
            "META-INF/manifest.xml",
            "<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>".to_owned(),
        ),
        ("content.xml", content),
    ] {
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
