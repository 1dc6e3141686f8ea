//! NumPy scalars and arrays of plain dtypes.

use super::expect_fields;
use crate::cbor;
use crate::node::tag;
use crate::{ArrayHead, Dtype, FormatError, Item, MemoryOrder, Node, Reader, Source, Writer};

/// NumPy 2 allows 64 axes, NumPy 1 allowed 32.
const MAX_AXES: u64 = 64;

impl Writer {
    /// A NumPy scalar: the bytes of one item in `dtype`'s own byte order.
    pub fn numpy_scalar(&mut self, dtype: &Dtype, item: &[u8]) -> Result<(), FormatError> {
        if item.len() as u64 != dtype.item_size() {
            return Err(FormatError::Misuse("a scalar of another size than its dtype"));
        }
        self.begin(tag::NUMPY_SCALAR, 2)?;
        cbor::put_text(&mut self.out, &dtype.to_string());
        cbor::put_bytes(&mut self.out, item);
        self.leaf_done()
    }

    /// A NumPy array; `items` are the bytes in `head.order`.
    pub fn array(&mut self, head: &ArrayHead, items: Box<dyn Source>) -> Result<(), FormatError> {
        if head.shape.len() as u64 > MAX_AXES || array_len(&head.shape, &head.dtype) != Some(items.len()) {
            return Err(FormatError::Misuse("an array of another length than its shape"));
        }
        self.begin(tag::ARRAY, 5)?;
        cbor::put_text(&mut self.out, &head.dtype.to_string());
        cbor::put_array(&mut self.out, head.shape.len() as u64);
        head.shape.iter().for_each(|len| cbor::put_uint(&mut self.out, *len));
        cbor::put_bool(&mut self.out, head.order == MemoryOrder::Fortran);
        cbor::put_bool(&mut self.out, head.is_writeable);
        self.items(items, Item::from(&head.dtype))?;
        self.leaf_done()
    }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    if tag == tag::NUMPY_SCALAR {
        expect_fields(fields, 2)?;
        let dtype = read_dtype(reader)?;
        let item = reader.cursor.bytes()?;
        if item.len() as u64 != dtype.item_size() {
            return Err(FormatError::Damaged("a scalar of another size than its dtype"));
        }
        return Ok(Node::NumpyScalar(dtype, item));
    }
    expect_fields(fields, 5)?;
    let dtype = read_dtype(reader)?;
    let axes = reader.cursor.array()?;
    if axes > MAX_AXES {
        return Err(FormatError::Damaged("more axes than NumPy allows"));
    }
    let shape = (0..axes).map(|_| reader.cursor.uint()).collect::<Result<Vec<_>, _>>()?;
    let order = if reader.cursor.bool()? { MemoryOrder::Fortran } else { MemoryOrder::C };
    let is_writeable = reader.cursor.bool()?;
    let len = array_len(&shape, &dtype).ok_or(FormatError::Damaged("a shape that no memory holds"))?;
    let payload = reader.sized_payload(len, 1)?;
    Ok(Node::Array(ArrayHead { dtype, shape, order, is_writeable }, payload))
}

pub(super) fn read_dtype(reader: &mut Reader<'_>) -> Result<Dtype, FormatError> {
    Dtype::parse(reader.cursor.text()?).map_err(|_| FormatError::Damaged("an unknown dtype"))
}

/// Bytes of an array; none when even without its empty axes it could not be addressed, as NumPy asks.
fn array_len(shape: &[u64], dtype: &Dtype) -> Option<u64> {
    let count = shape.iter().filter(|len| **len > 0).try_fold(1u64, |n, len| n.checked_mul(*len))?;
    i64::try_from(count.checked_mul(dtype.item_size().max(1))?).ok()?;
    Some(if shape.contains(&0) { 0 } else { count * dtype.item_size() })
}
