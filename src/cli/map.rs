//! `nightaudit map FILE`: what the program sees in an export, which mapping fits, a dry run of one, a first draft of another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Format, json, print};
use crate::clock::Clock;
use crate::failure::{Failure, Outcome};
use crate::job::Job;
use crate::limits::MAP_ROWS_SHOWN;
use crate::model::{Tables, Value};
use crate::settings::Salt;
use crate::snapshot::Store as Snapshots;
use crate::sources::{self, Seen, draft, examine};
use crate::table::parquet;

/// Options of `map`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An export
    file: PathBuf,
    /// Read it by this mapping, a shipped one or a file, and show what comes of it
    #[arg(long, value_name = "MAPPING")]
    with: Option<String>,
    /// Write a first mapping for it into this file
    #[arg(long, value_name = "FILE", conflicts_with = "with")]
    out: Option<PathBuf>,
    /// What the export holds, for `--out`
    #[arg(long, value_name = "TABLE", default_value = "platform_orders")]
    table: String,
}

/// Looks at the file; nothing is stored.
pub fn execute(args: &Args, format: Format) -> Outcome<u8> {
    let scratch = tempfile::tempdir().map_err(|e| Failure::disk("cannot make a folder for what is unpacked", &e))?;
    if let Some(mapping) = &args.with {
        return dry_run(&args.file, mapping, scratch.path());
    }
    let seen = examine(&args.file, scratch.path())?;
    if let Some(out) = &args.out {
        let table = Tables::get(&args.table)?;
        let text = draft(&args.file, table.name, &seen, scratch.path())?;
        if out.exists() {
            return Err(Failure::settings(format!("`{}` is there already", out.display())).hint("name another file, or remove it first"));
        }
        std::fs::write(out, text).map_err(|e| Failure::disk(format!("cannot write `{}`", out.display()), &e))?;
        print(&format!("Wrote `{0}`. Explain its status words, then: nightaudit map {1} --with {0}\n", out.display(), args.file.display()))?;
        return Ok(0);
    }
    print(&if format == Format::Json { json(&seen)? } else { told(&args.file, &seen) })?;
    Ok(0)
}

fn told(file: &Path, seen: &Seen) -> String {
    let mut out = format!("{}: {}, header in row {}, {} columns\n\n", file.display(), seen.form, seen.header_row, seen.header.len());
    let width = seen.header.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(40);
    for (at, name) in seen.header.iter().enumerate() {
        let cell: String = seen.sample.get(at).map(String::as_str).unwrap_or_default().trim().chars().take(50).collect();
        out.push_str(format!("  {name:<width$}  {cell}").trim_end());
        out.push('\n');
    }
    out.push('\n');
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    // One column in common with some mapping is no fit worth a line.
    let best = seen.fits.first().map_or(0, |fit| fit.read);
    let usable: Vec<_> = seen.fits.iter().filter(|fit| fit.usable && fit.read * 2 >= best).collect();
    for fit in usable.iter().take(MAP_ROWS_SHOWN) {
        out.push_str(&format!(
            "The mapping `{}` fits ({}): it reads {} of the columns; nobody knows: {}; it lacks: {}\n",
            fit.mapping,
            fit.table,
            fit.read,
            list(&fit.unknown),
            list(&fit.missing)
        ));
    }
    match (usable.first(), seen.fits.first()) {
        (Some(best), _) => out.push_str(&format!("\nTry it: nightaudit map {} --with {}\n", file.display(), best.mapping)),
        (None, near) => {
            if let Some(near) = near {
                out.push_str(&format!(
                    "No shipped mapping fits. The nearest, `{}`, knows {} of the columns and lacks {}\n",
                    near.mapping,
                    near.read,
                    list(&near.missing)
                ));
            } else {
                out.push_str("No shipped mapping knows any of these columns.\n");
            }
            out.push_str(&format!(
                "\nBegin one: nightaudit map {} --out mine.toml --table platform_orders (or local_orders, platform_listings, …)\n",
                file.display()
            ));
        }
    }
    out
}

