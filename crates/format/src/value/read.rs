//! From a manifest's nodes to a value.

use bytes::Bytes;

use super::build::Builder;
use super::{Held, Value};
use crate::{FormatError, Nodes, Payload};

impl Value {
    /// Reads all that a fresh `reader` gives; `fetch` gives the bytes of a buffer by its number. Rows that a
    /// part leaves to be taken later stay with the others.
    ///
    /// # Errors
    /// As [`Reader::node`](crate::Reader::node); `Damaged` when a buffer is not as long as the manifest says
    /// or a long text is not UTF-8; whatever `fetch` fails with.
    pub fn read<'a, E: From<FormatError>>(
        reader: &mut impl Nodes<'a>,
        mut fetch: impl FnMut(u32) -> Result<Bytes, E>,
    ) -> Result<Self, E> {
        let mut builder = Builder::default();
        loop {
            let node = reader.node()?;
            let child_count = node.child_count();
            let held = Held::of(node, |payload| take(reader, payload, &mut fetch))?;
            if let Some(value) = builder.push(held, child_count) {
                reader.finish()?;
                return Ok(value);
            }
        }
    }
}

fn take<'a, E: From<FormatError>>(
    reader: &impl Nodes<'a>,
    payload: Payload<'_>,
    fetch: &mut impl FnMut(u32) -> Result<Bytes, E>,
) -> Result<Bytes, E> {
    let number = match payload {
        Payload::Inline(bytes) => return Ok(Bytes::copy_from_slice(bytes)),
        Payload::Buffer(number) => number,
    };
    Ok(checked(fetch(number)?, reader.payload_len(payload))?)
}

/// A buffer's bytes, when they are as many as the manifest says.
pub(super) fn checked(bytes: Bytes, len: u64) -> Result<Bytes, FormatError> {
    if bytes.len() as u64 != len {
        return Err(FormatError::Damaged("a buffer of another length than the manifest says"));
    }
    Ok(bytes)
}
