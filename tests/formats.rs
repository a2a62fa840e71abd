//! Promise: whatever form an export has, its rows are the same: encodings, separators, packings, spreadsheets; what cannot be read says why.

mod exports;
mod support;

use std::io::Write;

use exports::{HEADER, ROWS, encoded, ods, packed_gzip, packed_zip, text, utf16, workbook, xls, xlsb};
use support::{NIGHT, Ran, Workspace};

const MAPPING: &str = "zone = \"UTC\"\nstatus = [{ is = \"pending\", \"State\" = \"wartend\" }, { is = \"shipped_ok\", \"State\" = \"versandt\" }]\n\
    [local_orders]\nlocal_row_id = \"Row\"\nplatform_order_id_raw = \"Order\"\norder_created_at = \"Placed\"\ntracking_no = \"Tracking\"\n";

/// What became of a file of this name: the rows that were read.
fn read(name: &str, content: &[u8], more: &str) -> (Vec<String>, Ran, Workspace) {
    let work = Workspace::new();
    work.write("job.toml", format!("name = \"shop\"\n[[source]]\nkind = \"mapped\"\nmapping = \"mine.toml\"\npath = \"{name}\"\nstore = \"S\"\n"));
    work.write("mine.toml", format!("{more}{MAPPING}"));
    work.write(name, content);
    let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
    let select = "select concat_ws(' ', local_row_id, platform_order_id_raw, lifecycle, order_created_at, tracking_no) from local_orders order by 1";
    let rows = if ran.stderr.contains("ERROR") { Vec::new() } else { support::query(&work, "shop", select) };
    (rows, ran, work)
}

fn expected() -> Vec<String> {
    let rows = ROWS.map(|[row, order, state, placed, tracking]| {
        format!("{row} {order} {} {placed} {tracking}", if state == "wartend" { "pending" } else { "shipped_ok" }).trim_end().to_owned()
    });
    rows.to_vec()
}

#[test]
fn the_same_rows_in_every_form() {
    let csv = text(',');
    let chinese = csv.replace("Größe", "中文运单号已经提交").replace("wartend", "待审核").replace("versandt", "已发货");
    let japanese = csv.replace("Größe", "日本語の追跡番号です").replace("wartend", "出荷待ち").replace("versandt", "出荷済み");
    let words = |waiting: &str, sent: &str| {
        format!("status = [{{ is = \"pending\", \"State\" = \"{waiting}\" }}, {{ is = \"shipped_ok\", \"State\" = \"{sent}\" }}]\n")
    };
    let jsonl: String = ROWS
        .iter()
        .map(|row| format!("{}\n", serde_json::Value::Object(HEADER.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), (*cell).into())).collect())))
        .collect();
    for (name, content, form) in [
        ("a.csv", csv.clone().into_bytes(), "CSV in UTF-8"),
        ("bom.csv", format!("\u{feff}{csv}").into_bytes(), "CSV in UTF-8"),
        ("tabs.txt", text('\t').into_bytes(), "TSV in UTF-8"),
        ("semicolons.csv", text(';').into_bytes(), "text with `;` between cells in UTF-8"),
        ("le.csv", [b"\xff\xfe".to_vec(), utf16(&csv, false)].concat(), "CSV in UTF-16LE"),
        ("be.csv", [b"\xfe\xff".to_vec(), utf16(&csv, true)].concat(), "CSV in UTF-16BE"),
        ("no_mark.csv", utf16(&csv, false), "CSV in UTF-16LE"),
        ("latin.csv", encoded(&csv, encoding_rs::WINDOWS_1252), "CSV in windows-1252"),
        ("a.csv.gz", packed_gzip(csv.as_bytes()), "CSV in UTF-8"),
        ("a.csv.zst", zstd::encode_all(csv.as_bytes(), 3).unwrap(), "CSV in UTF-8"),
        ("a.zip", packed_zip("export/orders.csv", csv.as_bytes()), "CSV in UTF-8"),
        ("latin.zip", packed_zip("orders.txt", &encoded(&text('\t'), encoding_rs::WINDOWS_1252)), "TSV in windows-1252"),
        ("a.jsonl", jsonl.clone().into_bytes(), "JSONL"),
        ("a.jsonl.gz", packed_gzip(jsonl.as_bytes()), "JSONL"),
        ("a.xlsx", workbook(), "spreadsheet, sheet `orders`"),
        ("download", workbook(), "spreadsheet, sheet `orders`"),
        ("a.xlsx.gz", packed_gzip(&workbook()), "spreadsheet, sheet `orders`"),
        ("a.xls", xls(), "spreadsheet, sheet `orders`"),
        ("a.xlsb", xlsb(), "spreadsheet, sheet `orders`"),
        ("a.ods", ods(), "spreadsheet, sheet `orders`"),
    ] {
        let (rows, ran, work) = read(name, &content, "");
        assert_eq!(rows, expected(), "{name}: {}", ran.stderr);
        let notes = work.run(&["show", "--format", "json"]).stdout;
        assert!(form == "CSV in UTF-8" || notes.contains(&format!("`{name}` was read as {form}")), "{name}: {notes}");
        assert!(
            !support::files(&work.path().join("nightaudit-data")).keys().any(|path| path.display().to_string().contains("tmp")),
            "{name}: something was left"
        );
    }
    for (name, bytes, waiting, sent, encoding) in [
        ("gbk.csv", encoded(&chinese, encoding_rs::GBK), "待审核", "已发货", ""),
        ("gbk_said.csv", encoded(&chinese, encoding_rs::GBK), "待审核", "已发货", "encoding = \"gbk\"\n"),
        ("sjis.csv", encoded(&japanese, encoding_rs::SHIFT_JIS), "出荷待ち", "出荷済み", ""),
    ] {
        let work = Workspace::new();
        work.write("job.toml", format!("name = \"shop\"\n[[source]]\nkind = \"mapped\"\nmapping = \"mine.toml\"\npath = \"{name}\"\nstore = \"S\"\n"));
        let (_, table) = MAPPING.split_once("[local_orders]").unwrap();
        work.write("mine.toml", format!("{encoding}{}[local_orders]{table}", words(waiting, sent)));
        work.write(name, bytes);
        let ran = work.run(&["run", "job.toml", "--as-of", NIGHT]);
        let states = support::query(&work, "shop", "select local_row_id || ' ' || lifecycle from local_orders order by 1");
        assert_eq!(states, ["R1 pending", "R2 shipped_ok", "R3 pending"], "{name}: {}", ran.stderr);
    }
}

