//! The first rows of what has rows, read from its bytes without Python.

use serde_json::{Value as Json, json};
use stillroom::{
    ArrayHead, Cell, Cells, Column, FormatError, Limits, Loaded, MemoryOrder, Node, Payload, Reader, Result,
    Table, Value,
};

use crate::text::{self, Align, count};

/// Rows shown of a table, and items of an array.
const ROWS: u64 = 10;
/// Columns that text has room for; JSON has all.
const TEXT_COLUMNS: usize = 12;
/// Characters that text has room for in a cell.
const CELL_CHARS: usize = 40;

/// The beginning of a value that has rows or items.
#[derive(Debug)]
pub(super) enum Head {
    /// Of a DataFrame or Series.
    Table { index: Shown, columns: Vec<Shown>, row_count: u64 },
    /// Of an array, in the order of its memory, or of an index or extension array.
    Items { items: Shown, order: Option<MemoryOrder>, count: u64 },
}

/// A column by its name, its dtype and its first cells; none where a value is missing.
#[derive(Debug)]
pub(super) struct Shown {
    name: String,
    dtype: String,
    is_numeric: bool,
    /// As printed, and whether it is missing.
    cells: Vec<(String, bool)>,
}

impl Head {
    /// The head of what was loaded; none when it has no rows.
    pub(super) fn of(loaded: Loaded) -> Result<Option<Self>> {
        // The root alone tells whether there are rows, before any tree is built.
        match Reader::new(&loaded.manifest, Limits::default()).node()? {
            Node::Frame(..) | Node::Series(_) | Node::Array(..) => {}
            Node::Index(_) | Node::RangeIndex(..) | Node::Column(_) => {}
            _ => return Ok(None),
        }
        let value = loaded.into_value()?;
        Ok(match (value.node(), Table::of(&value), Cells::of(&value)) {
            (_, Some(table), _) => Some(Self::of_table(&table)?),
            (Node::Array(head, Payload::Inline(items)), ..) => Some(Self::of_array(&head, items)?),
            (_, _, Some(cells)) => Some(Self::of_cells(&cells, None, cells.row_count())?),
            _ => None,
        })
    }

    fn of_table(table: &Table<'_>) -> Result<Self, FormatError> {
        let (name, labels) = &table.index;
        let index = Shown::of(name.clone().unwrap_or_default(), labels)?;
        let columns = table.columns.iter().map(|(name, cells)| Shown::of(name.clone(), cells));
        Ok(Self::Table { index, columns: columns.collect::<Result<_, _>>()?, row_count: table.row_count })
    }

    fn of_array(head: &ArrayHead, items: &[u8]) -> Result<Self, FormatError> {
        let count = head.shape.iter().product::<u64>();
        let row_count = count.min(ROWS);
        let len = usize::try_from(row_count * head.dtype.item_size()).unwrap_or(usize::MAX);
        let values = Payload::Inline(items.get(..len).unwrap_or(items));
        let column = Column::Fixed { dtype: head.dtype.clone(), row_count, values };
        let column = Value::new(Node::Column(column), Vec::new())?;
        let cells = Cells::of(&column).ok_or(FormatError::Misuse("a column without cells"))?;
        Self::of_cells(&cells, Some(head.order), count)
    }

    fn of_cells(cells: &Cells<'_>, order: Option<MemoryOrder>, count: u64) -> Result<Self, FormatError> {
        Ok(Self::Items { items: Shown::of(String::new(), cells)?, order, count })
    }

    /// Lines for a terminal.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Table { index, columns, row_count } => table_text(index, columns, *row_count),
            Self::Items { items, order, count: item_count } => {
                let order = match order {
                    Some(MemoryOrder::C) => " in C order",
                    Some(MemoryOrder::Fortran) => " in Fortran order",
                    None => "",
                };
                let mut shown: Vec<_> = items.cells.iter().map(|(text, _)| short(text)).collect();
                let shown_count = shown.len() as u64;
                if shown_count < *item_count {
                    shown.push(format!("… {} more", count(item_count - shown_count)));
                }
                if shown.is_empty() {
                    shown.push("no items".to_owned());
                }
                let shown = shown.join(", ");
                format!("{}{order}\n{}\n", text::printable(&items.dtype), text::printable(&shown))
            }
        }
    }

    /// The same for a program; a missing cell is null.
    pub(super) fn json(&self) -> Json {
        match self {
            Self::Table { index, columns, .. } => json!({
                "index": index.json(),
                "columns": columns.iter().map(Shown::json).collect::<Vec<_>>(),
            }),
            Self::Items { items, order, .. } => json!({
                "dtype": items.dtype,
                "order": order.map(|order| if order == MemoryOrder::C { "C" } else { "F" }),
                "cells": items.cells_json(),
            }),
        }
    }
}

impl Shown {
    fn of(name: String, cells: &Cells<'_>) -> Result<Self, FormatError> {
        let shown = (0..cells.row_count().min(ROWS)).map(|row| {
            let Cell { text, is_missing } = cells.cell(row)?;
            Ok((text.into_owned(), is_missing))
        });
        Ok(Self {
            name,
            dtype: cells.dtype().to_owned(),
            is_numeric: cells.is_numeric(),
            cells: shown.collect::<Result<_, FormatError>>()?,
        })
    }

    fn json(&self) -> Json {
        json!({"name": self.name, "dtype": self.dtype, "cells": self.cells_json()})
    }

    fn cells_json(&self) -> Vec<Json> {
        let cell = |(text, is_missing): &(String, bool)| if *is_missing { Json::Null } else { json!(text) };
        self.cells.iter().map(cell).collect()
    }

    /// Name, dtype and cells, from the top.
    fn line(&self, row: usize) -> String {
        match row {
            0 => short(&self.name),
            1 => short(&self.dtype),
            _ => self.cells.get(row - 2).map(|(text, _)| short(text)).unwrap_or_default(),
        }
    }
}

fn table_text(index: &Shown, columns: &[Shown], row_count: u64) -> String {
    let shown: Vec<_> = [index].into_iter().chain(columns.iter().take(TEXT_COLUMNS)).collect();
    let align = |column: &&Shown| if column.is_numeric { Align::Right } else { Align::Left };
    let mut table = text::Table::new(shown.iter().map(align));
    for row in 0..index.cells.len() + 2 {
        table.push(shown.iter().map(|column| column.line(row)));
    }
    let more = [
        (row_count - index.cells.len() as u64, "rows"),
        (columns.len().saturating_sub(TEXT_COLUMNS) as u64, "columns"),
    ];
    let more = more.iter().filter(|(left_out, _)| *left_out > 0);
    let more: Vec<_> = more.map(|(left_out, what)| format!("{} more {what}", count(*left_out))).collect();
    let end = if more.is_empty() { String::new() } else { format!("… {}\n", more.join(", ")) };
    format!("{}{end}", table.to_text())
}

/// A cell as far as there is room.
fn short(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(CELL_CHARS).collect();
    if chars.next().is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}
