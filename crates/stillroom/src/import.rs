//! Reading a bundle: all of it is checked before anything is written.
//!
//! Versions go in as sets, in the bundle's order: one set up to 10,000
//! versions, a million blobs or 64 MiB of roots, else several, each whole or not there. An
//! import that was stopped between two sets is finished by importing again,
//! since what is there is left out.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use stillroom_core::limits::SET_LEN;
use stillroom_core::{
    Clock, Codec, Commit, Committed, Compression, Condition, NewVersion, Owner, PutBlob, Record, ResultKey,
    Signature, Timestamp, Version, poll_now,
};
use stillroom_format::{CHUNK_LEN, Chunk, Digest, Encoder, Item, Limits, Method};

use crate::bundle::{BundleReader, Entry};
use crate::clock::WallClock;
use crate::parts::{Need, Parts};
use crate::save::random_request;
use crate::{Error, ErrorKind, Progress, Result, SigningKey, Store, Watch, provenance};

/// How often an import looks anew at what is there because someone saved meanwhile, or blobs vanished.
const TRIES: usize = 5;
/// The most blobs that the versions of one set name.
const SET_BLOBS: usize = 1_000_000;
/// The most bytes of roots in one set: both are in memory twice until it is committed.
const SET_ROOT_BYTES: usize = 64 << 20;
/// How much is put at a time.
const SLICE_LEN: usize = 16 * CHUNK_LEN;

/// What a bundle holds, and what importing it here would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Whose results it was written from.
    pub owner: Owner,
    /// Results in it.
    pub results: u64,
    /// Their versions.
    pub versions: u64,
    /// How many of those are here already, by their digest: an import leaves them out.
    pub present: u64,
    /// How many of the others have expired meanwhile: an import leaves them out too.
    pub expired: u64,
    /// Results whose Python objects could not be opened here: no key in hand vouches for them.
    pub locked: Vec<ResultKey>,
    /// Length of the file.
    pub bytes: u64,
}

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Results that have new versions.
    pub results: u64,
    /// Versions written.
    pub versions: u64,
    /// Versions left out because their result has one of the same digest.
    pub present: u64,
    /// Others left out because their time is over.
    pub expired: u64,
    /// Results that arrived locked, as [`Bundle::locked`].
    pub locked: Vec<ResultKey>,
    /// Bytes of blobs that were new here.
    pub new_bytes: u64,
}

impl Store {
    /// Checks the whole of a bundle and says what importing it would do. Nothing is written.
    ///
    /// # Errors
    /// `invalid` when the file is no bundle; `unsupported` for one of a newer release; `corrupt` when it is
    /// cut short or changed; `not-found` when there is no file.
    pub fn inspect(&self, path: &Path, watch: Watch<'_>) -> Result<Bundle> {
        let bundle = BundleReader::open(path, watch)?;
        let arrivals = self.arrivals(&bundle)?;
        let done = Progress { done: 2 * bundle.len(), total: 2 * bundle.len() };
        done.tell(watch)?;
        let entries = bundle.entries();
        let key = |entry: &Entry| entry.stored.record.key.clone();
        Ok(Bundle {
            owner: bundle.owner(),
            results: entries.chunk_by(|one, other| key(one) == key(other)).count() as u64,
            versions: entries.len() as u64,
            present: arrivals.present,
            expired: arrivals.expired,
            locked: arrivals.locked(),
            bytes: bundle.len(),
        })
    }

