//! A part of a value: some columns of a table, some rows of a frame, a series or an array.
//!
//! [`PartReader`] reads the nodes of a manifest as [`Reader`] does, leaves out
//! those of other columns, and cuts those that have rows, so that whoever
//! builds a value from nodes builds the part. What a node names of its buffers
//! then is a stretch of them: [`Need`] says which. Where a node can't be cut,
//! it comes whole, and the rows are taken of what it becomes
//! ([`Nodes::rows_to_take`]).
//!
//! Where the text of a column of strings lies is known only from the lengths
//! before it, so it takes two readings: one that says which lengths are needed
//! ([`PartReader::texts`]), and one that is told where the texts are.

mod cut;

use std::ops::Range;

use crate::{FormatError, Limits, Manifest, Node, Payload, Reader};

/// Which rows: as Python's slices say it, either end may be left out or count from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rows {
    /// The first; the first of all without it.
    pub start: Option<i64>,
    /// The one before which they end; none for the end.
    pub stop: Option<i64>,
}

impl Rows {
    /// The numbers of these rows where there are `count`; none where the ends cross.
    pub fn of(self, count: u64) -> Range<u64> {
        let place = |end: i64| match u64::try_from(end) {
            Ok(place) => place.min(count),
            Err(_) => count.saturating_sub(end.unsigned_abs()),
        };
        let (start, stop) = (self.start.map_or(0, place), self.stop.map_or(count, place));
        start..stop.max(start)
    }
}

/// Which part of a value is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// The columns of a table, by their places, ascending and each once; all without it.
    pub columns: Option<Vec<u64>>,
    /// The rows of a frame, a series, an index or an array; all without it.
    pub rows: Option<Rows>,
    /// One child of the value instead, by its place, as if it stood alone.
    pub child: Option<u64>,
}

/// A stretch of a buffer that a part needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The buffer's number.
    pub buffer: u32,
    /// Which of its bytes.
    pub bytes: Range<u64>,
}

/// Strings of a part whose text is yet to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts<'a> {
    /// The lengths of the column's strings, of which those up to the last row are needed.
    pub lengths: Payload<'a>,
    first: u64,
    /// The row before which they end.
    pub end: u64,
    text_len: u64,
}

impl Texts<'_> {
    /// Where their text lies in the column's, by the `lengths` of the strings up to [`end`](Self::end).
    ///
    /// # Errors
    /// `Damaged` when that is beyond its end.
    pub fn range(&self, lengths: &[u8]) -> Result<Range<u64>, FormatError> {
        let (lengths, _) = lengths.as_chunks::<4>();
        let place = |row: u64| usize::try_from(row).ok().filter(|row| *row <= lengths.len());
        let (Some(first), Some(end)) = (place(self.first), place(self.end)) else {
            return Err(FormatError::Damaged("a column of fewer lengths than rows"));
        };
        let sum = |lengths: &[[u8; 4]]| -> u64 {
            lengths.iter().map(|len| u64::from(u32::from_le_bytes(*len))).sum()
        };
        let start = sum(&lengths[..first]);
        let stop = start + sum(&lengths[first..end]);
        if stop > self.text_len {
            return Err(FormatError::Damaged("text of another length than its cells"));
        }
        Ok(start..stop)
    }
}

/// Where nodes come from: a whole value, or a part of one.
pub trait Nodes<'a> {
    /// As [`Reader::node`].
    ///
    /// # Errors
    /// As there.
    fn node(&mut self) -> Result<Node<'a>, FormatError>;

    /// As [`Reader::shared_number`].
    fn shared_number(&self) -> Option<u32>;

    /// The rows to be taken of what the node just read becomes, since the node itself was not cut so.
    fn rows_to_take(&self) -> Option<Rows>;

    /// As [`Reader::payload_len`], of the node just read.
    fn payload_len(&self, payload: Payload<'_>) -> u64;

    /// As [`Reader::finish`]; what is left out is read to its end.
    ///
    /// # Errors
    /// As there.
    fn finish(&mut self) -> Result<(), FormatError>;
}

