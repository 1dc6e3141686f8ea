//! NumPy's own file for one array (NEP 1, version 1.0): a header, then the bytes as they are.

use std::io::Write;

use stillroom::{Built, Column, Dtype, MemoryOrder, Node, Number, Payload, Value};

use super::descr;
use super::field::Field;
use super::sheet::Sheet;
use super::{IN_PYTHON, Style, other_form, refusal};
use crate::failure::Failure;

/// What the header is filled up to a multiple of.
const ALIGNMENT: usize = 64;
const MAGIC: &[u8] = b"\x93NUMPY";

pub(super) fn write(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let refused = |what, instead| Err(refusal(what, instead, style.name));
    match (value.node(), value.children()) {
        (Node::Array(head, Payload::Inline(items)), _) => {
            write_items(&quoted(&head.dtype), &head.shape, head.order, items, out)
        }
        (Node::NumpyScalar(dtype, item), _) => write_items(&quoted(&dtype), &[], MemoryOrder::C, item, out),
        (Node::Built { built: Built::StructuredArray | Built::StructuredScalar, .. }, [dtype, items, _]) => {
            write_structured(dtype, items, style, out)
        }
        (Node::Built { built: Built::MaskedArray, .. }, [data, mask, ..]) if is_clear(mask) => {
            write(data, style, out)
        }
        (Node::Built { built: Built::MaskedArray, .. }, _) => refused("npy has no mask", other_form(value)),
        (Node::Built { built: Built::ObjectArray, .. }, _) => {
            refused("npy holds objects only as a pickle", "use --to json")
        }
        (Node::Built { built: Built::TextArray, .. }, _) => {
            refused("npy holds no text of any length", "use --to json")
        }
        _ => write_column(value, style, out),
    }
}

/// Whether nothing is masked.
fn is_clear(mask: &Value) -> bool {
    match (mask.node(), mask.children()) {
        (Node::None, _) => true,
        (Node::Array(_, Payload::Inline(items)), _) => items.iter().all(|item| *item == 0),
        (Node::Built { built: Built::StructuredArray, .. }, [_, items, _]) => is_clear(items),
        _ => false,
    }
}

fn write_structured(
    dtype: &Value,
    items: &Value,
    style: Style<'_>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let Some(descr) = descr::of(dtype) else {
        return Err(refusal("npy has no fields that lie across each other", IN_PYTHON, style.name));
    };
    match items.node() {
        Node::Array(head, Payload::Inline(bytes)) => write_items(&descr, &head.shape, head.order, bytes, out),
        Node::NumpyScalar(_, item) => write_items(&descr, &[], MemoryOrder::C, item, out),
        _ => Err(refusal("npy holds one array", IN_PYTHON, style.name)),
    }
}

fn write_column(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let refused = |what, instead| Err(refusal(what, instead, style.name));
    let is_table = match value.node() {
        Node::Frame(..) => true,
        Node::Built { built, .. } => built.is_table(),
        _ => false,
    };
    let Some(sheet) = Sheet::of(value).filter(|_| !is_table) else {
        return refused("npy holds one array", if is_table { "use --to parquet" } else { other_form(value) });
    };
    let [column] = &sheet.columns[..] else {
        return refused("npy holds one array", "use --to parquet");
    };
    if !sheet.counts_rows() {
        return refused("npy has no room for an index", "use --to parquet or csv");
    }
    if let Some(Node::Column(Column::Fixed { dtype, row_count, values: Payload::Inline(items) })) =
        bare(value)
    {
        return write_items(&quoted(&dtype), &[row_count], MemoryOrder::C, items, out);
    }
    match items(column)? {
        Some((dtype, items)) => {
            write_items(&format!("'{dtype}'"), &[column.row_count()], MemoryOrder::C, &items, out)
        }
        None => refused("npy holds items of fixed width without missing ones", "use --to parquet or csv"),
    }
}

