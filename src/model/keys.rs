//! Normalised keys of orders and SKUs (rule book 5, step 1 and 3.1).
//! May not strip a store's prefix or suffix: that needs `stores` and is done where keys are linked.

use unicode_normalization::UnicodeNormalization;

/// An order number without blanks at its ends, in upper case, without leading `#`.
pub fn order_key(raw: &str) -> String {
    raw.trim_matches(is_blank).trim_start_matches('#').trim_matches(is_blank).to_uppercase()
}

/// A SKU at level k1: NFKC, trimmed, inner blanks collapsed, zero-width characters removed, dashes unified, case kept.
pub fn sku_key(raw: &str) -> String {
    if raw.bytes().all(|b| b.is_ascii_graphic()) {
        return raw.to_owned();
    }
    let mut key = String::with_capacity(raw.len());
    let mut blank_pending = false;
    for c in raw.nfkc().filter(|c| !is_zero_width(*c)) {
        if is_blank(c) {
            blank_pending = !key.is_empty();
            continue;
        }
        if std::mem::take(&mut blank_pending) {
            key.push(' ');
        }
        key.push(if is_dash(c) { '-' } else { c });
    }
    key
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_zero_width(c)
}

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_keys() {
        for (raw, key) in
            [("1001", "1001"), (" #ab-1002 ", "AB-1002"), ("##7", "7"), ("\u{feff}x1\t", "X1"), ("#", ""), ("576932018345678901\t", "576932018345678901")]
        {
            assert_eq!(order_key(raw), key, "{raw:?}");
        }
    }

    #[test]
    fn sku_keys() {
        for (raw, key) in
            [("RED-S", "RED-S"), ("abc-9 ", "abc-9"), (" a  b ", "a b"), ("A\u{2013}1", "A-1"), ("ＡＢ\u{00a0}1", "AB 1"), ("x\u{200b}y", "xy"), ("   ", "")]
        {
            assert_eq!(sku_key(raw), key, "{raw:?}");
        }
    }
}
