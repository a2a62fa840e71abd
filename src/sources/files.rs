//! The input files of a source: which there are, which of them are whole, since when each is known.
//! May not read their content beyond the checksum.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::failure::{Failure, Outcome};
use crate::snapshot::{FileRead, Snapshot, sha256_of};

/// An input file.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name in reports, the same on every machine: below the folder that the source's path names.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it was last saved, as the disk says.
    pub modified_at: DateTime<Utc>,
    /// The night these bytes were last saved for: what they say is as old as that.
    pub taken_at: DateTime<Utc>,
    /// The night these bytes were first seen: saving them again makes them fresh, but no newer than what came after them.
    pub seen_at: DateTime<Utc>,
}

/// What a source would read now.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Whole files, in the order they are taken.
    pub files: Vec<InputFile>,
    /// Files still being written: left for the next run.
    pub left: Vec<String>,
    /// What else a person should know.
    pub notes: Vec<String>,
}

impl InputFile {
    fn open(path: PathBuf, name: String) -> Outcome<Self> {
        let (_, modified_at) = size_and_time(&path)?;
        let (bytes, sha256) = sha256_of(&path)?;
        Ok(Self { path, name, bytes, sha256, modified_at, taken_at: DateTime::default(), seen_at: DateTime::default() })
    }

    /// The file as a manifest counts it, with nothing read yet.
    pub fn unread(&self) -> FileRead {
        let Self { name, bytes, sha256, modified_at, taken_at, seen_at, .. } = self.clone();
        FileRead { name, bytes, sha256, modified_at, taken_at, seen_at, ..FileRead::default() }
    }
}

fn size_and_time(path: &Path) -> Outcome<(u64, DateTime<Utc>)> {
    let read = || path.metadata().and_then(|metadata| Ok((metadata.len(), metadata.modified()?.into())));
    read().map_err(|e: std::io::Error| Failure::input(format!("cannot read `{}`", path.display())).facts(e.to_string()))
}

impl Inputs {
    /// These files, without those that somebody is writing.
    pub fn of(found: Vec<(PathBuf, String)>) -> Outcome<Self> {
        let mut inputs = Self::default();
        let written = being_written();
        for (path, name) in found {
            if path.canonicalize().is_ok_and(|path| written.contains(&path)) {
                inputs.left.push(name);
            } else {
                inputs.files.push(InputFile::open(path, name)?);
            }
        }
        Ok(inputs)
    }

    /// Says of each file since when it is known, and puts them into the order they are taken in: as they appeared, then by name, numbers as numbers.
    pub(super) fn dated(&mut self, before: Option<&Snapshot>, as_of: DateTime<Utc>) {
        let known = before.map(|snapshot| snapshot.manifest.content.files.as_slice()).unwrap_or_default();
        let mut seen: HashMap<&str, DateTime<Utc>> = HashMap::new();
        let mut taken: HashMap<String, DateTime<Utc>> = HashMap::new();
        for file in known {
            seen.entry(&file.sha256).and_modify(|at| *at = file.seen_at.min(*at)).or_insert(file.seen_at);
        }
        let known: HashMap<_, _> = known.iter().map(|file| ((&file.name, &file.sha256, file.modified_at), file.taken_at)).collect();
        for file in &mut self.files {
            file.seen_at = seen.get(file.sha256.as_str()).copied().unwrap_or(as_of);
            let taken_at = known.get(&(&file.name, &file.sha256, file.modified_at)).copied().unwrap_or(as_of);
            taken.entry(file.sha256.clone()).and_modify(|at| *at = taken_at.max(*at)).or_insert(taken_at);
        }
        // Tonight's copy of the same bytes makes the one that is read as fresh as itself.
        for file in &mut self.files {
            file.taken_at = taken.get(&file.sha256).copied().unwrap_or(as_of);
        }
        let stem = |file: &InputFile| Path::new(&file.name).with_extension("").to_string_lossy().into_owned();
        self.files.sort_by(|a, b| a.seen_at.cmp(&b.seen_at).then_with(|| alphanumeric_sort::compare_str(stem(a), stem(b))).then_with(|| a.name.cmp(&b.name)));
    }

