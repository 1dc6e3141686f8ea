//! An array as lists within lists, an axis each, the last innermost.

use stillroom::{ArrayHead, MemoryOrder};

use super::Json;
use crate::failure::Failure;
use crate::forms::array_column;
use crate::forms::field::{Field, Sort};

impl Json<'_, '_> {
    pub(super) fn array(&mut self, head: &ArrayHead, items: &[u8]) -> Result<(), Failure> {
        let column = array_column(head, items)?;
        let field = Field::of(String::new(), &column);
        if matches!(field.sort, Sort::Bytes | Sort::Complex | Sort::Other) {
            return Err(self.refused("json has no such items", "use --to npy"));
        }
        match (field.row_count(), &head.shape[..]) {
            (0, [0, ..]) => self.text("[]"),
            (0, _) => Err(self.refused("json can't tell the axes of an empty array", "use --to npy")),
            (count, _) => (0..count).try_for_each(|at| self.item(&field, head, at)),
        }
    }

    /// The item that is `at`-th when the last axis goes fastest.
    fn item(&mut self, field: &Field<'_>, head: &ArrayHead, at: u64) -> Result<(), Failure> {
        self.comma(at > 0)?;
        self.text(&"[".repeat(edges(at, &head.shape)))?;
        self.cell(field, place(at, head))?;
        self.text(&"]".repeat(edges(at + 1, &head.shape)))
    }
}

/// How many axes begin before the `at`-th item, which is as many as end there.
fn edges(at: u64, shape: &[u64]) -> usize {
    let spans = shape.iter().rev().scan(1, |span, len| {
        *span *= len;
        Some(*span)
    });
    spans.take_while(|span| at.is_multiple_of(*span)).count()
}

/// Where in memory the `at`-th item lies.
fn place(at: u64, head: &ArrayHead) -> u64 {
    if head.order == MemoryOrder::C {
        return at;
    }
    let mut rest = at;
    let mut stride: u64 = head.shape.iter().product();
    let mut place = 0;
    for len in head.shape.iter().rev() {
        stride /= len;
        place += rest % len * stride;
        rest /= len;
    }
    place
}

#[cfg(test)]
mod tests {
    use stillroom::Dtype;

    use super::*;

    #[test]
    fn brackets_stand_where_an_axis_begins() {
        let shape = [2, 1, 3];

        let edges: Vec<_> = (0..=6).map(|at| edges(at, &shape)).collect();

        assert_eq!(edges, [3, 0, 0, 2, 0, 0, 3]);
        assert_eq!(super::edges(0, &[]), 0);
    }

    #[test]
    fn items_of_fortran_order_are_found_where_they_lie() {
        let head = |order| ArrayHead {
            dtype: Dtype::parse("<i8").unwrap(),
            shape: vec![2, 3],
            order,
            is_writeable: true,
        };

        let places = |head: ArrayHead| (0..6).map(|at| place(at, &head)).collect::<Vec<_>>();

        assert_eq!(places(head(MemoryOrder::C)), [0, 1, 2, 3, 4, 5]);
        assert_eq!(places(head(MemoryOrder::Fortran)), [0, 2, 4, 1, 3, 5]);
    }
}