    /// Brings the results of a bundle in, as this owner's. Importing twice changes nothing.
    ///
    /// Versions are counted anew after those that are there, so that the bundle's newest becomes the newest
    /// here; the old number and time stay in the provenance. What has a ttl still ends at its time, and
    /// stays out when that is over. Versions that the store's policy does not keep leave with the next save
    /// of their result.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect), before anything is written; `conflict` when results of the bundle are
    /// saved meanwhile again and again; `denied`, `too-large`, `unavailable`.
    pub fn import_from(&self, path: &Path, watch: Watch<'_>) -> Result<Imported> {
        let bundle = BundleReader::open(path, watch)?;
        let mut work = Import {
            store: self,
            bundle: &bundle,
            written: HashSet::new(),
            versions: 0,
            new_bytes: 0,
            done: 0,
            encoder: Encoder::new(),
            items: HashMap::new(),
        };
        let mut arrivals = self.arrivals(&bundle)?;
        let (present, expired, locked) = (arrivals.present, arrivals.expired, arrivals.locked());
        for _ in 0..TRIES {
            match work.bring(&mut arrivals, watch) {
                Err(error) if error.kind() == ErrorKind::Conflict => arrivals = self.arrivals(&bundle)?,
                Err(error) => return Err(error),
                Ok(()) => {
                    work.finish(watch);
                    let Import { written, versions, new_bytes, .. } = work;
                    let results = written.len() as u64;
                    return Ok(Imported { results, versions, present, expired, locked, new_bytes });
                }
            }
        }
        let message = "results of the bundle kept being saved meanwhile; import again";
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// What of the bundle is not here, and what is the newest here of each result it has.
    fn arrivals<'a>(&self, bundle: &'a BundleReader) -> Result<Arrivals<'a>> {
        let mut arrivals = Arrivals { now: WallClock.now(), ..Arrivals::default() };
        for versions in
            bundle.entries().chunk_by(|one, other| one.stored.record.key == other.stored.record.key)
        {
            let Some(key) = versions.first().map(|entry| &entry.stored.record.key) else { continue };
            let here = self.history(key)?;
            arrivals.newest.insert(key.clone(), here.first().map(|record| record.version));
            for entry in versions {
                let signature = self.signature_for(&entry.stored.record, bundle.owner());
                let is_locked = entry.has_opaque && !self.opens(&entry.stored.record, signature.as_ref());
                let is_as_good = |record: &&Record| {
                    let opens =
                        is_locked || !entry.has_opaque || self.opens(record, record.signature.as_ref());
                    record.digest == entry.stored.record.digest && !record.is_damaged && opens
                };
                if here.iter().any(|record| is_as_good(&record)) {
                    arrivals.present += 1;
                } else if entry.stored.record.is_expired(arrivals.now) {
                    arrivals.expired += 1;
                } else {
                    arrivals.entries.push(Arrival { entry, signature, is_locked });
                }
            }
        }
        Ok(arrivals)
    }

    /// What vouches for a version here: its own signature, or a new one where a key in hand made the old.
    fn signature_for(&self, record: &Record, from: Owner) -> Option<Signature> {
        let signature = record.signature.as_ref()?;
        let is_ours = |key: &SigningKey| key.verifies(signature, from, record.digest);
        let key = self.signing_keys().first().filter(|_| from != self.owner());
        match key.filter(|_| self.signing_keys().iter().any(is_ours)) {
            Some(key) => Some(key.sign(self.owner(), record.digest)),
            None => Some(signature.clone()),
        }
    }

    fn opens(&self, record: &Record, signature: Option<&Signature>) -> bool {
        let verifies = |signature: &Signature| {
            self.signing_keys().iter().any(|key| key.verifies(signature, self.owner(), record.digest))
        };
        signature.is_some_and(verifies)
    }
}

/// What of a bundle is to come in.
#[derive(Default)]
struct Arrivals<'a> {
    entries: Vec<Arrival<'a>>,
    /// The newest version here of each of the bundle's results.
    newest: HashMap<ResultKey, Option<Version>>,
    /// What is here as it is there.
    present: u64,
    /// What is over.
    expired: u64,
    /// When that was judged.
    now: Timestamp,
}

/// A version that is to come in.
struct Arrival<'a> {
    entry: &'a Entry,
    signature: Option<Signature>,
    is_locked: bool,
}

impl Arrivals<'_> {
    fn locked(&self) -> Vec<ResultKey> {
        let locked = self.entries.iter().filter(|arrival| arrival.is_locked);
        let mut keys: Vec<_> = locked.map(|arrival| arrival.entry.stored.record.key.clone()).collect();
        keys.dedup();
        keys
    }
}

impl Arrival<'_> {
    fn version(&self, bundle: &BundleReader, now: Timestamp) -> Result<(NewVersion, Parts)> {
        let record = &self.entry.stored.record;
        let parts = bundle.parts(&self.entry.stored)?;
        let provenance = provenance::imported(&record.provenance, record.version.get(), record.created_at.0);
        // A pinned version may be over already; it is then as soon as it is no longer pinned.
        let left = record.expires_at.map(|end| end.0.saturating_sub(now.0).max(1));
        let version = NewVersion {
            ttl: left.map(|time| Duration::from_micros(time.unsigned_abs())),
            pinned: record.pinned,
            signature: self.signature.clone(),
            ..parts.again(record, provenance)
        };
        Ok((version, parts))
    }
}

