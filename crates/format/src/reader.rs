//! Hands the nodes of a manifest's tree back one by one, checking as it goes.
//!
//! Nothing here allocates by what the bytes claim: a count is bounded by the
//! bytes that remain, a leaf by its buffer, the depth by a limit.

use std::ops::Range;

use crate::cbor::{Cursor, Item};
use crate::node::tag;
use crate::{Buffer, Column, FormatError, Integer, Limits, Manifest, Node, Payload, Text, codec};

/// Reads one value, node by node, in the order in which it was written.
pub struct Reader<'a> {
    pub(crate) cursor: Cursor<'a>,
    tree: &'a [u8],
    buffers: &'a [Buffer],
    shared: &'a [u32],
    limits: Limits,
    open: Vec<Parent>,
    is_complete: bool,
    set_depth: usize,
    keys: Vec<&'a str>,
    next_number: u32,
    last_number: Option<u32>,
}

struct Parent {
    remaining: u64,
    members: Option<Members>,
}

/// The members of an open set, to see that they stand in the order of their bytes.
#[derive(Default)]
struct Members {
    previous: Range<usize>,
    current: Option<usize>,
}

impl<'a> Reader<'a> {
    /// A reader of `manifest`'s tree.
    pub fn new(manifest: &'a Manifest, limits: Limits) -> Self {
        let tree = manifest.tree();
        Self {
            cursor: Cursor::new(tree),
            tree,
            buffers: manifest.buffers(),
            shared: manifest.shared(),
            limits,
            open: Vec::new(),
            is_complete: false,
            set_depth: 0,
            keys: Vec::new(),
            next_number: 0,
            last_number: None,
        }
    }

    /// The number of the node just read, when a later [`Node::Shared`] refers to it.
    pub fn shared_number(&self) -> Option<u32> {
        self.last_number.filter(|number| self.shared.binary_search(number).is_ok())
    }

