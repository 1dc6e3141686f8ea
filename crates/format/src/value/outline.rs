//! A value without most of its bytes: enough to compare two, or to show the head of one.

use bytes::Bytes;

use super::build::Builder;
use super::read::checked;
use super::{Held, Value};
use crate::{Buffer, Digest, FormatError, Limits, Manifest, Node, Payload, Reader};

/// Where in a value a buffer is met: which child of which node, from the root inwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whether the parent is a DataFrame: its children are index, labels, attrs, then the columns.
    pub is_in_frame: bool,
    /// Which child of its parent, counted from 0.
    pub child: u64,
    child_count: u64,
    first_column: Option<u64>,
}

impl Place {
    /// Whether the parent is a table, and if so, which of its columns this is; none for what comes before.
    pub fn column(&self) -> Option<Option<u64>> {
        self.first_column.map(|first| self.child.checked_sub(first))
    }
}

impl Value {
    /// Reads a value; where `fetch` has no bytes for a buffer, its leaf holds a text that names them.
    ///
    /// Two leaves with the same bytes have the same name, so outlines of equal values are equal. `fetch`
    /// gets the places that lead to the leaf, outermost first, and the buffer's number.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn outline<E: From<FormatError>>(
        manifest: &Manifest,
        limits: Limits,
        mut fetch: impl FnMut(&[Place], u32) -> Result<Option<Bytes>, E>,
    ) -> Result<Self, E> {
        let mut reader = Reader::new(manifest, limits);
        let mut builder = Builder::default();
        let mut places: Vec<Place> = Vec::new();
        loop {
            let node = reader.node()?;
            let (child_count, is_in_frame) = (node.child_count(), matches!(node, Node::Frame(..)));
            let first_column = match node {
                Node::Frame(..) => Some(3),
                Node::Built { built, .. } => built.first_column(),
                _ => None,
            };
            let held = Held::of::<E>(node, |payload| match payload {
                Payload::Inline(bytes) => Ok(Bytes::copy_from_slice(bytes)),
                Payload::Buffer(number) => match fetch(&places, number)? {
                    Some(bytes) => Ok(checked(bytes, reader.payload_len(payload))?),
                    None => Ok(name(manifest.buffers().get(number as usize))),
                },
            })?;
            if let Some(value) = builder.push(held, child_count) {
                reader.finish()?;
                return Ok(value);
            }
            advance(&mut places, Place { is_in_frame, child: 0, child_count, first_column });
        }
    }
}

/// Goes to the next place: into a node that has children, else past all that is complete.
fn advance(places: &mut Vec<Place>, inner: Place) {
    if inner.child_count > 0 {
        places.push(inner);
        return;
    }
    while let Some(place) = places.last_mut() {
        place.child += 1;
        if place.child < place.child_count {
            return;
        }
        places.pop();
    }
}

/// What stands for a buffer's bytes: their length, and a digest over those of its chunks.
fn name(buffer: Option<&Buffer>) -> Bytes {
    let Some(buffer) = buffer else { return Bytes::new() };
    let digests: Vec<u8> = buffer.chunks.iter().flat_map(|chunk| *chunk.digest.as_bytes()).collect();
    // 128 bits tell any two apart, and are short enough to be shown.
    let digest = Digest::of(&digests).to_string();
    format!("<{} bytes, {}>", buffer.len, &digest[..32]).into()
}
