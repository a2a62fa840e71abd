//! Immutable snapshots: one folder for one extract of one stream, Parquet files beside a manifest, whole or not there at all.
//! May not know where rows come from or what they mean to the audit.

mod writer;

use std::fs;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Outcome};
use crate::model::hex;

pub use writer::{SnapshotWriter, TableWriter};

/// What a snapshot is and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the source in the job.
    pub source: String,
    /// What the source offers, in its own words.
    pub stream: String,
    /// The one store it is about, if it is about one.
    pub store_id: Option<String>,
    /// The instant it was taken for.
    pub taken_at: DateTime<Utc>,
    /// SHA-256 over everything that decided its content.
    pub fingerprint: String,
    /// What the extract found.
    pub content: Extract,
}

/// What an extract found and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extract {
    /// How it ended.
    pub end: FetchEnd,
    /// The files it was read from.
    pub files: Vec<FileRead>,
    /// The Parquet files beside the manifest.
    pub tables: Vec<TableWritten>,
    /// Columns that neither the table nor the mapping knows.
    pub unknown_columns: Vec<String>,
    /// Columns by which the mapping decides and which the files do not have.
    #[serde(default)]
    pub missing_columns: Vec<String>,
    /// Shop names that no store of the job has, with their rows.
    pub unknown_shops: Vec<(String, u64)>,
    /// Words of an enumeration that the mapping does not know: column, word, rows.
    pub unknown_words: Vec<(String, String, u64)>,
    /// What else a person should know.
    pub notes: Vec<String>,
}

impl Default for Extract {
    /// Everything that was there has been read, and nothing was there.
    fn default() -> Self {
        let end = FetchEnd { complete: true, stopped_because: "end of input".to_owned(), data_start_at: None, data_end_at: None };
        Self {
            end,
            files: Vec::new(),
            tables: Vec::new(),
            unknown_columns: Vec::new(),
            missing_columns: Vec::new(),
            unknown_shops: Vec::new(),
            unknown_words: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// How an extract ended, honestly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchEnd {
    /// Nothing is missing inside its window.
    pub complete: bool,
    /// Why it ended.
    pub stopped_because: String,
    /// First instant it covers, where known.
    pub data_start_at: Option<DateTime<Utc>>,
    /// First instant it no longer covers, where known.
    pub data_end_at: Option<DateTime<Utc>>,
}

/// One input file and what became of its rows: `rows = used + rejected + skipped`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRead {
    /// Its name relative to the source's path.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it was last saved, as the disk says.
    #[serde(default)]
    pub modified_at: DateTime<Utc>,
    /// The night these bytes were last saved for: what they say is as old as that.
    #[serde(default)]
    pub taken_at: DateTime<Utc>,
    /// The night these bytes were first seen.
    #[serde(default)]
    pub seen_at: DateTime<Utc>,
    /// Data rows in the file.
    pub rows: u64,
    /// Rows of which something was used and nothing refused.
    pub used: u64,
    /// Rows of which something was refused.
    pub rejected: u64,
    /// Rows left out on purpose.
    pub skipped: u64,
    /// Why nothing of it was read, where another file stands for it.
    #[serde(default)]
    pub left_out: Option<String>,
}

/// One Parquet file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableWritten {
    /// The canonical table.
    pub table: String,
    /// The file's name.
    pub file: String,
    /// Rows.
    pub rows: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// A whole snapshot on disk.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Its folder.
    pub folder: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
}

/// The snapshots of one job.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

const MANIFEST: &str = "manifest.json";

impl Store {
    /// The snapshots below this folder.
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The snapshot for this instant with this content, if an earlier run made it and its files are as they were.
    pub fn reusable(&self, source: &str, stream: &str, taken_at: DateTime<Utc>, fingerprint: &str) -> Outcome<Option<Snapshot>> {
        let found = self.all(source, stream)?.into_iter().rev().find(|s| s.manifest.taken_at == taken_at);
        match found.filter(|s| s.manifest.fingerprint == fingerprint) {
            Some(snapshot) if snapshot.is_intact()? => Ok(Some(snapshot)),
            _ => Ok(None),
        }
    }

    /// The newest snapshot taken for this instant or before.
    pub fn newest(&self, source: &str, stream: &str, until: DateTime<Utc>) -> Outcome<Option<Snapshot>> {
        Ok(self.all(source, stream)?.into_iter().rev().find(|s| s.manifest.taken_at <= until))
    }

