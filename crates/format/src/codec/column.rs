//! Columns: one-dimensional values with Arrow's physical layout, a buffer each.
//!
//! Strings are lengths and text rather than offsets and text, so that an
//! inserted row does not shift every number after it.

use super::array::read_dtype;
use super::expect_fields;
use super::frame::PANDAS_UNITS;
use crate::cbor;
use crate::node::tag;
use crate::{
    ByteOrder, Column, Dtype, FormatError, Item, Kind, Layout, MissingCell, Node, Reader, Source,
    TextFlavour, Writer,
};

const FLAVOURS: [TextFlavour; 5] = [
    TextFlavour::Object,
    TextFlavour::PythonNa,
    TextFlavour::PyarrowNa,
    TextFlavour::PythonNan,
    TextFlavour::PyarrowNan,
];
const MISSING: [MissingCell; 4] = [MissingCell::None, MissingCell::Nan, MissingCell::Na, MissingCell::Nat];

impl Writer {
    /// A NumPy-backed column of `row_count` items.
    pub fn fixed_column(
        &mut self,
        dtype: &Dtype,
        row_count: u64,
        values: Box<dyn Source>,
    ) -> Result<(), FormatError> {
        check(row_count, dtype.item_size(), &*values)?;
        if !can_be_column(dtype) {
            return Err(FormatError::Unsupported(format!("a column has no dtype of zero width: `{dtype}`")));
        }
        self.begin_rows(tag::COLUMN_FIXED, 3, row_count)?;
        self.put_dtype(dtype, row_count);
        self.items(values, dtype.into())?;
        self.leaf_done()
    }

    /// A nullable column; `validity` has a bit for each row, and is left out when nothing is missing.
    pub fn masked_column(
        &mut self,
        dtype: &Dtype,
        row_count: u64,
        values: Box<dyn Source>,
        validity: Option<Box<dyn Source>>,
    ) -> Result<(), FormatError> {
        check(row_count, dtype.item_size(), &*values)?;
        if !can_be_masked(dtype) {
            return Err(FormatError::Unsupported(format!("a nullable column has no dtype `{dtype}`")));
        }
        self.begin_rows(tag::COLUMN_MASKED, 4, row_count)?;
        self.put_dtype(dtype, row_count);
        self.items(values, dtype.into())?;
        self.put_validity(row_count, validity)?;
        self.leaf_done()
    }

    /// Datetimes with a zone: int64 counts of `unit`; the zone follows.
    pub fn zoned_column(
        &mut self,
        unit: &str,
        row_count: u64,
        values: Box<dyn Source>,
    ) -> Result<(), FormatError> {
        check(row_count, 8, &*values)?;
        if !PANDAS_UNITS.contains(&unit) {
            return Err(FormatError::Unsupported(format!("datetimes with a zone have no unit `{unit}`")));
        }
        self.begin_rows(tag::COLUMN_ZONED, 3, row_count)?;
        cbor::put_text(&mut self.out, unit);
        cbor::put_uint(&mut self.out, row_count);
        self.items(values, Item::signed(8))?;
        self.head_done(1)
    }

    /// Strings: `row_count` little-endian u32 lengths in bytes, all text, and which rows have a value.
    #[expect(clippy::too_many_arguments, reason = "the column's fields, each of its own type")]
    pub fn text_column(
        &mut self,
        flavour: TextFlavour,
        missing: MissingCell,
        has_surrogates: bool,
        row_count: u64,
        lengths: Box<dyn Source>,
        text: Box<dyn Source>,
        validity: Option<Box<dyn Source>>,
    ) -> Result<(), FormatError> {
        check(row_count, 4, &*lengths)?;
        self.begin_rows(tag::COLUMN_TEXT, 7, row_count)?;
        cbor::put_uint(&mut self.out, flavour as u64);
        cbor::put_uint(&mut self.out, missing as u64);
        cbor::put_bool(&mut self.out, has_surrogates);
        cbor::put_uint(&mut self.out, row_count);
        self.items(lengths, Item::unsigned(4))?;
        self.content(text)?;
        self.put_validity(row_count, validity)?;
        self.leaf_done()
    }

    /// A categorical of `row_count` codes; its categories follow as an index.
    pub fn category_column(
        &mut self,
        dtype: &Dtype,
        is_ordered: bool,
        row_count: u64,
        codes: Box<dyn Source>,
    ) -> Result<(), FormatError> {
        check(row_count, dtype.item_size(), &*codes)?;
        if !can_be_codes(dtype) {
            return Err(FormatError::Unsupported(format!("a categorical's codes have no dtype `{dtype}`")));
        }
        self.begin_rows(tag::COLUMN_CATEGORY, 4, row_count)?;
        self.put_dtype(dtype, row_count);
        cbor::put_bool(&mut self.out, is_ordered);
        self.items(codes, dtype.into())?;
        self.head_done(1)
    }

    /// Cells of any kind; `row_count` nodes follow.
    pub fn object_column(&mut self, row_count: u64) -> Result<(), FormatError> {
        self.begin_rows(tag::COLUMN_OBJECT, 1, row_count)?;
        cbor::put_uint(&mut self.out, row_count);
        self.head_done(row_count)
    }