#[test]
fn forms_that_cannot_be_read_say_why() {
    let csv = text(',');
    let failure = |name: &str, content: &[u8], more: &str| {
        let (rows, ran, _) = read(name, content, more);
        assert!(rows.is_empty() && ran.code == 3, "{name}: {}", ran.stderr);
        ran.stderr.lines().find(|line| line.contains("ERROR")).unwrap_or_default().to_owned()
    };
    let mut two = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a.csv", "b.csv"] {
        two.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        two.write_all(csv.as_bytes()).unwrap();
    }
    let mut protected = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    protected.extend(utf16("EncryptedPackage", false));
    let gzip = packed_gzip(csv.as_bytes());
    insta::assert_snapshot!(
        [
            failure("two.zip", &two.finish().unwrap().into_inner(), ""),
            failure("cut.csv.gz", &gzip[..gzip.len() / 2], ""),
            failure("protected.xlsx", &protected, ""),
            failure("broken.xls", b"\xd0\xcf\x11\xe0 and nothing more", ""),
            failure("a.xlsx", &workbook(), "sheet = \"Bestellungen\"\n"),
            failure("a.csv", csv.as_bytes(), "encoding = \"klingon\"\n"),
        ]
        .join("\n")
    );
}

#[test]
fn what_a_spreadsheet_did_to_ids_and_cells_is_named() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in HEADER.iter().enumerate() {
        sheet.write(0, u16::try_from(column).unwrap(), *name).unwrap();
    }
    sheet.write(1, 0, "R1").unwrap().write(1, 1, 576_932_018_345_678_901.0).unwrap().write(1, 2, "wartend").unwrap().write(1, 3, "2026-03-09").unwrap();
    sheet.write(2, 0, "R2").unwrap().write(2, 1, 1001).unwrap().write(2, 2, "wartend").unwrap().write(2, 3, "2026-03-09").unwrap();
    sheet.write(3, 0, "R3").unwrap().write(3, 1, "#N/A").unwrap().write(3, 2, "wartend").unwrap().write(3, 3, "2026-03-09").unwrap();
    let (rows, ran, work) = read("a.xlsx", &book.save_to_buffer().unwrap(), "");
    // Without an exponent, and known to have lost digits.
    assert_eq!(rows, ["R1 576932018345679000 pending 2026-03-09 00:00:00", "R2 1001 pending 2026-03-09 00:00:00"], "{}", ran.stderr);
    let rejects = support::read_csv(&work.path().join("nightaudit-data/shop/latest/rejects/load_rejects.csv"));
    assert_eq!(rejects[0]["reason"], "is the spreadsheet error #N/A");
    let notes = work.run(&["show", "--format", "json"]).stdout;
    assert!(notes.contains("1 cells of `Order` are numbers of 16 digits or more"), "{notes}");
}

#[test]
fn quotes_may_be_text() {
    let file = "Row\tOrder\tState\tPlaced\tTracking\nR1\t1\twartend\t2026-03-09\t7\" tablet\nR2\t2\twartend\t2026-03-09\t\"\n";
    let (rows, ran, _) = read("a.txt", file.as_bytes(), "quotes = false\n");
    assert_eq!(rows, ["R1 1 pending 2026-03-09 00:00:00 7\" tablet", "R2 2 pending 2026-03-09 00:00:00 \""], "{}", ran.stderr);
}
