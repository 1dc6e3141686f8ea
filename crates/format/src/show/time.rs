//! Dates, times, durations and zones as text.
//!
//! There is no time zone database here: an instant in a named region is shown
//! in UTC with the region's name beside it.

use crate::{DateTime, Zone};

/// What NumPy and pandas keep for "not a time".
pub(crate) const NAT: i64 = i64::MIN;

const DAY: i128 = 86_400;

/// Seconds since 1970, and units below a second with the power of ten that they are.
struct Instant {
    seconds: i128,
    fraction: u64,
    digits: usize,
}

/// How many of a unit are in a second, as a power of ten.
fn digits(unit: &str) -> Option<usize> {
    ["s", "ms", "us", "ns", "ps", "fs", "as"].iter().position(|name| *name == unit).map(|at| at * 3)
}

/// Seconds in a unit of a second and more, but for months and years.
fn seconds(unit: &str) -> Option<i128> {
    Some(match unit {
        "W" => 7 * DAY,
        "D" => DAY,
        "h" => 3600,
        "m" => 60,
        _ => return None,
    })
}

/// A dtype's unit as its count and its name: `25s` is 25 and `s`.
fn split(unit: &str) -> (i128, &str) {
    let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
    (unit[..unit.len() - name.len()].parse().unwrap_or(1), name)
}

fn instant(count: i64, unit: &str) -> Option<Instant> {
    let (multiple, name) = split(unit);
    let count = i128::from(count) * multiple;
    if let Some(length) = seconds(name) {
        return Some(Instant { seconds: count * length, fraction: 0, digits: 0 });
    }
    let digits = digits(name)?;
    let per_second = 10i128.pow(u32::try_from(digits).expect("at most 18"));
    let fraction = u64::try_from(count.rem_euclid(per_second)).expect("less than 10^18");
    Some(Instant { seconds: count.div_euclid(per_second), fraction, digits })
}

/// A count of `unit` since 1970, as NumPy prints it; none for NaT.
pub(crate) fn datetime64(count: i64, unit: Option<&str>) -> Option<String> {
    if count == NAT {
        return None;
    }
    let Some(unit) = unit else { return Some(count.to_string()) };
    let (multiple, name) = split(unit);
    let total = i128::from(count) * multiple;
    Some(match name {
        "Y" => year_text(1970 + total),
        "M" => format!("{}-{:02}", year_text(1970 + total.div_euclid(12)), total.rem_euclid(12) + 1),
        "W" | "D" => date_text(total * if name == "W" { 7 } else { 1 }),
        _ => instant_text(&instant(count, unit)?),
    })
}

/// A count of `unit` since 1970 UTC, in `zone`; none for NaT.
pub(crate) fn zoned(count: i64, unit: &str, zone: &Zone<'_>) -> Option<String> {
    if count == NAT {
        return None;
    }
    let mut instant = instant(count, unit)?;
    let suffix = match offset_seconds(zone) {
        Some(offset) => {
            instant.seconds += i128::from(offset);
            offset_text(offset)
        }
        None => format!("Z[{}]", zone_name(zone)),
    };
    Some(instant_text(&instant) + &suffix)
}

/// A count of `unit` as days, hours, minutes and seconds; none for NaT.
pub(crate) fn duration(count: i64, unit: Option<&str>) -> Option<String> {
    if count == NAT {
        return None;
    }
    let Some(unit) = unit else { return Some(count.to_string()) };
    match instant(count, unit) {
        Some(Instant { seconds, fraction, digits }) => {
            let clock = clock_text(seconds.rem_euclid(DAY), fraction, digits);
            Some(format!("{} days {clock}", seconds.div_euclid(DAY)))
        }
        None => Some(format!("{count} {unit}")),
    }
}

