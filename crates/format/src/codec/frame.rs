//! pandas: Index, RangeIndex, Series, DataFrame, Timestamp, Timedelta, NaT, NA.

use super::expect_fields;
use crate::cbor;
use crate::node::{range_len, tag};
use crate::{FormatError, Node, Reader, Writer};

/// The units of pandas' datetimes.
pub(crate) const PANDAS_UNITS: [&str; 4] = ["s", "ms", "us", "ns"];

const NO_STEP: &str = "an index by range whose step is 0";

impl Writer {
    /// An Index with its `freq`, if any; its name and a column follow.
    pub fn index(&mut self, freq: Option<&str>) -> Result<(), FormatError> {
        self.begin(tag::INDEX, 1)?;
        cbor::put_optional_text(&mut self.out, freq);
        self.head_done(2)
    }

    /// A RangeIndex; its name follows.
    pub fn range_index(&mut self, start: i64, stop: i64, step: i64) -> Result<(), FormatError> {
        if step == 0 {
            return Err(FormatError::Misuse(NO_STEP));
        }
        self.begin_rows(tag::RANGE_INDEX, 3, range_len(start, stop, step))?;
        cbor::put_int(&mut self.out, start);
        cbor::put_int(&mut self.out, stop);
        cbor::put_int(&mut self.out, step);
        self.head_done(1)
    }

    /// A Series; its name, index, column and attrs (a dict, or none when empty) follow, all written in full.
    pub fn series(&mut self, allows_duplicate_labels: bool) -> Result<(), FormatError> {
        self.begin(tag::SERIES, 1)?;
        cbor::put_bool(&mut self.out, allows_duplicate_labels);
        self.head_done(4)
    }

    /// A DataFrame; its index, column labels (an index), attrs (a dict, or none when empty) and then its
    /// columns follow, all written in full.
    pub fn frame(
        &mut self,
        row_count: u64,
        column_count: u64,
        allows_duplicate_labels: bool,
    ) -> Result<(), FormatError> {
        self.begin_rows(tag::FRAME, 3, row_count)?;
        cbor::put_uint(&mut self.out, row_count);
        cbor::put_uint(&mut self.out, column_count);
        cbor::put_bool(&mut self.out, allows_duplicate_labels);
        let children = column_count.checked_add(3).ok_or(FormatError::Misuse("too many columns"))?;
        self.head_done(children)
    }

    /// A Timestamp: a count of `unit` since 1970 UTC; its zone, or none, follows.
    pub fn timestamp(&mut self, value: i64, unit: &str, fold: bool) -> Result<(), FormatError> {
        check_unit(unit)?;
        self.begin(tag::TIMESTAMP, 3)?;
        cbor::put_int(&mut self.out, value);
        cbor::put_text(&mut self.out, unit);
        cbor::put_bool(&mut self.out, fold);
        self.head_done(1)
    }

    /// A pandas Timedelta: a count of `unit`.
    pub fn pandas_timedelta(&mut self, value: i64, unit: &str) -> Result<(), FormatError> {
        check_unit(unit)?;
        self.begin(tag::PANDAS_TIMEDELTA, 2)?;
        cbor::put_int(&mut self.out, value);
        cbor::put_text(&mut self.out, unit);
        self.leaf_done()
    }

    /// `pd.NaT`
    pub fn nat(&mut self) -> Result<(), FormatError> {
        self.begin(tag::NAT, 0)?;
        self.leaf_done()
    }

    /// `pd.NA`
    pub fn na(&mut self) -> Result<(), FormatError> {
        self.begin(tag::NA, 0)?;
        self.leaf_done()
    }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    let expected = match tag {
        tag::INDEX | tag::SERIES => 1,
        tag::RANGE_INDEX | tag::FRAME | tag::TIMESTAMP => 3,
        tag::PANDAS_TIMEDELTA => 2,
        tag::NAT | tag::NA => 0,
        _ => return Err(FormatError::Damaged("an unknown tag")),
    };
    expect_fields(fields, expected)?;
    let cursor = &mut reader.cursor;
    Ok(match tag {
        tag::INDEX => Node::Index(cursor.optional_text()?),
        tag::RANGE_INDEX => match (cursor.int()?, cursor.int()?, cursor.int()?) {
            (_, _, 0) => return Err(FormatError::Damaged(NO_STEP)),
            (start, stop, step) => Node::RangeIndex(start, stop, step),
        },
        tag::SERIES => Node::Series(cursor.bool()?),
        tag::FRAME => Node::Frame(cursor.uint()?, cursor.uint()?, cursor.bool()?),
        tag::TIMESTAMP => Node::Timestamp(cursor.int()?, unit(cursor.text()?)?, cursor.bool()?),
        tag::PANDAS_TIMEDELTA => Node::PandasTimedelta(cursor.int()?, unit(cursor.text()?)?),
        tag::NAT => Node::NaT,
        _ => Node::Na,
    })
}

fn check_unit(text: &str) -> Result<(), FormatError> {
    match PANDAS_UNITS.contains(&text) {
        true => Ok(()),
        false => Err(FormatError::Unsupported(format!("pandas has no timestamps of unit `{text}`"))),
    }
}

fn unit(text: &str) -> Result<&str, FormatError> {
    if PANDAS_UNITS.contains(&text) { Ok(text) } else { Err(FormatError::Damaged("an unknown unit")) }
}
