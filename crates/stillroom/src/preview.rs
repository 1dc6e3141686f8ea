//! The head of a value as text, read without Python and from as few buffers as it takes.

mod scalars;

use stillroom_core::{Hint, Record, ResultKey, Version, poll_now};
use stillroom_format::{
    ArrayHead, Cell, Cells, Column, Dtype, FormatError, Limits, MemoryOrder, Node, Payload, Place, Reader,
    Table, Value,
};

use crate::load::{lend, name_the_version, once_more};
use crate::parts::Parts;
use crate::{Result, Store, Trust};
pub use scalars::ShownScalar;
use scalars::scalars;

/// How much of a value is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviewSize {
    /// Rows of a table, and items of an array.
    pub rows: u64,
    /// Columns of a table.
    pub columns: usize,
    /// Characters of a cell; what is longer ends in `…`.
    pub chars: usize,
}

impl Default for PreviewSize {
    /// 10 rows, 100 columns, cells of 200 characters.
    fn default() -> Self {
        Self { rows: 10, columns: 100, chars: 200 }
    }
}

/// The beginning of a version's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The version's facts; its summary pictures what has no rows.
    pub record: Record,
    /// Whether opaque objects in it may be opened.
    pub trust: Trust,
    /// The first rows or items; none for a value that has none.
    pub head: Option<Head>,
    /// The first single values of one that has no rows: its own, those of a dict or record, and of dicts and
    /// records right within it.
    pub scalars: Vec<ShownScalar>,
}

/// The beginning of a value that has rows or items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// Of a DataFrame or Series.
    Table {
        /// Rows in all.
        row_count: u64,
        /// Columns in all.
        column_count: u64,
        /// The labels of the rows, and the name above them.
        index: Shown,
        /// The first columns.
        columns: Vec<Shown>,
    },
    /// Of an array, in the order of its memory, or of an index or extension array.
    Items {
        /// Items in all.
        count: u64,
        /// How an array's items lie in memory.
        order: Option<MemoryOrder>,
        /// The first items.
        items: Shown,
    },
}

/// A column by its name, its dtype and its first cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its label; empty when it has none.
    pub name: String,
    /// Its dtype, as pandas prints it.
    pub dtype: String,
    /// Whether the cells are numbers, which are set flush right.
    pub is_numeric: bool,
    /// The cells.
    pub cells: Vec<ShownCell>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCell {
    /// As pandas prints it.
    pub text: String,
    /// Whether a value is missing there.
    pub is_missing: bool,
}

impl Store {
    /// The head of a version; the newest when `version` is none. Python objects are never opened.
    ///
    /// Only the buffers of what is shown are read.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn preview(&self, key: &ResultKey, version: Option<Version>, size: PreviewSize) -> Result<Preview> {
        once_more(|| {
            let stored = poll_now(self.catalog().get(self.who(), key, version))?;
            let shown = self.parts(&stored).and_then(|parts| self.shown(&parts, size));
            let (head, scalars) = shown.map_err(|error| name_the_version(error, &stored.record))?;
            let trust = self.trust(&stored.record);
            Ok(Preview { record: stored.record, trust, head, scalars })
        })
    }

    fn shown(&self, parts: &Parts, size: PreviewSize) -> Result<(Option<Head>, Vec<ShownScalar>)> {
        let head = self.head(parts, size)?;
        let scalars = if head.is_some() { Vec::new() } else { scalars(&parts.manifest, size.chars)? };
        Ok((head, scalars))
    }

    fn head(&self, parts: &Parts, size: PreviewSize) -> Result<Option<Head>> {
        let columns = match Reader::new(&parts.manifest, Limits::default()).node()? {
            Node::Frame(..) => size.columns as u64,
            Node::Series(_) | Node::Array(..) | Node::Index(_) | Node::RangeIndex(..) | Node::Column(_) => 0,
            Node::Built { built, .. } if built.is_table() => size.columns as u64,
            Node::Built { built, .. } if built.has_cells() => 0,
            _ => return Ok(None),
        };
        let value = self.outline(parts, |places| match places.first().and_then(Place::column) {
            Some(Some(column)) => column < columns,
            _ => true,
        })?;
        Ok(match (value.node(), Table::of(&value), Cells::of(&value)) {
            (_, Some(table), _) => Some(table_head(&table, size)?),
            (Node::Array(head, Payload::Inline(items)), ..) => Some(array_head(&head, items, size)?),
            (_, _, Some(cells)) => {
                let order = value.axes().map(|(_, order)| order);
                Some(Head::Items { count: cells.row_count(), order, items: shown("", &cells, size)? })
            }
            _ => None,
        })
    }

    /// A value with the buffers that `is_wanted` says yes to, each at the places that lead there.
    pub(crate) fn outline(&self, parts: &Parts, is_wanted: impl Fn(&[Place]) -> bool) -> Result<Value> {
        let buffers = parts.manifest.buffers();
        Value::outline(&parts.manifest, Limits::default(), |places, number| {
            let Some(buffer) = buffers.get(number as usize).filter(|_| is_wanted(places)) else {
                return Ok(None);
            };
            let mut bodies =
                poll_now(self.blobs().get(self.who(), std::slice::from_ref(buffer), &Hint::default()))?;
            Ok(bodies.pop().map(lend))
        })
    }
}

fn table_head(table: &Table<'_>, size: PreviewSize) -> Result<Head> {
    let (name, labels) = &table.index;
    let columns = table.columns.iter().take(size.columns);
    Ok(Head::Table {
        row_count: table.row_count,
        column_count: table.columns.len() as u64,
        index: shown(name.as_deref().unwrap_or_default(), labels, size)?,
        columns: columns.map(|(name, cells)| shown(name, cells, size)).collect::<Result<_>>()?,
    })
}

fn array_head(head: &ArrayHead, items: &[u8], size: PreviewSize) -> Result<Head> {
    let count = head.shape.iter().product::<u64>();
    let row_count = count.min(size.rows);
    let len = usize::try_from(row_count * head.dtype.item_size()).unwrap_or(usize::MAX);
    let column = column(&head.dtype, row_count, items.get(..len).unwrap_or(items))?;
    let cells = Cells::of(&column).ok_or(FormatError::Misuse("a column without cells"))?;
    Ok(Head::Items { count, order: Some(head.order), items: shown("", &cells, size)? })
}

/// Items of an array as a column.
fn column(dtype: &Dtype, row_count: u64, items: &[u8]) -> Result<Value, FormatError> {
    let column = Column::Fixed { dtype: dtype.clone(), row_count, values: Payload::Inline(items) };
    Value::new(Node::Column(column), Vec::new())
}

/// What a dtype is called: `float64` for `<f8`.
pub(crate) fn dtype_name(dtype: &Dtype) -> String {
    let column = column(dtype, 0, &[]).ok();
    let cells = column.as_ref().and_then(Cells::of);
    cells.map_or_else(|| dtype.to_string(), |cells| cells.dtype().to_owned())
}

fn shown(name: &str, cells: &Cells<'_>, size: PreviewSize) -> Result<Shown> {
    let cell = |row| {
        let Cell { text, is_missing } = cells.cell(row)?;
        Ok(ShownCell { text: clip(&text, size.chars), is_missing })
    };
    Ok(Shown {
        name: clip(name, size.chars),
        dtype: cells.dtype().to_owned(),
        is_numeric: cells.is_numeric(),
        cells: (0..cells.row_count().min(size.rows)).map(cell).collect::<Result<_>>()?,
    })
}

/// A text as far as there is room.
pub(crate) fn clip(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