    /// Moves what has changed since its checksum was taken to those that are left; true if there was any.
    pub(super) fn leave_changed(&mut self) -> bool {
        let left = &mut self.left;
        let before = left.len();
        self.files.retain(|file| {
            let same = size_and_time(&file.path).is_ok_and(|now| now == (file.bytes, file.modified_at));
            if !same {
                left.push(file.name.clone());
            }
            same
        });
        left.len() > before
    }

    /// An error if nothing is left to read.
    pub(super) fn any(&self) -> Outcome<()> {
        if self.files.is_empty() && !self.left.is_empty() {
            return Err(Failure::input(format!("`{}` is still being written", self.left.join("`, `"))).hint("run again when it is whole"));
        }
        Ok(())
    }
}

/// The files a path or pattern names; an error if there are none.
pub fn matching(folder: &Path, pattern: &str) -> Outcome<Inputs> {
    let full = folder.join(pattern);
    let shown = full.display().to_string();
    let paths = glob::glob(&shown).map_err(|e| Failure::settings(format!("the path `{pattern}` is not a pattern")).facts(e.to_string()))?;
    let base = base_of(&full);
    let (mut found, mut unfinished) = (Vec::new(), Vec::new());
    for path in paths {
        let path = path.map_err(|e| Failure::input(format!("cannot list `{shown}`")).facts(e.to_string()))?;
        if path.is_file() {
            let name = path.strip_prefix(&base).unwrap_or(&path).to_string_lossy().into_owned();
            if is_unfinished(&path) { unfinished.push(name) } else { found.push((path, name)) }
        }
    }
    if found.is_empty() {
        let facts = if unfinished.is_empty() { String::new() } else { format!("`{}` is an unfinished download", unfinished.join("`, `")) };
        return Err(Failure::input(format!("no file matches `{shown}`"))
            .facts(facts)
            .hint("check the source's `path`, and whether the export was saved there tonight"));
    }
    let mut inputs = Inputs::of(found)?;
    inputs.notes.extend(unfinished.into_iter().map(|name| format!("`{name}` is an unfinished download or a lock and was not read")));
    Ok(inputs)
}

/// The folders of a pattern before its first sign, as the paths that `glob` finds begin.
fn base_of(pattern: &Path) -> PathBuf {
    let folders = pattern.parent().unwrap_or(pattern).components().filter(|part| *part != Component::CurDir);
    folders.take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '['])).collect()
}

/// What browsers, sync clients and office programs leave beside a file while they work on it.
fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.starts_with(['.', '~']) || [".crdownload", ".part", ".partial", ".download", ".filepart", ".tmp"].iter().any(|end| name.ends_with(end))
}

/// Files that a process has open for writing, of those processes that we may look into (Linux).
fn being_written() -> BTreeSet<PathBuf> {
    let list = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    let may_write = |descriptor: &PathBuf| descriptor.symlink_metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o200 != 0);
    let processes = list(Path::new("/proc")).into_iter();
    processes.flat_map(|process| list(&process.join("fd"))).filter(may_write).filter_map(|descriptor| descriptor.read_link().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_as_they_appeared_then_by_name() {
        let at = |hours: i64| DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hours);
        let file = |name: &str, hours: i64| InputFile {
            path: PathBuf::from(name),
            name: name.to_owned(),
            bytes: 0,
            sha256: name.to_owned(),
            modified_at: at(hours),
            taken_at: at(hours),
            seen_at: at(hours),
        };
        let mut inputs = Inputs {
            files: ["b (10).csv", "b.csv", "b (2).csv", "2026-08-02/a.csv", "2026-08-01/a.csv"].map(|name| file(name, 0)).to_vec(),
            ..Inputs::default()
        };
        inputs.dated(None, at(5));
        let names: Vec<_> = inputs.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["2026-08-01/a.csv", "2026-08-02/a.csv", "b.csv", "b (2).csv", "b (10).csv"]);
    }

    #[test]
    fn half_downloads_and_locks_are_no_exports() {
        for (name, expected) in [("a.csv", false), ("a.csv.crdownload", true), (".~lock.a.csv#", true), ("~$a.xlsx", true), ("part.csv", false)] {
            assert_eq!(is_unfinished(Path::new(name)), expected, "{name}");
        }
    }
}
