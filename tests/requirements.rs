//! Promise: everybody can see which of the rule book's 72 requirements a test names, and which none does yet.
//! A test or fixture names a requirement by its id where it proves it; code and SQL where they implement it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

/// Requirements of each source document: 000-1 to 000-14, and so on.
const REQUIREMENTS: [(&str, u32); 5] = [("000", 14), ("001", 21), ("002", 10), ("003", 10), ("004", 17)];

/// Every id such as 000-1 in the files below a folder; not in what the program printed.
fn named_below(folder: &Path, found: &mut BTreeSet<(String, u32)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().unwrap() != "snapshots" {
            named_below(&path, found);
        } else if path.is_file() && path.file_name().unwrap() != "requirements.rs" {
            let text = fs::read_to_string(&path).unwrap_or_default();
            for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
                if let Some((document, number)) = word.split_once('-').filter(|(document, _)| document.len() == 3 && document.starts_with("00")) {
                    found.extend(number.parse().ok().map(|number| (document.to_owned(), number)));
                }
            }
        }
    }
}

fn named(folders: &[&str]) -> BTreeSet<(String, u32)> {
    let mut found = BTreeSet::new();
    folders.iter().for_each(|folder| named_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found));
    found
}

#[test]
fn requirements_that_a_test_names() {
    let all: Vec<_> = REQUIREMENTS.iter().flat_map(|(document, last)| (1..=*last).map(|n| ((*document).to_owned(), n))).collect();
    assert_eq!(all.len(), 72);
    let (proved, implemented) = (named(&["tests", "fixtures"]), named(&["sql", "src", "jobs"]));
    let unknown: Vec<_> = proved.union(&implemented).filter(|id| !all.contains(id)).collect();
    assert!(unknown.is_empty(), "the rule book has no {unknown:?}");
    let missing: Vec<_> = all.iter().filter(|id| !proved.contains(id)).map(|(document, n)| format!("{document}-{n}")).collect();
    // Written past the test harness, which keeps what a passing test prints to itself.
    writeln!(std::io::stderr(), "\nrequirements: {} of {} are named by a test; not yet: {}", all.len() - missing.len(), all.len(), missing.join(", ")).unwrap();
    assert!(missing.len() < all.len());
}
