//! NumPy's own file for one array (NEP 1, version 1.0): a header, then the bytes as they are.

use std::io::Write;

use stillroom::{Column, Dtype, MemoryOrder, Node, Payload, Value};

use super::sheet::Sheet;
use super::{Style, refusal};
use crate::failure::Failure;

/// What the header is filled up to a multiple of.
const ALIGNMENT: usize = 64;
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

pub(super) fn write(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    match value.node() {
        Node::Array(head, Payload::Inline(items)) => {
            let is_fortran = head.order == MemoryOrder::Fortran;
            write_items(&head.dtype, &head.shape, is_fortran, items, out)
        }
        Node::NumpyScalar(dtype, item) => write_items(&dtype, &[], false, item, out),
        _ => write_column(value, style, out),
    }
}

fn write_column(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let sheet = Sheet::of(value);
    let Some(sheet) = sheet.filter(|sheet| sheet.labels.is_none()) else {
        let instead =
            if matches!(value.node(), Node::Frame(..)) { "use --to parquet" } else { "use --to json" };
        return Err(refusal("npy holds one array", instead, style.name));
    };
    if !sheet.counts_rows() {
        return Err(refusal("npy has no room for an index", "use --to parquet or csv", style.name));
    }
    match sheet.columns.first().and_then(|field| field.column.as_ref()) {
        Some(Column::Fixed { dtype, row_count, values: Payload::Inline(items) }) => {
            write_items(dtype, &[*row_count], false, items, out)
        }
        _ => Err(refusal(
            "npy holds items of fixed width without missing ones",
            "use --to parquet or csv",
            style.name,
        )),
    }
}

fn write_items(
    dtype: &Dtype,
    shape: &[u64],
    is_fortran: bool,
    items: &[u8],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    out.write_all(&header(dtype, shape, is_fortran))?;
    Ok(out.write_all(items)?)
}

fn header(dtype: &Dtype, shape: &[u64], is_fortran: bool) -> Vec<u8> {
    let shape: String = shape.iter().map(|len| format!("{len}, ")).collect();
    let order = if is_fortran { "True" } else { "False" };
    let dict = format!("{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': ({}), }}", shape.trim_end());
    let whole = (MAGIC.len() + 2 + dict.len() + 1).next_multiple_of(ALIGNMENT);
    let dict_len = whole - MAGIC.len() - 2;
    let len = u16::try_from(dict_len).expect("at most 64 lengths of 20 digits");
    let mut header = MAGIC.to_vec();
    header.extend(len.to_le_bytes());
    header.extend(format!("{dict:<width$}\n", width = dict_len - 1).bytes());
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
            let header = header(&Dtype::parse(dtype).unwrap(), shape, is_fortran);

            assert_eq!(header.len() % ALIGNMENT, 0);
            assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])), header.len() - 10);
            assert_eq!(std::str::from_utf8(&header[10..]).unwrap().trim_end(), dict);
            assert!(header.ends_with(b" \n"));
        }
    }
}
