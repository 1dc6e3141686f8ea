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
use stillroom::{Column, Dtype, Kind, Node, Value};

use super::failed;
use super::items::Items;
use crate::failure::Failure;
use crate::forms::field::{Field, Sort};
use crate::forms::scalar::Scalar;
use crate::forms::{Style, column_place, refusal};

/// What pandas keeps for "not a time".
const NAT: i64 = i64::MIN;

/// A column on its way into a file.
pub(super) struct ParquetColumn<'a> {
    name: &'a str,
    field: &'a Field<'a>,
    /// Its bytes, where it is of fixed width; else its cells are asked for one by one.
    items: Option<Items<'a>>,
    form: Form,
}

/// How Parquet keeps a column.
#[derive(Debug, Clone, PartialEq)]
enum Form {
    Bool,
    /// Bits, and whether they are signed.
    Int(i8, bool),
    Half,
    Float,
    Double,
    Text,
    /// The unit, what its count is multiplied by to be in it, and whether it counts from 1970 UTC.
    Time(TimeUnit, i64, bool),
}

impl<'a> ParquetColumn<'a> {
    pub(super) fn of(field: &'a Field<'a>, name: &'a str, style: Style<'_>) -> Result<Self, Failure> {
        let items = field.column.as_ref().and_then(Items::of);
        let refused = |what| Err(refusal(what, "use --to csv or json", &column_place(style, name)));
        let Some(form) = form(field) else { return refused("parquet has no type for these cells") };
        let column = Self { name, field, items, form };
        if let Form::Time(_, scale, _) = column.form {
            let fits = |row| column.count(row).is_none_or(|count| count.checked_mul(scale).is_some());
            if scale > 1 && !(0..field.row_count()).all(fits) {
                return refused("parquet counts no time as far as this one");
            }
        }
        Ok(column)
    }

    pub(super) fn name(&self) -> &str {
        self.name
    }

    pub(super) fn schema(&self) -> Result<Type, ParquetError> {
        let (physical, logical) = match &self.form {
            Form::Bool => (Physical::BOOLEAN, None),
            Form::Int(64, true) => (Physical::INT64, None),
            Form::Int(64, false) => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Form::Int(bits, is_signed) => (Physical::INT32, Some(LogicalType::integer(*bits, *is_signed))),
            Form::Half => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Float16)),
            Form::Float => (Physical::FLOAT, None),
            Form::Double => (Physical::DOUBLE, None),
            Form::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Form::Time(unit, _, is_utc) => (Physical::INT64, Some(LogicalType::timestamp(*is_utc, *unit))),
        };
        Type::primitive_type_builder(self.name, physical)
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
        match &self.form {
            Form::Bool => put::<BoolType>(rows.map(|row| self.bool(row)), out),
            Form::Int(64, _) => put::<Int64Type>(rows.map(|row| self.int(row)), out),
            // The low 32 bits are those of the column's own width, filled up by its sign.
            Form::Int(..) => put::<Int32Type>(rows.map(|row| Ok(self.int(row)?.map(|int| int as i32))), out),
            Form::Half => put::<FixedLenByteArrayType>(rows.map(|row| Ok(self.half(row))), out),
            Form::Float => put::<FloatType>(
                rows.map(|row| Ok(self.bits(row).map(|bits| f32::from_bits(bits as u32)))),
                out,
            ),
            Form::Double => put::<DoubleType>(rows.map(|row| self.double(row)), out),
            Form::Text => put::<ByteArrayType>(rows.map(|row| self.text(row)), out),
            Form::Time(_, scale, _) => {
                put::<Int64Type>(rows.map(|row| Ok(self.count(row).map(|count| count * scale))), out)
            }
        }
    }

    fn bits(&self, row: u64) -> Option<u64> {
        self.items.and_then(|items| items.bits(row))
    }

    fn bool(&self, row: u64) -> Result<Option<bool>, Failure> {
        Ok(match self.field.scalar(row)? {
            Some(Scalar::Bool(value)) => Some(value),
            _ => None,
        })
    }

    fn int(&self, row: u64) -> Result<Option<i64>, Failure> {
        match (self.items, &self.form) {
            (Some(items), Form::Int(_, false)) => Ok(items.bits(row).map(u64::cast_signed)),
            (Some(items), _) => Ok(items.int(row)),
            (None, _) => self.number(row),
        }
    }

    fn half(&self, row: u64) -> Option<FixedLenByteArray> {
        let bits = self.bits(row)?;
        Some(FixedLenByteArray::from((bits as u16).to_le_bytes().to_vec()))
    }

    fn double(&self, row: u64) -> Result<Option<f64>, Failure> {
        match self.items {
            Some(items) => Ok(items.bits(row).map(f64::from_bits)),
            None => self.number(row),
        }
    }

    /// A number by its digits, where there are no bytes to take it from.
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

    fn count(&self, row: u64) -> Option<i64> {
        self.items.and_then(|items| items.int(row)).filter(|count| *count != NAT)
    }
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
    match (&field.column, field.sort) {
        (Some(Column::Fixed { dtype, .. } | Column::Masked { dtype, .. }), sort) => fixed(dtype, sort),
        (Some(Column::Zoned { unit, .. }), _) => time(unit, true),
        (_, Sort::Text) => Some(Form::Text),
        (_, Sort::Bool) => Some(Form::Bool),
        // By range, or categories: their digits tell whether they fit.
        (_, Sort::Int) => number(field),
        (_, Sort::Float) => Some(Form::Double),
        (_, Sort::Values(values)) => of_values(field, values),
        (_, Sort::Time | Sort::Complex | Sort::Bytes | Sort::Other) => None,
    }
}

