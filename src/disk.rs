//! Small files that are there whole or not at all.
//! May not know what they say.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::failure::{Failure, Outcome};

/// Writes a file beside the old one and puts it in its place; `mode` as in `0o644`. Whoever reads sees the old text or the new.
pub fn replace(path: &Path, text: &str, mode: u32) -> Outcome<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        let mut whole = tempfile::Builder::new().prefix(".part-").permissions(PermissionsExt::from_mode(mode)).tempfile_in(folder)?;
        whole.write_all(text.as_bytes())?;
        whole.as_file().sync_all()?;
        whole.persist(path).map_err(|e| e.error).map(|_| ())
    };
    write().map_err(|e: std::io::Error| Failure::disk(format!("cannot write `{}`", path.display()), &e))
}
