//! A column as the forms write it: what sort of thing its cells say, and the text of each.

use std::borrow::Cow;

use stillroom::{ByteOrder, Cells, Column, Dtype, Kind, Node, Payload, Result, Value};

use super::scalar::{Scalar, without_zone_name};

/// A column or index, under the name it has in its table.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) name: String,
    /// The column itself; an index by range has none.
    pub(super) column: Option<Column<'a>>,
    pub(super) sort: Sort<'a>,
    /// None where there are none to read one by one.
    cells: Option<Cells<'a>>,
}

/// What the cells of a column say.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sort<'a> {
    Bool,
    Int,
    Float,
    Text,
    Time,
    Complex,
    /// Bytes, and text that is not UTF-8.
    Bytes,
    /// Each cell a value of its own.
    Values(&'a [Value]),
    /// What no form knows of yet.
    Other,
}

impl<'a> Field<'a> {
    /// A column, index or extension array, whatever it is.
    pub(super) fn of(name: String, value: &'a Value) -> Self {
        let cells = Cells::of(value);
        let (sort, column) = sort(value).filter(|_| cells.is_some()).unwrap_or((Sort::Other, None));
        Self { name, column, sort, cells }
    }

    pub(super) fn row_count(&self) -> u64 {
        self.cells.as_ref().map_or(0, Cells::row_count)
    }

    /// The cell of `row`; none for a value that is not a scalar.
    pub(super) fn scalar(&self, row: u64) -> Result<Option<Scalar<'a>>> {
        if let Sort::Values(values) = self.sort {
            return Ok(value_at(values, row).and_then(Scalar::of));
        }
        let Some(cells) = self.cells.as_ref() else { return Ok(None) };
        let cell = cells.cell(row)?;
        Ok(Some(match self.sort {
            // Among floats NaN is a value like others: it has a text in csv and none in json.
            Sort::Float if cell.text == "NaN" => Scalar::Number(cell.text),
            _ if cell.is_missing => Scalar::Missing,
            Sort::Bool => Scalar::Bool(cell.text == "True"),
            Sort::Int | Sort::Float => Scalar::Number(cell.text),
            Sort::Time => Scalar::Text(match cell.text {
                Cow::Borrowed(text) => without_zone_name(text).into(),
                Cow::Owned(text) => without_zone_name(&text).to_owned().into(),
            }),
            Sort::Text => Scalar::Text(cell.text),
            Sort::Complex | Sort::Bytes | Sort::Values(_) | Sort::Other => return Ok(None),
        }))
    }

    /// The value in the cell of `row`, in a column of values.
    pub(super) fn value(&self, row: u64) -> Option<&'a Value> {
        match self.sort {
            Sort::Values(values) => value_at(values, row),
            _ => None,
        }
    }

    /// What Python prints for the cell of `row`: a complex number, a label.
    pub(super) fn text(&self, row: u64) -> Result<Option<Cow<'a, str>>> {
        let Some(cells) = self.cells.as_ref() else { return Ok(None) };
        Ok(Some(cells.cell(row)?.text))
    }
}

fn value_at(values: &[Value], row: u64) -> Option<&Value> {
    usize::try_from(row).ok().and_then(|row| values.get(row))
}

fn sort(value: &Value) -> Option<(Sort<'_>, Option<Column<'_>>)> {
    let children = value.children();
    let column = match value.node() {
        Node::Index(_) => return sort(children.get(1)?),
        Node::RangeIndex(..) => return Some((Sort::Int, None)),
        Node::Column(column) => column,
        _ => return None,
    };
    let sort = match &column {
        Column::Fixed { dtype, values, .. } => of_dtype(dtype, *values),
        Column::Masked { dtype, values, .. } => of_dtype(dtype, *values),
        Column::Zoned { .. } => Sort::Time,
        Column::Text { has_surrogates: true, .. } => Sort::Bytes,
        Column::Text { .. } => Sort::Text,
        Column::Category { .. } => sort_of_categories(children.first()?)?,
        Column::Object { .. } => Sort::Values(children),
    };
    Some((sort, Some(column)))
}

/// Categories of any values, which a cell would have to be looked up in, are not needed by anyone yet.
fn sort_of_categories(index: &Value) -> Option<Sort<'_>> {
    sort(index).map(|(sort, _)| sort).filter(|sort| !matches!(sort, Sort::Values(_)))
}

fn of_dtype<'a>(dtype: &Dtype, items: Payload<'_>) -> Sort<'a> {
    match dtype.kind() {
        Kind::Bool => Sort::Bool,
        Kind::Int | Kind::Uint => Sort::Int,
        Kind::Float => Sort::Float,
        Kind::Complex => Sort::Complex,
        Kind::Datetime | Kind::Timedelta => Sort::Time,
        Kind::Str if is_text(dtype, items) => Sort::Text,
        Kind::Str | Kind::Bytes | Kind::Void => Sort::Bytes,
    }
}

/// Whether every code point of NumPy strings is a character: lone surrogates are none.
fn is_text(dtype: &Dtype, items: Payload<'_>) -> bool {
    let Payload::Inline(bytes) = items else { return false };
    bytes.chunks_exact(4).all(|point| {
        let point = [point[0], point[1], point[2], point[3]];
        let point = match dtype.byte_order() {
            ByteOrder::Big => u32::from_be_bytes(point),
            ByteOrder::Little | ByteOrder::None => u32::from_le_bytes(point),
        };
        char::from_u32(point).is_some()
    })
}
