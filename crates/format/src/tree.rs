//! The rules of a tree that its writer and its reader both keep.
//!
//! One place for both, so that whatever a writer lets through a reader accepts:
//! how many children are still to come, how deep they may lie, which nodes are
//! numbered, where a key stands, and what kind of child each place of a built
//! node (a frame, a datetime) asks for.

use crate::node::built::{Role, is_column, is_index, is_part};
use crate::node::tag;
use crate::{Built, Counted, FormatError, Limits};

/// A tree as far as it has come; `S` is what is kept for each open set.
pub(crate) struct Tree<S> {
    limits: Limits,
    /// `Misuse` for a writer, `Damaged` for a reader.
    fault: fn(&'static str) -> FormatError,
    open: Vec<Parent<S>>,
    /// The node whose head has begun and not ended.
    current: Option<Current>,
    is_complete: bool,
    set_depth: usize,
    next_number: u32,
    last_number: Option<u32>,
}

struct Parent<S> {
    tag: u64,
    child_count: u64,
    remaining: u64,
    /// One more than the number of the innermost open numbered node, this one included; 0 for none.
    number: u32,
    /// How many rows its children must have, where that is known.
    rows: Option<u64>,
    set: Option<S>,
}

struct Current {
    tag: u64,
    number: u32,
    rows: Option<u64>,
}

impl<S: Default> Tree<S> {
    pub(crate) fn new(limits: Limits, fault: fn(&'static str) -> FormatError) -> Self {
        Self {
            limits,
            fault,
            open: Vec::new(),
            current: None,
            is_complete: false,
            set_depth: 0,
            next_number: 0,
            last_number: None,
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(crate) fn is_in_set(&self) -> bool {
        self.set_depth > 0
    }

    /// The number of the node begun last, when it is a numbered one.
    pub(crate) fn last_number(&self) -> Option<u32> {
        self.last_number
    }

    /// What is kept of the set whose member comes next.
    pub(crate) fn set(&mut self) -> Option<&mut S> {
        self.open.last_mut()?.set.as_mut()
    }

    /// Whether a short str that comes next is a key.
    pub(crate) fn wants_key(&self) -> bool {
        self.set_depth == 0 && self.open.last().is_some_and(Parent::is_at_name)
    }

    /// Whether `number` is that of a complete node.
    pub(crate) fn is_shareable(&self, number: u32) -> bool {
        // A node still open would be a cycle. The numbers of open nodes ascend.
        let is_open = || self.open.binary_search_by(|parent| parent.number.cmp(&(number + 1))).is_ok();
        number < self.next_number && !is_open()
    }

    /// Begins a node; `rows` is how many rows a column, an index by range or a frame has.
    pub(crate) fn begin(&mut self, tag: u64, rows: Option<u64>) -> Result<(), FormatError> {
        if self.is_complete || self.current.is_some() {
            return Err((self.fault)("a node after the value or after an error"));
        }
        self.last_number = None;
        let mut rows = rows;
        let is_own_part = self.open.last().is_some_and(Parent::is_at_own_part);
        if let Some(parent) = self.open.last_mut() {
            let wants_key = self.set_depth == 0 && parent.is_at_name();
            if !parent.takes(tag, wants_key) {
                return Err((self.fault)("a child of another kind than its place"));
            }
            let asked = parent.rows_asked();
            if let (Some(asked), Some(rows)) = (asked, rows)
                && asked != rows
                && has_rows(tag)
            {
                return Err((self.fault)("a column or index of another length than its place"));
            }
            rows = rows.or(asked);
            parent.remaining -= 1;
        } else if tag == tag::KEY || is_part(tag) {
            return Err((self.fault)("a part of a value without the rest of it"));
        }
        self.note_series_rows(tag, rows);
        let number = if is_own_part { self.outer_number() } else { self.number(tag)? };
        self.current = Some(Current { tag, number, rows });
        Ok(())
    }

    /// A Series has as many rows as its index, which comes first.
    fn note_series_rows(&mut self, tag: u64, rows: Option<u64>) {
        let series = match (tag, self.open.as_mut_slice()) {
            (tag, [.., series]) if tag != tag::INDEX && is_index(tag) => series,
            (_, [.., series, index]) if is_column(tag) && index.tag == tag::INDEX => series,
            _ => return,
        };
        let is_its_index = series.tag == tag::SERIES && series.place() == 2;
        if is_its_index {
            series.rows = rows;
        }
    }

    fn number(&mut self, tag: u64) -> Result<u32, FormatError> {
        if self.set_depth > 0 || !is_mutable(tag) {
            return Ok(self.outer_number());
        }
        self.last_number = Some(self.next_number);
        self.next_number = self.next_number.checked_add(1).ok_or((self.fault)("too many nodes"))?;
        Ok(self.next_number)
    }

    fn outer_number(&self) -> u32 {
        self.open.last().map_or(0, |parent| parent.number)
    }

    /// Ends the head of the node begun last, whose children follow.
    pub(crate) fn open(&mut self, child_count: u64) -> Result<(), FormatError> {
        let Current { tag, number, rows } = self.current.take().ok_or((self.fault)("no node was begun"))?;
        let depth = self.open.len() + 1;
        if depth > self.limits.depth {
            self.poison();
            let (limit, actual) = (self.limits.depth as u64, depth as u64);
            return Err(FormatError::TooLarge { what: Counted::Depth, limit, actual });
        }
        let is_set = matches!(tag, tag::SET | tag::FROZENSET);
        self.set_depth += usize::from(is_set);
        let set = is_set.then(S::default);
        self.open.push(Parent { tag, child_count, remaining: child_count, number, rows, set });
        Ok(())
    }

    /// Ends the node begun last, which has no children.
    pub(crate) fn leaf(&mut self) {
        self.current = None;
    }

    /// Closes the innermost open node if all its children are there; what was kept if it is a set.
    pub(crate) fn close(&mut self) -> Option<Option<S>> {
        let closed = self.open.pop_if(|parent| parent.remaining == 0);
        self.is_complete = self.open.is_empty();
        let set = closed?.set;
        self.set_depth -= usize::from(set.is_some());
        Some(set)
    }

    /// After this no node begins.
    pub(crate) fn poison(&mut self) {
        self.is_complete = false;
        self.current = Some(Current { tag: tag::SHARED, number: 0, rows: None });
    }
}

impl<S> Parent<S> {
    fn place(&self) -> u64 {
        self.child_count - self.remaining
    }

    /// Whether the next child is a key of a dict or the name of a field.
    fn is_at_name(&self) -> bool {
        (is_mapping(self.tag) || is_record(self.tag)) && self.place().is_multiple_of(2)
    }

    /// Whether the next child is a column or attrs that belong to this node: no value that can be met again.
    fn is_at_own_part(&self) -> bool {
        match (self.tag, self.place()) {
            (tag::INDEX, 1) | (tag::SERIES, 2 | 3) => true,
            (tag::FRAME, place) => place >= 2,
            (tag, place) => Built::from_tag(tag).and_then(|built| built.role(place)) == Some(Role::Column),
        }
    }

    fn takes(&self, child: u64, wants_key: bool) -> bool {
        match child {
            tag::KEY => return wants_key,
            tag::BARE_TEXT if wants_key => return false,
            _ => {}
        }
        let is_attrs = matches!(child, tag::BARE_NONE | tag::DICT);
        match (self.tag, self.place()) {
            (tag::DATACLASS | tag::NAMED_TUPLE, place) => place % 2 == 1 || is_text(child),
            (tag::RANGE | tag::FRACTION, _) => matches!(child, tag::BARE_INT | tag::BIG_INT),
            (tag::DECIMAL | tag::PATH, _) => is_text(child),
            (tag::TIME | tag::DATETIME | tag::TIMESTAMP, _) => matches!(child, tag::BARE_NONE | tag::ZONE),
            (tag::COLUMN_ZONED, _) => child == tag::ZONE,
            (tag::COLUMN_CATEGORY, _) => matches!(child, tag::INDEX | tag::RANGE_INDEX),
            (tag::SERIES, 1) | (tag::FRAME, 0 | 1) => is_index(child),
            (tag::INDEX, 1) | (tag::SERIES, 2) => is_column(child),
            (tag::SERIES, 3) | (tag::FRAME, 2) => is_attrs,
            (tag::FRAME, _) => is_column(child),
            (tag, place) => match Built::from_tag(tag) {
                Some(built) => built.role(place).is_some_and(|role| role.takes(child)),
                None => !is_part(child),
            },
        }
    }

    /// How many rows the next child must have.
    fn rows_asked(&self) -> Option<u64> {
        match (self.tag, self.place()) {
            (tag::FRAME, 1) => Some(self.child_count - 3),
            (tag::FRAME, 2) | (tag::INDEX | tag::SERIES, 0) => None,
            (tag::FRAME | tag::INDEX | tag::SERIES, _) => self.rows,
            _ => None,
        }
    }
}

fn is_mapping(tag: u64) -> bool {
    matches!(tag, tag::DICT | tag::ORDERED_DICT | tag::DEFAULT_DICT)
}

fn is_record(tag: u64) -> bool {
    matches!(tag, tag::DATACLASS | tag::NAMED_TUPLE)
}

fn is_text(tag: u64) -> bool {
    matches!(tag, tag::BARE_TEXT | tag::LONG_STR | tag::SURROGATE_STR)
}

fn has_rows(tag: u64) -> bool {
    is_column(tag) || is_index(tag) && tag != tag::INDEX
}

/// Whether nodes of this tag are numbered: mutable values, whose identity is kept.
///
/// A column is where it stands as a value of its own.
fn is_mutable(tag: u64) -> bool {
    is_mapping(tag)
        || is_column(tag)
        || matches!(
            tag,
            tag::BYTEARRAY | tag::LIST | tag::SET | tag::DEQUE | tag::DATACLASS | tag::OPAQUE | tag::ARRAY
        )
        || matches!(tag, tag::SERIES | tag::FRAME)
        || Built::from_tag(tag).is_some_and(Built::is_mutable)
}