/// An import under way.
struct Import<'a> {
    store: &'a Store,
    bundle: &'a BundleReader,
    written: HashSet<ResultKey>,
    versions: u64,
    new_bytes: u64,
    /// Bytes of the second half of the work.
    done: u64,
    encoder: Encoder,
    /// What the blobs of the set under way are made of.
    items: HashMap<Digest, Item>,
}

impl Import<'_> {
    /// Brings in what is to come, set by set.
    fn bring(&mut self, arrivals: &mut Arrivals<'_>, watch: Watch<'_>) -> Result<()> {
        let mut left = arrivals.entries.as_slice();
        while !left.is_empty() {
            let mut versions = Vec::new();
            let mut needs: Vec<Need> = Vec::new();
            let mut root_bytes = 0;
            while let Some((arrival, rest)) = left.split_first() {
                let is_full = versions.len() as u64 == SET_LEN
                    || needs.len() >= SET_BLOBS
                    || root_bytes >= SET_ROOT_BYTES;
                if is_full {
                    break;
                }
                let (version, parts) = arrival.version(self.bundle, WallClock.now())?;
                root_bytes += version.root.len();
                versions.push(version);
                needs.extend(parts.chunks());
                self.note_items(&parts)?;
                left = rest;
            }
            self.commit(versions, &needs, &mut arrivals.newest, watch)?;
            self.items.clear();
        }
        Ok(())
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
                self.versions += records.len() as u64;
                for record in records {
                    newest.insert(record.key.clone(), Some(record.version));
                    self.written.insert(record.key);
                }
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "blobs of this import kept vanishing; import again"))
    }

    /// Puts the blobs that are not here.
    fn put(&mut self, needs: &[Need], watch: Watch<'_>) -> Result<()> {
        let mut seen = HashSet::new();
        let needs: Vec<_> = needs.iter().filter(|need| seen.insert(need.chunk.digest)).collect();
        for slice in needs.chunks(SLICE_LEN / CHUNK_LEN) {
            self.tell(watch)?;
            let digests: Vec<_> = slice.iter().map(|need| need.chunk.digest).collect();
            let missing = poll_now(self.store.blobs().missing(self.store.who(), &digests))?;
            let missing: HashSet<_> = missing.into_iter().collect();
            let chunks: Vec<Chunk> =
                slice.iter().map(|need| need.chunk).filter(|chunk| missing.contains(&chunk.digest)).collect();
            let bytes = chunks.iter().map(|chunk| self.bundle.blob(chunk)).collect::<Result<Vec<_>>>()?;
            let coded: Vec<_> =
                chunks.iter().zip(&bytes).map(|(chunk, raw)| self.code(&chunk.digest, raw)).collect();
            let blob = |((chunk, raw), coded): ((&Chunk, _), _)| {
                let raw = PutBlob::raw(chunk.digest, raw, self.bundle.is_full_chunk(&chunk.digest));
                match coded {
                    Some((codec, bytes)) => PutBlob { codec, bytes, is_full_chunk: false, ..raw },
                    None => raw,
                }
            };
            let coded = coded.iter().map(|coded| coded.as_ref().map(|(codec, bytes)| (*codec, &bytes[..])));
            let raw = bytes.iter().map(Vec::as_slice);
            let blobs: Vec<_> = chunks.iter().zip(raw).zip(coded).map(blob).collect();
            if !blobs.is_empty() {
                poll_now(self.store.blobs().put(self.store.who(), &blobs))?;
            }
            self.new_bytes += blobs.iter().map(|blob| blob.bytes.len() as u64).sum::<u64>();
            self.done += slice.iter().map(|need| u64::from(need.chunk.len)).sum::<u64>();
        }
        self.tell(watch)
    }

    /// A blob as the store keeps what is new; none when that is as it is. Which codec suits is found out for each,
    /// since the bundle has them in no buffer's order.
    fn code(&mut self, digest: &Digest, raw: &Vec<u8>) -> Option<(Codec, Vec<u8>)> {
        let item = self.items.get(digest).copied().unwrap_or(Item::BYTES);
        let method = Method::choose(&mut self.encoder, self.store.compression(), item, raw);
        let (codec, coded) = self.encoder.encode(method, raw);
        (codec != Codec::Raw).then(|| (codec, coded.to_vec()))
    }

    fn tell(&self, watch: Watch<'_>) -> Result<()> {
        let len = self.bundle.len();
        Progress { done: len + self.done.min(len), total: 2 * len }.tell(watch)
    }

    /// All is written: a watch that says stop now is too late.
    fn finish(&mut self, watch: Watch<'_>) {
        self.done = self.bundle.len();
        let _ = self.tell(watch);
    }
}
