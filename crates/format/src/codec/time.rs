//! date, time, datetime, timedelta, time zones.

use super::expect_fields;
use crate::cbor;
use crate::node::tag;
use crate::{DateTime, FormatError, Node, Reader, Writer, Zone};

/// Microseconds of a day: a fixed zone's offset is less than that either way.
const DAY_US: i64 = 86_400_000_000;
const MAX_DAYS: i64 = 999_999_999;

const OUT_OF_RANGE: &str = "a date, time or zone out of range";

const FIXED: u64 = 0;
const UTC: u64 = 1;
const REGION: u64 = 2;
const PYTZ: u64 = 3;
const PYTZ_FIXED: u64 = 4;

impl Writer {
    /// A date.
    pub fn date(&mut self, year: u16, month: u8, day: u8) -> Result<(), FormatError> {
        check(is_date(year, month, day))?;
        self.begin(tag::DATE, 3)?;
        cbor::put_uint(&mut self.out, u64::from(year));
        cbor::put_uint(&mut self.out, u64::from(month));
        cbor::put_uint(&mut self.out, u64::from(day));
        self.leaf_done()
    }

    /// A time of day (year, month and day are not written); its zone, or none, follows.
    pub fn time(&mut self, time: &DateTime) -> Result<(), FormatError> {
        check(is_time_of_day(time))?;
        self.begin(tag::TIME, 5)?;
        self.put_time_of_day(time);
        self.head_done(1)
    }

    /// A datetime; its zone, or none, follows.
    pub fn datetime(&mut self, datetime: &DateTime) -> Result<(), FormatError> {
        check(is_date(datetime.year, datetime.month, datetime.day) && is_time_of_day(datetime))?;
        self.begin(tag::DATETIME, 8)?;
        cbor::put_uint(&mut self.out, u64::from(datetime.year));
        cbor::put_uint(&mut self.out, u64::from(datetime.month));
        cbor::put_uint(&mut self.out, u64::from(datetime.day));
        self.put_time_of_day(datetime);
        self.head_done(1)
    }

    fn put_time_of_day(&mut self, time: &DateTime) {
        cbor::put_uint(&mut self.out, u64::from(time.hour));
        cbor::put_uint(&mut self.out, u64::from(time.minute));
        cbor::put_uint(&mut self.out, u64::from(time.second));
        cbor::put_uint(&mut self.out, u64::from(time.microsecond));
        cbor::put_bool(&mut self.out, time.fold);
    }

    /// A timedelta, as Python normalises it: 0 <= seconds < 86,400, 0 <= microseconds < 10^6.
    pub fn timedelta(&mut self, days: i64, seconds: u32, microseconds: u32) -> Result<(), FormatError> {
        check(is_timedelta(days, seconds, microseconds))?;
        self.begin(tag::TIMEDELTA, 3)?;
        cbor::put_int(&mut self.out, days);
        cbor::put_uint(&mut self.out, u64::from(seconds));
        cbor::put_uint(&mut self.out, u64::from(microseconds));
        self.leaf_done()
    }

    /// A time zone.
    pub fn zone(&mut self, zone: &Zone<'_>) -> Result<(), FormatError> {
        let fields = match zone {
            Zone::Fixed { .. } => 3,
            Zone::Utc => 1,
            Zone::Region(_) | Zone::Pytz(_) | Zone::PytzFixed(_) => 2,
        };
        check(is_zone(zone))?;
        self.begin(tag::ZONE, fields)?;
        let out = &mut self.out;
        match zone {
            Zone::Fixed { offset_us, name } => {
                cbor::put_uint(out, FIXED);
                cbor::put_int(out, *offset_us);
                cbor::put_optional_text(out, *name);
            }
            Zone::Utc => cbor::put_uint(out, UTC),
            Zone::Region(key) => put_named(out, REGION, key),
            Zone::Pytz(name) => put_named(out, PYTZ, name),
            Zone::PytzFixed(minutes) => {
                cbor::put_uint(out, PYTZ_FIXED);
                cbor::put_int(out, *minutes);
            }
        }
        self.leaf_done()
    }
}

