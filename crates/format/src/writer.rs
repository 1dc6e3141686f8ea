//! Takes a value's nodes one by one and makes the tree of a manifest.
//!
//! The methods for each family of nodes are in `codec/`, the rules of the tree in
//! `tree.rs`. What is here is what the methods share: the table of keys, the order
//! of sets, and leaves, which are only noted: their bytes move later, when the
//! whole value is known to be storable.

use std::collections::{BTreeSet, HashMap};

use crate::cbor;
use crate::limits::LEAF_LEN;
use crate::node::tag;
use crate::tree::Tree;
use crate::{Buffer, Counted, FormatError, Item, Layout, Limits, Manifest, Source};

/// A leaf that leaves the manifest: where its bytes come from, how they are cut, and what they are.
pub struct Leaf {
    /// The bytes.
    pub source: Box<dyn Source>,
    /// How they are cut.
    pub layout: Layout,
    /// What they are made of, for codecs; nothing of it is written.
    pub item: Item,
}

/// Writes one value, node by node: a parent first, then its children in order.
///
/// A parent says how many children it has; it is complete with the last of
/// them. Nothing is hashed or sent: [`finish`](Self::finish) gives a [`Draft`].
pub struct Writer {
    pub(crate) out: Vec<u8>,
    limits: Limits,
    /// Leaves of this length and more become buffers.
    leaf_len: u64,
    /// Of each open set, where its members begin. Inside, leaves stay in place and nothing is
    /// numbered, because members are put in the order of their bytes afterwards.
    tree: Tree<Vec<usize>>,
    keys: HashMap<Box<str>, u32>,
    shared: BTreeSet<u32>,
    leaves: Vec<Leaf>,
    leaves_len: u64,
    pub(crate) has_opaque: bool,
}

impl Writer {
    /// A writer of one value.
    pub fn new(limits: Limits) -> Self {
        Self {
            out: Vec::new(),
            limits,
            leaf_len: LEAF_LEN as u64,
            tree: Tree::new(limits, FormatError::Misuse),
            keys: HashMap::new(),
            shared: BTreeSet::new(),
            leaves: Vec::new(),
            leaves_len: 0,
            has_opaque: false,
        }
    }

    /// A writer whose leaves all stay in the manifest, for metadata that a record holds whole.
    pub fn without_buffers(limits: Limits) -> Self {
        Self { leaf_len: u64::MAX, ..Self::new(limits) }
    }

    /// The number of the node just begun, when it is a mutable one outside a set.
    ///
    /// Remember it with the object: when the same object comes again, write [`shared`](Self::shared).
    pub fn last_number(&self) -> Option<u32> {
        self.tree.last_number()
    }

    /// Bytes of the tree so far and of the leaves in it.
    pub fn len(&self) -> u64 {
        self.out.len() as u64 + self.leaves_len
    }

    /// Whether nothing is written yet.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Whether a set is open around the next node.
    pub fn is_in_set(&self) -> bool {
        self.tree.is_in_set()
    }

    /// Refers to a mutable node that is complete, by its number.
    ///
    /// The columns, indexes and attrs of a frame or series are written in full instead: they are parts
    /// of it and no values of their own.
    ///
    /// # Errors
    /// `Misuse` when there is no such node, or it is still open: a cycle.
    pub fn shared(&mut self, number: u32) -> Result<(), FormatError> {
        if !self.tree.is_shareable(number) {
            return Err(FormatError::Misuse("a shared node that is not there or not complete"));
        }
        self.begin(tag::SHARED, 1)?;
        cbor::put_uint(&mut self.out, u64::from(number));
        self.shared.insert(number);
        self.leaf_done()
    }

    /// A str as a dict's key or a field's name: in full the first time, by number after that.
    ///
    /// The same as [`str`](Self::str), which also knows where it stands.
    pub fn key(&mut self, key: &str) -> Result<(), FormatError> {
        self.str(key)
    }

    pub(crate) fn wants_key(&self) -> bool {
        self.tree.wants_key()
    }

    /// A short str that stands as a key outside a set.
    pub(crate) fn table_key(&mut self, key: &str) -> Result<(), FormatError> {
        self.begin(tag::KEY, 1)?;
        if let Some(number) = self.keys.get(key) {
            cbor::put_uint(&mut self.out, u64::from(*number));
        } else {
            let number = u32::try_from(self.keys.len());
            self.keys.insert(key.into(), number.map_err(|_| FormatError::Misuse("too many keys"))?);
            cbor::put_text(&mut self.out, key);
        }
        self.leaf_done()
    }

    /// Ends the value.
    ///
    /// # Errors
    /// `Misuse` when a node or a child is missing.
    pub fn finish(self) -> Result<Draft, FormatError> {
        if !self.tree.is_complete() {
            return Err(FormatError::Misuse("the value is not complete"));
        }
        Ok(Draft {
            tree: self.out,
            shared: self.shared.into_iter().collect(),
            leaves: self.leaves,
            has_opaque: self.has_opaque,
            limits: self.limits,
        })
    }

    /// Begins a node that stands for itself in CBOR.
    pub(crate) fn begin_bare(&mut self, bare: u64) -> Result<(), FormatError> {
        self.begin_node(bare, None)
    }

