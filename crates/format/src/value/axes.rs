//! The axes of an array, and where its items lie.

use super::Value;
use crate::{Built, MemoryOrder, Node};

impl Value {
    /// The lengths of an array's axes and how its items lie in memory, for arrays of every kind; none for
    /// any other value.
    pub fn axes(&self) -> Option<(Vec<u64>, MemoryOrder)> {
        // A mask over a mask is none: this ends.
        let array = match (self.node(), self.children()) {
            (Node::Built { built: Built::MaskedArray, .. }, [data, ..]) => data,
            _ => self,
        };
        match (array.node(), array.children()) {
            (Node::Array(head, _), _) => Some((head.shape, head.order)),
            (Node::Built { built: Built::ObjectArray | Built::TextArray, .. }, [shape, is_fortran, ..]) => {
                let shape = shape.children().iter().map(Self::as_count).collect::<Option<_>>()?;
                let is_fortran = matches!(is_fortran.node(), Node::Bool(true));
                Some((shape, if is_fortran { MemoryOrder::Fortran } else { MemoryOrder::C }))
            }
            (Node::Built { built: Built::StructuredArray, .. }, [_, items, _]) => match items.node() {
                Node::Array(head, _) => Some((head.shape, head.order)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl MemoryOrder {
    /// Where an item lies in `other`, of an array of this shape, when in this order it lies at `place`.
    pub fn place_in(self, other: Self, place: u64, shape: &[u64]) -> u64 {
        match (self, other) {
            (Self::C, Self::Fortran) => across(place, shape.iter().rev()),
            (Self::Fortran, Self::C) => across(place, shape.iter()),
            _ => place,
        }
    }
}

/// The place in the other order; `axes` begin with the one that goes fastest in this one.
fn across<'s>(place: u64, axes: impl Iterator<Item = &'s u64> + Clone) -> u64 {
    let (mut rest, mut there) = (place, 0u64);
    let mut stride = axes.clone().fold(1u64, |product, len| product.saturating_mul(*len));
    for len in axes {
        let len = (*len).max(1);
        stride /= len;
        there = there.saturating_add((rest % len).saturating_mul(stride));
        rest /= len;
    }
    there
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_found_in_the_other_order_and_back() {
        let shape = [2, 3];

        let there: Vec<_> =
            (0..6).map(|at| MemoryOrder::C.place_in(MemoryOrder::Fortran, at, &shape)).collect();
        let back: Vec<_> =
            there.iter().map(|at| MemoryOrder::Fortran.place_in(MemoryOrder::C, *at, &shape)).collect();

        assert_eq!(there, [0, 2, 4, 1, 3, 5]);
        assert_eq!(back, [0, 1, 2, 3, 4, 5]);
        assert_eq!(MemoryOrder::C.place_in(MemoryOrder::C, 4, &shape), 4);
    }
}