fn put_named(out: &mut Vec<u8>, kind: u64, name: &str) {
    cbor::put_uint(out, kind);
    cbor::put_text(out, name);
}

fn check(is_in_range: bool) -> Result<(), FormatError> {
    if is_in_range { Ok(()) } else { Err(FormatError::Misuse(OUT_OF_RANGE)) }
}

fn is_date(year: u16, month: u8, day: u8) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let day_count = match month {
        2 => 28 + u8::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=day_count).contains(&day)
}

fn is_time_of_day(time: &DateTime) -> bool {
    time.hour < 24 && time.minute < 60 && time.second < 60 && time.microsecond < 1_000_000
}

fn is_timedelta(days: i64, seconds: u32, microseconds: u32) -> bool {
    (-MAX_DAYS..=MAX_DAYS).contains(&days) && seconds < 86_400 && microseconds < 1_000_000
}

fn is_zone(zone: &Zone<'_>) -> bool {
    match zone {
        Zone::Fixed { offset_us, .. } => (1 - DAY_US..DAY_US).contains(offset_us),
        Zone::PytzFixed(minutes) => (-1439..=1439).contains(minutes),
        Zone::Utc | Zone::Region(_) | Zone::Pytz(_) => true,
    }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    let expected = match tag {
        tag::DATE | tag::TIMEDELTA => 3,
        tag::TIME => 5,
        tag::DATETIME => 8,
        _ => return read_zone(reader, fields).map(Node::Zone),
    };
    expect_fields(fields, expected)?;
    match tag {
        tag::DATE => read_date(reader).map(|(year, month, day)| Node::Date(year, month, day)),
        tag::TIME => read_time_of_day(reader, (0, 0, 0)).map(Node::Time),
        tag::DATETIME => {
            let date = read_date(reader)?;
            read_time_of_day(reader, date).map(Node::DateTime)
        }
        _ => read_timedelta(reader),
    }
}

fn read_date(reader: &mut Reader<'_>) -> Result<(u16, u8, u8), FormatError> {
    let (year, month, day) = (number(reader)?, number(reader)?, number(reader)?);
    in_range((year, month, day), is_date(year, month, day))
}

fn read_time_of_day(
    reader: &mut Reader<'_>,
    (year, month, day): (u16, u8, u8),
) -> Result<DateTime, FormatError> {
    let (hour, minute, second) = (number(reader)?, number(reader)?, number(reader)?);
    let (microsecond, fold) = (number(reader)?, reader.cursor.bool()?);
    let time = DateTime { year, month, day, hour, minute, second, microsecond, fold };
    in_range(time, is_time_of_day(&time))
}

fn read_timedelta<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, FormatError> {
    let (days, seconds, microseconds) = (reader.cursor.int()?, number(reader)?, number(reader)?);
    in_range(Node::TimeDelta(days, seconds, microseconds), is_timedelta(days, seconds, microseconds))
}

fn read_zone<'a>(reader: &mut Reader<'a>, fields: u64) -> Result<Zone<'a>, FormatError> {
    let kind = if fields == 0 { u64::MAX } else { reader.cursor.uint()? };
    let zone = match (kind, fields) {
        (FIXED, 3) => {
            let offset_us = reader.cursor.int()?;
            Zone::Fixed { offset_us, name: reader.cursor.optional_text()? }
        }
        (UTC, 1) => Zone::Utc,
        (REGION, 2) => Zone::Region(reader.cursor.text()?),
        (PYTZ, 2) => Zone::Pytz(reader.cursor.text()?),
        (PYTZ_FIXED, 2) => Zone::PytzFixed(reader.cursor.int()?),
        _ => return Err(FormatError::Damaged("an unknown kind of zone")),
    };
    in_range(zone, is_zone(&zone))
}

fn number<T: TryFrom<u64>>(reader: &mut Reader<'_>) -> Result<T, FormatError> {
    T::try_from(reader.cursor.uint()?).map_err(|_| FormatError::Damaged(OUT_OF_RANGE))
}

fn in_range<T>(value: T, is_in_range: bool) -> Result<T, FormatError> {
    if is_in_range { Ok(value) } else { Err(FormatError::Damaged(OUT_OF_RANGE)) }
}
