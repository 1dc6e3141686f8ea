//! Keeping cold versions in fewer bytes: all but the newest of each result.
//!
//! The newest is what an app loads, and raw bytes load without being read; the
//! older ones wait for someone to go back to them. Their blobs are recoded as
//! short as goes within reason, but for those that a newest version shares. No
//! digest changes, no manifest, no signature: a version is the same before and
//! after. What the old bytes took goes back to the disk with the next sweep.

use std::collections::{HashMap, HashSet};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use stillroom_core::{Chunk, Codec, Coded, Compression, Recoder, Scope, Stored, poll_now, thread_count};
use stillroom_format::{Buffer, Digest, Encoder, Item, Limits, Method};

use crate::parts::{Parts, root_buffer};
use crate::{Error, ErrorKind, Progress, Result, Store, Watch};

/// Raw bytes after which rows and hints follow, at the end of a buffer: looking through all hints takes as long
/// as coding some of them.
const SLICE_LEN: u64 = 64 << 20;
/// How many blobs of a buffer tell how it is best coded.
const SAMPLED: usize = 4;

/// What a compaction came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Versions that are kept in as few bytes as goes, the parts aside that a newest one shares.
    pub versions: u64,
    /// Bytes less than before.
    pub saved_bytes: u64,
}

impl Store {
    /// Keeps every version but the newest of each result in fewer bytes, and changes nothing else.
    ///
    /// The disk has the bytes back after [`gc`](Self::gc). A version that is damaged is left as it is.
    ///
    /// # Errors
    /// `denied`; `unavailable` when it was stopped, which loses nothing that was done, or the disk is full.
    pub fn compact(&self, watch: Watch<'_>) -> Result<Compacted> {
        let versions = poll_now(self.catalog().snapshot(self.who(), &Scope::All))?;
        let plan = self.plan(&versions);
        let mut progress = Progress { done: 0, total: plan.slices.iter().map(|slice| slice.len).sum() };
        progress.tell(watch)?;
        let mut compacted = Compacted { versions: plan.versions, saved_bytes: 0 };
        for slice in plan.slices {
            let done = progress.done + slice.len;
            compacted.saved_bytes += self.recode(slice, &mut progress, watch)?;
            progress.done = done;
            progress.tell(watch)?;
        }
        Ok(compacted)
    }

    fn plan(&self, versions: &[Stored]) -> Plan {
        let mut plan = Plan::default();
        let of_result = || versions.chunk_by(|one, next| one.record.key == next.record.key);
        let mut cold = Vec::new();
        for versions in of_result() {
            let Some((newest, older)) = versions.split_last() else { continue };
            // What can't be read may share blobs with any of them.
            let Ok(parts) = self.parts(newest) else { continue };
            plan.known.extend(parts.chunks().map(|need| need.chunk.digest));
            cold.extend(older);
        }
        for stored in cold {
            if let Ok(parts) = self.parts(stored) {
                plan.add(&parts);
            }
        }
        plan
    }

    fn recode(&self, slice: Slice, progress: &mut Progress, watch: Watch<'_>) -> Result<u64> {
        let (tell, told) = channel();
        let stop = &AtomicBool::new(false);
        let digests = slice.digests.clone();
        let coder = Coder { slice, done: Mutex::new(tell), stop };
        thread::scope(|scope| {
            // Here the caller is asked, who may not be asked from another thread.
            let work = move || poll_now(self.blobs().recode(self.who(), &digests, &coder));
            let work = thread::Builder::new().spawn_scoped(scope, work).map_err(|error| {
                Error::new(ErrorKind::Unavailable, "no thread could be started").with_source(error)
            })?;
            let mut stopped = Ok(());
            for len in told {
                progress.done += len;
                if stopped.is_ok() {
                    stopped = progress.tell(watch);
                    stop.store(stopped.is_err(), Ordering::Relaxed);
                }
            }
            let recoded = work.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked));
            stopped?;
            Ok(recoded?)
        })
    }
}

