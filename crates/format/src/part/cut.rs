//! Nodes that have rows, cut to those that are wanted.

use std::ops::Range;

use super::{Need, PartReader, Texts, Within};
use crate::{ArrayHead, Built, Column, FormatError, Integer, MemoryOrder, Node, Payload, Rows, Text};

impl<'a> PartReader<'a> {
    /// A node with rows, cut; or whole, and the rows are taken later.
    pub(super) fn cut(&mut self, node: Node<'a>) -> Result<(Option<Node<'a>>, Within), FormatError> {
        let Some(rows) = self.part.rows else {
            self.need_all(&node);
            return Ok((Some(node), Within::Whole));
        };
        Ok(match node {
            Node::Column(column) => (Some(Node::Column(self.cut_column(column, rows)?)), Within::Whole),
            Node::Index(freq) => (Some(Node::Index(freq)), Within::Rows { from: 1, step: 1 }),
            Node::Array(head, items) if is_by_row(&head) => {
                (Some(self.cut_array(head, items)?), Within::Whole)
            }
            Node::Built { built, row_count, count } => {
                let within = match built {
                    Built::PeriodColumn | Built::IntervalColumn => Within::Rows { from: 1, step: 1 },
                    // Each level is followed by the codes of the rows.
                    Built::MultiIndex => Within::Rows { from: 3, step: 2 },
                    _ => return Ok((Some(self.whole(node, rows)), Within::Whole)),
                };
                let row_count = len(&self.rows_of(row_count));
                (Some(Node::Built { built, row_count, count }), within)
            }
            other => (Some(self.whole(other, rows)), Within::Whole),
        })
    }

    /// A node of which the rows are taken when it is built.
    fn whole(&mut self, node: Node<'a>, rows: Rows) -> Node<'a> {
        self.rows_to_take = Some(rows);
        self.need_all(&node);
        node
    }

    fn cut_column(&mut self, column: Column<'a>, asked: Rows) -> Result<Column<'a>, FormatError> {
        Ok(match column {
            Column::Fixed { dtype, row_count, values } => {
                let rows = self.rows_of(row_count);
                let values = self.items(values, &rows, dtype.item_size())?;
                Column::Fixed { dtype, row_count: len(&rows), values }
            }
            Column::Masked { dtype, row_count, values, validity } => {
                let rows = self.by_bytes(row_count, validity.is_some());
                let values = self.items(values, &rows, dtype.item_size())?;
                let validity = self.bits(validity, &rows)?;
                Column::Masked { dtype, row_count: len(&rows), values, validity }
            }
            Column::Zoned { unit, row_count, values } => {
                let rows = self.rows_of(row_count);
                Column::Zoned { unit, row_count: len(&rows), values: self.items(values, &rows, 8)? }
            }
            Column::Category { dtype, is_ordered, row_count, codes } => {
                let rows = self.rows_of(row_count);
                let codes = self.items(codes, &rows, dtype.item_size())?;
                Column::Category { dtype, is_ordered, row_count: len(&rows), codes }
            }
            Column::Text { flavour, missing, has_surrogates, row_count, lengths, text, validity } => {
                let rows = self.by_bytes(row_count, validity.is_some());
                let text = self.text(text, lengths, &rows)?;
                let lengths = self.items(lengths, &rows, 4)?;
                let validity = self.bits(validity, &rows)?;
                let row_count = len(&rows);
                Column::Text { flavour, missing, has_surrogates, row_count, lengths, text, validity }
            }
            Column::Object { row_count } => {
                self.rows_to_take = Some(asked);
                Column::Object { row_count }
            }
        })
    }

    fn cut_array(&mut self, head: ArrayHead, items: Payload<'a>) -> Result<Node<'a>, FormatError> {
        let rows = self.rows_of(head.shape[0]);
        let others =
            head.shape[1..].iter().try_fold(head.dtype.item_size(), |len, count| len.checked_mul(*count));
        let row_len = others.ok_or(FormatError::Damaged("an array of more items than can be"))?;
        let items = self.items(items, &rows, row_len)?;
        let mut shape = head.shape;
        shape[0] = len(&rows);
        Ok(Node::Array(ArrayHead { shape, ..head }, items))
    }

    /// Rows that begin with a byte of a bitmap; those asked for are then taken of what they become.
    fn by_bytes(&mut self, row_count: u64, has_bitmap: bool) -> Range<u64> {
        let rows = self.rows_of(row_count);
        let before = if has_bitmap { rows.start % 8 } else { 0 };
        if rows.is_empty() || before == 0 {
            return rows;
        }
        let place = |row: u64| i64::try_from(row).ok();
        self.rows_to_take = Some(Rows { start: place(before), stop: place(before + len(&rows)) });
        rows.start - before..rows.end
    }

    /// The items of `rows`, of `item_len` bytes each.
    fn items(
        &mut self,
        items: Payload<'a>,
        rows: &Range<u64>,
        item_len: u64,
    ) -> Result<Payload<'a>, FormatError> {
        // The reader has checked that the leaf is as long as all rows together.
        self.stretch(items, rows.start * item_len..rows.end * item_len)
    }

    /// The bits of rows that begin with a byte.
    fn bits(
        &mut self,
        bits: Option<Payload<'a>>,
        rows: &Range<u64>,
    ) -> Result<Option<Payload<'a>>, FormatError> {
        bits.map(|bits| self.stretch(bits, rows.start / 8..rows.end.div_ceil(8))).transpose()
    }

    /// The text of `rows`, when it is known where that is.
    fn text(
        &mut self,
        text: Payload<'a>,
        lengths: Payload<'a>,
        rows: &Range<u64>,
    ) -> Result<Payload<'a>, FormatError> {
        let text_len = self.reader.payload_len(text);
        self.texts.push(Texts { lengths, first: rows.start, end: rows.end, text_len });
        let Some(ranges) = &self.text_ranges else { return Ok(Payload::Inline(&[])) };
        let range = ranges
            .get(self.texts.len() - 1)
            .filter(|range| range.start <= range.end && range.end <= text_len);
        let range = range.ok_or(FormatError::Misuse("texts of another part"))?.clone();
        self.stretch(text, range)
    }

