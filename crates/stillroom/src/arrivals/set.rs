//! Writing what arrives, set by set: of each its blobs first, and then the versions in one commit.
//!
//! A set is whole or not there, and nothing else of what arrives is. Who was
//! stopped between two sets goes on where that was, since what is there stays out.

use std::collections::{HashMap, HashSet};
use std::thread::ScopedJoinHandle;
use std::{iter, panic, thread};

use stillroom_core::{
    Clock, Codec, Coded, Commit, Committed, Compression, Condition, NewVersion, PutBlob, Record, ResultKey,
    Version, poll_now, thread_count,
};
use stillroom_format::{Digest, Encoder, Item, Limits, Method};

use super::{Arrivals, Origin};
use crate::clock::WallClock;
use crate::parts::{Need, Parts};
use crate::save::random_request;
use crate::{Error, ErrorKind, Progress, Result, Store, Watch};

/// How often blobs of a set that vanished are put anew.
const TRIES: usize = 5;
/// How many blobs are asked for at a time.
const ASKED: usize = 4096;
/// How many bytes are put at a time.
const SLICE_LEN: u64 = 4 << 20;

/// From where on a set is full. Its versions and roots are in memory twice until it is committed.
pub(crate) struct SetSize {
    pub(crate) versions: usize,
    /// Blobs that its versions name.
    pub(crate) blobs: usize,
    pub(crate) root_bytes: usize,
    /// Bytes of those blobs.
    pub(crate) blob_bytes: u64,
}

/// Versions coming into a store.
pub(crate) struct Arriving<'a, O> {
    store: &'a Store,
    from: &'a O,
    size: SetSize,
    progress: Progress,
    written: HashSet<ResultKey>,
    versions: u64,
    new_bytes: u64,
    /// One for each thread that codes.
    encoders: Vec<Encoder>,
    /// What the blobs of the set under way are made of.
    items: HashMap<Digest, Item>,
}

/// What came in.
pub(crate) struct Arrived {
    /// Results that have new versions.
    pub(crate) results: u64,
    pub(crate) versions: u64,
    /// Bytes of blobs that were new.
    pub(crate) new_bytes: u64,
}

impl<'a, O: Origin> Arriving<'a, O> {
    /// Nothing has come in yet; what does so is counted on `progress`.
    pub(crate) fn new(store: &'a Store, from: &'a O, size: SetSize, progress: Progress) -> Self {
        Self {
            store,
            from,
            size,
            progress,
            written: HashSet::new(),
            versions: 0,
            new_bytes: 0,
            encoders: iter::repeat_with(Encoder::new).take(thread_count()).collect(),
            items: HashMap::new(),
        }
    }

    /// Brings in what is to come, set by set.
    ///
    /// # Errors
    /// `conflict` when one of the results was saved since that was judged.
    pub(crate) fn bring(&mut self, arrivals: &mut Arrivals<'_>, watch: Watch<'_>) -> Result<()> {
        let mut left = arrivals.entries.as_slice();
        while !left.is_empty() {
            let (mut versions, mut needs) = (Vec::new(), Vec::new());
            let (mut root_bytes, mut blob_bytes) = (0, 0);
            while let Some((arrival, rest)) = left.split_first() {
                let is_full = versions.len() >= self.size.versions
                    || needs.len() >= self.size.blobs
                    || root_bytes >= self.size.root_bytes
                    || blob_bytes >= self.size.blob_bytes;
                if is_full {
                    break;
                }
                let (version, parts) = arrival.version(self.from, WallClock.now())?;
                root_bytes += version.root.len();
                versions.push(version);
                needs.extend(parts.chunks().inspect(|need| blob_bytes += need.len()));
                self.note_items(&parts)?;
                left = rest;
            }
            self.commit(versions, &needs, &mut arrivals.newest, watch)?;
            self.items.clear();
        }
        Ok(())
    }

    /// What came in; a watch that says stop now is too late.
    pub(crate) fn finish(mut self, watch: Watch<'_>) -> Arrived {
        self.progress.done = self.progress.total;
        let _ = self.progress.tell(watch);
        let Self { written, versions, new_bytes, .. } = self;
        Arrived { results: written.len() as u64, versions, new_bytes }
    }

    /// What the blobs of a version are made of, where they are going to be coded.
    fn note_items(&mut self, parts: &Parts) -> Result<()> {
        if self.store.compression() == Compression::None {
            return Ok(());
        }
        let items = Item::of_buffers(&parts.manifest, Limits::default())?;
        for (buffer, item) in parts.manifest.buffers().iter().zip(items) {
            self.items.extend(buffer.chunks.iter().map(|chunk| (chunk.digest, item)));
        }
        Ok(())
    }

    /// One set, its blobs first.
    fn commit(
        &mut self,
        versions: Vec<NewVersion>,
        needs: &[Need],
        newest: &mut HashMap<ResultKey, Option<Version>>,
        watch: Watch<'_>,
    ) -> Result<()> {
        let keys: HashSet<&ResultKey> = versions.iter().map(|version| &version.key).collect();
        let condition = |key: &ResultKey| {
            let version = newest.get(key).copied().flatten();
            Condition { key: key.clone(), version }
        };
        let commit = Commit {
            conditions: keys.into_iter().map(condition).collect(),
            versions,
            request: Some(random_request()?),
            ..Commit::default()
        };
        for _ in 0..TRIES {
            self.put(needs, watch)?;
            let committed = poll_now(self.store.catalog().commit(self.store.who(), commit.clone()))?;
            if let Committed::Done(records) = committed {
                self.note(records, newest);
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "blobs of what arrives kept vanishing; do it again"))
    }

