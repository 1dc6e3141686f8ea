//! Texts that a database keeps, which holds no NUL in any.

use serde_json::Value;

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

/// JSON as a database keeps it for people: a character that no text of its may hold is replaced.
pub(super) fn plain(json: Value) -> Value {
    let plain_text = |text: String| if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text };
    match json {
        Value::String(text) => Value::String(plain_text(text)),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (plain_text(name), plain(value))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_for_people_holds_no_nul() {
        let told = plain(json!({ "a\0": ["\0", 1, null, { "b": "c\0" }] }));

        assert_eq!(told, json!({ "a\u{FFFD}": ["\u{FFFD}", 1, null, { "b": "c\u{FFFD}" }] }));
    }

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
