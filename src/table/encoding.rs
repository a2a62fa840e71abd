//! Which encoding a text file is in: what somebody says, else its byte order mark, else its bytes.
//! May not change a byte: it says how to read them.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::limits::SNIFFED_BYTES;

/// The encoding of a name such as `gbk`, `shift_jis` or `windows-1252`.
pub fn named(name: &str) -> Option<&'static Encoding> {
    let name = if name.eq_ignore_ascii_case("cp1252") { "windows-1252" } else { name };
    Encoding::for_label(name.trim().as_bytes())
}

/// The encoding of a file by its mark or its bytes. Looks at the first bytes that are not ASCII: the rest is the same in all but UTF-16.
pub fn sniffed(path: &Path) -> std::io::Result<&'static Encoding> {
    let mut input = BufReader::with_capacity(1 << 18, File::open(path)?);
    let mut start = Vec::new();
    input.by_ref().take(SNIFFED_BYTES).read_to_end(&mut start)?;
    if let Some((encoding, _)) = Encoding::for_bom(&start) {
        return Ok(encoding);
    }
    // Every second byte of mostly Latin UTF-16 is zero.
    let zeroes = |from: usize| start.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeroes(0), zeroes(1), start.len() / 2);
    if half > 4 && (odd > half * 3 / 4 || even > half * 3 / 4) {
        return Ok(if odd > even { UTF_16LE } else { UTF_16BE });
    }
    while start.is_ascii() {
        start.clear();
        if input.by_ref().take(SNIFFED_BYTES).read_to_end(&mut start)? == 0 {
            return Ok(UTF_8);
        }
    }
    // A character may begin in one piece and end in the next.
    input.take(SNIFFED_BYTES).read_to_end(&mut start)?;
    match std::str::from_utf8(&start) {
        Ok(_) => Ok(UTF_8),
        Err(e) if e.error_len().is_none() => Ok(UTF_8),
        // A few damaged characters in a text that is UTF-8 else are damage, not another encoding.
        Err(_) if mostly_utf8(&start) => Ok(UTF_8),
        Err(_) => {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            detector.feed(&start, true);
            Ok(detector.guess(None, Utf8Detection::Deny))
        }
    }
}

/// More well-formed characters beyond ASCII than damaged ones.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}
