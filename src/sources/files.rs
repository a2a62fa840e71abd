//! The input files of a source: which there are, and their checksums.
//! May not read their content beyond the checksum.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::snapshot::{FileRead, sha256_of};

/// An input file.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name in reports: the same on every machine.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl InputFile {
    /// Reads the checksum of a file.
    pub fn open(path: PathBuf) -> Outcome<Self> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (bytes, sha256) = sha256_of(&path)?;
        Ok(Self { path, name, bytes, sha256 })
    }

    /// The file as a manifest counts it, with nothing read yet.
    pub fn unread(&self) -> FileRead {
        FileRead { name: self.name.clone(), bytes: self.bytes, sha256: self.sha256.clone(), ..FileRead::default() }
    }
}

/// The files a path or pattern names, by name; an error if there are none.
pub fn matching(folder: &Path, pattern: &str) -> Outcome<Vec<InputFile>> {
    let full = folder.join(pattern);
    let shown = full.display().to_string();
    let paths = glob::glob(&shown).map_err(|e| Failure::settings(format!("the path `{pattern}` is not a pattern")).facts(e.to_string()))?;
    let mut found = Vec::new();
    for path in paths {
        let path = path.map_err(|e| Failure::input(format!("cannot list `{shown}`")).facts(e.to_string()))?;
        if path.is_file() {
            found.push(InputFile::open(path)?);
        }
    }
    if found.is_empty() {
        return Err(Failure::input(format!("no file matches `{shown}`")).hint("check the source's `path`, and whether the export was saved there tonight"));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some([a, _]) = found.array_windows::<2>().find(|[a, b]| a.name == b.name) {
        return Err(Failure::input(format!("two files are named `{}`", a.name))
            .facts(format!("below `{shown}`"))
            .hint("reports name files by their name: rename one"));
    }
    Ok(found)
}