impl<'a> Nodes<'a> for Reader<'a> {
    fn node(&mut self) -> Result<Node<'a>, FormatError> {
        Self::node(self)
    }

    fn shared_number(&self) -> Option<u32> {
        Self::shared_number(self)
    }

    fn rows_to_take(&self) -> Option<Rows> {
        None
    }

    fn payload_len(&self, payload: Payload<'_>) -> u64 {
        Self::payload_len(self, payload)
    }

    fn finish(&mut self) -> Result<(), FormatError> {
        Self::finish(self)
    }
}

/// Reads the nodes of a part of a value.
pub struct PartReader<'a> {
    reader: Reader<'a>,
    part: Part,
    /// The nodes whose children are still coming.
    open: Vec<Open>,
    is_complete: bool,
    rows_to_take: Option<Rows>,
    row_count: Option<u64>,
    /// What the nodes so far need, in their order.
    needs: Vec<Need>,
    texts: Vec<Texts<'a>>,
    /// Where the texts are, in the order of `texts`; none while that is not known.
    text_ranges: Option<Vec<Range<u64>>>,
}

/// A node whose children are still coming.
struct Open {
    within: Within,
    child: u64,
    count: u64,
}

/// What is to become of the children of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// All come as they are.
    Whole,
    /// None comes.
    Nothing,
    /// Only this one comes.
    Only(u64),
    /// Index, labels, attrs, columns.
    Frame,
    /// Name, index, column, attrs.
    Series,
    /// The columns come from this place on.
    Table(u64),
    /// Metadata, then a field for each column.
    Schema,
    /// All that has rows from this place on: every one, or every second.
    Rows { from: u64, step: u64 },
}

/// What is to become of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Root,
    Whole,
    Cut,
    Schema,
    LeftOut,
}

impl<'a> PartReader<'a> {
    /// A reader of a part of `manifest`'s value, before it is known where texts are.
    pub fn new(manifest: &'a Manifest, limits: Limits, part: Part) -> Self {
        Self {
            reader: Reader::new(manifest, limits),
            part,
            open: Vec::new(),
            is_complete: false,
            rows_to_take: None,
            row_count: None,
            needs: Vec::new(),
            texts: Vec::new(),
            text_ranges: None,
        }
    }

    /// The same, when it is known where the texts are: the ranges of [`texts`](Self::texts), in that order.
    pub fn with_texts(self, ranges: Vec<Range<u64>>) -> Self {
        Self { text_ranges: Some(ranges), ..self }
    }

    /// Reads to the end, for what is needed.
    ///
    /// # Errors
    /// As [`Reader::node`]; `Misuse` for columns of what is no table.
    pub fn read_all(&mut self) -> Result<(), FormatError> {
        while !self.is_complete {
            self.step()?;
        }
        self.reader.finish()
    }

    /// What the nodes read so far need, in their order; of strings whose text is not yet found the lengths.
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// The columns of strings among the nodes read so far whose rows are cut.
    pub fn texts(&self) -> &[Texts<'a>] {
        &self.texts
    }

    /// How many rows the whole has, once a node that is cut was read.
    pub fn row_count(&self) -> Option<u64> {
        self.row_count
    }

