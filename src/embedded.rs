//! The files that the binary carries: `sql/`, the shipped mappings, the demo shop.
//! May not interpret them.

use include_dir::{Dir, include_dir};

/// Schema, models, causes, checks and reports.
pub static SQL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sql");
/// `jobs/`: the demo job and the shipped mappings.
pub static JOBS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/jobs");
/// The files of the demo shop.
pub static DEMO: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/demo");

/// The `.sql` files of a folder below `sql/`, by path, in the order of their names.
pub fn sql_files(folder: &str) -> Vec<(String, &'static str)> {
    fn walk(dir: &'static Dir<'static>, found: &mut Vec<(String, &'static str)>) {
        for file in dir.files() {
            if let (Some("sql"), Some(text)) = (file.path().extension().and_then(|e| e.to_str()), file.contents_utf8()) {
                found.push((file.path().display().to_string(), text));
            }
        }
        dir.dirs().for_each(|inner| walk(inner, found));
    }
    let mut found = Vec::new();
    if let Some(dir) = SQL.get_dir(folder) {
        walk(dir, &mut found);
    }
    found.sort();
    found
}

/// One file below `sql/`.
pub fn sql_file(path: &str) -> &'static str {
    SQL.get_file(path).and_then(|f| f.contents_utf8()).unwrap_or_default()
}
