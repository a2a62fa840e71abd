//! Promise: no bytes make a reader panic, hang or take unbounded memory: damaged exports in every form, from a seed.
//! `FUZZ=200000 cargo test --test fuzz` (or `make fuzz`) tries that many of each form; without it a few.

mod exports;

use std::time::{Duration, Instant};

use nightaudit::table::{Form, Rows};

/// Damages bytes the way transfers and people do: bits, cuts, repeats, swapped pieces, long runs.
fn damaged(bytes: &[u8], rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.usize(1..6) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.usize(..bytes.len());
        let length = rng.usize(..=(bytes.len() - at).min(64));
        match rng.usize(..7) {
            0 => bytes[at] ^= 1 << rng.u8(..8),
            1 => bytes[at] = rng.u8(..),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..at + length)),
            4 => {
                let piece = bytes[at..at + length].to_vec();
                let to = rng.usize(..=bytes.len());
                bytes.splice(to..to, piece);
            }
            5 => {
                let sign = *rng.choice(b"\"\t,;\n\r\0\xff<>/0").unwrap();
                bytes.splice(at..at, std::iter::repeat_n(sign, rng.usize(1..200)));
            }
            _ => {
                let number = rng.u32(..).to_le_bytes();
                let end = (at + 4).min(bytes.len());
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
        }
    }
    bytes
}

/// Reads everything, as a night would; failures are fine. Rows that were read and refused.
fn read(path: &std::path::Path, scratch: &std::path::Path) -> u64 {
    let Ok(mut rows) = Rows::open(path, &Form::default(), scratch) else { return 0 };
    let mut n = std::cell::Cell::new(0);
    if rows.begin(0).is_ok() {
        let _ = rows.read(
            &mut |_| {
                n.set(n.get() + 1);
                Ok(())
            },
            &mut |_| {
                n.set(n.get() + 1);
                Ok(())
            },
        );
    }
    *n.get_mut()
}

#[test]
fn damaged_files_never_panic_a_reader() {
    let times: usize = std::env::var("FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let csv = exports::text(',');
    let jsonl = "{\"a\":1,\"b\":[\"x\"]}\n{\"a\":5.7e17}\n".repeat(3);
    let parquet = {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let sql = format!(
            "copy (select range as id, case when range % 3 > 0 then 'text ' || range % 4 end as words, timestamp '2026-03-09' as at, range / 7.0 as share, \
             [range::varchar, null] as list, (range / 10)::decimal(18,4) as money from range(5000)) to '{}' (format parquet, row_group_size 2048)",
            path.display()
        );
        duckdb::Connection::open_in_memory().unwrap().execute_batch(&sql).unwrap();
        std::fs::read(path).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    for (name, seed) in [
        ("a.csv", csv.clone().into_bytes()),
        ("latin.csv", exports::encoded(&csv, encoding_rs::WINDOWS_1252)),
        ("utf16.csv", exports::utf16(&csv, false)),
        ("a.jsonl", jsonl.into_bytes()),
        ("a.csv.gz", exports::packed_gzip(csv.as_bytes())),
        ("a.csv.zst", zstd::encode_all(csv.as_bytes(), 3).unwrap()),
        ("a.zip", exports::packed_zip("orders.csv", csv.as_bytes())),
        ("a.xlsx", exports::workbook()),
        ("a.xls", exports::xls()),
        ("a.xlsb", exports::xlsb()),
        ("a.ods", exports::ods()),
        ("a.parquet", parquet),
    ] {
        let mut rng = fastrand::Rng::with_seed(20_260_310);
        let path = folder.path().join(name);
        std::fs::write(&path, &seed).unwrap();
        assert!(read(&path, folder.path()) > 0, "{name}: undamaged");
        let mut slowest = Duration::ZERO;
        for n in 0..times {
            std::fs::write(&path, damaged(&seed, &mut rng)).unwrap();
            let started = Instant::now();
            let outcome = std::panic::catch_unwind(|| read(&path, folder.path()));
            assert!(outcome.is_ok(), "{name}: number {n} panics; the file is {} bytes", std::fs::metadata(&path).unwrap().len());
            slowest = slowest.max(started.elapsed());
        }
        // Not a time limit: a hang would never come here, and this says how far from one the slowest is.
        println!("{name}: {times} damaged files, the slowest {slowest:?}");
    }
}
