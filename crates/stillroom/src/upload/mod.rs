//! Moves the leaves of a save: copies a slice, hashes it, and puts what the backend does not have.
//!
//! Each byte of a leaf is read once (work.rs), in several threads when there
//! are many (workers.rs), which also code what is new (coding.rs). Full chunks
//! of all leaves come first, so that a backend can lay them out in one run;
//! tails and text follow. Up to 64 KiB of new bytes are held back for the
//! commit itself, which then is one write; as soon as there are more,
//! everything goes ahead of it. Where each call costs more than its bytes, as
//! many are held back as the backend wants in one.

mod batch;
mod coding;
mod known;
mod work;
mod workers;

use std::collections::HashSet;

use stillroom_core::{BlobStore, Codec, Compression, Principal, PutBlob, poll_now};
use stillroom_format::{Buffer, CHUNK_LEN, Chunk, Digest, Draft, Manifest, Root};

use self::batch::Batch;
use self::coding::{Coder, Methods};
use self::known::Known;
use self::work::{Part, Work};
use crate::{Progress, Result, Watch};

/// New bytes up to which a save lies in the commit itself.
const INLINE_LEN: usize = CHUNK_LEN;
/// A manifest above this is cut into blobs like a long text.
const MANIFEST_LEN: usize = CHUNK_LEN;

pub(crate) struct Upload<'a> {
    known: Known<'a>,
    compression: Compression,
    out: Out<'a>,
    /// Begun, and put with what comes next.
    batch: Batch,
}

/// Where batches go.
struct Out<'a> {
    blobs: &'a dyn BlobStore,
    who: &'a Principal,
    watch: Watch<'a>,
    progress: Progress,
    /// New blobs held back for the commit, while they are few.
    held: Vec<Held>,
    held_len: usize,
    has_put: bool,
    new: HashSet<Digest>,
    new_bytes: u64,
    /// Of each leaf, those of its chunks that were put.
    chunks: Vec<Vec<Chunk>>,
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
    codec: Codec,
    raw_len: usize,
    bytes: Vec<u8>,
    is_full_chunk: bool,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(
        blobs: &'a dyn BlobStore,
        who: &'a Principal,
        compression: Compression,
        total: u64,
        watch: Watch<'a>,
    ) -> Self {
        let out = Out {
            blobs,
            who,
            watch,
            progress: Progress { done: 0, total },
            held: Vec::new(),
            held_len: 0,
            has_put: false,
            new: HashSet::new(),
            new_bytes: 0,
            chunks: Vec::new(),
        };
        Self { known: Known::new(blobs, who), compression, out, batch: Batch::default() }
    }

    /// Moves the leaves of all drafts; the buffers they became, in the leaves' order.
    pub(crate) fn leaves<'d>(
        &mut self,
        drafts: impl Iterator<Item = &'d Draft> + Clone,
    ) -> Result<Vec<Vec<Buffer>>> {
        let work = Work::new(drafts.clone().flat_map(Draft::leaves).collect());
        let methods = Methods::new(self.compression, drafts.clone().flat_map(Draft::leaves));
        let mut coder = Coder::new(&methods);
        self.out.chunks.resize_with(work.leaf_count(), Vec::new);
        for part in [Part::Full, Part::Rest] {
            self.read(part, &work, &methods, &mut coder)?;
        }
        self.flush(&mut coder)?;
        let mut buffers = std::mem::take(&mut self.out.chunks).into_iter().map(Buffer::new);
        Ok(drafts.map(|draft| buffers.by_ref().take(draft.leaves().len()).collect()).collect())
    }

    /// Moves a manifest that is too long for its record; what the record holds of it.
    pub(crate) fn root(&mut self, manifest: &Manifest) -> Result<Root> {
        if manifest.bytes().len() <= MANIFEST_LEN {
            return Ok(Root::Whole(manifest.bytes().clone()));
        }
        let methods = Methods::of_bytes(self.compression, manifest.bytes());
        let mut coder = Coder::new(&methods);
        self.out.chunks = vec![Vec::new()];
        self.read_here(&mut coder, |batch, exchange| work::cut(0, manifest.bytes(), batch, exchange))?;
        self.flush(&mut coder)?;
        Ok(Root::Cut(Buffer::new(self.out.chunks.remove(0))))
    }

    /// Everything has moved but what is to be part of the commit.
    pub(crate) fn finish(self) -> Result<Moved> {
        let mut out = self.out;
        // What is left, the tree and the held blobs, goes into the commit itself.
        out.progress.done = out.progress.total;
        out.look()?;
        Ok(Moved { held: out.held, new: out.new, new_bytes: out.new_bytes })
    }

    fn read(
        &mut self,
        part: Part,
        work: &Work<'_>,
        methods: &Methods<'_>,
        coder: &mut Coder<'_>,
    ) -> Result<()> {
        let count = workers::count(work.len(part), methods.are_any());
        if count > 0 {
            self.flush(coder)?;
            let Self { known, out, .. } = self;
            if workers::read(part, work, known, methods, count, |batch| out.put(batch))? {
                return Ok(());
            }
        }
        self.read_here(coder, |batch, exchange| work.read(part, batch, exchange))
    }

    /// Reads on this thread. What is begun of a batch is put with what comes next, so that a small save asks
    /// and puts once.
    fn read_here(
        &mut self,
        coder: &mut Coder<'_>,
        read: impl FnOnce(Batch, work::Exchange<'_>) -> Option<Batch>,
    ) -> Result<()> {
        let Self { known, out, batch, .. } = self;
        let mut failed = None;
        let last = read(std::mem::take(batch), &mut |number, mut batch: Batch| {
            // The last full chunks: what follows goes with them.
            if number.is_some() && batch.room() > 0 {
                return Some(batch);
            }
            match known.prepare(&mut batch, coder).and_then(|()| out.put(&batch)) {
                Ok(()) => Some(batch.emptied()),
                Err(error) => {
                    failed = Some(error);
                    None
                }
            }
        });
        *batch = last.unwrap_or_default();
        failed.map_or(Ok(()), Err)
    }

    fn flush(&mut self, coder: &mut Coder<'_>) -> Result<()> {
        if self.batch.len() == 0 {
            return Ok(());
        }
        let mut batch = std::mem::take(&mut self.batch);
        self.known.prepare(&mut batch, coder)?;
        self.out.put(&batch)?;
        self.batch = batch.emptied();
        Ok(())
    }
}

