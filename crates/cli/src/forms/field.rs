//! A column as the forms write it: what its cells say, and the text of each.

use std::borrow::Cow;

use stillroom::{Cells, Content, Result, Value};

use super::scalar::{Scalar, are_of_one_sort, without_zone_name};

/// A column, a level of an index, or the items of an array, under the name it has in its table.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) name: String,
    /// What its cells say; [`Content::Nested`] where there are none to read one by one.
    pub(super) content: Content,
    cells: Option<Cells<'a>>,
}

impl<'a> Field<'a> {
    /// A column, index or extension array, whatever it is.
    pub(super) fn of(name: String, value: &'a Value) -> Self {
        match Cells::of(value) {
            Some(cells) => Self::of_cells(name, cells),
            None => Self { name, content: Content::Nested, cells: None },
        }
    }

    pub(super) fn of_cells(name: String, cells: Cells<'a>) -> Self {
        Self { name, content: cells.content(), cells: Some(cells) }
    }

    /// The cells, but for what no form knows of.
    pub(super) fn cells(&self) -> Option<&Cells<'a>> {
        self.cells.as_ref()
    }

    pub(super) fn row_count(&self) -> u64 {
        self.cells.as_ref().map_or(0, Cells::row_count)
    }

    /// The cell of `row`; none for a value that is not a scalar.
    pub(super) fn scalar(&self, row: u64) -> Result<Option<Scalar<'a>>> {
        let Some(cells) = self.cells.as_ref() else { return Ok(None) };
        if self.content == Content::Values {
            return Ok(cells.value(row)?.map_or(Some(Scalar::Missing), Scalar::of));
        }
        let cell = cells.cell(row)?;
        Ok(Some(match self.content {
            // Among floats NaN is a value like others: it has a text in csv and none in json.
            Content::Float if cell.text == "NaN" => Scalar::Number(cell.text),
            _ if cell.is_missing => Scalar::Missing,
            Content::Bool => Scalar::Bool(cell.text == "True"),
            Content::Int | Content::Float => Scalar::Number(cell.text),
            Content::Time => Scalar::Text(match cell.text {
                Cow::Borrowed(text) => without_zone_name(text).into(),
                Cow::Owned(text) => without_zone_name(&text).to_owned().into(),
            }),
            Content::Text => Scalar::Text(cell.text),
            Content::Complex | Content::Bytes | Content::Values | Content::Nested => return Ok(None),
        }))
    }

    /// The value in the cell of `row`, in a column of values; none where it is missing.
    pub(super) fn value(&self, row: u64) -> Result<Option<&'a Value>> {
        match &self.cells {
            Some(cells) if self.content == Content::Values => Ok(cells.value(row)?),
            _ => Ok(None),
        }
    }

    /// Every value of a column of values that is there.
    pub(super) fn values(&self) -> impl Iterator<Item = &'a Value> {
        let rows = if self.content == Content::Values { self.row_count() } else { 0 };
        (0..rows).filter_map(|row| self.value(row).ok().flatten())
    }

    /// Whether all cells that are there are of one sort; none when some fit no cell.
    pub(super) fn is_of_one_sort(&self) -> Option<bool> {
        are_of_one_sort(self.values())
    }

    /// What Python prints for the cell of `row`: a complex number, a label.
    pub(super) fn text(&self, row: u64) -> Result<Option<Cow<'a, str>>> {
        let Some(cells) = self.cells.as_ref() else { return Ok(None) };
        Ok(Some(cells.cell(row)?.text))
    }

    /// What its library calls the type of its cells.
    pub(super) fn dtype(&self) -> &str {
        self.cells.as_ref().map_or("this type", Cells::dtype)
    }
}
