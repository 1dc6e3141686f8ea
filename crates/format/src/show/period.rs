//! Periods as pandas prints them: `2024-03`, `2024Q1`, `2024-03-04/2024-03-10`.
//!
//! A count is of the base of its freq, whatever multiple stands before it. A
//! freq that is not known here is shown by its count.

use super::time::{NAT, date_text, datetime64};

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The period with this count since 1970; none for NaT.
pub(crate) fn text(freq: &str, ordinal: i64) -> Option<String> {
    if ordinal == NAT {
        return None;
    }
    let count = i128::from(ordinal);
    let base = freq.trim_start_matches(|c: char| c.is_ascii_digit());
    let (unit, anchor) = base.split_once('-').unwrap_or((base, ""));
    Some(match unit {
        // The year that a fiscal year is called by is that of its end, which pandas has counted in.
        "Y" if is_month(anchor) => (1970 + count).to_string(),
        "Q" if is_month(anchor) => format!("{}Q{}", 1970 + count.div_euclid(4), count.rem_euclid(4) + 1),
        "M" => format!("{}-{:02}", 1970 + count.div_euclid(12), count.rem_euclid(12) + 1),
        "W" => week(count, anchor),
        "B" => date_text(business_day(count)),
        "D" => date_text(count),
        "h" | "min" => minutes(ordinal, unit),
        "s" | "ms" | "us" | "ns" => datetime64(ordinal, Some(unit)).unwrap_or_default(),
        _ => ordinal.to_string(),
    })
}

fn is_month(anchor: &str) -> bool {
    anchor.is_empty() || MONTHS.contains(&anchor)
}

/// A week by its first and last day; it ends on the day of its anchor, Sunday without one.
fn week(count: i128, anchor: &str) -> String {
    let anchor = DAYS.iter().position(|day| *day == anchor).unwrap_or(0);
    // The week with the count 0 that ends on a Sunday ends on 1969-12-28, four days before 1970.
    let end = count * 7 - 4 + i128::try_from(anchor).expect("at most 6");
    format!("{}/{}", date_text(end - 6), date_text(end))
}

/// Days since 1970 of a count of business days: 1970 began on a Thursday.
fn business_day(count: i128) -> i128 {
    let since_monday = count + 3;
    since_monday.div_euclid(5) * 7 + since_monday.rem_euclid(5) - 3
}

fn minutes(ordinal: i64, unit: &str) -> String {
    let numpy = if unit == "h" { "h" } else { "m" };
    let text = datetime64(ordinal, Some(numpy)).unwrap_or_default();
    text.strip_suffix(":00").unwrap_or(&text).replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn periods_are_shown_as_pandas_shows_them() {
        let cases = [
            ("Y-DEC", 54, "2024"),
            ("Y-JUN", 54, "2024"),
            ("2Y-DEC", 0, "1970"),
            ("Q-DEC", 216, "2024Q1"),
            ("Q-FEB", 220, "2025Q1"),
            ("Q-DEC", -1, "1969Q4"),
            ("M", 650, "2024-03"),
            ("3M", -1, "1969-12"),
            ("W-SUN", 2828, "2024-03-04/2024-03-10"),
            ("W-WED", 2827, "2024-02-29/2024-03-06"),
            ("W-SAT", 0, "1969-12-28/1970-01-03"),
            ("B", 14133, "2024-03-05"),
            ("B", 0, "1970-01-01"),
            ("B", -1, "1969-12-31"),
            ("B", 2, "1970-01-05"),
            ("D", 19787, "2024-03-05"),
            ("36h", 474_894, "2024-03-05 06:00"),
            ("min", 28_493_647, "2024-03-05 06:07"),
            ("s", 1_709_618_828, "2024-03-05T06:07:08"),
            ("fortnight", 7, "7"),
            ("Y-FOO", 7, "7"),
        ];

        for (freq, ordinal, shown) in cases {
            assert_eq!(text(freq, ordinal).as_deref(), Some(shown), "{freq} {ordinal}");
        }
        assert_eq!(text("M", i64::MIN), None);
    }

    #[test]
    fn no_count_is_too_far() {
        for freq in ["Y", "Q", "M", "W-WED", "B", "D", "h", "min", "s", "ns"] {
            for ordinal in [i64::MIN + 1, -1, 0, i64::MAX] {
                assert!(text(freq, ordinal).is_some());
            }
        }
    }
}
