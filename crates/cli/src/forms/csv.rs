//! Comma-separated values (RFC 4180, lines ended by a line feed).
//!
//! A missing cell is empty, an empty text is `""`, NaN among floats is `NaN`.
//! Numbers have as many digits as give back the same number.

use std::borrow::Cow;
use std::io::Write;

use stillroom::{Content, Node, Value};

use super::field::Field;
use super::grid::{Grid, has_fields};
use super::scalar::Scalar;
use super::sheet::Sheet;
use super::{IN_PYTHON, Style, column_place, other_form, refusal};
use crate::failure::Failure;
use crate::text::printable;

pub(super) fn write(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    if let Some(grid) = Grid::of(value) {
        if has_fields(value) {
            return Err(refusal("csv can't write items of several fields", "use --to npy", style.name));
        }
        return write_array(value, &grid, style, out);
    }
    let Some(sheet) = Sheet::of(value) else {
        return Err(refusal("csv holds tables and arrays", other_form(value), style.name));
    };
    sheet.check_labels("csv", style)?;
    let fields: Vec<_> = sheet.told_index(true).iter().chain(&sheet.columns).collect();
    fields.iter().try_for_each(|field| check(field, style))?;
    write_headings(&sheet, style, out)?;
    for row in 0..sheet.row_count {
        write_line(fields.iter().map(|field| text(field, row)), style, out)?;
    }
    Ok(())
}

/// The names of the columns, behind those of the index; of labels in several levels a line each, as pandas
/// has them, and the names of the index on a line of their own.
fn write_headings(sheet: &Sheet<'_>, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let index = sheet.told_index(true);
    let heading =
        |name: &'_ str| Ok(Some(name.to_owned().into()).filter(|name: &Cow<'_, str>| !name.is_empty()));
    let names = index.iter().map(|level| heading(&level.name));
    let [first, _, ..] = &sheet.labels[..] else {
        return write_line(names.chain(sheet.columns.iter().map(|field| heading(&field.name))), style, out);
    };
    for level in &sheet.labels {
        let places = index.iter().enumerate();
        let before = places.map(|(place, _)| heading(if place == 0 { &level.name } else { "" }));
        write_line(before.chain((0..level.row_count()).map(|column| text(level, column))), style, out)?;
    }
    if index.iter().all(|level| level.name.is_empty()) {
        return Ok(());
    }
    write_line(names.chain((0..first.row_count()).map(|_| Ok(None))), style, out)
}

/// The items of an array, a line for each row, without headings.
fn write_array(value: &Value, grid: &Grid<'_>, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let (rows, columns) = match grid.shape[..] {
        [rows] => (rows, 1),
        [rows, columns] => (rows, columns),
        _ => {
            let is_plain = matches!(value.node(), Node::Array(..));
            let instead = if is_plain { "use --to npy" } else { "use --to json" };
            return Err(refusal("csv holds arrays of one or two dimensions", instead, style.name));
        }
    };
    check_items(grid, columns, style)?;
    for row in 0..rows {
        let items = row * columns..(row + 1) * columns;
        write_line(items.map(|at| item(&grid.items, grid.place(at))), style, out)?;
    }
    Ok(())
}

fn write_line<'a>(
    cells: impl Iterator<Item = Result<Option<Cow<'a, str>>, Failure>>,
    style: Style<'_>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    for (place, cell) in cells.enumerate() {
        let comma = if place > 0 { "," } else { "" };
        match cell? {
            Some(text) => write!(out, "{comma}{}", quoted(&shown(&text, style)))?,
            None => out.write_all(comma.as_bytes())?,
        }
    }
    Ok(out.write_all(b"\n")?)
}

fn shown<'a>(text: &'a str, style: Style<'_>) -> Cow<'a, str> {
    if style.is_for_terminal { printable(text) } else { text.into() }
}

fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = !text.is_empty() && !text.contains(['"', ',', '\n', '\r']);
    if is_plain { text.into() } else { format!("\"{}\"", text.replace('"', "\"\"")).into() }
}

/// The text of a cell; none when it is missing.
fn text<'a>(field: &Field<'a>, row: u64) -> Result<Option<Cow<'a, str>>, Failure> {
    if field.content == Content::Complex {
        return Ok(field.text(row)?);
    }
    Ok(match field.scalar(row)? {
        Some(Scalar::Bool(value)) => Some(if value { "True" } else { "False" }.into()),
        Some(Scalar::Number(text) | Scalar::Text(text)) => Some(text),
        Some(Scalar::Missing) | None => None,
    })
}

/// The text of an item of an array, where NaT is one like others.
fn item<'a>(items: &Field<'a>, place: u64) -> Result<Option<Cow<'a, str>>, Failure> {
    match text(items, place)? {
        None if items.content == Content::Time => Ok(items.text(place)?.filter(|text| text == "NaT")),
        text => Ok(text),
    }
}

/// Refuses a column whose cells could not be told from their text.
fn check(field: &Field<'_>, style: Style<'_>) -> Result<(), Failure> {
    why_not(field)
        .map_or(Ok(()), |(what, instead)| Err(refusal(&what, instead, &column_place(style, &field.name))))
}

/// Why cells could not be told from their text, and what to do instead.
fn why_not(field: &Field<'_>) -> Option<(String, &'static str)> {
    match field.content {
        Content::Bytes => Some(("csv holds no bytes".to_owned(), IN_PYTHON)),
        Content::Nested => Some((format!("csv can't write cells of {}", field.dtype()), IN_PYTHON)),
        Content::Values => match field.is_of_one_sort() {
            Some(true) => None,
            Some(false) => {
                Some(("cells of several types can't be told apart in csv".to_owned(), "use --to json"))
            }
            None => Some(("csv holds single values".to_owned(), "use --to json")),
        },
        _ => None,
    }
}

fn check_items(grid: &Grid<'_>, columns: u64, style: Style<'_>) -> Result<(), Failure> {
    if let Some((what, instead)) = why_not(&grid.items) {
        let instead = if grid.items.content == Content::Bytes { "use --to npy" } else { instead };
        return Err(refusal(&what, instead, style.name));
    }
    // An empty line is no line to most who read csv.
    let has_gap = || (0..grid.items.row_count()).any(|at| matches!(item(&grid.items, at), Ok(None)));
    if columns == 1 && has_gap() {
        return Err(refusal("csv can't write a missing item alone on its line", "use --to json", style.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out_for_one_and_kept_for_a_file() {
        for (is_for_terminal, text) in [(true, "\\x1b[31m,b\n"), (false, "\u{1b}[31m,b\n")] {
            let style = Style { name: "value", nan_as_null: false, is_for_terminal };
            let mut out = Vec::new();

            let cells = ["\u{1b}[31m", "b"].map(|cell| Ok(Some(cell.into())));
            write_line(cells.into_iter(), style, &mut out).unwrap();

            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
