//! A column with the type that Parquet has for it.

use std::ops::Range;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedColumnWriter;
use parquet::schema::types::Type;
use stillroom::{Cells, Content, Node, Number, Value};

use super::failed;
use crate::failure::Failure;
use crate::forms::field::Field;
use crate::forms::scalar::Scalar;
use crate::forms::{IN_PYTHON, Style, column_place, refusal};

const DAY_MS: i64 = 86_400_000;

/// A column on its way into a file.
pub(super) struct ParquetColumn<'a> {
    name: String,
    field: &'a Field<'a>,
    /// Its cells, where they have bits; else their text says all.
    bits: Option<&'a Cells<'a>>,
    form: Form,
}

/// How Parquet keeps a column.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Bool,
    /// Bits, and whether they are signed.
    Int(i8, bool),
    Half,
    Float,
    Double,
    Text,
    /// Days since 1970, and how many of the column's counts are in one.
    Date(i64),
    /// A count of the unit since midnight, and what the column's count is multiplied by to be one.
    Clock(TimeUnit, i64),
    /// A count of the unit since 1970, what the column's count is multiplied by to be one, and whether
    /// it counts from 1970 UTC.
    Instant(TimeUnit, i64, bool),
}

impl<'a> ParquetColumn<'a> {
    pub(super) fn of(field: &'a Field<'a>, name: String, style: Style<'_>) -> Result<Self, Failure> {
        let instead = match field.content {
            Content::Bytes | Content::Nested => IN_PYTHON,
            _ => "use --to csv or json",
        };
        let refused = |what: &str| Err(refusal(what, instead, &column_place(style, &name)));
        let bits = field.cells().filter(|cells| cells.number().is_some());
        let Some(form) = form(field) else { return refused(&no_type(field)) };
        let fits = |row| match (bits, form) {
            (Some(cells), Form::Instant(_, scale, _) | Form::Clock(_, scale)) => cells
                .bits(row)
                .map(|bits| bits.is_none_or(|bits| bits.cast_signed().checked_mul(scale).is_some())),
            (Some(cells), Form::Date(scale)) => {
                cells.bits(row).map(|bits| bits.is_none_or(|bits| day(bits, scale).is_some()))
            }
            _ => Ok(true),
        };
        for row in 0..field.row_count() {
            if !fits(row)? {
                return refused("parquet counts no time as far as this one");
            }
        }
        Ok(Self { name, field, bits, form })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn schema(&self) -> Result<Type, ParquetError> {
        let (physical, logical) = match self.form {
            Form::Bool => (Physical::BOOLEAN, None),
            Form::Int(64, true) => (Physical::INT64, None),
            Form::Int(64, false) => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Form::Int(bits, is_signed) => (Physical::INT32, Some(LogicalType::integer(bits, is_signed))),
            Form::Half => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Float16)),
            Form::Float => (Physical::FLOAT, None),
            Form::Double => (Physical::DOUBLE, None),
            Form::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Form::Date(_) => (Physical::INT32, Some(LogicalType::Date)),
            Form::Clock(TimeUnit::MILLIS, _) => {
                (Physical::INT32, Some(LogicalType::time(false, TimeUnit::MILLIS)))
            }
            Form::Clock(unit, _) => (Physical::INT64, Some(LogicalType::time(false, unit))),
            Form::Instant(unit, _, is_utc) => (Physical::INT64, Some(LogicalType::timestamp(is_utc, unit))),
        };
        Type::primitive_type_builder(&self.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .with_length(if self.form == Form::Half { 2 } else { 0 })
            .build()
    }

    /// Writes the cells of `rows`.
    pub(super) fn write(
        &self,
        rows: Range<u64>,
        out: &mut SerializedColumnWriter<'_>,
    ) -> Result<(), Failure> {
        match self.form {
            Form::Bool => put::<BoolType>(rows.map(|row| self.bool(row)), out),
            Form::Int(64, _) => put::<Int64Type>(rows.map(|row| self.int(row)), out),
            // The low 32 bits are those of the column's own width, filled up by its sign.
            Form::Int(..) => put::<Int32Type>(rows.map(|row| Ok(self.int(row)?.map(|int| int as i32))), out),
            Form::Half => put::<FixedLenByteArrayType>(rows.map(|row| self.half(row)), out),
            Form::Float => put::<FloatType>(
                rows.map(|row| Ok(self.bits(row)?.map(|bits| f32::from_bits(bits as u32)))),
                out,
            ),
            Form::Double => put::<DoubleType>(rows.map(|row| self.double(row)), out),
            Form::Text => put::<ByteArrayType>(rows.map(|row| self.text(row)), out),
            Form::Date(scale) => put::<Int32Type>(rows.map(|row| self.date(row, scale)), out),
            Form::Clock(TimeUnit::MILLIS, scale) => {
                put::<Int32Type>(rows.map(|row| Ok(self.int(row)?.map(|count| (count * scale) as i32))), out)
            }
            Form::Clock(_, scale) | Form::Instant(_, scale, _) => {
                put::<Int64Type>(rows.map(|row| Ok(self.int(row)?.map(|count| count * scale))), out)
            }
        }
    }

    fn bits(&self, row: u64) -> Result<Option<u64>, Failure> {
        Ok(match self.bits {
            Some(cells) => cells.bits(row)?,
            None => None,
        })
    }

    fn bool(&self, row: u64) -> Result<Option<bool>, Failure> {
        Ok(match self.field.scalar(row)? {
            Some(Scalar::Bool(value)) => Some(value),
            _ => None,
        })
    }