    fn stretch(&mut self, payload: Payload<'a>, bytes: Range<u64>) -> Result<Payload<'a>, FormatError> {
        if bytes.is_empty() {
            return Ok(Payload::Inline(&[]));
        }
        match payload {
            Payload::Inline(inline) => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
                let stretch = inline.get(place(bytes.start)..place(bytes.end));
                stretch
                    .map(Payload::Inline)
                    .ok_or(FormatError::Damaged("a leaf of another length than its head says"))
            }
            Payload::Buffer(buffer) => {
                self.needs.push(Need { buffer, bytes });
                Ok(payload)
            }
        }
    }

    /// Takes note of all buffers that a node names.
    pub(super) fn need_all(&mut self, node: &Node<'a>) {
        let mut need = |payload: &Payload<'a>| {
            if let Payload::Buffer(buffer) = *payload {
                let bytes = 0..self.reader.payload_len(*payload);
                self.needs.push(Need { buffer, bytes });
            }
        };
        match node {
            Node::Int(Integer::Big { magnitude: payload, .. })
            | Node::Str(Text::Long(payload) | Text::Surrogates(payload))
            | Node::Bytes(payload)
            | Node::ByteArray(payload)
            | Node::Array(_, payload) => need(payload),
            Node::Opaque(head) => {
                need(&head.pickle);
                head.buffers.iter().for_each(|(payload, _)| need(payload));
            }
            Node::Column(column) => match column {
                Column::Fixed { values, .. } | Column::Zoned { values, .. } => need(values),
                Column::Masked { values, validity, .. } => {
                    need(values);
                    validity.iter().for_each(need);
                }
                Column::Category { codes, .. } => need(codes),
                Column::Text { lengths, text, validity, .. } => {
                    need(lengths);
                    need(text);
                    validity.iter().for_each(need);
                }
                Column::Object { .. } => {}
            },
            _ => {}
        }
    }
}

/// Whether an array's rows lie one after another.
fn is_by_row(head: &ArrayHead) -> bool {
    !head.shape.is_empty() && (head.order == MemoryOrder::C || head.shape.len() == 1)
}

fn len(rows: &Range<u64>) -> u64 {
    rows.end - rows.start
}
