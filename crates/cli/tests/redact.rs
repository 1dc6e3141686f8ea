//! What differs from run to run and from machine to machine, made the same.

use std::time::{SystemTime, UNIX_EPOCH};

use stillroom::date_text;

const SECONDS_OF_DAY: u64 = 86_400;
/// 2026-03-01, in days since 1970.
const THE_DAY: i128 = 20_513;

/// `text` with today as 2026-03-01 14:02, and days to come as so many after it.
///
/// Only times of this year on: dates in values are older, and stay.
pub(crate) fn times(text: &str) -> String {
    const SHAPE: &str = "0000-00-00_00:00";
    const TAIL: &str = ":00.000000Z";
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let days = if has_shape(rest, SHAPE) { days_to_come(&rest[..10]) } else { None };
        if let Some(days) = days {
            let separator = &rest["0000-00-00".len()..][..1];
            redacted.push_str(&format!("{}{separator}14:02", date_text(THE_DAY + days)));
            rest = &rest[SHAPE.len()..];
            if has_shape(rest, TAIL) {
                rest = &rest[TAIL.len()..];
                redacted.push_str(":03.000004Z");
            }
        } else {
            redacted.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    redacted
}

/// How many days from today a date is; none for one that was long ago.
fn days_to_come(date: &str) -> Option<i128> {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / SECONDS_OF_DAY;
    // Yesterday and tomorrow are today: the tests may run at midnight.
    let near = |days: &i128| date_text(i128::from(today) + days) == date;
    match (-1..=400).find(near)? {
        -1..=1 => Some(0),
        days => Some(days),
    }
}

/// `text` with every digest, in full or its first 12 digits, as one: bytes are the format's own tests' business.
pub(crate) fn digests(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut redacted = String::with_capacity(text.len());
    for word in text.split_inclusive(|c| !is_hex(c)) {
        let digits = word.trim_end_matches(|c| !is_hex(c));
        match digits.len() {
            12 | 64 => redacted.push_str(&word.replace(digits, &"d".repeat(digits.len()))),
            _ => redacted.push_str(word),
        }
    }
    redacted
}

/// `text` without what it says of the disk that the tests run on.
pub(crate) fn disk(text: &str, notices: &[String]) -> String {
    let mut text = text.to_owned();
    for notice in notices {
        text = text.replace(&format!("\n{notice}\n"), "").replace(&format!("\n    {notice:?}\n  "), "");
    }
    let line = |line: &str| match line.trim_start().split_once([' ', ':']) {
        Some(("lasts", _)) => "lasts     as long as its disk\n".to_owned(),
        Some(("\"durability\"", _)) => "  \"durability\": \"durable\",\n".to_owned(),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// `text` with every pack under one name: packs are named at random.
pub(crate) fn packs(text: &str) -> String {
    const BEFORE: &str = "packs/";
    const LEN: usize = 16;
    let mut parts = text.split(BEFORE);
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = if part.get(LEN..).is_some_and(|rest| rest.starts_with(".pack")) { LEN } else { 0 };
        let shown = if name > 0 { "0b6c1f8e5a2d9374" } else { "" };
        redacted.push_str(&format!("{BEFORE}{shown}{}", &part[name..]));
    }
    redacted
}

/// `text` with every password that was drawn for a login as one.
pub(crate) fn passwords(text: &str) -> String {
    const LEN: usize = 64;
    let is_drawn = |part: &&str| part.len() == LEN && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let drawn = text.split([':', '@']).find(is_drawn);
    drawn.map_or_else(|| text.to_owned(), |drawn| text.replace(drawn, "PASSWORD"))
}

/// Whether `text` begins as `shape` does: a digit for `0`, a space or T for `_`.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() >= shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            b'_' => matches!(byte, b' ' | b'T'),
            _ => byte == like,
        })
}
