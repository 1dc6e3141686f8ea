//! The head of a value as text, read without Python and from as few buffers as it takes.

use stillroom_core::{Record, ResultKey, Version};
use stillroom_format::MemoryOrder;

use crate::{Error, ErrorKind, Result, Store, Trust};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The version's facts; its summary pictures what has no rows.
    pub record: Record,
    /// Whether opaque objects in it may be opened.
    pub trust: Trust,
    /// The first rows or items; none for a value that has none.
    pub head: Option<Head>,
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
    /// # Errors
    /// As [`load`](Self::load).
    pub fn preview(&self, key: &ResultKey, version: Option<Version>, size: PreviewSize) -> Result<Preview> {
        Err(Error::new(ErrorKind::Internal, format!("not built yet: {key} {version:?} {size:?}")))
    }
}
