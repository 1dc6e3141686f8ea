//! NumPy's plain dtypes, as the array interface protocol spells them (`<f8`, `|b1`, `<M8[ns]`).
//!
//! Structured and object dtypes are not here, nor is `longdouble`, whose bytes
//! differ between machines.

use std::fmt;

use crate::FormatError;

/// Byte order of a dtype's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// `<`
    Little,
    /// `>`
    Big,
    /// `|`: single bytes and bytes without an order.
    None,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `b`, one byte 0 or 1.
    Bool,
    /// `i`, two's complement.
    Int,
    /// `u`
    Uint,
    /// `f`, IEEE 754 of 2, 4 or 8 bytes.
    Float,
    /// `c`, two floats of 4 or 8 bytes.
    Complex,
    /// `M`, a count of units since 1970 (NumPy NEP 7).
    Datetime,
    /// `m`, a count of units.
    Timedelta,
    /// `S`, bytes padded with zeros.
    Bytes,
    /// `U`, UCS-4 code points padded with zeros.
    Str,
    /// `V`, raw bytes.
    Void,
}

/// A dtype of fixed width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dtype {
    order: ByteOrder,
    kind: Kind,
    item_size: u32,
    /// The unit with its count, `ns` or `25s`; none for generic and other kinds.
    unit: Option<Box<str>>,
}

const UNITS: [&str; 13] = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"];

impl Dtype {
    /// Parses the array protocol's spelling, NumPy's `dtype.str`.
    ///
    /// # Errors
    /// `Unsupported` when it is not one of the plain dtypes.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        Self::try_parse(text).ok_or_else(|| FormatError::Unsupported(format!("no such dtype: `{text}`")))
    }

    fn try_parse(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        let order = match chars.next()? {
            '<' => ByteOrder::Little,
            '>' => ByteOrder::Big,
            '|' => ByteOrder::None,
            _ => return None,
        };
        let kind = parse_kind(chars.next()?)?;
        let rest = chars.as_str();
        let (size, unit) = match rest.split_once('[') {
            Some((size, unit)) => (size, Some(unit.strip_suffix(']')?)),
            None => (rest, None),
        };
        if size.is_empty() || size.len() > 1 && size.starts_with('0') || size.starts_with('+') {
            return None;
        }
        let number: u32 = size.parse().ok()?;
        let item_size = if kind == Kind::Str { number.checked_mul(4)? } else { number };
        let dtype = Self { order, kind, item_size, unit: unit.map(Box::from) };
        dtype.is_valid().then_some(dtype)
    }

    fn is_valid(&self) -> bool {
        let size = self.item_size;
        let size_fits = match self.kind {
            Kind::Bool => size == 1,
            Kind::Int | Kind::Uint => matches!(size, 1 | 2 | 4 | 8),
            Kind::Float => matches!(size, 2 | 4 | 8),
            Kind::Complex => matches!(size, 8 | 16),
            Kind::Datetime | Kind::Timedelta => size == 8,
            Kind::Bytes | Kind::Str | Kind::Void => i32::try_from(size).is_ok(),
        };
        let is_time = matches!(self.kind, Kind::Datetime | Kind::Timedelta);
        let unit_fits = match &self.unit {
            None => true,
            Some(unit) => is_time && is_unit(unit),
        };
        let has_no_order = matches!(self.kind, Kind::Bool | Kind::Bytes | Kind::Void)
            || matches!(self.kind, Kind::Int | Kind::Uint) && size == 1;
        size_fits && unit_fits && has_no_order == (self.order == ByteOrder::None)
    }

    /// What an item is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Byte order of the items.
    pub fn byte_order(&self) -> ByteOrder {
        self.order
    }

    /// Bytes of one item; 0 for empty strings and voids.
    pub fn item_size(&self) -> u64 {
        u64::from(self.item_size)
    }

    /// The unit of a datetime or timedelta with its count (`ns`, `25s`), none when generic.
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }
}

fn parse_kind(letter: char) -> Option<Kind> {
    Some(match letter {
        'b' => Kind::Bool,
        'i' => Kind::Int,
        'u' => Kind::Uint,
        'f' => Kind::Float,
        'c' => Kind::Complex,
        'M' => Kind::Datetime,
        'm' => Kind::Timedelta,
        'S' => Kind::Bytes,
        'U' => Kind::Str,
        'V' => Kind::Void,
        _ => return None,
    })
}

fn is_unit(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let count = &text[..text.len() - unit.len()];
    let count_fits = count.is_empty() || count.parse::<i32>().is_ok_and(|n| n > 1) && !count.starts_with('0');
    UNITS.contains(&unit) && count_fits
}

impl fmt::Display for Dtype {
    /// The spelling that [`Dtype::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            ByteOrder::Little => '<',
            ByteOrder::Big => '>',
            ByteOrder::None => '|',
        };
        let (letter, number) = match self.kind {
            Kind::Bool => ('b', self.item_size),
            Kind::Int => ('i', self.item_size),
            Kind::Uint => ('u', self.item_size),
            Kind::Float => ('f', self.item_size),
            Kind::Complex => ('c', self.item_size),
            Kind::Datetime => ('M', self.item_size),
            Kind::Timedelta => ('m', self.item_size),
            Kind::Bytes => ('S', self.item_size),
            Kind::Str => ('U', self.item_size / 4),
            Kind::Void => ('V', self.item_size),
        };
        write!(f, "{order}{letter}{number}")?;
        self.unit.as_ref().map_or(Ok(()), |unit| write!(f, "[{unit}]"))
    }
}
