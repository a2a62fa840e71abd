//! What every test needs: a fresh folder, the program, and its reports.
//! May not know what a test promises.
#![expect(dead_code, reason = "each test file uses its own part of this")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The night that tests judge unless they say otherwise.
pub const NIGHT: &str = "2026-03-10T02:00:00Z";

/// A fresh folder with jobs, inputs and a data folder.
pub struct Workspace(tempfile::TempDir);

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Workspace {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, with its folders.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The program in this folder, ready to run; it sees no environment of ours.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightaudit"));
        command.current_dir(self.path()).args(args).env_remove("NIGHTAUDIT_DATA").env_remove("COLUMNS").env("NO_COLOR", "1");
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = self.command(args).output().unwrap();
        Ran { code: status.code().unwrap_or(-1), stdout: self.plain(&stdout), stderr: self.plain(&stderr) }
    }

    /// Output without the folder's own name, which differs from run to run.
    fn plain(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(&self.path().display().to_string(), "[folder]")
    }

    /// A report of the latest run, as rows by column name, without the apostrophes that keep spreadsheets from harm.
    pub fn report(&self, job: &str, name: &str) -> Vec<BTreeMap<String, String>> {
        let plain = |cell: String| cell.strip_prefix('\'').map(str::to_owned).unwrap_or(cell);
        let rows = read_csv(&self.path().join(format!("nightaudit-data/{job}/latest/reports/{name}.csv")));
        rows.into_iter().map(|row| row.into_iter().map(|(column, cell)| (column, plain(cell))).collect()).collect()
    }
}

/// The texts that a query answers on the latest run's database.
pub fn query(work: &Workspace, job: &str, sql: &str) -> Vec<String> {
    let config = duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap();
    let connection = duckdb::Connection::open_with_flags(work.path().join(format!("nightaudit-data/{job}/latest/audit.duckdb")), config).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

pub fn read_csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

/// Every file below a folder, by its path in it.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
                let target = std::fs::read_link(&path).unwrap().display().to_string();
                found.insert(path.strip_prefix(root).unwrap().to_owned(), target.into_bytes());
            } else if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// Files below `fixtures/<folder>` with this ending, by stem.
pub fn fixtures(folder: &str, ending: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == ending))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort();
    found
}

/// Rows of TOML tables as JSONL, the form in which absent columns are simply absent.
pub fn jsonl(rows: &[toml::Table]) -> String {
    rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n").collect()
}
