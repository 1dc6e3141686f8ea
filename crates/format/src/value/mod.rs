//! A value as a tree of its own, for the command line, tests and previews.
//!
//! The Python door builds no such tree: it drives the [`Writer`](crate::Writer)
//! and the [`Reader`](crate::Reader) itself. Nothing here calls itself, so a
//! value as deep as the limit allows is read, compared, copied and dropped on
//! any stack.

mod axes;
mod build;
mod held;
mod make;
mod outline;
mod read;
mod walk;
mod write;

use crate::{FormatError, Node, Payload};
use held::Held;
pub use outline::Place;

/// A node with all its children, owned.
///
/// Two values are equal when they are the same bits: 0.0 differs from -0.0, and a NaN equals itself.
/// A node that is met again stays [`Node::Shared`] with the number it has in a manifest, so a value
/// that was read is written to the same bytes.
pub struct Value {
    held: Held,
    children: Vec<Value>,
}

impl Value {
    /// A node with its children, copied from where the node borrows them.
    ///
    /// A [`Node::Key`] is kept as the str it is. Whether each child fits its place is found out when
    /// the value is written.
    ///
    /// # Errors
    /// `Misuse` when the node has another number of children, or names a buffer.
    pub fn new(node: Node<'_>, children: Vec<Self>) -> Result<Self, FormatError> {
        if node.child_count() != children.len() as u64 {
            return Err(FormatError::Misuse("a node with another number of children"));
        }
        let held = Held::of(node, |payload| match payload {
            Payload::Inline(bytes) => Ok(bytes.to_vec().into()),
            Payload::Buffer(_) => Err(FormatError::Misuse("a value made of a buffer's number")),
        })?;
        Ok(Self { held, children })
    }

    /// The node itself; its leaves are all in place, and a str is always [`Text::Inline`](crate::Text)
    /// unless it has surrogates.
    pub fn node(&self) -> Node<'_> {
        self.held.node()
    }

    /// Its children, in the order in which they follow the node.
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// The pairs of a dict, or the names and values of a record's fields; else the children by twos.
    pub fn pairs(&self) -> impl Iterator<Item = (&Self, &Self)> {
        self.children.chunks_exact(2).map(|pair| (&pair[0], &pair[1]))
    }
}