    fn int(&self, row: u64) -> Result<Option<i64>, Failure> {
        match self.bits {
            Some(cells) => Ok(cells.bits(row)?.map(u64::cast_signed)),
            None => self.number(row),
        }
    }

    fn half(&self, row: u64) -> Result<Option<FixedLenByteArray>, Failure> {
        let bits = self.bits(row)?;
        Ok(bits.map(|bits| FixedLenByteArray::from((bits as u16).to_le_bytes().to_vec())))
    }

    fn double(&self, row: u64) -> Result<Option<f64>, Failure> {
        match self.bits {
            Some(cells) => Ok(cells.bits(row)?.map(f64::from_bits)),
            None => self.number(row),
        }
    }

    fn date(&self, row: u64, scale: i64) -> Result<Option<i32>, Failure> {
        let Some(cells) = self.bits else { return Ok(None) };
        Ok(cells.bits(row)?.and_then(|bits| day(bits, scale)))
    }

    /// A number by its digits, where there are no bits to take it from.
    fn number<T: std::str::FromStr>(&self, row: u64) -> Result<Option<T>, Failure> {
        Ok(match self.field.scalar(row)? {
            Some(Scalar::Number(digits)) => digits.parse().ok(),
            _ => None,
        })
    }

    fn text(&self, row: u64) -> Result<Option<parquet::data_type::ByteArray>, Failure> {
        Ok(match self.field.scalar(row)? {
            Some(Scalar::Text(text)) => Some(text.as_bytes().to_vec().into()),
            _ => None,
        })
    }
}

/// The day that a count of a part of one stands for; none for one that is not whole, or too far.
fn day(bits: u64, scale: i64) -> Option<i32> {
    let count = bits.cast_signed();
    (count % scale == 0).then(|| i32::try_from(count / scale).ok()).flatten()
}

/// Writes cells: which are there, and those that are.
fn put<T: DataType>(
    cells: impl Iterator<Item = Result<Option<T::T>, Failure>>,
    out: &mut SerializedColumnWriter<'_>,
) -> Result<(), Failure> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        let cell = cell?;
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    out.typed::<T>().write_batch(&values, Some(&levels), None).map_err(failed)?;
    Ok(())
}

/// The form of a column; none when Parquet has no type for it.
fn form(field: &Field<'_>) -> Option<Form> {
    let number = field.cells().and_then(Cells::number);
    match (number, field.content) {
        (Some(number), _) => of_number(number),
        (None, Content::Text) => Some(Form::Text),
        // Wider than any bits: their digits tell whether they fit.
        (None, Content::Int) => of_digits(field),
        (None, Content::Bool) => Some(Form::Bool),
        (None, Content::Float) => Some(Form::Double),
        (None, Content::Values) => of_values(field),
        (None, _) => None,
    }
}

fn of_number(number: Number<'_>) -> Option<Form> {
    Some(match number {
        Number::Bool => Form::Bool,
        Number::Int(bits) => Form::Int(bits.cast_signed(), true),
        Number::Uint(bits) => Form::Int(bits.cast_signed(), false),
        Number::Float(16) => Form::Half,
        Number::Float(32) => Form::Float,
        Number::Float(_) => Form::Double,
        Number::Date("ms") => Form::Date(DAY_MS),
        Number::Date(_) => Form::Date(1),
        Number::Clock(unit) => {
            let (unit, scale) = time(unit)?;
            Form::Clock(unit, scale)
        }
        Number::Instant { unit, is_utc } => {
            let (unit, scale) = time(unit)?;
            Form::Instant(unit, scale, is_utc)
        }
        Number::Duration(_) => return None,
    })
}

fn time(unit: &str) -> Option<(TimeUnit, i64)> {
    Some(match unit {
        "ns" => (TimeUnit::NANOS, 1),
        "us" => (TimeUnit::MICROS, 1),
        "ms" => (TimeUnit::MILLIS, 1),
        "s" => (TimeUnit::MILLIS, 1000),
        "m" => (TimeUnit::MILLIS, 60_000),
        "h" => (TimeUnit::MILLIS, 3_600_000),
        "D" => (TimeUnit::MILLIS, DAY_MS),
        _ => return None,
    })
}

/// Ints without bits to take them from.
fn of_digits(field: &Field<'_>) -> Option<Form> {
    let fits = |row| match field.scalar(row) {
        Ok(Some(Scalar::Number(digits))) => digits.parse::<i64>().is_ok(),
        Ok(Some(Scalar::Missing)) => true,
        _ => false,
    };
    (0..field.row_count()).all(fits).then_some(Form::Int(64, true))
}

/// Cells that are values of their own, when all that are there are of one type.
fn of_values(field: &Field<'_>) -> Option<Form> {
    let there = || field.values().filter(|value| value.missing_word().is_none()).map(Value::node);
    let all = |is: fn(&Node<'_>) -> bool| there().all(|node| is(&node));
    match there().next() {
        None | Some(Node::Str(_)) => all(|node| matches!(node, Node::Str(_))).then_some(Form::Text),
        Some(Node::Bool(_)) => all(|node| matches!(node, Node::Bool(_))).then_some(Form::Bool),
        Some(Node::Float(_)) => all(|node| matches!(node, Node::Float(_))).then_some(Form::Double),
        Some(Node::Int(_)) => of_digits(field),
        _ => None,
    }
}

fn no_type(field: &Field<'_>) -> String {
    match field.content {
        Content::Values => "parquet has no type for these cells".to_owned(),
        _ => format!("parquet has no type for cells of {}", field.dtype()),
    }
}