    fn put_dtype(&mut self, dtype: &Dtype, row_count: u64) {
        cbor::put_text(&mut self.out, &dtype.to_string());
        cbor::put_uint(&mut self.out, row_count);
    }

    fn put_validity(&mut self, row_count: u64, validity: Option<Box<dyn Source>>) -> Result<(), FormatError> {
        match validity {
            Some(bitmap) => {
                check(row_count.div_ceil(8), 1, &*bitmap)?;
                self.items(bitmap, Item::BYTES)?;
            }
            None => cbor::put_null(&mut self.out),
        }
        Ok(())
    }
}

fn check(count: u64, item_size: u64, source: &dyn Source) -> Result<(), FormatError> {
    if count.checked_mul(item_size) == Some(source.len()) {
        return Ok(());
    }
    Err(FormatError::Misuse("a column of another length than its rows"))
}

/// Items without bytes would be counted by nothing: a few bytes could claim 2^60 rows.
fn can_be_column(dtype: &Dtype) -> bool {
    dtype.item_size() > 0
}

/// pandas has no nullable column of half floats, nor of numbers whose bytes are swapped.
fn can_be_masked(dtype: &Dtype) -> bool {
    let is_half = dtype.kind() == Kind::Float && dtype.item_size() == 2;
    matches!(dtype.kind(), Kind::Bool | Kind::Int | Kind::Uint | Kind::Float)
        && dtype.byte_order() != ByteOrder::Big
        && !is_half
}

fn can_be_codes(dtype: &Dtype) -> bool {
    dtype.kind() == Kind::Int && dtype.byte_order() != ByteOrder::Big
}

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    let expected = match tag {
        tag::COLUMN_FIXED | tag::COLUMN_ZONED => 3,
        tag::COLUMN_MASKED | tag::COLUMN_CATEGORY => 4,
        tag::COLUMN_TEXT => 7,
        _ => 1,
    };
    expect_fields(fields, expected)?;
    let column = match tag {
        tag::COLUMN_FIXED => read_fixed(reader),
        tag::COLUMN_MASKED => read_masked(reader),
        tag::COLUMN_ZONED => read_zoned(reader),
        tag::COLUMN_TEXT => read_text(reader),
        tag::COLUMN_CATEGORY => read_category(reader),
        _ => Ok(Column::Object { row_count: reader.cursor.uint()? }),
    };
    column.map(Node::Column)
}

fn read_fixed<'a>(reader: &mut Reader<'a>) -> Result<Column<'a>, FormatError> {
    let dtype = read_dtype_if(reader, can_be_column)?;
    let row_count = reader.cursor.uint()?;
    let values = reader.sized_payload(row_count, dtype.item_size())?;
    Ok(Column::Fixed { dtype, row_count, values })
}

fn read_masked<'a>(reader: &mut Reader<'a>) -> Result<Column<'a>, FormatError> {
    let dtype = read_dtype_if(reader, can_be_masked)?;
    let row_count = reader.cursor.uint()?;
    let values = reader.sized_payload(row_count, dtype.item_size())?;
    let validity = reader.validity(row_count)?;
    Ok(Column::Masked { dtype, row_count, values, validity })
}

fn read_zoned<'a>(reader: &mut Reader<'a>) -> Result<Column<'a>, FormatError> {
    let unit = reader.cursor.text()?;
    if !PANDAS_UNITS.contains(&unit) {
        return Err(FormatError::Damaged("an unknown unit"));
    }
    let row_count = reader.cursor.uint()?;
    let values = reader.sized_payload(row_count, 8)?;
    Ok(Column::Zoned { unit, row_count, values })
}

fn read_text<'a>(reader: &mut Reader<'a>) -> Result<Column<'a>, FormatError> {
    let flavour = pick(&FLAVOURS, reader.cursor.uint()?)?;
    let missing = pick(&MISSING, reader.cursor.uint()?)?;
    let has_surrogates = reader.cursor.bool()?;
    let row_count = reader.cursor.uint()?;
    let lengths = reader.sized_payload(row_count, 4)?;
    let text = reader.payload(Layout::Content)?;
    let validity = reader.validity(row_count)?;
    Ok(Column::Text { flavour, missing, has_surrogates, row_count, lengths, text, validity })
}

fn read_category<'a>(reader: &mut Reader<'a>) -> Result<Column<'a>, FormatError> {
    let dtype = read_dtype_if(reader, can_be_codes)?;
    let row_count = reader.cursor.uint()?;
    let is_ordered = reader.cursor.bool()?;
    let codes = reader.sized_payload(row_count, dtype.item_size())?;
    Ok(Column::Category { dtype, is_ordered, row_count, codes })
}

fn read_dtype_if(reader: &mut Reader<'_>, is_fit: fn(&Dtype) -> bool) -> Result<Dtype, FormatError> {
    let dtype = read_dtype(reader)?;
    if is_fit(&dtype) { Ok(dtype) } else { Err(FormatError::Damaged("a column of another dtype")) }
}

fn pick<T: Copy>(choices: &[T], number: u64) -> Result<T, FormatError> {
    let choice = usize::try_from(number).ok().and_then(|number| choices.get(number));
    choice.copied().ok_or(FormatError::Damaged("an unknown kind of text"))
}