fn fixed(dtype: &Dtype, sort: Sort<'_>) -> Option<Form> {
    let bits = i8::try_from(dtype.item_size().saturating_mul(8));
    Some(match (dtype.kind(), dtype.item_size()) {
        (Kind::Bool, _) => Form::Bool,
        (Kind::Int, _) => Form::Int(bits.ok()?, true),
        (Kind::Uint, _) => Form::Int(bits.ok()?, false),
        (Kind::Float, 2) => Form::Half,
        (Kind::Float, 4) => Form::Float,
        (Kind::Float, _) => Form::Double,
        (Kind::Datetime, _) => time(dtype.unit()?, false)?,
        (Kind::Str, _) if matches!(sort, Sort::Text) => Form::Text,
        _ => return None,
    })
}

fn time(unit: &str, is_utc: bool) -> Option<Form> {
    let (unit, scale) = match unit {
        "ns" => (TimeUnit::NANOS, 1),
        "us" => (TimeUnit::MICROS, 1),
        "ms" => (TimeUnit::MILLIS, 1),
        "s" => (TimeUnit::MILLIS, 1000),
        "m" => (TimeUnit::MILLIS, 60_000),
        "h" => (TimeUnit::MILLIS, 3_600_000),
        "D" => (TimeUnit::MILLIS, 86_400_000),
        _ => return None,
    };
    Some(Form::Time(unit, scale, is_utc))
}

/// Ints without bytes to take them from.
fn number(field: &Field<'_>) -> Option<Form> {
    let fits = |row| match field.scalar(row) {
        Ok(Some(Scalar::Number(digits))) => digits.parse::<i64>().is_ok(),
        Ok(Some(Scalar::Missing)) => true,
        _ => false,
    };
    (0..field.row_count()).all(fits).then_some(Form::Int(64, true))
}

/// Cells that are values of their own, when all that are there are of one type.
fn of_values(field: &Field<'_>, values: &[Value]) -> Option<Form> {
    let mut there = values.iter().filter(|value| value.missing_word().is_none()).map(Value::node);
    match there.next() {
        None | Some(Node::Str(_)) => there.all(|node| matches!(node, Node::Str(_))).then_some(Form::Text),
        Some(Node::Bool(_)) => there.all(|node| matches!(node, Node::Bool(_))).then_some(Form::Bool),
        Some(Node::Float(_)) => there.all(|node| matches!(node, Node::Float(_))).then_some(Form::Double),
        Some(Node::Int(_)) => number(field),
        _ => None,
    }
}
