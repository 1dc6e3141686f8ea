//! Stored text on a terminal: it may not move the cursor, colour the screen or turn the line round.

use std::borrow::Cow;

use serde_json::Value as Json;

/// `text` with what a terminal would obey written out: `\n`, `\x1b`, `\u{202e}`.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_obeyed) {
        text.chars().map(written).collect::<String>().into()
    } else {
        text.into()
    }
}

fn written(c: char) -> String {
    match c {
        '\n' | '\r' | '\t' => c.escape_default().to_string(),
        _ if is_obeyed(c) && (c as u32) < 0x100 => format!("\\x{:02x}", c as u32),
        _ if is_obeyed(c) => c.escape_unicode().to_string(),
        _ => c.to_string(),
    }
}

/// `json` as indented text that is as safe to print: what a terminal would obey is escaped in JSON's way.
pub(crate) fn json(json: &Json) -> String {
    escaped(&format!("{json:#}\n"))
}

/// `text` as a string of JSON that is as safe to print.
pub(crate) fn json_string(text: &str) -> String {
    escaped(&Json::from(text).to_string())
}

fn escaped(json: &str) -> String {
    let escape = |c: char| match c {
        // Only between values: within strings it is escaped already.
        '\n' => c.to_string(),
        _ if is_obeyed(c) => format!("\\u{:04x}", c as u32),
        _ => c.to_string(),
    };
    json.chars().map(escape).collect()
}

/// Control characters, and those that separate lines or change the direction of what follows.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How many columns of a terminal printable text takes, near enough to line columns up.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match c {
        // Combining marks, joiners and selectors stand on the character before them.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        // East Asian scripts and pictures, by blocks (Unicode UAX 11).
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f900}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        for (text, shown) in [
            ("plain ä 日本", "plain ä 日本"),
            ("two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"),
            ("\u{1b}[31mred\u{7}", "\\x1b[31mred\\x07"),
            ("\u{9b}2J\u{7f}", "\\x9b2J\\x7f"),
            ("\u{202e}txt.exe\u{2066}", "\\u{202e}txt.exe\\u{2066}"),
            ("line\u{2028}separator", "line\\u{2028}separator"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn json_is_as_safe_to_print_and_still_the_same() {
        let value = Json::from("\u{1b}[31m\u{9b}2J\u{7f}\u{202e}txt\n");

        let text = json(&value);

        assert_eq!(text, "\"\\u001b[31m\\u009b2J\\u007f\\u202etxt\\n\"\n");
        assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), value);
    }

    #[test]
    fn wide_and_combining_characters_are_counted_as_they_are_drawn() {
        for (text, columns) in [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("🩺", 2)] {
            assert_eq!(width(text), columns);
        }
    }
}
