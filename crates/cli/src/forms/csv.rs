//! Comma-separated values (RFC 4180, lines ended by a line feed).
//!
//! A missing cell is empty, an empty text is `""`, NaN among floats is `NaN`.
//! Numbers have as many digits as give back the same number.

use std::borrow::Cow;
use std::io::Write;

use stillroom::{ArrayHead, MemoryOrder, Node, Payload, Value};

use super::field::{Field, Sort};
use super::scalar::{Scalar, are_of_one_sort};
use super::sheet::Sheet;
use super::{IN_PYTHON, Style, array_column, column_place, refusal};
use crate::failure::Failure;
use crate::text::printable;

pub(super) fn write(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    if let Node::Array(head, Payload::Inline(items)) = value.node() {
        return write_array(&head, items, style, out);
    }
    let Some(sheet) = Sheet::of(value) else {
        return Err(refusal("csv holds tables and arrays", "use --to json", style.name));
    };
    sheet.check_labels("csv", style)?;
    let fields: Vec<_> = sheet.fields().collect();
    fields.iter().try_for_each(|field| check(field, style))?;
    let heading = |field: &&Field<'_>| {
        Ok(Some(field.name.clone().into()).filter(|name: &Cow<'_, str>| !name.is_empty()))
    };
    write_line(fields.iter().map(heading), style, out)?;
    for row in 0..sheet.row_count {
        write_line(fields.iter().map(|field| text(field, row)), style, out)?;
    }
    Ok(())
}

/// The items of an array, a line for each row, without headings.
fn write_array(head: &ArrayHead, items: &[u8], style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let (rows, columns) = match head.shape[..] {
        [rows] => (rows, 1),
        [rows, columns] => (rows, columns),
        _ => return Err(refusal("csv holds arrays of one or two dimensions", "use --to npy", style.name)),
    };
    let column = array_column(head, items)?;
    let field = Field::of(String::new(), &column);
    if matches!(field.sort, Sort::Bytes | Sort::Other) {
        return Err(refusal("csv holds no bytes", "use --to npy", style.name));
    }
    for row in 0..rows {
        let place = |column: u64| match head.order {
            MemoryOrder::C => row * columns + column,
            MemoryOrder::Fortran => column * rows + row,
        };
        write_line(
            (0..columns).map(|column| Ok(text(&field, place(column))?.or(Some("NaT".into())))),
            style,
            out,
        )?;
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
    if matches!(field.sort, Sort::Complex) {
        return Ok(field.text(row)?);
    }
    Ok(match field.scalar(row)? {
        Some(Scalar::Bool(value)) => Some(if value { "True" } else { "False" }.into()),
        Some(Scalar::Number(text) | Scalar::Text(text)) => Some(text),
        Some(Scalar::Missing) | None => None,
    })
}

/// Refuses a column whose cells could not be told from their text.
fn check(field: &Field<'_>, style: Style<'_>) -> Result<(), Failure> {
    let refused = |what, instead| Err(refusal(what, instead, &column_place(style, &field.name)));
    match field.sort {
        Sort::Bytes => refused("csv holds no bytes", IN_PYTHON),
        Sort::Other => refused("csv can't write these cells", IN_PYTHON),
        Sort::Values(values) => match are_of_one_sort(values) {
            Some(true) => Ok(()),
            Some(false) => refused("cells of several types can't be told apart in csv", "use --to json"),
            None => refused("csv holds single values", "use --to json"),
        },
        _ => Ok(()),
    }
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