    fn note(&mut self, records: Vec<Record>, newest: &mut HashMap<ResultKey, Option<Version>>) {
        self.versions += records.len() as u64;
        for record in records {
            newest.insert(record.key.clone(), Some(record.version));
            self.written.insert(record.key);
        }
    }

    /// Puts the blobs that are not here.
    fn put(&mut self, needs: &[Need], watch: Watch<'_>) -> Result<()> {
        let mut seen = HashSet::new();
        let needs: Vec<Need> = needs.iter().filter(|need| seen.insert(need.chunk.digest)).copied().collect();
        for asked in needs.chunks(ASKED) {
            self.progress.tell(watch)?;
            let (missing, there) = self.store.missing_of(asked)?;
            self.count(&there);
            self.put_missing(&missing, watch)?;
        }
        self.progress.tell(watch)
    }

    /// Puts blobs slice by slice: one is written while the next is read and coded, so that both stores are at work
    /// and no more than two slices are in memory.
    fn put_missing(&mut self, missing: &[Need], watch: Watch<'_>) -> Result<()> {
        let store = self.store;
        thread::scope(|scope| {
            let mut before: Option<(&[Need], ScopedJoinHandle<'_, Result<u64>>)> = None;
            for slice in slices(missing, SLICE_LEN) {
                self.progress.tell(watch)?;
                let bytes = self.from.blobs(slice)?;
                let coded = self.code(slice, &bytes);
                if let Some((slice, writing)) = before.take() {
                    self.wrote(slice, writing)?;
                }
                let write = move || put_slice(store, slice, &bytes, &coded);
                before = Some((slice, scope.spawn(write)));
            }
            before.map_or(Ok(()), |(slice, writing)| self.wrote(slice, writing))
        })
    }

    /// Waits for a slice that is being written.
    fn wrote(&mut self, slice: &[Need], writing: ScopedJoinHandle<'_, Result<u64>>) -> Result<()> {
        self.new_bytes += writing.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))?;
        self.count(slice);
        Ok(())
    }

    /// Blobs as the store keeps what is new; none for one that is as it is.
    fn code(&mut self, slice: &[Need], bytes: &[Vec<u8>]) -> Vec<Option<Coded>> {
        let (compression, items) = (self.store.compression(), &self.items);
        if compression == Compression::None {
            return vec![None; slice.len()];
        }
        let share = slice.len().div_ceil(self.encoders.len()).max(1);
        let shares = slice.chunks(share).zip(bytes.chunks(share)).zip(&mut self.encoders);
        thread::scope(|scope| {
            let workers: Vec<_> = shares
                .map(|((needs, bytes), encoder)| {
                    scope.spawn(move || code_share(encoder, compression, items, needs, bytes))
                })
                .collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined.flat_map(|coded| coded.unwrap_or_else(|panicked| panic::resume_unwind(panicked))).collect()
        })
    }

    /// What is looked at anew is counted again, but never beyond the total.
    fn count(&mut self, done: &[Need]) {
        let Progress { done: before, total } = self.progress;
        self.progress.done = (before + done.iter().map(Need::len).sum::<u64>()).min(total);
    }
}

impl Store {
    /// Those of blobs that are not here, and the others.
    pub(crate) fn missing_of(&self, needs: &[Need]) -> Result<(Vec<Need>, Vec<Need>)> {
        let digests: Vec<Digest> = needs.iter().map(|need| need.chunk.digest).collect();
        let missing: HashSet<Digest> =
            poll_now(self.blobs().missing(self.who(), &digests))?.into_iter().collect();
        Ok(needs.iter().partition(|need| missing.contains(&need.chunk.digest)))
    }
}

/// Which codec suits is found out for each blob, since they come in no buffer's order.
fn code_share(
    encoder: &mut Encoder,
    compression: Compression,
    items: &HashMap<Digest, Item>,
    needs: &[Need],
    bytes: &[Vec<u8>],
) -> Vec<Option<Coded>> {
    let code = |(need, raw): (&Need, &Vec<u8>)| {
        let item = items.get(&need.chunk.digest).copied().unwrap_or(Item::BYTES);
        let method = Method::choose(encoder, compression, item, raw);
        let (codec, coded) = encoder.encode(method, raw);
        (codec != Codec::Raw).then(|| (codec, coded.to_vec()))
    };
    needs.iter().zip(bytes).map(code).collect()
}

/// Answers how many bytes the store had to take.
fn put_slice(store: &Store, slice: &[Need], bytes: &[Vec<u8>], coded: &[Option<Coded>]) -> Result<u64> {
    let blobs: Vec<_> = slice
        .iter()
        .zip(bytes.iter().zip(coded))
        .map(|(need, (raw, coded))| put_blob(need, raw, coded.as_ref()))
        .collect();
    poll_now(store.blobs().put(store.who(), &blobs))?;
    Ok(blobs.iter().map(|blob| blob.bytes.len() as u64).sum())
}

fn put_blob<'a>(need: &Need, raw: &'a [u8], coded: Option<&'a Coded>) -> PutBlob<'a> {
    let raw = PutBlob::raw(need.chunk.digest, raw, need.is_full_chunk);
    match coded {
        Some((codec, bytes)) => PutBlob { codec: *codec, bytes, is_full_chunk: false, ..raw },
        None => raw,
    }
}

/// Blobs that follow one another, in stretches of about so many bytes.
fn slices(mut needs: &[Need], len_max: u64) -> impl Iterator<Item = &[Need]> {
    iter::from_fn(move || {
        let mut len = 0;
        let fits = |need: &&Need| {
            len += need.len();
            len <= len_max
        };
        let count = needs.iter().take_while(fits).count().max(1).min(needs.len());
        let (slice, rest) = needs.split_at(count);
        needs = rest;
        (!slice.is_empty()).then_some(slice)
    })
}
