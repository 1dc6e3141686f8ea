//! Built nodes, all by one table (`node/built.rs`).

use super::expect_fields;
use crate::cbor;
use crate::{Built, FormatError, Node, Reader, Writer};

const NO_SUCH_COUNT: &str = "a built node of another number of parts";

impl Writer {
    /// A built node of `count` children, which follow. Those whose place asks for a certain kind are
    /// written in full; `row_count` is for kinds that stand as a column or index, and 0 for others.
    pub fn built(&mut self, built: Built, row_count: u64, count: u64) -> Result<(), FormatError> {
        if !built.takes_count(count) {
            return Err(FormatError::Misuse(NO_SUCH_COUNT));
        }
        if built.has_rows() {
            self.begin_rows(built.tag(), 2, row_count)?;
            cbor::put_uint(&mut self.out, row_count);
        } else {
            self.begin(built.tag(), 1)?;
        }
        cbor::put_uint(&mut self.out, count);
        self.head_done(count)
    }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>, built: Built, fields: u64) -> Result<Node<'a>, FormatError> {
    expect_fields(fields, 1 + u64::from(built.has_rows()))?;
    let row_count = if built.has_rows() { reader.cursor.uint()? } else { 0 };
    let count = reader.cursor.uint()?;
    if !built.takes_count(count) {
        return Err(FormatError::Damaged(NO_SUCH_COUNT));
    }
    Ok(Node::Built { built, row_count, count })
}
