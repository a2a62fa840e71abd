//! What the environment says: the data folder and its secret salt.
//! Secrets live in types that cannot be printed; may not read a job.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::failure::{Failure, Outcome};
use crate::model::hex;

/// The data folder when neither `--data` nor `NIGHTAUDIT_DATA` names one.
pub const DATA_FOLDER: &str = "nightaudit-data";

/// The secret that makes hashes of personal data useless elsewhere; one for a data folder.
pub struct Salt([u8; 32]);

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(secret)")
    }
}

impl Salt {
    /// The salt of a data folder, made on first use and readable by its owner only.
    pub fn of(data: &Path) -> Outcome<Self> {
        let path = data.join("salt");
        if let Ok(bytes) = fs::read(&path) {
            return <[u8; 32]>::try_from(bytes).map(Self).map_err(|bytes| {
                Failure::settings(format!("the salt `{}` is damaged", path.display()))
                    .facts(format!("it has {} of 32 bytes", bytes.len()))
                    .hint("restore it from a backup; without it, tonight's hashes cannot be compared with earlier ones")
            });
        }
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|e| Failure::settings("cannot make a secret salt").facts(e.to_string()))?;
        let part = data.join(".part-salt");
        write_private(&part, &salt).and_then(|()| fs::rename(&part, &path)).map_err(|e| Failure::disk(format!("cannot write `{}`", path.display()), &e))?;
        Ok(Self(salt))
    }

    /// The salted hash of personal data: the parts without blanks and case, because ERPs reformat addresses; `None` where nothing is known.
    pub fn hash<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        let mut known = false;
        for part in parts {
            let plain: String = part.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            known |= !plain.is_empty();
            mac.update(plain.as_bytes());
            mac.update(b"\0");
        }
        known.then(|| hex(mac.finalize().into_bytes().get(..16).unwrap_or_default()))
    }
}

fn write_private(path: &PathBuf, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_ignore_the_shape_of_an_address() {
        let salt = Salt([7; 32]);
        assert_eq!(salt.hash(["'SW1A 1AA", "GB"]), salt.hash(["sw1a1aa", "gb"]));
        assert_ne!(salt.hash(["a", "b"]), salt.hash(["ab", ""]));
        assert_eq!(salt.hash(["", " "]), None);
        assert_eq!(format!("{salt:?}"), "Salt(secret)");
    }

    #[test]
    fn a_data_folder_keeps_its_salt() {
        let folder = tempfile::tempdir().unwrap();
        let first = Salt::of(folder.path()).unwrap();
        assert_eq!(first.0, Salt::of(folder.path()).unwrap().0);
        fs::write(folder.path().join("salt"), b"short").unwrap();
        assert!(Salt::of(folder.path()).is_err());
    }
}
