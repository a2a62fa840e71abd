//! Exports in gzip, zstd or zip, unpacked into a file of their own that is gone when it was read.
//! May not look at what is inside, except to tell a spreadsheet, which is a zip too, from an archive.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zip::ZipArchive;

use crate::failure::{Failure, Outcome};
use crate::limits::UNPACKED_BYTES_MAX;

/// A file as it is without its packing.
pub struct Unpacked {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name without the packing's ending.
    pub name: String,
    /// Removed with this.
    _temporary: Option<NamedTempFile>,
}

/// The file itself, or what is packed in it; `scratch` is where that goes.
pub fn unpack(path: &Path, scratch: &Path) -> Outcome<Unpacked> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let cannot = |facts: String| Failure::input(format!("cannot read `{name}`")).facts(facts);
    let mut file = File::open(path).map_err(|e| cannot(e.to_string()))?;
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start).map_err(|e| cannot(e.to_string()))?;
    let input = || File::open(path).map(BufReader::new).map_err(|e| cannot(e.to_string()));
    let without = |ending: &str| name.strip_suffix(ending).unwrap_or(&name).to_owned();
    match start.as_slice() {
        [0x1f, 0x8b, ..] => spill(&name, "gzip", without(".gz"), &mut flate2::read::MultiGzDecoder::new(input()?), scratch),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let mut decoder = zstd::Decoder::new(input()?).map_err(|e| cannot(e.to_string()))?;
            spill(&name, "zstd", without(".zst"), &mut decoder, scratch)
        }
        b"PK\x03\x04" => {
            let mut archive = ZipArchive::new(input()?)
                .map_err(|_| cannot("it begins like a zip archive or an XLSX spreadsheet, and the rest is damaged".to_owned()).hint("download it again"))?;
            let names: Vec<_> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
            if names.iter().any(|name| name == "[Content_Types].xml" || name == "content.xml") {
                return Ok(Unpacked { path: path.to_owned(), name, _temporary: None });
            }
            // What a Mac adds to every archive is no export.
            let inside: Vec<_> = names.iter().filter(|name| !name.ends_with('/') && !name.starts_with("__MACOSX") && !name.contains("/.")).collect();
            let [one] = inside.as_slice() else {
                return Err(cannot(format!("its zip archive holds {} files", inside.len())).hint("unpack it, and let the source's path name the files"));
            };
            let mut member = archive.by_name(one).map_err(|e| cannot(format!("its zip archive cannot be unpacked: {e}")).hint("unpack it by hand"))?;
            let inner = one.rsplit('/').next().unwrap_or(one).to_owned();
            spill(&name, "zip", inner, &mut member, scratch)
        }
        _ => Ok(Unpacked { path: path.to_owned(), name, _temporary: None }),
    }
}

fn spill(shown: &str, packing: &str, name: String, packed: &mut dyn Read, scratch: &Path) -> Outcome<Unpacked> {
    let cannot = |e: &std::io::Error| Failure::disk(format!("cannot unpack `{shown}`"), e);
    let mut temporary = NamedTempFile::new_in(scratch).map_err(|e| cannot(&e))?;
    let bytes = std::io::copy(&mut packed.take(UNPACKED_BYTES_MAX + 1), &mut temporary)
        .map_err(|e| Failure::input(format!("cannot read `{shown}`")).facts(format!("its {packing} data are damaged: {e}")).hint("download it again"))?;
    if bytes > UNPACKED_BYTES_MAX {
        return Err(Failure::input(format!("cannot read `{shown}`"))
            .facts(format!("it unpacks to more than {} GB", UNPACKED_BYTES_MAX >> 30))
            .hint("ask for a shorter window"));
    }
    Ok(Unpacked { path: temporary.path().to_owned(), name, _temporary: Some(temporary) })
}