    /// The next node; none when it is left out.
    fn step(&mut self) -> Result<Option<Node<'a>>, FormatError> {
        let fate = self.fate();
        let node = self.reader.node()?;
        let child_count = node.child_count();
        self.rows_to_take = None;
        let (node, within) = self.part_of(node, fate)?;
        self.advance(within, child_count);
        Ok(node)
    }

    fn fate(&self) -> Fate {
        let Some(Open { within, child, .. }) = self.open.last() else {
            return if self.part.child.is_some() { Fate::LeftOut } else { Fate::Root };
        };
        let is_wanted = |column: u64| {
            self.part.columns.as_ref().is_none_or(|columns| columns.binary_search(&column).is_ok())
        };
        let column = |first: u64| child.checked_sub(first);
        match within {
            Within::Nothing => Fate::LeftOut,
            Within::Only(wanted) if wanted != child => Fate::LeftOut,
            Within::Only(_) | Within::Whole => Fate::Whole,
            Within::Frame => match column(3) {
                Some(column) if !is_wanted(column) => Fate::LeftOut,
                Some(_) => Fate::Cut,
                None => {
                    if *child == 0 {
                        Fate::Cut
                    } else {
                        Fate::Whole
                    }
                }
            },
            Within::Series => {
                if matches!(child, 1 | 2) {
                    Fate::Cut
                } else {
                    Fate::Whole
                }
            }
            Within::Table(first) => match column(*first) {
                Some(column) if !is_wanted(column) => Fate::LeftOut,
                None if *child == 0 && *first == 2 => Fate::Schema,
                _ => Fate::Whole,
            },
            Within::Schema => match column(1) {
                Some(column) if !is_wanted(column) => Fate::LeftOut,
                _ => Fate::Whole,
            },
            Within::Rows { from, step } => match column(*from) {
                Some(later) if later.is_multiple_of(*step) => Fate::Cut,
                _ => Fate::Whole,
            },
        }
    }

    /// Goes into a node that has children, else past all that is complete.
    fn advance(&mut self, within: Within, child_count: u64) {
        if child_count > 0 {
            self.open.push(Open { within, child: 0, count: child_count });
            return;
        }
        while let Some(open) = self.open.last_mut() {
            open.child += 1;
            if open.child < open.count {
                return;
            }
            self.open.pop();
        }
        self.is_complete = true;
    }

    fn part_of(&mut self, node: Node<'a>, fate: Fate) -> Result<(Option<Node<'a>>, Within), FormatError> {
        match fate {
            Fate::LeftOut => {
                let is_root = self.open.is_empty();
                let only = self.part.child.filter(|_| is_root).map_or(Within::Nothing, Within::Only);
                Ok((None, only))
            }
            Fate::Whole => {
                self.need_all(&node);
                Ok((Some(node), Within::Whole))
            }
            Fate::Schema => {
                let node = match node {
                    Node::Tuple(count) => Node::Tuple(self.chosen(count.saturating_sub(1)) + count.min(1)),
                    other => other,
                };
                Ok((Some(node), Within::Schema))
            }
            Fate::Cut => self.cut(node),
            Fate::Root => self.root(node),
        }
    }

    fn root(&mut self, node: Node<'a>) -> Result<(Option<Node<'a>>, Within), FormatError> {
        let within = match &node {
            Node::Frame(..) => Within::Frame,
            Node::Built { built, .. } if built.is_table() => {
                Within::Table(built.first_column().expect("a table has columns"))
            }
            _ if self.part.columns.is_some() => return Err(FormatError::Misuse("columns of what has none")),
            Node::Series(_) => Within::Series,
            _ => return self.cut(node),
        };
        let node = match node {
            Node::Frame(row_count, column_count, allows_duplicate_labels) => {
                let rows = self.rows_of(row_count);
                Node::Frame(rows.end - rows.start, self.chosen(column_count), allows_duplicate_labels)
            }
            Node::Built { built, row_count, count } => {
                self.rows_to_take = self.part.rows;
                let first = built.first_column().unwrap_or(count);
                Node::Built { built, row_count, count: first + self.chosen(count.saturating_sub(first)) }
            }
            other => other,
        };
        Ok((Some(node), within))
    }

    /// How many of so many columns are wanted.
    fn chosen(&self, count: u64) -> u64 {
        let Some(columns) = &self.part.columns else { return count };
        columns.iter().filter(|column| **column < count).count() as u64
    }

    fn rows_of(&mut self, count: u64) -> Range<u64> {
        self.row_count.get_or_insert(count);
        self.part.rows.unwrap_or_default().of(count)
    }
}

impl<'a> Nodes<'a> for PartReader<'a> {
    fn node(&mut self) -> Result<Node<'a>, FormatError> {
        loop {
            if self.is_complete {
                return Err(FormatError::Damaged("a node after the value"));
            }
            if let Some(node) = self.step()? {
                return Ok(node);
            }
        }
    }

    fn shared_number(&self) -> Option<u32> {
        self.reader.shared_number()
    }

    fn rows_to_take(&self) -> Option<Rows> {
        self.rows_to_take
    }

    fn payload_len(&self, payload: Payload<'_>) -> u64 {
        let need = |number| self.needs.iter().rev().find(|need| need.buffer == number);
        match payload {
            Payload::Inline(bytes) => bytes.len() as u64,
            Payload::Buffer(number) => need(number)
                .map_or_else(|| self.reader.payload_len(payload), |need| need.bytes.end - need.bytes.start),
        }
    }

    fn finish(&mut self) -> Result<(), FormatError> {
        self.read_all()
    }
}
