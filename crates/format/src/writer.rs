//! Takes a value's nodes one by one and makes the tree of a manifest.
//!
//! The methods for each family of nodes are in `codec/`. What is here is what
//! they share: counting children and depth, numbering mutable nodes, the table
//! of keys, the order of sets, and leaves, which are only noted: their bytes
//! move later, when the whole value is known to be storable.

use std::collections::{BTreeSet, HashMap};

use crate::cbor;
use crate::limits::LEAF_LEN;
use crate::{Buffer, FormatError, Layout, Limits, Manifest, Source, node::tag};

/// A leaf that leaves the manifest: where its bytes come from, and how they are cut.
pub struct Leaf {
    /// The bytes.
    pub source: Box<dyn Source>,
    /// How they are cut.
    pub layout: Layout,
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
    open: Vec<Parent>,
    is_complete: bool,
    /// How many sets are open: inside, leaves stay in place and nothing is numbered, because
    /// members are put in the order of their bytes afterwards.
    set_depth: usize,
    keys: HashMap<Box<str>, u32>,
    next_number: u32,
    last_number: Option<u32>,
    shared: BTreeSet<u32>,
    leaves: Vec<Leaf>,
    pub(crate) has_opaque: bool,
}

struct Parent {
    remaining: u64,
    /// Where each member begins, when the parent is a set.
    members: Option<Vec<usize>>,
}

impl Writer {
    /// A writer of one value.
    pub fn new(limits: Limits) -> Self {
        Self {
            out: Vec::new(),
            limits,
            leaf_len: LEAF_LEN as u64,
            open: Vec::new(),
            is_complete: false,
            set_depth: 0,
            keys: HashMap::new(),
            next_number: 0,
            last_number: None,
            shared: BTreeSet::new(),
            leaves: Vec::new(),
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
        self.last_number
    }

    /// Whether a set is open around the next node.
    pub fn is_in_set(&self) -> bool {
        self.set_depth > 0
    }

    /// Refers to a mutable node that is complete, by its number.
    pub fn shared(&mut self, number: u32) -> Result<(), FormatError> {
        self.begin(tag::SHARED, 1, false)?;
        cbor::put_uint(&mut self.out, u64::from(number));
        self.shared.insert(number);
        self.leaf_done()
    }

    /// A str as a dict's key or a field's name: in full the first time, by number after that.
    pub fn key(&mut self, key: &str) -> Result<(), FormatError> {
        if self.set_depth > 0 || key.len() >= LEAF_LEN {
            return self.str(key);
        }
        self.begin(tag::KEY, 1, false)?;
        if let Some(number) = self.keys.get(key) {
            cbor::put_uint(&mut self.out, u64::from(*number));
        } else {
            let number = u32::try_from(self.keys.len()).expect("a manifest is too short for 2^32 keys");
            self.keys.insert(key.into(), number);
            cbor::put_text(&mut self.out, key);
        }
        self.leaf_done()
    }

    /// Ends the value.
    ///
    /// # Errors
    /// `Misuse` when a node or a child is missing.
    pub fn finish(self) -> Result<Draft, FormatError> {
        if !self.is_complete {
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
    pub(crate) fn begin_bare(&mut self) -> Result<(), FormatError> {
        if self.is_complete {
            return Err(FormatError::Misuse("a node after the value"));
        }
        self.last_number = None;
        let len = self.out.len() as u64;
        if len > self.limits.manifest_len {
            return Err(FormatError::TooLarge {
                what: "manifest bytes",
                limit: self.limits.manifest_len,
                actual: len,
            });
        }
        if let Some(parent) = self.open.last_mut() {
            parent.remaining -= 1;
            if let Some(members) = &mut parent.members {
                members.push(self.out.len());
            }
        }
        Ok(())
    }

    /// Begins a node with a tag and `fields` items after it (children not counted).
    pub(crate) fn begin(&mut self, tag: u64, fields: u64, is_mutable: bool) -> Result<(), FormatError> {
        self.begin_bare()?;
        if is_mutable && self.set_depth == 0 {
            self.last_number = Some(self.next_number);
            self.next_number += 1;
        }
        cbor::put_array(&mut self.out, fields + 1);
        cbor::put_uint(&mut self.out, tag);
        Ok(())
    }

    /// Ends the head of a node without children.
    pub(crate) fn leaf_done(&mut self) -> Result<(), FormatError> {
        self.head_done(0, false)
    }

    /// Ends the head of a node whose `child_count` children follow.
    pub(crate) fn head_done(&mut self, child_count: u64, is_set: bool) -> Result<(), FormatError> {
        if child_count > 0 {
            let depth = self.open.len() + 1;
            if depth > self.limits.depth {
                let (limit, actual) = (self.limits.depth as u64, depth as u64);
                return Err(FormatError::TooLarge { what: "depth", limit, actual });
            }
            self.set_depth += usize::from(is_set);
            self.open.push(Parent { remaining: child_count, members: is_set.then(Vec::new) });
            return Ok(());
        }
        while self.open.last().is_some_and(|parent| parent.remaining == 0) {
            let parent = self.open.pop().expect("there is a last one");
            if let Some(members) = parent.members {
                self.set_depth -= 1;
                self.sort_members(&members);
            }
        }
        self.is_complete = self.open.is_empty();
        Ok(())
    }

    /// Puts a set's members, which reach to the end of the output, in the order of their bytes.
    fn sort_members(&mut self, starts: &[usize]) {
        let first = starts[0];
        let ends = starts.iter().skip(1).copied().chain([self.out.len()]);
        let mut members: Vec<&[u8]> =
            starts.iter().zip(ends).map(|(start, end)| &self.out[*start..end]).collect();
        members.sort_unstable();
        let sorted = members.concat();
        self.out.truncate(first);
        self.out.extend_from_slice(&sorted);
    }

    /// Writes a leaf: bytes in place when short or in a set, else the number of a buffer.
    pub(crate) fn payload(&mut self, source: Box<dyn Source>, layout: Layout) {
        let len = source.len();
        if self.set_depth == 0 && len >= self.leaf_len {
            cbor::put_uint(&mut self.out, self.leaves.len() as u64);
            self.leaves.push(Leaf { source, layout });
            return;
        }
        let len = usize::try_from(len).expect("a leaf kept in place fits in memory");
        cbor::put_bytes_head(&mut self.out, len);
        let start = self.out.len();
        self.out.resize(start + len, 0);
        source.copy_to(0, &mut self.out[start..]);
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
