//! `nightaudit init [FOLDER]`: a first job for the exports in a folder, from there to the first report without an editor where all of them fit.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::print;
use crate::clock::Clock;
use crate::failure::{Failure, Outcome};
use crate::job::Job;
use crate::settings::Salt;
use crate::snapshot::Store as Snapshots;
use crate::sources::{self, examine};

/// Options of `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the exports lie
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The job file, in that folder
    #[arg(long, value_name = "NAME", default_value = "nightly.toml")]
    out: String,
}

/// What the folder holds: the names of the files of each mapping, and those that none fits.
#[derive(Default)]
struct Understood {
    files: BTreeMap<(String, &'static str), Vec<String>>,
    others: Vec<(String, String)>,
}

/// Writes the job file; an existing one is never touched.
pub fn execute(args: &Args) -> Outcome<u8> {
    let path = args.folder.join(&args.out);
    if path.exists() {
        return Err(Failure::settings(format!("`{}` is there already", path.display())).hint("edit it, remove it, or name another with --out"));
    }
    let scratch = tempfile::tempdir().map_err(|e| Failure::disk("cannot make a folder for what is unpacked", &e))?;
    let understood = understand(&args.folder, scratch.path())?;
    if understood.files.is_empty() {
        let mut failure = Failure::input(format!("no file in `{}` fits a shipped mapping", args.folder.display())).hint("look at one: nightaudit map FILE");
        failure.facts = understood.others.iter().map(|(name, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; ");
        return Err(failure);
    }
    let draft = job(&understood, &[]);
    let shops = shops(&draft, &args.folder, scratch.path())?;
    let text = job(&understood, &shops);
    // Whatever was written must load.
    Job::parse(&text, &args.folder)?;
    std::fs::write(&path, &text).map_err(|e| Failure::disk(format!("cannot write `{}`", path.display()), &e))?;
    let mut out = format!("Wrote `{}`:\n", path.display());
    for ((mapping, table), files) in &understood.files {
        let _ = writeln!(out, "  {} by `{mapping}` ({table})", files.join(", "));
    }
    for (name, why) in &understood.others {
        let _ = writeln!(out, "  left out: {name}: {why}");
    }
    for shop in &shops {
        let _ = writeln!(out, "  the ERP has a shop `{shop}`");
    }
    let _ = writeln!(out, "\nLook through it, then: nightaudit run {}", path.display());
    print(&out)?;
    Ok(0)
}

fn understand(folder: &Path, scratch: &Path) -> Outcome<Understood> {
    let cannot = |e: std::io::Error| Failure::settings(format!("cannot read the folder `{}`", folder.display())).facts(e.to_string());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_file() && !name.starts_with('.') && !name.ends_with(".toml") {
            names.push(name);
        }
    }
    names.sort();
    let mut understood = Understood::default();
    for name in names {
        match examine(&folder.join(&name), scratch) {
            Ok(seen) => match seen.fits.into_iter().next().filter(|fit| fit.usable) {
                Some(fit) => understood.files.entry((fit.mapping, fit.table)).or_default().push(name),
                None => understood.others.push((name, "no shipped mapping fits; nightaudit map shows what it is".to_owned())),
            },
            Err(failure) => understood.others.push((name, failure.facts)),
        }
    }
    Ok(understood)
}

/// The platform of a mapping: the word before the first `_`.
fn platform(mapping: &str) -> &str {
    mapping.split('_').next().unwrap_or(mapping)
}

/// The job's text. A shop of the ERP is given to a store only where there is one of each.
fn job(understood: &Understood, shops: &[String]) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut out = "# A job that nightaudit init wrote. What it cannot know stands behind `#`; `nightaudit tables stores` lists what may be said of a store.\nname = \"nightly\"\ntimezone = \"UTC\"   # the zone of the business date\n".to_owned();
    let mut platforms: Vec<_> = understood.files.keys().filter(|(_, table)| table.starts_with("platform_")).map(|(mapping, _)| platform(mapping)).collect();
    platforms.dedup();
    for name in &platforms {
        let _ = writeln!(out, "\n[[store]]\nid = {}\nplatform = {}", quoted(&name.to_uppercase()), quoted(name));
        match (platforms.as_slice(), shops) {
            ([_], [shop]) => {
                let _ = writeln!(out, "erp_names = [{}]   # what the ERP calls this shop", quoted(shop));
            }
            (_, []) => {}
            _ => {
                let _ = writeln!(out, "# erp_names = []   # which of these is it? {}", shops.join(", "));
            }
        }
        out.push_str("# timezone = \"America/New_York\"       # the platform's day\n# local_timezone = \"Asia/Shanghai\"    # the ERP's day\n");
    }
    for ((mapping, table), files) in &understood.files {
        let others: Vec<_> = understood.files.iter().filter(|((other, _), _)| other != mapping).flat_map(|(_, files)| files).collect();
        for (name, path) in patterns(mapping, files, &others) {
            let _ = writeln!(out, "\n[[source]]\nkind = \"mapped\"\nmapping = {}\npath = {}", quoted(mapping), quoted(&path));
            if name != *mapping {
                let _ = writeln!(out, "name = {}", quoted(&name));
            }
            if table.starts_with("platform_") {
                let _ = writeln!(out, "store = {}", quoted(&platform(mapping).to_uppercase()));
            }
        }
    }
    out
}

/// A pattern for each kind of name: tomorrow's export has another date in its name and belongs to the same source.
fn patterns(mapping: &str, files: &[String], others: &[&String]) -> Vec<(String, String)> {
    let mut found: Vec<String> = Vec::new();
    for file in files {
        let dateless = without_date(file);
        let takes_others = glob::Pattern::new(&dateless).is_ok_and(|pattern| others.iter().any(|other| pattern.matches(other)));
        let path = if takes_others { glob::Pattern::escape(file) } else { dateless };
        if !found.contains(&path) {
            found.push(path);
        }
    }
    let alone = found.len() == 1;
    found.into_iter().enumerate().map(|(n, path)| (if alone { mapping.to_owned() } else { format!("{mapping}_{}", n + 1) }, path)).collect()
}

/// A file's name as a pattern, with `*` for its first run of six digits or more, whatever stands between them.
fn without_date(name: &str) -> String {
    let is_date = |c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | 'T' | ' ');
    let mut rest = name;
    let mut before = String::new();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (head, tail) = rest.split_at(at);
        let length = tail.find(|c| !is_date(c)).unwrap_or(tail.len());
        let (run, after) = tail.split_at(length);
        before.push_str(head);
        if run.chars().filter(char::is_ascii_digit).count() >= 6 {
            return format!("{}*{}", glob::Pattern::escape(&before), glob::Pattern::escape(after));
        }
        before.push_str(run);
        rest = after;
    }
    glob::Pattern::escape(name)
}

/// The ERP's names for its shops, as its exports have them.
fn shops(draft: &str, folder: &Path, scratch: &Path) -> Outcome<Vec<String>> {
    let sources = sources::of(&Job::parse(draft, folder)?, Salt::of(scratch)?)?;
    let snapshots = Snapshots::at(scratch.join("snapshots"));
    let mut shops = Vec::new();
    for source in sources.iter().filter(|source| source.source.store_id().is_none()) {
        let snapshot = source.extract(&snapshots, Clock::System.now(), &|_| {}).snapshot?;
        shops.extend(snapshot.manifest.content.unknown_shops.iter().map(|(name, _)| name.clone()));
    }
    shops.sort();
    shops.dedup();
    Ok(shops)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_names_become_patterns() {
        for (name, pattern) in [
            ("orders_2026-03-09.csv", "orders_*.csv"),
            ("Order.all.20260301_20260309.xlsx", "Order.all.*.xlsx"),
            ("2026-03-09 shop1.csv", "*shop1.csv"),
            ("orders.csv", "orders.csv"),
            ("shop1 [new].csv", "shop1 [[]new[]].csv"),
        ] {
            assert_eq!(without_date(name), pattern);
        }
    }
}