impl Out<'_> {
    /// Puts a batch's new blobs, or holds them back while all new bytes are few.
    fn put(&mut self, batch: &Batch) -> Result<()> {
        for blob in &batch.blobs {
            self.chunks[blob.leaf].push(blob.chunk());
        }
        let new: Vec<PutBlob<'_>> = batch.new_blobs().collect();
        let new_len: usize = new.iter().map(|blob| blob.bytes.len()).sum();
        self.new_bytes += new_len as u64;
        self.new.extend(new.iter().map(|blob| blob.digest));
        if self.held_len + new_len > self.room() {
            self.put_held()?;
        }
        if self.held_len + new_len <= self.room() {
            self.held_len += new_len;
            self.held.extend(new.iter().map(Held::of));
        } else {
            self.send(&new)?;
        }
        // A manifest over many buffers is longer than the tree that was counted: its digests are in it.
        let done = self.progress.done + batch.len() as u64;
        self.progress.done = done.min(self.progress.total);
        self.look()
    }

    /// How many bytes may be held back.
    fn room(&self) -> usize {
        let call_len = self.blobs.call_len();
        if self.has_put { call_len } else { call_len.max(INLINE_LEN) }
    }

    fn look(&mut self) -> Result<()> {
        self.progress.tell(self.watch)
    }

    fn put_held(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        self.held_len = 0;
        self.send(&held.iter().map(Held::as_blob).collect::<Vec<_>>())
    }

    fn send(&mut self, blobs: &[PutBlob<'_>]) -> Result<()> {
        self.has_put = true;
        if blobs.is_empty() {
            return Ok(());
        }
        Ok(poll_now(self.blobs.put(self.who, blobs))?)
    }
}

impl Held {
    fn of(blob: &PutBlob<'_>) -> Self {
        let PutBlob { digest, codec, raw_len, bytes, is_full_chunk } = *blob;
        Self { digest, codec, raw_len, bytes: bytes.to_vec(), is_full_chunk }
    }

    pub(crate) fn as_blob(&self) -> PutBlob<'_> {
        let Self { digest, codec, raw_len, ref bytes, is_full_chunk } = *self;
        PutBlob { digest, codec, raw_len, bytes, is_full_chunk }
    }
}

#[cfg(test)]
mod tests;
