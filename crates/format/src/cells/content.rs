//! What cells say, and the numbers and values behind their text, for whoever writes them in another form.

use super::{Cells, Form, chunk, code, is_valid, item, label};
use crate::show::time;
use crate::{ByteOrder, Dtype, FormatError, Kind, Value};

/// What the cells of a column say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `True` and `False`.
    Bool,
    /// Whole numbers.
    Int,
    /// Numbers, NaN and infinities.
    Float,
    /// Numbers with an imaginary part.
    Complex,
    /// Text, and what its text says all of.
    Text,
    /// Dates, times, durations.
    Time,
    /// Bytes, as Python prints them, and text that is no Unicode.
    Bytes,
    /// Each a value of its own: see [`Cells::value`].
    Values,
    /// What its cells say no more of than a glance needs.
    Nested,
}

/// What the bits behind a cell count, and how many they are: see [`Cells::bits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number<'a> {
    /// 0 or 1.
    Bool,
    /// Two's complement of so many bits.
    Int(u8),
    /// Without a sign, of so many bits.
    Uint(u8),
    /// IEEE 754 of so many bits.
    Float(u8),
    /// Whole days since 1970, in a unit.
    Date(&'a str),
    /// A unit since midnight.
    Clock(&'a str),
    /// A unit since 1970, in UTC or in no zone at all.
    Instant {
        /// As a dtype has it: `ns`, `25s`.
        unit: &'a str,
        /// Whether it counts from 1970 UTC.
        is_utc: bool,
    },
    /// A length in a unit.
    Duration(&'a str),
}

impl<'a> Cells<'a> {
    /// What the cells say.
    pub fn content(&self) -> Content {
        match &self.form {
            Form::Fixed { dtype, values, .. } => of_dtype(dtype, values),
            Form::Zoned { .. } => Content::Time,
            Form::Text(strings) if strings.has_surrogates => Content::Bytes,
            Form::Text(_) => Content::Text,
            Form::Category { categories, .. } => categories.content(),
            Form::Range { .. } => Content::Int,
            Form::Built(parts) => parts.content(),
            Form::Arrow(values) => values.content(),
            Form::Chunks(chunks) => chunks.first().map_or(Content::Text, |(_, chunk)| chunk.content()),
            Form::Values(_) => Content::Values,
            Form::Closed => Content::Nested,
        }
    }

    /// What the bits behind the cells count; none where there are none.
    pub fn number(&self) -> Option<Number<'_>> {
        match &self.form {
            Form::Fixed { dtype, .. } => Number::of(dtype),
            Form::Zoned { unit, .. } => Some(Number::Instant { unit, is_utc: true }),
            Form::Category { categories, .. } => categories.number(),
            Form::Range { .. } => Some(Number::Int(64)),
            Form::Built(parts) => parts.number(),
            Form::Arrow(values) => values.number(),
            Form::Chunks(chunks) => chunks.first()?.1.number(),
            Form::Text(_) | Form::Values(_) | Form::Closed => None,
        }
    }

    /// The bits behind the cell of `row`, filled up to 64 by their sign when they have one, as
    /// [`number`](Self::number) says; none where it is missing, or has none. A NaN has bits, NaT has not.
    ///
    /// # Errors
    /// `Damaged` when the column's bytes do not hold such a row.
    pub fn bits(&self, row: u64) -> Result<Option<u64>, FormatError> {
        let row = self.row(row)?;
        match &self.form {
            Form::Fixed { dtype, values, validity } => match is_valid(*validity, row)? {
                true => Ok(item_bits(dtype, item(values, dtype.item_size(), row)?)),
                false => Ok(None),
            },
            Form::Zoned { values, .. } => {
                Ok(Some(bits(item(values, 8, row)?, false)).filter(|bits| *bits != NAT))
            }
            Form::Category { dtype, codes, categories } => match code(dtype, codes, row)? {
                Some(code) => categories.bits(code),
                None => Ok(None),
            },
            // A label of a RangeIndex is an int64.
            Form::Range { start, step } => Ok(Some(label(*start, *step, row) as u64)),
            Form::Built(parts) => parts.bits(row),
            Form::Arrow(values) => values.bits(row),
            Form::Chunks(chunks) => {
                let (chunk, row) = chunk(chunks, row)?;
                chunk.bits(row)
            }
            Form::Text(_) | Form::Values(_) | Form::Closed => Ok(None),
        }
    }

    /// The value in the cell of `row`; none where the cells are no values of their own, or it is masked.
    ///
    /// # Errors
    /// `Damaged` when the column's bytes do not hold such a row.
    pub fn value(&self, row: u64) -> Result<Option<&'a Value>, FormatError> {
        let row = self.row(row)?;
        match &self.form {
            Form::Values(values) => Ok(values.get(row)),
            Form::Category { dtype, codes, categories } => match code(dtype, codes, row)? {
                Some(code) => categories.value(code),
                None => Ok(None),
            },
            Form::Built(parts) => parts.value(row),
            _ => Ok(None),
        }
    }
}

