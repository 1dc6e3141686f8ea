//! An array of any number of axes: its items, whatever they are, and where each lies.

use stillroom::{Built, Cells, MemoryOrder, Node, Payload, Value};

use super::field::Field;

/// An array whose items are read one by one.
#[derive(Debug)]
pub(super) struct Grid<'a> {
    pub(super) shape: Vec<u64>,
    order: MemoryOrder,
    pub(super) items: Field<'a>,
}

impl<'a> Grid<'a> {
    /// The items of an array, also of objects, of text and with a mask; none of any other value.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        let (shape, order) = value.axes()?;
        let items = match value.node() {
            Node::Array(head, Payload::Inline(items)) => {
                Field::of_cells(String::new(), Cells::of_items(&head, items))
            }
            _ => Field::of(String::new(), value),
        };
        Some(Self { shape, order, items })
    }

    /// Where the `at`-th item lies, when the last axis goes fastest.
    pub(super) fn place(&self, at: u64) -> u64 {
        MemoryOrder::C.place_in(self.order, at, &self.shape)
    }
}

/// Whether an array has items of several fields, which only npy holds.
pub(super) fn has_fields(value: &Value) -> bool {
    match (value.node(), value.children()) {
        (Node::Built { built: Built::StructuredArray, .. }, _) => true,
        (Node::Built { built: Built::MaskedArray, .. }, [data, ..]) => {
            matches!(data.node(), Node::Built { built: Built::StructuredArray, .. })
        }
        _ => false,
    }
}