/// Reads the file as a night would, into a folder that is gone afterwards.
fn dry_run(file: &Path, mapping: &str, scratch: &Path) -> Outcome<u8> {
    let here = std::env::current_dir().map_err(|e| Failure::disk("cannot tell where we are", &e))?;
    let literal = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let (path, store) = (literal(&glob::Pattern::escape(&file.display().to_string())), "store = \"STORE\"\n");
    let named = |store: &str| {
        Job::parse(
            &format!("name = \"map\"\n[[store]]\nid = \"STORE\"\n[[source]]\nkind = \"mapped\"\npath = {path}\nmapping = {}\n{store}", literal(mapping)),
            &here,
        )
    };
    let salt = Salt::of(scratch)?;
    // A mapping whose rows name their shop needs no store.
    let sources = sources::of(&named("")?, salt).or_else(|_| Salt::of(scratch).and_then(|salt| sources::of(&named(store)?, salt)))?;
    let Some(source) = sources.first() else { return Ok(0) };
    let snapshot = source.extract(&Snapshots::at(scratch.join("snapshots")), Clock::System.now(), &|_| {}).snapshot?;
    let content = &snapshot.manifest.content;
    let mut out = String::new();
    for file in &content.files {
        out.push_str(&format!("{}: {} rows = {} used + {} rejected + {} skipped\n", file.name, file.rows, file.used, file.rejected, file.skipped));
    }
    for note in &content.notes {
        out.push_str(&format!("  {note}\n"));
    }
    if !content.unknown_columns.is_empty() {
        out.push_str(&format!("  columns that nobody reads: {}\n", content.unknown_columns.join(", ")));
    }
    if !content.missing_columns.is_empty() {
        out.push_str(&format!("  columns that decide a status, and the file lacks: {}\n", content.missing_columns.join(", ")));
    }
    for (column, word, n) in &content.unknown_words {
        out.push_str(&format!("  `{word}` ({n} rows) is no known word of {column}\n"));
    }
    for written in &content.tables {
        let rejects = written.table == "load_rejects";
        out.push_str(&format!("\n{}: {} rows\n", written.table, written.rows));
        let table = Tables::get(&written.table)?;
        let mut shown = 0;
        let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
        let (lifecycle, raw_status) = (table.position("lifecycle"), table.position("raw_status"));
        parquet::read(&snapshot.folder.join(&written.file), &mut |row| {
            shown += 1;
            let said = |at: Option<usize>| at.and_then(|at| row.cells.get(at)).and_then(Value::text).unwrap_or_default();
            if said(lifecycle) == "unknown" {
                *unknown.entry(said(raw_status).to_owned()).or_default() += 1;
            }
            if shown <= MAP_ROWS_SHOWN {
                let wanted = |name: &str| {
                    // Hashes have a salt of their own in every folder and say nothing here.
                    let is_said = !["source_file_id", "snapshot_at"].contains(&name) && !name.ends_with("_hash");
                    if rejects { ["source_row", "field", "reason", "raw_text"].contains(&name) } else { is_said }
                };
                let cells = table.columns.iter().zip(row.cells.iter()).filter(|(column, cell)| wanted(column.name) && !cell.is_null());
                let text = |cell: serde_json::Value| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
                out.push_str(&format!("  {}\n", cells.map(|(column, cell)| format!("{} {}", column.name, text(cell.json()))).collect::<Vec<_>>().join("  ")));
            }
            Ok(())
        })?;
        if let Some(more) = shown.checked_sub(MAP_ROWS_SHOWN).filter(|more| *more > 0) {
            out.push_str(&format!("  … and {more} more\n"));
        }
        for (word, n) in unknown {
            let word = if word.is_empty() { "a blank status".to_owned() } else { format!("the status `{word}`") };
            out.push_str(&format!("  no rule of `status` knows {word}: {n} of {shown}\n"));
        }
    }
    print(&out)?;
    Ok(u8::from(content.files.iter().any(|file| file.rejected > 0)))
}