impl<'a> Number<'a> {
    /// What an item of a dtype counts.
    pub(super) fn of(dtype: &'a Dtype) -> Option<Self> {
        let bits = u8::try_from(dtype.item_size().saturating_mul(8));
        Some(match dtype.kind() {
            Kind::Bool => Self::Bool,
            Kind::Int => Self::Int(bits.ok()?),
            Kind::Uint => Self::Uint(bits.ok()?),
            Kind::Float => Self::Float(bits.ok()?),
            Kind::Datetime => Self::Instant { unit: dtype.unit()?, is_utc: false },
            Kind::Timedelta => Self::Duration(dtype.unit()?),
            Kind::Complex | Kind::Str | Kind::Bytes | Kind::Void => return None,
        })
    }
}

/// What keeps NaT, as bits.
const NAT: u64 = time::NAT.cast_unsigned();

/// The bits of an item that is a number, filled up by its sign; none of NaT.
pub(super) fn item_bits(dtype: &Dtype, item: &[u8]) -> Option<u64> {
    let bits = bits(item, dtype.byte_order() == ByteOrder::Big);
    match dtype.kind() {
        Kind::Datetime | Kind::Timedelta => Some(bits).filter(|bits| *bits != NAT),
        Kind::Int => {
            let unused = 64 - 8 * u32::try_from(item.len().clamp(1, 8)).expect("at most 8");
            Some(((bits << unused).cast_signed() >> unused).cast_unsigned())
        }
        Kind::Bool | Kind::Uint | Kind::Float => Some(bits),
        Kind::Complex | Kind::Str | Kind::Bytes | Kind::Void => None,
    }
}

/// Bytes as one number; of more than 8 the last.
fn bits(item: &[u8], is_big: bool) -> u64 {
    let join = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
    if is_big { item.iter().fold(0, join) } else { item.iter().rev().fold(0, join) }
}

fn of_dtype(dtype: &Dtype, items: &[u8]) -> Content {
    match dtype.kind() {
        Kind::Bool => Content::Bool,
        Kind::Int | Kind::Uint => Content::Int,
        Kind::Float => Content::Float,
        Kind::Complex => Content::Complex,
        Kind::Str if is_text(dtype, items) => Content::Text,
        Kind::Str | Kind::Bytes | Kind::Void => Content::Bytes,
        Kind::Datetime | Kind::Timedelta => Content::Time,
    }
}

/// Whether every code point of NumPy strings is a character: lone surrogates are none.
fn is_text(dtype: &Dtype, items: &[u8]) -> bool {
    let point = |point: &[u8]| bits(point, dtype.byte_order() == ByteOrder::Big) as u32;
    items.chunks_exact(4).all(|item| char::from_u32(point(item)).is_some())
}
