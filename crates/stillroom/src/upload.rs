//! Moves the leaves of a save: copies a slice, hashes it, and puts what the backend does not have.
//!
//! Each byte of a leaf is read once. Full chunks of all leaves come first, so
//! that a backend can lay them out in one run; tails and text follow. Up to
//! 64 KiB of new bytes are held back for the commit itself, which then is one
//! write; as soon as there are more, everything goes ahead of it.

use std::collections::HashSet;
use std::ops::Range;

use stillroom_core::{BlobStore, Principal, PutBlob, poll_now};
use stillroom_format::{Buffer, CHUNK_LEN, Chunk, Cuts, Digest, Draft, Layout, Manifest, Root, Source};

use crate::{Progress, Result, Watch};

/// How much is copied, hashed and put at a time.
const BATCH_LEN: usize = 16 * CHUNK_LEN;
/// New bytes up to which a save lies in the commit itself.
const INLINE_LEN: usize = CHUNK_LEN;
/// A manifest above this is cut into blobs like a long text.
const MANIFEST_LEN: usize = CHUNK_LEN;

pub(crate) struct Upload<'a> {
    blobs: &'a dyn BlobStore,
    who: &'a Principal,
    watch: Watch<'a>,
    progress: Progress,
    batch: Batch,
    /// New blobs held back for the commit, while they are few.
    held: Vec<Held>,
    held_len: usize,
    /// Blobs this save has put or holds, so that equal chunks within it move once.
    seen: HashSet<Digest>,
    has_put: bool,
    new: HashSet<Digest>,
    new_bytes: u64,
}

/// What a save had to move, all of it put but for what is held.
pub(crate) struct Moved {
    /// Blobs to be part of the commit.
    pub(crate) held: Vec<Held>,
    /// The blobs that were not there, held ones included.
    pub(crate) new: HashSet<Digest>,
    /// Bytes of those.
    pub(crate) new_bytes: u64,
}

/// A blob kept back.
pub(crate) struct Held {
    digest: Digest,
    bytes: Vec<u8>,
    is_full_chunk: bool,
}

/// Bytes copied from leaves, one blob after another.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    blobs: Vec<(Digest, Range<usize>, bool)>,
}

impl Batch {
    fn push(&mut self, bytes: &[u8], is_full_chunk: bool) -> Chunk {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.note(start..self.bytes.len(), is_full_chunk)
    }

    /// Copies a stretch of `source` and notes it as blobs of up to 64 KiB.
    fn read(&mut self, source: &dyn Source, offset: u64, len: usize, chunks: &mut Vec<Chunk>) {
        let start = self.bytes.len();
        self.bytes.resize(start + len, 0);
        source.copy_to(offset, &mut self.bytes[start..]);
        for from in (start..start + len).step_by(CHUNK_LEN) {
            let to = (from + CHUNK_LEN).min(start + len);
            chunks.push(self.note(from..to, to - from == CHUNK_LEN));
        }
    }

    fn note(&mut self, range: Range<usize>, is_full_chunk: bool) -> Chunk {
        let digest = Digest::of(&self.bytes[range.clone()]);
        let len = u32::try_from(range.len()).expect("a chunk is at most 256 KiB");
        self.blobs.push((digest, range, is_full_chunk));
        Chunk { digest, len }
    }
}

impl<'a> Upload<'a> {
    pub(crate) fn new(blobs: &'a dyn BlobStore, who: &'a Principal, total: u64, watch: Watch<'a>) -> Self {
        Self {
            blobs,
            who,
            watch,
            progress: Progress { done: 0, total },
            batch: Batch::default(),
            held: Vec::new(),
            held_len: 0,
            seen: HashSet::new(),
            has_put: false,
            new: HashSet::new(),
            new_bytes: 0,
        }
    }

