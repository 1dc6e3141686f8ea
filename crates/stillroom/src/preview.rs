//! The head of a value as text, read without Python and from as few buffers as it takes.

mod scalars;

use stillroom_core::{Access, Hint, Record, ResultKey, Version, poll_now};
use stillroom_format::{
    ArrayHead, Cell, Cells, Column, Dtype, FormatError, Limits, Manifest, MemoryOrder, Node, Part, Payload,
    Place, Rows, Table, Value,
};

use crate::load::{lend, once_more};
use crate::part::{has_rows, root};
use crate::{Opened, Result, Store, Trust, keep_going};
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
            let opened = self.open_version(key, version)?;
            let (head, scalars) = opened.explain(self.shown(&opened, size))?;
            Ok(Preview { record: opened.record, trust: opened.trust, head, scalars })
        })
    }

    fn shown(&self, opened: &Opened, size: PreviewSize) -> Result<(Option<Head>, Vec<ShownScalar>)> {
        let head = self.head(opened, size)?;
        let scalars = if head.is_some() { Vec::new() } else { scalars(&opened.manifest, size.chars)? };
        Ok((head, scalars))
    }

    fn head(&self, opened: &Opened, size: PreviewSize) -> Result<Option<Head>> {
        let node = root(&opened.manifest)?;
        let Some((part, column_count)) = head_part(&node, size) else { return Ok(None) };
        let loaded = self.load_part(opened, part, Access::Mapped, &mut keep_going)?;
        let (value, row_count) = loaded.into_value(opened)?;
        Ok(match (&node, Table::of(&value), Cells::of(&value)) {
            (_, Some(table), _) => {
                Some(table_head(&table, row_count.unwrap_or(table.row_count), column_count, size)?)
            }
            (Node::Array(head, _), ..) => match value.node() {
                Node::Array(_, Payload::Inline(items)) => Some(array_head(head, items, size)?),
                _ => None,
            },
            (_, _, Some(cells)) => {
                let order = value.axes().map(|(_, order)| order);
                let count = row_count.unwrap_or(cells.row_count());
                Some(Head::Items { count, order, items: shown("", &cells, size)? })
            }
            _ => None,
        })
    }

    /// A value with the buffers that `is_wanted` says yes to, each at the places that lead there.
    pub(crate) fn outline(&self, manifest: &Manifest, is_wanted: impl Fn(&[Place]) -> bool) -> Result<Value> {
        let buffers = manifest.buffers();
        Value::outline(manifest, Limits::default(), |places, number| {
            let Some(buffer) = buffers.get(number as usize).filter(|_| is_wanted(places)) else {
                return Ok(None);
            };
            let asked = std::slice::from_ref(buffer);
            let mut bodies = poll_now(self.blobs().get(self.who(), asked, &Hint::default(), Access::Mapped))?;
            Ok(bodies.pop().map(lend))
        })
    }
}

/// What is read for the head of a value, and how many columns it has; none for one that has no head.
fn head_part(node: &Node<'_>, size: PreviewSize) -> Option<(Part, u64)> {
    let columns = match node {
        Node::Frame(_, count, _) => Some(*count),
        Node::Built { built, count, .. } if built.is_table() => {
            Some(count.saturating_sub(built.first_column().unwrap_or_default()))
        }
        Node::Series(_) | Node::Array(..) | Node::Index(_) | Node::RangeIndex(..) | Node::Column(_) => None,
        Node::Built { built, .. } if built.has_cells() => None,
        _ => return None,
    };
    let rows = has_rows(node).then_some(Rows { start: None, stop: i64::try_from(size.rows).ok() });
    let first = columns.map(|count| (0..count.min(size.columns as u64)).collect());
    Some((Part { columns: first, rows, child: None }, columns.unwrap_or(1)))
}

fn table_head(table: &Table<'_>, row_count: u64, column_count: u64, size: PreviewSize) -> Result<Head> {
    let (name, labels) = &table.index;
    let columns = table.columns.iter().take(size.columns);
    Ok(Head::Table {
        row_count,
        column_count,
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