    /// Begins a node with a tag and `fields` items after it (children not counted).
    pub(crate) fn begin(&mut self, tag: u64, fields: u64) -> Result<(), FormatError> {
        self.begin_node(tag, None)?;
        cbor::put_array(&mut self.out, fields + 1);
        cbor::put_uint(&mut self.out, tag);
        Ok(())
    }

    /// As [`begin`](Self::begin), for a node of `row_count` rows.
    pub(crate) fn begin_rows(&mut self, tag: u64, fields: u64, row_count: u64) -> Result<(), FormatError> {
        self.begin_node(tag, Some(row_count))?;
        cbor::put_array(&mut self.out, fields + 1);
        cbor::put_uint(&mut self.out, tag);
        Ok(())
    }

    fn begin_node(&mut self, tag: u64, row_count: Option<u64>) -> Result<(), FormatError> {
        self.check_len(0)?;
        let start = self.out.len();
        if let Some(members) = self.tree.set() {
            members.push(start);
        }
        self.tree.begin(tag, row_count)
    }

    /// Refuses a manifest that is too long already, or would be with `more` bytes.
    fn check_len(&self, more: u64) -> Result<(), FormatError> {
        let (limit, actual) = (self.limits.manifest_len, (self.out.len() as u64).saturating_add(more));
        if actual > limit {
            return Err(FormatError::TooLarge { what: Counted::ManifestBytes, limit, actual });
        }
        Ok(())
    }

    /// Ends the head of a node without children.
    pub(crate) fn leaf_done(&mut self) -> Result<(), FormatError> {
        self.head_done(0)
    }

    /// Ends the head of a node whose `child_count` children follow.
    pub(crate) fn head_done(&mut self, child_count: u64) -> Result<(), FormatError> {
        if child_count > 0 {
            return self.tree.open(child_count);
        }
        self.tree.leaf();
        while let Some(set) = self.tree.close() {
            if let Some(members) = set {
                self.sort_members(&members);
            }
        }
        Ok(())
    }

    /// Puts a set's members, which reach to the end of the output, in the order of their bytes.
    fn sort_members(&mut self, starts: &[usize]) {
        let first = starts[0];
        let ends = starts.iter().skip(1).copied().chain([self.out.len()]);
        let mut members: Vec<&[u8]> =
            starts.iter().zip(ends).map(|(start, end)| &self.out[*start..end]).collect();
        // Sets within sets would otherwise be copied once for each level.
        if members.is_sorted() {
            return;
        }
        members.sort_unstable();
        let sorted = members.concat();
        self.out.truncate(first);
        self.out.extend_from_slice(&sorted);
    }

    /// Writes a leaf of text, pickles, whatever has no items of one width.
    pub(crate) fn content(&mut self, source: Box<dyn Source>) -> Result<(), FormatError> {
        self.payload(source, Layout::Content, Item::BYTES)
    }

    /// Writes a leaf of items of one width.
    pub(crate) fn items(&mut self, source: Box<dyn Source>, item: Item) -> Result<(), FormatError> {
        self.payload(source, Layout::Fixed, item)
    }

    /// Bytes in place when short or in a set, else the number of a buffer.
    fn payload(&mut self, source: Box<dyn Source>, layout: Layout, item: Item) -> Result<(), FormatError> {
        let len = source.len();
        if !self.tree.is_in_set() && len >= self.leaf_len {
            cbor::put_uint(&mut self.out, self.leaves.len() as u64);
            self.leaves_len += len;
            self.leaves.push(Leaf { source, layout, item });
            return Ok(());
        }
        self.check_len(len)?;
        let len = usize::try_from(len).map_err(|_| FormatError::Misuse("a leaf longer than memory"))?;
        cbor::put_bytes_head(&mut self.out, len);
        let start = self.out.len();
        self.out.resize(start + len, 0);
        source.copy_to(0, &mut self.out[start..]);
        Ok(())
    }
}

/// A value walked and encoded, whose leaves have not moved yet.
pub struct Draft {
    tree: Vec<u8>,
    shared: Vec<u32>,
    leaves: Vec<Leaf>,
    has_opaque: bool,
    limits: Limits,
}

impl Draft {
    /// The leaves, in the order in which [`seal`](Self::seal) wants their buffers.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Whether an opaque object is in the value, so that its record needs a signature.
    pub fn has_opaque(&self) -> bool {
        self.has_opaque
    }

    /// Bytes of the tree and all leaves: what the value takes before anything is shared.
    pub fn len(&self) -> u64 {
        self.tree.len() as u64 + self.leaves.iter().map(|leaf| leaf.source.len()).sum::<u64>()
    }

    /// Never: even None has bytes.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The manifest, once each leaf has become a buffer.
    ///
    /// # Errors
    /// `Misuse` when a buffer's length is not its leaf's; `TooLarge` past the manifest limit.
    pub fn seal(&self, buffers: Vec<Buffer>) -> Result<Manifest, FormatError> {
        let fit = self.leaves.len() == buffers.len()
            && self.leaves.iter().zip(&buffers).all(|(leaf, buffer)| leaf.source.len() == buffer.len);
        if !fit {
            return Err(FormatError::Misuse("the buffers are not those of the leaves"));
        }
        Manifest::build(&self.tree, self.shared.clone(), buffers, self.limits)
    }
}
