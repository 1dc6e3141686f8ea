//! How values look to people: names of types, dates and times, numbers, as text.
//!
//! For summaries, heads of tables and labels. Nothing here is read back, so
//! nothing here has to be exact; the words are those NumPy and pandas print.

pub(crate) mod arrow;
mod brief;
pub(crate) mod decimal;
pub(crate) mod item;
pub(crate) mod names;
pub(crate) mod period;
pub(crate) mod polars;
pub(crate) mod time;

/// `text` without what JSON columns refuse (NUL), cut to `max_chars`.
pub(crate) fn short(text: &str, max_chars: usize) -> String {
    if text.len() <= max_chars && !text.contains('\0') {
        return text.to_owned();
    }
    let mut chars = text.chars();
    let clean = |c: char| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = chars.by_ref().take(max_chars).map(clean).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}
