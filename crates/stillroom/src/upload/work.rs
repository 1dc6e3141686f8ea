//! What of a save's leaves is still to be read, shared among those who read it.
//!
//! Full chunks are handed out a batch at a time and in order, so that a backend
//! can lay them out in one run; what else there is, tails and what is cut by
//! content, a leaf at a time.

use std::sync::{Mutex, PoisonError};

use stillroom_format::{CHUNK_LEN, Cuts, Layout, Leaf, Source};

use super::batch::{BATCH_LEN, Batch};

/// The leaves of a save, and how far they are read.
pub(super) struct Work<'d> {
    leaves: Vec<&'d Leaf>,
    full: Mutex<Full>,
    rest: Mutex<usize>,
}

/// A part of the work.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// The full chunks of fixed-width leaves.
    Full,
    /// Everything else.
    Rest,
}

/// Where the next full chunk is.
#[derive(Default)]
struct Full {
    leaf: usize,
    offset: u64,
    /// How many batches were handed out.
    count: usize,
}

/// Full chunks of one leaf that follow one another.
struct Stretch {
    leaf: usize,
    offset: u64,
    len: usize,
}

/// Takes a batch that is full and gives an empty one; none when nobody wants more. What order it belongs in
/// is said when it has one.
pub(super) type Exchange<'a> = &'a mut dyn FnMut(Option<usize>, Batch) -> Option<Batch>;

impl<'d> Work<'d> {
    pub(super) fn new(leaves: Vec<&'d Leaf>) -> Self {
        Self { leaves, full: Mutex::default(), rest: Mutex::default() }
    }

    pub(super) fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    /// Bytes of a part.
    pub(super) fn len(&self, part: Part) -> u64 {
        let of_leaf = |leaf: &&Leaf| match part {
            Part::Full => full_len(leaf),
            Part::Rest => leaf.source.len() - full_len(leaf),
        };
        self.leaves.iter().map(of_leaf).sum()
    }

    /// Reads what nobody has taken of a part until nothing is left of it; the batch begun last.
    pub(super) fn read(&self, part: Part, batch: Batch, exchange: Exchange<'_>) -> Option<Batch> {
        match part {
            Part::Full => self.read_full(batch, exchange),
            Part::Rest => self.read_rest(batch, exchange),
        }
    }

    fn read_full(&self, mut batch: Batch, exchange: Exchange<'_>) -> Option<Batch> {
        while let Some((number, stretches)) = self.next_full() {
            for Stretch { leaf, offset, len } in stretches {
                batch.read(leaf, &*self.leaves[leaf].source, offset, len);
            }
            batch = exchange(Some(number), batch)?;
        }
        Some(batch)
    }

    fn read_rest(&self, mut batch: Batch, exchange: Exchange<'_>) -> Option<Batch> {
        while let Some(leaf) = self.next_rest() {
            let Leaf { source, layout, .. } = self.leaves[leaf];
            batch = match layout {
                Layout::Fixed => {
                    let offset = full_len(self.leaves[leaf]);
                    let tail_len = usize::try_from(source.len() - offset).expect("less than a chunk");
                    let mut batch = with_room(batch, tail_len, exchange)?;
                    batch.read(leaf, &**source, offset, tail_len);
                    batch
                }
                Layout::Content => cut(leaf, &**source, batch, exchange)?,
            };
        }
        Some(batch)
    }

    /// The full chunks of the next batch.
    fn next_full(&self) -> Option<(usize, Vec<Stretch>)> {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut stretches, mut room) = (Vec::new(), BATCH_LEN);
        while room > 0
            && let Some(leaf) = self.leaves.get(full.leaf)
        {
            let left = full_len(leaf) - full.offset;
            let len = room.min(usize::try_from(left).unwrap_or(room));
            if len > 0 {
                stretches.push(Stretch { leaf: full.leaf, offset: full.offset, len });
            }
            room -= len;
            full.offset += len as u64;
            if len as u64 == left {
                (full.leaf, full.offset) = (full.leaf + 1, 0);
            }
        }
        let number = full.count;
        full.count += 1;
        (!stretches.is_empty()).then_some((number, stretches))
    }

    /// The next leaf of which something is left.
    fn next_rest(&self) -> Option<usize> {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |leaf: &&Leaf| leaf.source.len() > full_len(leaf);
        let skipped = self.leaves[*rest..].iter().position(left)?;
        *rest += skipped + 1;
        Some(*rest - 1)
    }
}

/// Copies all of a source, cut by content.
pub(super) fn cut(
    leaf: usize,
    source: &dyn Source,
    mut batch: Batch,
    exchange: Exchange<'_>,
) -> Option<Batch> {
    let mut cuts = Cuts::new(source, Layout::Content);
    while let Some(bytes) = cuts.next() {
        batch = with_room(batch, bytes.len(), exchange)?;
        batch.push(leaf, bytes);
    }
    Some(batch)
}

fn with_room(batch: Batch, len: usize, exchange: Exchange<'_>) -> Option<Batch> {
    if batch.len() > 0 && len > batch.room() { exchange(None, batch) } else { Some(batch) }
}

/// Bytes of a leaf's full chunks.
fn full_len(leaf: &Leaf) -> u64 {
    match leaf.layout {
        Layout::Fixed => leaf.source.len() / CHUNK_LEN as u64 * CHUNK_LEN as u64,
        Layout::Content => 0,
    }
}
