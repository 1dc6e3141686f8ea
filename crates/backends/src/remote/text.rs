//! Texts that a database keeps, which holds no NUL in any.

/// Stands before a `0` for NUL, and before another of itself for itself: the sign for an escape.
const ESCAPE: char = '\u{241B}';

/// The text without NUL.
pub(super) fn escape(text: &str) -> String {
    if !text.contains(['\0', ESCAPE]) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => escaped.extend([ESCAPE, '0']),
            ESCAPE => escaped.extend([ESCAPE, ESCAPE]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The text that was escaped.
pub(super) fn unescape(escaped: String) -> String {
    if !escaped.contains(ESCAPE) {
        return escaped;
    }
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped.chars();
    while let Some(c) = rest.next() {
        match (c, rest.clone().next()) {
            (ESCAPE, Some('0')) => {
                rest.next();
                text.push('\0');
            }
            (ESCAPE, Some(ESCAPE)) => {
                rest.next();
                text.push(ESCAPE);
            }
            (c, _) => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back_and_is_kept_without_nul() {
        for text in
            ["", "plain", "\0", "a\0b", "\u{241B}", "\u{241B}0", "\0\u{241B}\0", "\u{241B}\u{241B}0\0x"]
        {
            let escaped = escape(text);
            assert!(!escaped.contains('\0'));
            assert_eq!(unescape(escaped), text);
        }
    }
}