    /// The newest snapshot taken before this instant.
    pub fn before(&self, source: &str, stream: &str, instant: DateTime<Utc>) -> Outcome<Option<Snapshot>> {
        Ok(self.all(source, stream)?.into_iter().rev().find(|s| s.manifest.taken_at < instant))
    }

    /// A writer for a new snapshot; nothing is visible until it is committed.
    pub fn begin(&self, source: &str, stream: &str, taken_at: DateTime<Utc>) -> Outcome<SnapshotWriter> {
        let folder = self.folder(source, stream);
        let stamp = taken_at.format("%Y%m%dT%H%M%SZ").to_string();
        let taken: Vec<_> = self.all(source, stream)?.into_iter().filter_map(|s| s.folder.file_name()?.to_str().map(str::to_owned)).collect();
        let name = (1..).map(|n| format!("{stamp}-{n}")).find(|name| !taken.contains(name)).unwrap_or(stamp);
        SnapshotWriter::create(folder.join(format!(".part-{name}")), folder.join(name))
    }

    /// Removes what was taken at `until` or before, but never the newest snapshot of a stream, and all that was never finished.
    pub fn prune(&self, until: DateTime<Utc>) -> Outcome<()> {
        for source in folders(&self.root)? {
            for stream in folders(&source)? {
                for part in folders(&stream)?.iter().filter(|f| is_part(f)) {
                    remove(part)?;
                }
                let mut snapshots = read_all(&stream)?;
                snapshots.pop();
                for old in snapshots.iter().filter(|s| s.manifest.taken_at <= until) {
                    remove(&old.folder)?;
                }
            }
        }
        Ok(())
    }

    fn folder(&self, source: &str, stream: &str) -> PathBuf {
        self.root.join(source).join(stream)
    }

    /// Oldest first.
    fn all(&self, source: &str, stream: &str) -> Outcome<Vec<Snapshot>> {
        read_all(&self.folder(source, stream))
    }
}

impl Snapshot {
    /// The Parquet files of one table.
    pub fn files_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
        self.manifest.content.tables.iter().filter(move |written| written.table == table).map(|written| self.folder.join(&written.file))
    }

    fn is_intact(&self) -> Outcome<bool> {
        for written in &self.manifest.content.tables {
            if sha256_of(&self.folder.join(&written.file)).map(|(_, sha256)| sha256 != written.sha256).unwrap_or(true) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn read_all(stream: &Path) -> Outcome<Vec<Snapshot>> {
    let mut found = Vec::new();
    for folder in folders(stream)?.into_iter().filter(|f| !is_part(f)) {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|e| Failure::disk(format!("cannot read `{}`", path.display()), &e))?;
        let manifest = serde_json::from_str(&text).map_err(|e| {
            Failure::new(crate::failure::Kind::Disk, format!("the manifest `{}` is damaged", path.display()))
                .facts(e.to_string())
                .hint("remove the folder it lies in; the next run takes a new snapshot")
        })?;
        found.push(Snapshot { folder, manifest });
    }
    found.sort_by_key(|s: &Snapshot| (s.manifest.taken_at, sequence(&s.folder)));
    Ok(found)
}

/// The number behind the last `-` of a snapshot's name: 10 comes after 9.
fn sequence(folder: &Path) -> u32 {
    folder.file_name().and_then(|n| n.to_str()?.rsplit('-').next()?.parse().ok()).unwrap_or(0)
}

fn is_part(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".part-"))
}

fn remove(folder: &Path) -> Outcome<()> {
    fs::remove_dir_all(folder).map_err(|e| Failure::disk(format!("cannot remove `{}`", folder.display()), &e))
}

/// The folders in a folder, by name; none if it is not there.
fn folders(path: &Path) -> Outcome<Vec<PathBuf>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let cannot = |e: std::io::Error| Failure::disk(format!("cannot list `{}`", path.display()), &e);
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        if entry.file_type().map_err(cannot)?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Size and SHA-256 of a file.
pub fn sha256_of(path: &Path) -> Outcome<(u64, String)> {
    let cannot = |e: std::io::Error| Failure::input(format!("cannot read `{}`", path.display())).facts(e.to_string());
    let mut file = BufReader::with_capacity(1 << 18, fs::File::open(path).map_err(cannot)?);
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer).map_err(cannot)?;
        if n == 0 {
            return Ok((bytes, hex(&digest.finalize())));
        }
        bytes += n as u64;
        digest.update(buffer.get(..n).unwrap_or_default());
    }
}