    /// The next node: a parent, then its children in order.
    ///
    /// # Errors
    /// `Damaged` for anything a writer would not have written, `TooLarge` past the depth limit.
    pub fn node(&mut self) -> Result<Node<'a>, FormatError> {
        if self.is_complete {
            return Err(FormatError::Damaged("a node after the value"));
        }
        self.begin()?;
        let node = match self.cursor.item()? {
            Item::Null => Node::None,
            Item::Bool(value) => Node::Bool(value),
            Item::Float(value) => Node::Float(value),
            Item::Text(text) => Node::Str(Text::Inline(text)),
            Item::Bytes(bytes) => Node::Bytes(Payload::Inline(bytes)),
            Item::Uint(value) => {
                Node::Int(i64::try_from(value).map_or(Integer::Unsigned(value), Integer::Small))
            }
            Item::Negative(value) => Node::Int(
                i64::try_from(value).map_or(Integer::Negative(value), |value| Integer::Small(-1 - value)),
            ),
            Item::Array(count) => self.tagged(count)?,
        };
        self.number(&node)?;
        self.end(&node)?;
        Ok(node)
    }

    /// Checks that the value was read whole and nothing follows it.
    ///
    /// # Errors
    /// `Damaged` otherwise.
    pub fn finish(&self) -> Result<(), FormatError> {
        if !self.is_complete || self.cursor.remaining() > 0 {
            return Err(FormatError::Damaged("bytes after the value"));
        }
        Ok(())
    }

    fn tagged(&mut self, count: u64) -> Result<Node<'a>, FormatError> {
        let fields = count.checked_sub(1).ok_or(FormatError::Damaged("a node without a tag"))?;
        match self.cursor.uint()? {
            tag::KEY if fields == 1 => self.read_key(),
            tag::SHARED if fields == 1 => self.read_shared(),
            tag => codec::read(self, tag, fields),
        }
    }

    fn read_key(&mut self) -> Result<Node<'a>, FormatError> {
        match self.cursor.item()? {
            Item::Text(_) if self.set_depth > 0 => Err(FormatError::Damaged("a key in a set")),
            Item::Text(text) => {
                self.keys.push(text);
                Ok(Node::Key(self.keys.len() as u32 - 1, text))
            }
            Item::Uint(number) => {
                let text = usize::try_from(number).ok().and_then(|number| self.keys.get(number));
                let text = text.ok_or(FormatError::Damaged("a key that is not there"))?;
                Ok(Node::Key(number as u32, text))
            }
            _ => Err(FormatError::Damaged("a key is text or a number")),
        }
    }

    fn read_shared(&mut self) -> Result<Node<'a>, FormatError> {
        let number = self.cursor.uint()?;
        let known = u32::try_from(number).ok().filter(|number| self.shared.binary_search(number).is_ok());
        // A node still open would be a cycle, which no writer makes; the consumer,
        // which registers a node when it is complete, finds that out.
        known
            .filter(|number| *number < self.next_number)
            .map(Node::Shared)
            .ok_or(FormatError::Damaged("a shared node that is not there"))
    }

    fn number(&mut self, node: &Node<'_>) -> Result<(), FormatError> {
        self.last_number = None;
        if node.is_mutable() && self.set_depth == 0 {
            self.last_number = Some(self.next_number);
            self.next_number =
                self.next_number.checked_add(1).ok_or(FormatError::Damaged("too many nodes"))?;
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), FormatError> {
        let position = self.cursor.position();
        if let Some(parent) = self.open.last_mut() {
            parent.remaining -= 1;
            if let Some(members) = &mut parent.members {
                members.next(self.tree, position)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, node: &Node<'_>) -> Result<(), FormatError> {
        let child_count = node.child_count();
        if child_count > self.cursor.remaining() as u64 {
            return Err(FormatError::Damaged("more items than bytes"));
        }
        if child_count > 0 {
            return self.descend(child_count, matches!(node, Node::Set(_) | Node::FrozenSet(_)));
        }
        while self.open.last().is_some_and(|parent| parent.remaining == 0) {
            let parent = self.open.pop().expect("there is a last one");
            if let Some(mut members) = parent.members {
                self.set_depth -= 1;
                members.next(self.tree, self.cursor.position())?;
            }
        }
        self.is_complete = self.open.is_empty();
        Ok(())
    }

    fn descend(&mut self, child_count: u64, is_set: bool) -> Result<(), FormatError> {
        let depth = self.open.len() + 1;
        if depth > self.limits.depth {
            let (limit, actual) = (self.limits.depth as u64, depth as u64);
            return Err(FormatError::TooLarge { what: "depth", limit, actual });
        }
        self.set_depth += usize::from(is_set);
        self.open.push(Parent { remaining: child_count, members: is_set.then(Members::default) });
        Ok(())
    }

    /// A leaf: bytes in place or the number of a buffer.
    pub(crate) fn payload(&mut self) -> Result<Payload<'a>, FormatError> {
        match self.cursor.item()? {
            Item::Bytes(bytes) => Ok(Payload::Inline(bytes)),
            Item::Uint(number) => match usize::try_from(number) {
                Ok(place) if place < self.buffers.len() => Ok(Payload::Buffer(number as u32)),
                _ => Err(FormatError::Damaged("a buffer that is not there")),
            },
            _ => Err(FormatError::Damaged("expected a leaf")),
        }
    }

    /// As [`payload`](Self::payload), or null.
    pub(crate) fn optional_payload(&mut self) -> Result<Option<Payload<'a>>, FormatError> {
        let before = self.cursor.clone();
        if self.cursor.item()? == Item::Null {
            return Ok(None);
        }
        self.cursor = before;
        self.payload().map(Some)
    }

    /// A leaf that must be `count` items of `item_size` bytes.
    pub(crate) fn sized_payload(&mut self, count: u64, item_size: u64) -> Result<Payload<'a>, FormatError> {
        let payload = self.payload()?;
        self.check_len(payload, count, item_size)?;
        Ok(payload)
    }

    pub(crate) fn check_len(
        &self,
        payload: Payload<'_>,
        count: u64,
        item_size: u64,
    ) -> Result<(), FormatError> {
        if count.checked_mul(item_size) != Some(self.payload_len(payload)) {
            return Err(FormatError::Damaged("a leaf of another length than its head says"));
        }
        Ok(())
    }

    /// Length of a leaf in bytes.
    pub fn payload_len(&self, payload: Payload<'_>) -> u64 {
        match payload {
            Payload::Inline(bytes) => bytes.len() as u64,
            Payload::Buffer(number) => self.buffers[number as usize].len,
        }
    }

    /// A bitmap of `row_count` bits, or null.
    pub(crate) fn validity(&mut self, row_count: u64) -> Result<Option<Payload<'a>>, FormatError> {
        let validity = self.optional_payload()?;
        if let Some(payload) = validity {
            self.check_len(payload, row_count.div_ceil(8), 1)?;
        }
        Ok(validity)
    }
}

impl Members {
    /// Takes note that a member ends, and another may begin, at `position`.
    fn next(&mut self, tree: &[u8], position: usize) -> Result<(), FormatError> {
        if let Some(start) = self.current {
            let current = start..position;
            if tree[self.previous.clone()] > tree[current.clone()] {
                return Err(FormatError::Damaged("a set out of order"));
            }
            self.previous = current;
        }
        self.current = Some(position);
        Ok(())
    }
}

/// The column node that a codec read, as a node.
impl<'a> From<Column<'a>> for Node<'a> {
    fn from(column: Column<'a>) -> Self {
        Node::Column(column)
    }
}
