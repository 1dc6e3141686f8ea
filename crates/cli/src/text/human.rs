//! Sizes, shapes and times in the words people use; the same words as the Python package's.

use stillroom::{Timestamp, date_text};

const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
const DAY: i64 = 86_400;

/// Bytes as people say them: `812 B`, `44 KB`, `14.7 MB`.
pub(crate) fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1000.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        // 999.95 KB would otherwise be rounded to `1000 KB`.
        if amount < 999.5 {
            break;
        }
        (amount, unit) = (amount / 1000.0, larger);
    }
    if unit != "KB" && amount < 99.95 {
        return format!("{amount:.1} {unit}");
    }
    format!("{} {unit}", count(amount.round() as u64))
}

/// A count with its thousands apart: `1,922`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A shape: `1,922 × 3`; nothing for a scalar.
pub(crate) fn shape(shape: &[u64]) -> String {
    shape.iter().map(|len| count(*len)).collect::<Vec<_>>().join(" × ")
}

/// A time in UTC to the minute: `2026-03-01 14:02`.
pub(crate) fn minute(time: Timestamp) -> String {
    let (date, second) = parts(time);
    format!("{date} {:02}:{:02}", second / 3600, second / 60 % 60)
}

/// A time in UTC by ISO 8601, to the microsecond: `2026-03-01T14:02:03.000004Z`.
pub(crate) fn iso(time: Timestamp) -> String {
    let (date, second) = parts(time);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{:06}Z", time.0.rem_euclid(1_000_000))
}

/// The date, and the second of that day.
fn parts(time: Timestamp) -> (String, i64) {
    let seconds = time.0.div_euclid(1_000_000);
    (date_text(seconds.div_euclid(DAY).into()), seconds.rem_euclid(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        for (bytes, said) in [
            (0, "0 B"),
            (812, "812 B"),
            (1_000, "1 KB"),
            (44_032, "44 KB"),
            (999_499, "999 KB"),
            (999_950, "1.0 MB"),
            (14_700_000, "14.7 MB"),
            (210_000_000, "210 MB"),
            (1_200_000_000, "1.2 GB"),
            (u64::MAX, "18,446,744 TB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }

    #[test]
    fn times_are_those_of_the_civil_calendar() {
        for (micros, said) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_772_373_723_000_004, "2026-03-01T14:02:03.000004Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(iso(Timestamp(micros)), said);
        }
        assert_eq!(minute(Timestamp(1_772_373_723_000_004)), "2026-03-01 14:02");
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, said) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), said);
        }
        assert_eq!(shape(&[1922, 3]), "1,922 × 3");
        assert_eq!(shape(&[]), "");
    }
}
