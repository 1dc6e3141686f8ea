//! Where buffers are cut into blobs; part of the format, so that equal bytes share blobs.
//!
//! Fixed-width buffers are cut every 64 KiB. Variable-width ones are cut by
//! content, FastCDC 2020 (Xia et al., IEEE TPDS 31(9)), so that an insertion
//! moves few cuts. A buffer of at most 64 KiB is one blob either way.

use std::ops::Range;

use fastcdc::v2020::{Normalization, cut, select_masks};

use crate::Source;

/// Length of a full chunk of a fixed-width buffer: 64 KiB.
pub const CHUNK_LEN: usize = 64 * 1024;

/// The shortest chunk of a buffer cut by content, but for its last: 16 KiB.
pub(crate) const CUT_MIN: usize = 16 * 1024;
const CUT_AVERAGE: usize = 64 * 1024;
/// The longest chunk of a buffer cut by content: 256 KiB.
pub(crate) const CUT_MAX: usize = 256 * 1024;
/// How much of a source is held while cutting by content.
const WINDOW_LEN: usize = 1024 * 1024;

/// How a buffer is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// At fixed steps of 64 KiB: arrays and fixed-width columns.
    Fixed,
    /// By content: text, bytes, manifests.
    Content,
}

/// How many chunks a buffer of `len` bytes cut at fixed steps has.
pub(crate) fn chunk_count(len: u64) -> u64 {
    len.div_ceil(CHUNK_LEN as u64)
}

/// The chunks of one source in order, read through a window.
///
/// Each byte is copied into the window once; of a buffer cut by content, up to 256 KiB are moved
/// to the window's front at each refill of a mebibyte.
pub struct Cuts<'a> {
    source: &'a dyn Source,
    layout: Layout,
    /// As long as it needs to be from the start: zeroing it again for each refill would cost a pass.
    window: Vec<u8>,
    /// What of the window is filled and not yet taken.
    filled: Range<usize>,
    /// Offset in the source of the end of what is filled.
    read: u64,
}

impl<'a> Cuts<'a> {
    /// The chunks of all of `source`.
    pub fn new(source: &'a dyn Source, layout: Layout) -> Self {
        Self::from(source, layout, 0)
    }

    /// The chunks of `source` from `offset`, itself a cut, on.
    pub fn from(source: &'a dyn Source, layout: Layout, offset: u64) -> Self {
        let left = usize::try_from(source.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        Self { source, layout, window: vec![0; left.min(WINDOW_LEN)], filled: 0..0, read: offset }
    }

    /// The next chunk's bytes, or `None` at the end.
    #[expect(clippy::should_implement_trait, reason = "lends from the window, which Iterator can't")]
    pub fn next(&mut self) -> Option<&[u8]> {
        let needed = match self.layout {
            Layout::Fixed => CHUNK_LEN,
            Layout::Content => CUT_MAX,
        };
        if self.filled.len() < needed {
            self.refill();
        }
        let rest = &self.window[self.filled.clone()];
        if rest.is_empty() {
            return None;
        }
        let whole_is_one = self.source.len() <= CHUNK_LEN as u64;
        let len = match self.layout {
            Layout::Fixed => rest.len().min(CHUNK_LEN),
            Layout::Content if whole_is_one => rest.len(),
            Layout::Content => next_cut(rest),
        };
        let start = self.filled.start;
        self.filled.start += len;
        Some(&self.window[start..start + len])
    }

    fn refill(&mut self) {
        let left = usize::try_from(self.source.len().saturating_sub(self.read)).unwrap_or(usize::MAX);
        if left == 0 {
            return;
        }
        self.window.copy_within(self.filled.clone(), 0);
        let held = self.filled.len();
        let end = held + left.min(self.window.len() - held);
        self.source.copy_to(self.read, &mut self.window[held..end]);
        self.filled = 0..end;
        self.read += (end - held) as u64;
    }
}

fn next_cut(rest: &[u8]) -> usize {
    let (small, large) = select_masks(CUT_AVERAGE, Normalization::Level1);
    cut(rest, CUT_MIN, CUT_AVERAGE, CUT_MAX, small, large, small << 1, large << 1).1
}
