//! An array as lists within lists, an axis each, the last innermost.

use std::rc::Rc;

use stillroom::{Content, Value};

use super::{Json, Step};
use crate::failure::Failure;
use crate::forms::grid::{Grid, has_fields};

impl<'a> Json<'a, '_> {
    pub(super) fn begin_array(&mut self, value: &Value, grid: Grid<'a>) -> Result<(), Failure> {
        let has_no_words = matches!(grid.items.content, Content::Bytes | Content::Complex | Content::Nested);
        if has_fields(value) || has_no_words {
            return Err(self.refused("json has no such items", "use --to npy"));
        }
        match (grid.items.row_count(), &grid.shape[..]) {
            (0, [0, ..]) => self.text("[]"),
            (0, _) => Err(self.refused("json can't tell the axes of an empty array", "use --to npy")),
            _ => {
                self.open.push(Step::Array(Rc::new(grid), 0));
                Ok(())
            }
        }
    }

    /// Writes the item that is `at`-th when the last axis goes fastest, or begins it: it may be a value of
    /// any depth.
    pub(super) fn array_items(&mut self, grid: Rc<Grid<'a>>, at: u64) -> Result<(), Failure> {
        if at > 0 {
            self.text(&"]".repeat(edges(at, &grid.shape)))?;
        }
        if at == grid.items.row_count() {
            return Ok(());
        }
        self.comma(at > 0)?;
        self.text(&"[".repeat(edges(at, &grid.shape)))?;
        self.open.push(Step::Array(Rc::clone(&grid), at + 1));
        self.field_cell(&grid.items, grid.place(at))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_stand_where_an_axis_begins() {
        let shape = [2, 1, 3];

        let edges: Vec<_> = (0..=6).map(|at| edges(at, &shape)).collect();

        assert_eq!(edges, [3, 0, 0, 2, 0, 0, 3]);
        assert_eq!(super::edges(0, &[]), 0);
    }
}
