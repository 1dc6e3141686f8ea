//! Each family of nodes: how it is written and, beside it, how it is read.

mod array;
mod built;
mod class;
mod column;
mod container;
mod frame;
mod scalar;
mod text;
mod time;

pub(crate) use container::FACTORIES;
pub(crate) use frame::PANDAS_UNITS;

use crate::node::tag;
use crate::{Built, FormatError, Node, Reader};

/// Reads the head of a node whose tag and count of fields have been read.
pub(crate) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    match tag {
        tag::BIG_INT | tag::COMPLEX | tag::DECIMAL | tag::FRACTION | tag::UUID | tag::ELLIPSIS => {
            scalar::read(reader, tag, fields)
        }
        tag::LONG_STR | tag::SURROGATE_STR | tag::LONG_BYTES | tag::BYTEARRAY | tag::PATH => {
            text::read(reader, tag, fields)
        }
        tag::LIST..=tag::SLICE => container::read(reader, tag, fields),
        tag::DATE..=tag::ZONE => time::read(reader, tag, fields),
        tag::DATACLASS..=tag::OPAQUE => class::read(reader, tag, fields),
        tag::NUMPY_SCALAR | tag::ARRAY => array::read(reader, tag, fields),
        tag::COLUMN_FIXED..=tag::COLUMN_OBJECT => column::read(reader, tag, fields),
        tag::INDEX..=tag::NA => frame::read(reader, tag, fields),
        _ => match Built::from_tag(tag) {
            Some(kind) => built::read(reader, kind, fields),
            None => Err(FormatError::Damaged("an unknown tag")),
        },
    }
}

/// Refuses a head of another number of fields.
pub(crate) fn expect_fields(fields: u64, expected: u64) -> Result<(), FormatError> {
    if fields == expected { Ok(()) } else { Err(FormatError::Damaged("a node of another number of fields")) }
}
