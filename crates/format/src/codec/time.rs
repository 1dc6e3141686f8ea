//! date, time, datetime, timedelta, time zones.

use super::expect_fields;
use crate::cbor;
use crate::node::tag;
use crate::{DateTime, FormatError, Node, Reader, Writer, Zone};

/// Microseconds of a day: a fixed zone's offset is less than that either way.
const DAY_US: i64 = 86_400_000_000;
const MAX_DAYS: i64 = 999_999_999;

const FIXED: u64 = 0;
const UTC: u64 = 1;
const REGION: u64 = 2;
const PYTZ: u64 = 3;
const PYTZ_FIXED: u64 = 4;

impl Writer {
    /// A date.
    pub fn date(&mut self, year: u16, month: u8, day: u8) -> Result<(), FormatError> {
        self.begin(tag::DATE, 3, false)?;
        cbor::put_uint(&mut self.out, u64::from(year));
        cbor::put_uint(&mut self.out, u64::from(month));
        cbor::put_uint(&mut self.out, u64::from(day));
        self.leaf_done()
    }

    /// A time of day (year, month and day are not written); its zone, or none, follows.
    pub fn time(&mut self, time: &DateTime) -> Result<(), FormatError> {
        self.begin(tag::TIME, 5, false)?;
        self.put_time_of_day(time);
        self.head_done(1, false)
    }

    /// A datetime; its zone, or none, follows.
    pub fn datetime(&mut self, datetime: &DateTime) -> Result<(), FormatError> {
        self.begin(tag::DATETIME, 8, false)?;
        cbor::put_uint(&mut self.out, u64::from(datetime.year));
        cbor::put_uint(&mut self.out, u64::from(datetime.month));
        cbor::put_uint(&mut self.out, u64::from(datetime.day));
        self.put_time_of_day(datetime);
        self.head_done(1, false)
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
        self.begin(tag::TIMEDELTA, 3, false)?;
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
        self.begin(tag::ZONE, fields, false)?;
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

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    match tag {
        tag::ZONE => return read_zone(reader, fields).map(Node::Zone),
        tag::DATE => expect_fields(fields, 3)?,
        tag::TIME => expect_fields(fields, 5)?,
        tag::DATETIME => expect_fields(fields, 8)?,
        _ => {
            expect_fields(fields, 3)?;
            return read_timedelta(reader);
        }
    }
    let (year, month, day) = match tag {
        tag::TIME => (0, 0, 0),
        _ => (below(reader, 10_000)?, below(reader, 13)?, below(reader, 32)?),
    };
    let (year, month, day) = (year as u16, month as u8, day as u8);
    if tag != tag::TIME && (year == 0 || month == 0 || day == 0) {
        return Err(FormatError::Damaged("a date out of range"));
    }
    if tag == tag::DATE {
        return Ok(Node::Date(year, month, day));
    }
    let datetime = DateTime {
        year,
        month,
        day,
        hour: below(reader, 24)? as u8,
        minute: below(reader, 60)? as u8,
        second: below(reader, 60)? as u8,
        microsecond: below(reader, 1_000_000)?,
        fold: reader.cursor.bool()?,
    };
    Ok(if tag == tag::TIME { Node::Time(datetime) } else { Node::DateTime(datetime) })
}

fn read_timedelta<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, FormatError> {
    let days = reader.cursor.int()?;
    if !(-MAX_DAYS..=MAX_DAYS).contains(&days) {
        return Err(FormatError::Damaged("a timedelta out of range"));
    }
    Ok(Node::TimeDelta(days, below(reader, 86_400)?, below(reader, 1_000_000)?))
}

fn read_zone<'a>(reader: &mut Reader<'a>, fields: u64) -> Result<Zone<'a>, FormatError> {
    let kind = if fields == 0 { u64::MAX } else { reader.cursor.uint()? };
    match (kind, fields) {
        (FIXED, 3) => {
            let offset_us = reader.cursor.int()?;
            if offset_us <= -DAY_US || offset_us >= DAY_US {
                return Err(FormatError::Damaged("a zone's offset out of range"));
            }
            Ok(Zone::Fixed { offset_us, name: reader.cursor.optional_text()? })
        }
        (UTC, 1) => Ok(Zone::Utc),
        (REGION, 2) => Ok(Zone::Region(reader.cursor.text()?)),
        (PYTZ, 2) => Ok(Zone::Pytz(reader.cursor.text()?)),
        (PYTZ_FIXED, 2) => Ok(Zone::PytzFixed(reader.cursor.int()?)),
        _ => Err(FormatError::Damaged("an unknown kind of zone")),
    }
}

fn below(reader: &mut Reader<'_>, end: u64) -> Result<u32, FormatError> {
    let value = reader.cursor.uint()?;
    if value >= end {
        return Err(FormatError::Damaged("a field of a date or time out of range"));
    }
    Ok(u32::try_from(value).expect("every bound is below 2^32"))
}