    /// Moves the leaves of all drafts; the buffers they became, in the leaves' order.
    pub(crate) fn leaves<'d>(
        &mut self,
        drafts: impl Iterator<Item = &'d Draft> + Clone,
    ) -> Result<Vec<Vec<Buffer>>> {
        let mut chunks: Vec<Vec<Vec<Chunk>>> = Vec::new();
        for draft in drafts.clone() {
            let mut of_draft = Vec::with_capacity(draft.leaves().len());
            for leaf in draft.leaves() {
                let mut of_leaf = Vec::new();
                if leaf.layout == Layout::Fixed {
                    self.full_chunks(&*leaf.source, &mut of_leaf)?;
                }
                of_draft.push(of_leaf);
            }
            chunks.push(of_draft);
        }
        for (draft, of_draft) in drafts.zip(&mut chunks) {
            for (leaf, of_leaf) in draft.leaves().iter().zip(of_draft) {
                match leaf.layout {
                    Layout::Fixed => self.tail(&*leaf.source, of_leaf)?,
                    Layout::Content => self.cut(&*leaf.source, of_leaf)?,
                }
            }
        }
        let buffers = |of_draft: Vec<Vec<Chunk>>| of_draft.into_iter().map(Buffer::new).collect();
        Ok(chunks.into_iter().map(buffers).collect())
    }

    /// Moves a manifest that is too long for its record; what the record holds of it.
    pub(crate) fn root(&mut self, manifest: &Manifest) -> Result<Root> {
        if manifest.bytes().len() <= MANIFEST_LEN {
            return Ok(Root::Whole(manifest.bytes().clone()));
        }
        let mut chunks = Vec::new();
        self.cut(manifest.bytes(), &mut chunks)?;
        Ok(Root::Cut(Buffer::new(chunks)))
    }

    /// Everything has moved but what is to be part of the commit.
    pub(crate) fn finish(mut self) -> Result<Moved> {
        self.flush()?;
        // What is left, the tree and the held blobs, goes into the commit itself.
        self.progress.done = self.progress.total;
        self.look()?;
        Ok(Moved { held: self.held, new: self.new, new_bytes: self.new_bytes })
    }

    fn full_chunks(&mut self, source: &dyn Source, chunks: &mut Vec<Chunk>) -> Result<()> {
        let full_len = source.len() / CHUNK_LEN as u64 * CHUNK_LEN as u64;
        let mut offset = 0;
        while offset < full_len {
            let room = (BATCH_LEN - self.batch.bytes.len()) / CHUNK_LEN * CHUNK_LEN;
            if room == 0 {
                self.flush()?;
                continue;
            }
            let len = room.min(usize::try_from(full_len - offset).unwrap_or(room));
            self.batch.read(source, offset, len, chunks);
            offset += len as u64;
        }
        Ok(())
    }

    fn tail(&mut self, source: &dyn Source, chunks: &mut Vec<Chunk>) -> Result<()> {
        let tail_len = (source.len() % CHUNK_LEN as u64) as usize;
        if tail_len == 0 {
            return Ok(());
        }
        self.make_room(tail_len)?;
        self.batch.read(source, source.len() - tail_len as u64, tail_len, chunks);
        Ok(())
    }

    fn cut(&mut self, source: &dyn Source, chunks: &mut Vec<Chunk>) -> Result<()> {
        let mut cuts = Cuts::new(source, Layout::Content);
        while let Some(bytes) = cuts.next() {
            self.make_room(bytes.len())?;
            chunks.push(self.batch.push(bytes, false));
        }
        Ok(())
    }

    fn make_room(&mut self, len: usize) -> Result<()> {
        if self.batch.bytes.len() + len > BATCH_LEN { self.flush() } else { Ok(()) }
    }

    /// Puts the batch's new blobs, or holds them back while all new bytes are few.
    fn flush(&mut self) -> Result<()> {
        let mut batch = std::mem::take(&mut self.batch);
        self.put_new(&batch)?;
        // A manifest over many buffers is longer than the tree that was counted: its digests are in it.
        let done = self.progress.done + batch.bytes.len() as u64;
        self.progress.done = done.min(self.progress.total);
        batch.bytes.clear();
        batch.blobs.clear();
        self.batch = batch;
        self.look()
    }

    fn look(&mut self) -> Result<()> {
        self.progress.tell(self.watch)
    }

    fn put_new(&mut self, batch: &Batch) -> Result<()> {
        let fresh: Vec<_> = batch.blobs.iter().filter(|(digest, ..)| self.seen.insert(*digest)).collect();
        let digests: Vec<Digest> = fresh.iter().map(|(digest, ..)| *digest).collect();
        let missing: HashSet<Digest> =
            poll_now(self.blobs.missing(self.who, &digests))?.into_iter().collect();
        let new: Vec<PutBlob<'_>> = fresh
            .into_iter()
            .filter(|(digest, ..)| missing.contains(digest))
            .map(|(digest, range, is_full_chunk)| PutBlob {
                digest: *digest,
                bytes: &batch.bytes[range.clone()],
                is_full_chunk: *is_full_chunk,
            })
            .collect();
        let new_len: usize = new.iter().map(|blob| blob.bytes.len()).sum();
        self.new_bytes += new_len as u64;
        self.new.extend(missing);
        if !self.has_put && self.held_len + new_len <= INLINE_LEN {
            self.held_len += new_len;
            self.held.extend(new.iter().map(Held::of));
            return Ok(());
        }
        self.put_held()?;
        self.put(&new)
    }

    fn put_held(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        self.put(&held.iter().map(Held::as_blob).collect::<Vec<_>>())
    }

    fn put(&mut self, blobs: &[PutBlob<'_>]) -> Result<()> {
        self.has_put = true;
        if blobs.is_empty() {
            return Ok(());
        }
        Ok(poll_now(self.blobs.put(self.who, blobs))?)
    }
}

impl Held {
    fn of(blob: &PutBlob<'_>) -> Self {
        Self { digest: blob.digest, bytes: blob.bytes.to_vec(), is_full_chunk: blob.is_full_chunk }
    }

    pub(crate) fn as_blob(&self) -> PutBlob<'_> {
        PutBlob { digest: self.digest, bytes: &self.bytes, is_full_chunk: self.is_full_chunk }
    }
}
