//! The first rows of what has rows, laid out.

use serde_json::{Value as Json, json};
use stillroom::{Head, MemoryOrder, Shown, ShownCell};

use crate::text::{self, Align, count};

/// Columns that text has room for; JSON has more.
const TEXT_COLUMNS: usize = 12;
/// Characters that text has room for in a cell.
const CELL_CHARS: usize = 40;

/// Lines for a terminal.
pub(super) fn text(head: &Head) -> String {
    match head {
        Head::Table { row_count, column_count, index, columns } => {
            table_text(index, columns, *row_count, *column_count)
        }
        Head::Items { items, order, count } => items_text(items, *order, *count),
    }
}

/// The same for a program; a missing cell is null.
pub(super) fn json(head: &Head) -> Json {
    match head {
        Head::Table { index, columns, .. } => json!({
            "index": column_json(index),
            "columns": columns.iter().map(column_json).collect::<Vec<_>>(),
        }),
        Head::Items { items, order, .. } => json!({
            "dtype": items.dtype,
            "order": order.map(|order| if order == MemoryOrder::C { "C" } else { "F" }),
            "cells": cells_json(&items.cells),
        }),
    }
}

fn column_json(column: &Shown) -> Json {
    json!({"name": column.name, "dtype": column.dtype, "cells": cells_json(&column.cells)})
}

fn cells_json(cells: &[ShownCell]) -> Vec<Json> {
    cells.iter().map(|cell| if cell.is_missing { Json::Null } else { json!(cell.text) }).collect()
}

fn items_text(items: &Shown, order: Option<MemoryOrder>, item_count: u64) -> String {
    let order = match order {
        Some(MemoryOrder::C) => " in C order",
        Some(MemoryOrder::Fortran) => " in Fortran order",
        None => "",
    };
    let mut shown: Vec<_> = items.cells.iter().map(|cell| short(&cell.text)).collect();
    let shown_count = shown.len() as u64;
    if shown_count < item_count {
        shown.push(format!("… {} more", count(item_count - shown_count)));
    }
    if shown.is_empty() {
        shown.push("no items".to_owned());
    }
    let shown = shown.join(", ");
    format!("{}{order}\n{}\n", text::printable(&items.dtype), text::printable(&shown))
}

fn table_text(index: &Shown, columns: &[Shown], row_count: u64, column_count: u64) -> String {
    let shown: Vec<_> = [index].into_iter().chain(columns.iter().take(TEXT_COLUMNS)).collect();
    let align = |column: &&Shown| if column.is_numeric { Align::Right } else { Align::Left };
    let mut table = text::Table::new(shown.iter().map(align));
    for row in 0..index.cells.len() + 2 {
        table.push(shown.iter().map(|column| line(column, row)));
    }
    let more = [
        (row_count.saturating_sub(index.cells.len() as u64), "rows"),
        (column_count.saturating_sub(shown.len() as u64 - 1), "columns"),
    ];
    let more = more.iter().filter(|(left_out, _)| *left_out > 0);
    let more: Vec<_> = more.map(|(left_out, what)| format!("{} more {what}", count(*left_out))).collect();
    let end = if more.is_empty() { String::new() } else { format!("… {}\n", more.join(", ")) };
    format!("{}{end}", table.to_text())
}

/// Name, dtype and cells of a column, from the top.
fn line(column: &Shown, row: usize) -> String {
    match row {
        0 => short(&column.name),
        1 => short(&column.dtype),
        _ => column.cells.get(row - 2).map(|cell| short(&cell.text)).unwrap_or_default(),
    }
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
