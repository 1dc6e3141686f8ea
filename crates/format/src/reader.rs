//! Hands the nodes of a manifest's tree back one by one, checking as it goes.
//!
//! Nothing here allocates by what the bytes claim: a count is bounded by the
//! bytes that remain, a leaf by its buffer, the depth by a limit. The rules of
//! the tree, which the writer keeps too, are in `tree.rs`.

use std::collections::HashSet;
use std::ops::Range;

use crate::cbor::{Cursor, Item};
use crate::limits::LEAF_LEN;
use crate::node::tag;
use crate::tree::Tree;
use crate::{Buffer, Column, FormatError, Integer, Layout, Limits, Manifest, Node, Payload, Text, codec};

/// Reads one value, node by node, in the order in which it was written.
///
/// A manifest has one form only: one that a writer would not have written is
/// refused, so the children of a frame, a datetime and so on are of the kind
/// and number that [`Node`] says, and each buffer is handed out once.
pub struct Reader<'a> {
    pub(crate) cursor: Cursor<'a>,
    bytes: &'a [u8],
    buffers: &'a [Buffer],
    /// The buffer that the next long leaf must name.
    next_buffer: usize,
    shared: &'a [u32],
    /// Which of `shared` were referred to.
    is_used: Vec<bool>,
    tree: Tree<Members>,
    keys: Vec<&'a str>,
    known_keys: HashSet<&'a str>,
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
        let bytes = manifest.tree();
        Self {
            cursor: Cursor::new(bytes),
            bytes,
            buffers: manifest.buffers(),
            next_buffer: 0,
            shared: manifest.shared(),
            is_used: vec![false; manifest.shared().len()],
            tree: Tree::new(limits, FormatError::Damaged),
            keys: Vec::new(),
            known_keys: HashSet::new(),
        }
    }

    /// The number of the node just read, when a later [`Node::Shared`] refers to it.
    pub fn shared_number(&self) -> Option<u32> {
        self.tree.last_number().filter(|number| self.shared.binary_search(number).is_ok())
    }

    /// The next node: a parent, then its children in order.
    ///
    /// # Errors
    /// `Damaged` for anything a writer would not have written, `TooLarge` past the depth limit; after
    /// an error there are no more nodes.
    pub fn node(&mut self) -> Result<Node<'a>, FormatError> {
        if self.tree.is_complete() {
            return Err(FormatError::Damaged("a node after the value"));
        }
        let node = self.read();
        if node.is_err() {
            self.tree.poison();
        }
        node
    }

    /// Checks that the value was read whole and nothing follows it.
    ///
    /// # Errors
    /// `Damaged` otherwise.
    pub fn finish(&self) -> Result<(), FormatError> {
        if !self.tree.is_complete() || self.cursor.remaining() > 0 {
            return Err(FormatError::Damaged("bytes after the value"));
        }
        if self.next_buffer < self.buffers.len() {
            return Err(FormatError::Damaged("a buffer that no leaf names"));
        }
        if self.is_used.contains(&false) {
            return Err(FormatError::Damaged("a shared node that is met once"));
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Node<'a>, FormatError> {
        let position = self.cursor.position();
        if let Some(members) = self.tree.set() {
            members.next(self.bytes, position)?;
        }
        let node = match self.cursor.item()? {
            Item::Null => Node::None,
            Item::Bool(value) => Node::Bool(value),
            Item::Float(value) => Node::Float(value),
            Item::Text(text) if text.len() < LEAF_LEN => Node::Str(Text::Inline(text)),
            Item::Bytes(bytes) if bytes.len() < LEAF_LEN => Node::Bytes(Payload::Inline(bytes)),
            Item::Text(_) | Item::Bytes(_) => return Err(FormatError::Damaged("a long text as a short one")),
            Item::Uint(value) => {
                Node::Int(i64::try_from(value).map_or(Integer::Unsigned(value), Integer::Small))
            }
            Item::Negative(value) => Node::Int(
                i64::try_from(value).map_or(Integer::Negative(value), |value| Integer::Small(-1 - value)),
            ),
            Item::Array(count) => self.tagged(count)?,
        };
        self.place(&node)?;
        Ok(node)
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
            Item::Text(text) if text.len() < LEAF_LEN && self.known_keys.insert(text) => {
                self.keys.push(text);
                let number = u32::try_from(self.keys.len() - 1);
                Ok(Node::Key(number.map_err(|_| FormatError::Damaged("too many keys"))?, text))
            }
            Item::Text(_) => Err(FormatError::Damaged("a key in full again, or too long for one")),
            Item::Uint(number) => {
                let place = u32::try_from(number).ok();
                let key = place.and_then(|place| Some((place, *self.keys.get(place as usize)?)));
                let (place, text) = key.ok_or(FormatError::Damaged("a key that is not there"))?;
                Ok(Node::Key(place, text))
            }
            _ => Err(FormatError::Damaged("a key is text or a number")),
        }
    }

    fn read_shared(&mut self) -> Result<Node<'a>, FormatError> {
        let not_there = FormatError::Damaged("a shared node that is not there or not complete");
        let number = u32::try_from(self.cursor.uint()?).map_err(|_| not_there.clone())?;
        match self.shared.binary_search(&number) {
            Ok(place) if self.tree.is_shareable(number) => {
                self.is_used[place] = true;
                Ok(Node::Shared(number))
            }
            _ => Err(not_there),
        }
    }

    /// Takes note of a node whose head was read: it may have children, or end others.
    fn place(&mut self, node: &Node<'_>) -> Result<(), FormatError> {
        self.tree.begin(node.tag(), node.row_count())?;
        let child_count = node.child_count();
        if child_count > self.cursor.remaining() as u64 {
            return Err(FormatError::Damaged("more items than bytes"));
        }
        if child_count > 0 {
            return self.tree.open(child_count);
        }
        self.tree.leaf();
        while let Some(set) = self.tree.close() {
            if let Some(mut members) = set {
                members.next(self.bytes, self.cursor.position())?;
            }
        }
        Ok(())
    }

    /// A leaf: bytes in place, or the number of a buffer that is cut as `layout` says.
    pub(crate) fn payload(&mut self, layout: Layout) -> Result<Payload<'a>, FormatError> {
        match self.cursor.item()? {
            Item::Bytes(bytes) if self.stays_in_place(bytes.len()) => Ok(Payload::Inline(bytes)),
            Item::Bytes(_) => Err(FormatError::Damaged("a long leaf in place")),
            Item::Uint(number) => self.buffer(number, layout).map(Payload::Buffer),
            _ => Err(FormatError::Damaged("expected a leaf")),
        }
    }

    /// A manifest without any buffers may be one that was to have none, such as metadata.
    fn stays_in_place(&self, len: usize) -> bool {
        len < LEAF_LEN || self.tree.is_in_set() || self.buffers.is_empty()
    }

    /// Buffers are named in their order and once each, so that no few bytes claim one a million times.
    fn buffer(&mut self, number: u64, layout: Layout) -> Result<u32, FormatError> {
        if number != self.next_buffer as u64 || self.tree.is_in_set() {
            return Err(FormatError::Damaged("a buffer out of order"));
        }
        let buffer = self.buffers.get(self.next_buffer);
        let buffer = buffer.ok_or(FormatError::Damaged("a buffer that is not there"))?;
        if buffer.len < LEAF_LEN as u64 || layout == Layout::Fixed && !buffer.is_fixed() {
            return Err(FormatError::Damaged("a buffer too short for one, or cut otherwise"));
        }
        self.next_buffer += 1;
        u32::try_from(number).map_err(|_| FormatError::Damaged("too many buffers"))
    }

    /// As [`payload`](Self::payload), or null.
    fn optional_payload(&mut self) -> Result<Option<Payload<'a>>, FormatError> {
        let before = self.cursor.clone();
        if self.cursor.item()? == Item::Null {
            return Ok(None);
        }
        self.cursor = before;
        self.payload(Layout::Fixed).map(Some)
    }

    /// A leaf that must be `count` items of `item_size` bytes.
    pub(crate) fn sized_payload(&mut self, count: u64, item_size: u64) -> Result<Payload<'a>, FormatError> {
        let payload = self.payload(Layout::Fixed)?;
        if count.checked_mul(item_size) != Some(self.payload_len(payload)) {
            return Err(FormatError::Damaged("a leaf of another length than its head says"));
        }
        Ok(payload)
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
        if validity.is_some_and(|payload| self.payload_len(payload) != row_count.div_ceil(8)) {
            return Err(FormatError::Damaged("a bitmap of another length than its rows"));
        }
        Ok(validity)
    }
}

impl Members {
    /// Takes note that a member ends, and another may begin, at `position`.
    fn next(&mut self, bytes: &[u8], position: usize) -> Result<(), FormatError> {
        if let Some(start) = self.current {
            let current = start..position;
            if bytes[self.previous.clone()] > bytes[current.clone()] {
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