/// What is to be recoded.
#[derive(Default)]
struct Plan {
    /// Blobs that are in a slice, or in a newest version.
    known: HashSet<Digest>,
    slices: Vec<Slice>,
    versions: u64,
}

/// Buffers that are recoded together.
#[derive(Default)]
struct Slice {
    digests: Vec<Digest>,
    /// Which buffer each is of; the same number of an item and a method.
    buffers: HashMap<Digest, usize>,
    methods: Vec<(Item, OnceLock<Method>)>,
    len: u64,
}

impl Plan {
    fn add(&mut self, parts: &Parts) {
        let Ok(items) = Item::of_buffers(&parts.manifest, Limits::default()) else { return };
        self.versions += 1;
        for (buffer, item) in parts.manifest.buffers().iter().zip(items) {
            self.add_buffer(buffer, item);
        }
        if let Some(buffer) = root_buffer(&parts.root) {
            self.add_buffer(buffer, Item::BYTES);
        }
    }

    fn add_buffer(&mut self, buffer: &Buffer, item: Item) {
        let chunks: Vec<Chunk> =
            buffer.chunks.iter().filter(|chunk| self.known.insert(chunk.digest)).copied().collect();
        if chunks.is_empty() {
            return;
        }
        if self.slices.last().is_none_or(|slice| slice.len >= SLICE_LEN) {
            self.slices.push(Slice::default());
        }
        let slice = self.slices.last_mut().expect("pushed above");
        for chunk in chunks {
            slice.digests.push(chunk.digest);
            slice.buffers.insert(chunk.digest, slice.methods.len());
            slice.len += u64::from(chunk.len);
        }
        slice.methods.push((item, OnceLock::new()));
    }
}

/// Codes the blobs of a slice.
struct Coder<'a> {
    slice: Slice,
    /// Where it says how many bytes are done.
    done: Mutex<Sender<u64>>,
    stop: &'a AtomicBool,
}

impl Recoder for Coder<'_> {
    fn recode(&self, raw: &[(Digest, Vec<u8>)]) -> Option<Vec<Option<Coded>>> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        self.choose(raw);
        let len = raw.len().div_ceil(thread_count()).max(1);
        let coded: Vec<_> = thread::scope(|scope| {
            let workers: Vec<_> = raw.chunks(len).map(|raw| scope.spawn(move || self.code(raw))).collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined.flat_map(|coded| coded.unwrap_or_else(|panicked| panic::resume_unwind(panicked))).collect()
        });
        let done = raw.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        // Nobody may listen any more.
        let _ = self.done.lock().unwrap_or_else(PoisonError::into_inner).send(done);
        Some(coded)
    }
}

impl Coder<'_> {
    /// Chooses the method of each buffer that comes for the first time.
    fn choose(&self, raw: &[(Digest, Vec<u8>)]) {
        let mut encoder = Encoder::new();
        let number = |blob: &(Digest, Vec<u8>)| self.slice.buffers.get(&blob.0);
        for of_buffer in raw.chunk_by(|one, next| number(one) == number(next)) {
            let Some((item, method)) = self.buffer(of_buffer[0].0) else { continue };
            method.get_or_init(|| {
                let step = of_buffer.len().div_ceil(SAMPLED);
                let sample: Vec<u8> =
                    of_buffer.iter().step_by(step).flat_map(|(_, bytes)| bytes).copied().collect();
                Method::choose(&mut encoder, Compression::Small, *item, &sample)
            });
        }
    }

    fn code(&self, raw: &[(Digest, Vec<u8>)]) -> Vec<Option<Coded>> {
        let mut encoder = Encoder::new();
        let code = |(digest, bytes): &(Digest, Vec<u8>)| {
            let method = *self.buffer(*digest)?.1.get()?;
            let (codec, coded) = encoder.encode(method, bytes);
            (codec != Codec::Raw).then(|| (codec, coded.to_vec()))
        };
        raw.iter().map(code).collect()
    }

    fn buffer(&self, digest: Digest) -> Option<&(Item, OnceLock<Method>)> {
        self.slice.buffers.get(&digest).map(|number| &self.slice.methods[*number])
    }
}
