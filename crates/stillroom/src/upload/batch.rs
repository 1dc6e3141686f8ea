//! Up to a mebibyte copied from leaves, cut into blobs, hashed, and coded where that is wanted.

use std::ops::Range;

use stillroom_core::{Codec, PutBlob};
use stillroom_format::{CHUNK_LEN, Chunk, Digest, Source};

use super::coding::Coder;

/// How much is copied, hashed and put at a time.
pub(super) const BATCH_LEN: usize = 16 * CHUNK_LEN;

/// Bytes copied from leaves, one blob after another.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// What new blobs were coded to, one after another.
    coded: Vec<u8>,
    pub(super) blobs: Vec<Blob>,
}

/// A stretch of a batch that is a blob.
pub(super) struct Blob {
    /// The leaf it is of, by its place among all leaves of the save.
    pub(super) leaf: usize,
    pub(super) digest: Digest,
    range: Range<usize>,
    /// Where the coded bytes are; none when it is kept raw.
    coded: Option<(Codec, Range<usize>)>,
    is_full_chunk: bool,
    /// Whether the backend has to be given it.
    pub(super) is_new: bool,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// How many more bytes it takes.
    pub(super) fn room(&self) -> usize {
        BATCH_LEN.saturating_sub(self.bytes.len())
    }

    /// Copies a blob.
    pub(super) fn push(&mut self, leaf: usize, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.note(leaf, start..self.bytes.len(), false);
    }

    /// Copies a stretch of a leaf and notes it as blobs of up to 64 KiB.
    pub(super) fn read(&mut self, leaf: usize, source: &dyn Source, offset: u64, len: usize) {
        let start = self.bytes.len();
        self.bytes.resize(start + len, 0);
        source.copy_to(offset, &mut self.bytes[start..]);
        for from in (start..start + len).step_by(CHUNK_LEN) {
            let to = (from + CHUNK_LEN).min(start + len);
            self.note(leaf, from..to, to - from == CHUNK_LEN);
        }
    }

    fn note(&mut self, leaf: usize, range: Range<usize>, is_full_chunk: bool) {
        let digest = Digest::of(&self.bytes[range.clone()]);
        self.blobs.push(Blob { leaf, digest, range, coded: None, is_full_chunk, is_new: false });
    }

    /// Codes the blobs that the backend has to be given.
    pub(super) fn code(&mut self, coder: &mut Coder<'_>) {
        if !coder.has_work() {
            return;
        }
        let Self { bytes, coded, blobs } = self;
        for blob in blobs.iter_mut().filter(|blob| blob.is_new) {
            let (codec, kept) = coder.code(blob.leaf, &bytes[blob.range.clone()]);
            if codec != Codec::Raw {
                let start = coded.len();
                coded.extend_from_slice(kept);
                blob.coded = Some((codec, start..coded.len()));
            }
            blob.is_full_chunk &= coder.aligns(blob.leaf);
        }
    }

    /// Those of its blobs that the backend has to be given.
    pub(super) fn new_blobs(&self) -> impl Iterator<Item = PutBlob<'_>> {
        self.blobs.iter().filter(|blob| blob.is_new).map(|blob| {
            let raw = PutBlob::raw(blob.digest, &self.bytes[blob.range.clone()], blob.is_full_chunk);
            match &blob.coded {
                None => raw,
                Some((codec, range)) => PutBlob { codec: *codec, bytes: &self.coded[range.clone()], ..raw },
            }
        })
    }

    /// The same memory, for other bytes.
    pub(super) fn emptied(mut self) -> Self {
        self.bytes.clear();
        self.coded.clear();
        self.blobs.clear();
        self
    }
}

impl Blob {
    pub(super) fn chunk(&self) -> Chunk {
        let len = u32::try_from(self.range.len()).expect("a chunk is at most 256 KiB");
        Chunk { digest: self.digest, len }
    }
}