/// The column of a series or an index.
fn bare(value: &Value) -> Option<Node<'_>> {
    match value.node() {
        Node::Series(_) => value.children().get(2).map(Value::node),
        Node::Index(_) => value.children().get(1).map(Value::node),
        node => Some(node),
    }
}

/// A dtype for the numbers behind a column's cells, and their bytes; none where there are no such, or one
/// is missing.
fn items(column: &Field<'_>) -> Result<Option<(String, Vec<u8>)>, Failure> {
    let numbers = column.cells().and_then(|cells| Some((cells, dtype(cells.number()?)?)));
    let Some((cells, (dtype, size))) = numbers else { return Ok(None) };
    let mut items = Vec::new();
    for row in 0..cells.row_count() {
        let Some(bits) = cells.bits(row)? else { return Ok(None) };
        items.extend_from_slice(&bits.to_le_bytes()[..size]);
    }
    Ok(Some((dtype, items)))
}

/// The dtype that NumPy has for such numbers, and the bytes of an item; none for times with a zone.
fn dtype(number: Number<'_>) -> Option<(String, usize)> {
    let of = |kind: char, bits: u8| {
        let size = usize::from(bits / 8);
        (format!("{}{kind}{size}", if size == 1 { '|' } else { '<' }), size)
    };
    Some(match number {
        Number::Bool => of('b', 8),
        Number::Int(bits) => of('i', bits),
        Number::Uint(bits) => of('u', bits),
        Number::Float(bits) => of('f', bits),
        Number::Date(unit) | Number::Instant { unit, is_utc: false } => (format!("<M8[{unit}]"), 8),
        Number::Duration(unit) => (format!("<m8[{unit}]"), 8),
        Number::Clock(_) | Number::Instant { is_utc: true, .. } => return None,
    })
}

fn quoted(dtype: &Dtype) -> String {
    format!("'{dtype}'")
}

/// Writes items whose dtype is described as Python writes it.
fn write_items(
    descr: &str,
    shape: &[u64],
    order: MemoryOrder,
    items: &[u8],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    out.write_all(&header(descr, shape, order == MemoryOrder::Fortran))?;
    Ok(out.write_all(items)?)
}

fn header(descr: &str, shape: &[u64], is_fortran: bool) -> Vec<u8> {
    let shape: String = shape.iter().map(|len| format!("{len}, ")).collect();
    let order = if is_fortran { "True" } else { "False" };
    let dict = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': ({}), }}", shape.trim_end());
    // Version 1.0 says the length in 2 bytes, 2.0 in 4.
    let whole = |len_size: usize| (MAGIC.len() + 2 + len_size + dict.len() + 1).next_multiple_of(ALIGNMENT);
    let len = |len_size: usize| whole(len_size) - MAGIC.len() - 2 - len_size;
    let mut header = MAGIC.to_vec();
    let width = match u16::try_from(len(2)) {
        Ok(short) => {
            header.extend([1, 0]);
            header.extend(short.to_le_bytes());
            len(2)
        }
        Err(_) => {
            header.extend([2, 0]);
            header.extend(u32::try_from(len(4)).expect("a description of less than 4 GiB").to_le_bytes());
            len(4)
        }
    };
    header.extend(format!("{dict:<padded$}\n", padded = width - 1).bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_numpy_s() {
        for (dtype, shape, is_fortran, dict) in [
            ("<f8", &[500, 2][..], false, "{'descr': '<f8', 'fortran_order': False, 'shape': (500, 2,), }"),
            (">i2", &[3], false, "{'descr': '>i2', 'fortran_order': False, 'shape': (3,), }"),
            ("<M8[ns]", &[], true, "{'descr': '<M8[ns]', 'fortran_order': True, 'shape': (), }"),
        ] {
            let header = header(&format!("'{dtype}'"), shape, is_fortran);

            assert_eq!(header.len() % ALIGNMENT, 0);
            assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])), header.len() - 10);
            assert_eq!(std::str::from_utf8(&header[10..]).unwrap().trim_end(), dict);
            assert!(header.ends_with(b" \n"));
        }
    }
}
