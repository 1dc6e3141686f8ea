//! One item of fixed width, and where items of any width end.

use crate::cells::content::Number;
use crate::cells::{NO_ROW, item};
use crate::show::item::Item;
use crate::show::{decimal, time};
use crate::{Dtype, FormatError, Zone};

/// What an item means.
#[derive(Debug, Clone)]
pub(super) enum Say {
    Number,
    Date(&'static str),
    Time(String),
    Duration(String),
    Timestamp(String, Option<String>),
    Decimal(i64),
    MonthDayNano,
}

impl Say {
    pub(super) fn number<'d>(&'d self, dtype: &'d Dtype) -> Option<Number<'d>> {
        match self {
            Self::Number => Number::of(dtype),
            Self::Date(unit) => Some(Number::Date(unit)),
            Self::Time(unit) => Some(Number::Clock(unit)),
            Self::Duration(unit) => Some(Number::Duration(unit)),
            Self::Timestamp(unit, zone) => Some(Number::Instant { unit, is_utc: zone.is_some() }),
            Self::Decimal(_) | Self::MonthDayNano => None,
        }
    }

    pub(super) fn text(&self, dtype: &Dtype, bytes: &[u8]) -> Option<String> {
        let count = || match Item::read(dtype, bytes) {
            Item::Int(count) => Some(count),
            _ => None,
        };
        match self {
            Self::Number => match Item::read(dtype, bytes) {
                // Among Arrow's floats NaN is a value, and not what is missing.
                Item::Float(value, _) if value.is_nan() => Some("NaN".to_owned()),
                item => item.text(),
            },
            Self::Date(unit) => {
                let text = time::datetime64(count()?, Some(unit))?;
                Some(text.strip_suffix("T00:00:00").unwrap_or(&text).to_owned())
            }
            Self::Time(unit) => time::of_day(count()?, unit),
            Self::Duration(unit) => time::duration(count()?, Some(unit)),
            Self::Timestamp(unit, None) => time::datetime64(count()?, Some(unit)),
            Self::Timestamp(unit, Some(zone)) => {
                let offset = time::offset_of(zone);
                let zone = match offset {
                    Some(0) => Zone::Utc,
                    Some(offset) => Zone::Fixed { offset_us: offset * 1_000_000, name: None },
                    None if zone == "UTC" => Zone::Utc,
                    None => Zone::Region(zone),
                };
                time::zoned(count()?, unit, &zone)
            }
            Self::Decimal(scale) => Some(decimal::text(bytes, *scale, true)),
            Self::MonthDayNano => {
                let part =
                    |range: std::ops::Range<usize>| decimal::text(bytes.get(range).unwrap_or(&[]), 0, true);
                Some(format!("{} months {} days {} ns", part(0..4), part(4..8), part(8..16)))
            }
        }
    }
}

/// Where values of any length end, found by adding up their lengths.
#[derive(Debug, Clone)]
pub(super) struct Ends<'a> {
    pub(super) lengths: &'a [u8],
    pub(super) width: usize,
    /// The row asked for last and where it begins, so that rows in order cost one step each.
    pub(super) last: std::cell::Cell<(usize, u64)>,
}

impl Ends<'_> {
    pub(super) fn range(&self, row: usize) -> Result<(u64, u64), FormatError> {
        let (from, mut start) = Some(self.last.get()).filter(|(last, _)| *last <= row).unwrap_or_default();
        for between in from..row {
            start = self.end(start, between)?;
        }
        self.last.set((row, start));
        Ok((start, self.end(start, row)?))
    }

    fn end(&self, start: u64, row: usize) -> Result<u64, FormatError> {
        let length = item(self.lengths, self.width as u64, row)?;
        let length = length.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        start.checked_add(length).ok_or(NO_ROW)
    }
}