/// A count of `unit` since midnight; none of a unit that is longer than a second.
pub(crate) fn of_day(count: i64, unit: &str) -> Option<String> {
    let Instant { seconds, fraction, digits } = instant(count, unit)?;
    Some(clock_text(seconds, fraction, digits))
}

/// The seconds east of a zone named by its offset, as Arrow has them: `+07:30`.
pub(crate) fn offset_of(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let part = |text: &str| text.parse().ok().filter(|_| text.len() == 2).map(|part: u8| i64::from(part));
    Some(sign * (part(hours)? * 3600 + part(minutes)? * 60))
}

/// A timedelta of Python.
pub(crate) fn timedelta(days: i64, seconds: u32, microseconds: u32) -> String {
    format!("{days} days {}", clock_text(i128::from(seconds), u64::from(microseconds), 6))
}

pub(crate) fn date(year: u16, month: u8, day: u8) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

/// A datetime, without its zone.
pub(crate) fn datetime(time: &DateTime) -> String {
    format!("{}T{}", date(time.year, time.month, time.day), time_of_day(time))
}

/// A time of day, without its zone.
pub(crate) fn time_of_day(time: &DateTime) -> String {
    let seconds = u32::from(time.hour) * 3600 + u32::from(time.minute) * 60 + u32::from(time.second);
    clock_text(i128::from(seconds), u64::from(time.microsecond), 6)
}

/// What follows a local time to say its zone: `+01:00`, `[Europe/Paris]`.
pub(crate) fn local_suffix(zone: &Zone<'_>) -> String {
    offset_seconds(zone).map_or_else(|| format!("[{}]", zone_name(zone)), offset_text)
}

/// A zone by the name that Python prints.
pub(crate) fn zone_name(zone: &Zone<'_>) -> String {
    match zone {
        Zone::Utc => "UTC".into(),
        Zone::Region(name) | Zone::Pytz(name) | Zone::Fixed { name: Some(name), .. } => (*name).into(),
        Zone::Fixed { .. } | Zone::PytzFixed(_) => match offset_seconds(zone) {
            Some(0) | None => "UTC".into(),
            Some(offset) => format!("UTC{}", offset_text(offset)),
        },
    }
}

fn offset_seconds(zone: &Zone<'_>) -> Option<i64> {
    match zone {
        Zone::Utc => Some(0),
        Zone::Fixed { offset_us, .. } => Some(offset_us.div_euclid(1_000_000)),
        Zone::PytzFixed(minutes) => minutes.checked_mul(60),
        Zone::Region(_) | Zone::Pytz(_) => None,
    }
}

fn offset_text(offset: i64) -> String {
    let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    let (hours, minutes, seconds) = (size / 3600, size / 60 % 60, size % 60);
    let tail = if seconds == 0 { String::new() } else { format!(":{seconds:02}") };
    format!("{sign}{hours:02}:{minutes:02}{tail}")
}

fn instant_text(instant: &Instant) -> String {
    let clock = clock_text(instant.seconds.rem_euclid(DAY), instant.fraction, instant.digits);
    format!("{}T{clock}", date_text(instant.seconds.div_euclid(DAY)))
}

/// Hours, minutes, seconds, and as many groups of three digits as the fraction needs.
fn clock_text(seconds: i128, fraction: u64, digits: usize) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let clock = format!("{hours:02}:{minutes:02}:{rest:02}");
    if fraction == 0 {
        return clock;
    }
    let mut tail = format!("{fraction:0digits$}");
    while let Some(shorter) = tail.strip_suffix("000") {
        tail.truncate(shorter.len());
    }
    format!("{clock}.{tail}")
}

fn year_text(year: i128) -> String {
    format!("{year:04}")
}

/// The date `days` after 1970-01-01, `2026-03-01`, in the proleptic Gregorian calendar (Howard Hinnant,
/// `civil_from_days`).
pub fn date_text(days: i128) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Counted from March, so that the leap day is the last of its year.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    format!("{}-{month:02}-{day:02}", year_text(year))
}
