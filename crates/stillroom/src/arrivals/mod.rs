//! Versions of elsewhere on their way in: out of a bundle, or out of another store.
//!
//! They are counted anew, after those that are there and in their own order;
//! their number and time of before stay in the provenance. Which of them stay
//! out, and which arrive locked, is judged here; set.rs writes the others.

mod set;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use stillroom_core::{Clock, NewVersion, Owner, Record, ResultKey, Signature, Stored, Timestamp, Version};

use crate::clock::WallClock;
use crate::parts::{Need, Parts};
use crate::{Result, SigningKey, Store, provenance};

pub(crate) use set::{Arrived, Arriving, SetSize};

/// Where versions come from.
pub(crate) trait Origin {
    /// Whose they are there.
    fn owner(&self) -> Owner;

    /// Keys in hand on that side, which tell what was signed.
    fn signing_keys(&self) -> &[SigningKey];

    /// A version's root and manifest.
    fn parts(&self, stored: &Stored) -> Result<Parts>;

    /// The raw bytes of blobs, each what its digest says.
    fn blobs(&self, needs: &[Need]) -> Result<Vec<Vec<u8>>>;
}

/// A version that may come in, known to be one that a store would save.
pub(crate) struct Entry {
    /// As it was stored.
    pub(crate) stored: Stored,
    /// Whether it holds objects that only open with a signature.
    pub(crate) has_opaque: bool,
}

/// What of some results is to come in.
#[derive(Default)]
pub(crate) struct Arrivals<'a> {
    entries: Vec<Arrival<'a>>,
    /// The newest version here of each of the results.
    newest: HashMap<ResultKey, Option<Version>>,
    /// How many are here as they are there.
    pub(crate) present: u64,
    /// How many others are over.
    pub(crate) expired: u64,
    /// When that was judged.
    now: Timestamp,
}

/// A version that is to come in.
struct Arrival<'a> {
    entry: &'a Entry,
    signature: Option<Signature>,
    is_locked: bool,
}

impl Store {
    /// What of `entries`, by page, key and version, is to come in; of a result that `is_new` nothing is here.
    pub(crate) fn arrivals<'a>(
        &self,
        entries: &'a [Entry],
        from: &impl Origin,
        is_new: impl Fn(&ResultKey) -> bool,
    ) -> Result<Arrivals<'a>> {
        let mut arrivals = Arrivals { now: WallClock.now(), ..Arrivals::default() };
        for versions in entries.chunk_by(|one, other| one.stored.record.key == other.stored.record.key) {
            let Some(key) = versions.first().map(|entry| &entry.stored.record.key) else { continue };
            let here = if is_new(key) { Vec::new() } else { self.history(key)? };
            arrivals.newest.insert(key.clone(), here.first().map(|record| record.version));
            self.judge(versions, here, from, &mut arrivals);
        }
        Ok(arrivals)
    }

    /// Each version here stands for one of the same digest at most: a value that was gone back to is there twice,
    /// and comes in twice.
    fn judge<'a>(
        &self,
        versions: &'a [Entry],
        mut here: Vec<Record>,
        from: &impl Origin,
        arrivals: &mut Arrivals<'a>,
    ) {
        for entry in versions {
            let record = &entry.stored.record;
            let signature = self.signature_for(record, from);
            let is_locked = entry.has_opaque && !self.opens(record, signature.as_ref());
            let is_as_good = |here: &Record| {
                let opens = is_locked || !entry.has_opaque || self.opens(here, here.signature.as_ref());
                here.digest == record.digest && !here.is_damaged && opens
            };
            if let Some(place) = here.iter().rposition(is_as_good) {
                here.remove(place);
                arrivals.present += 1;
            } else if record.is_expired(arrivals.now) {
                arrivals.expired += 1;
            } else {
                arrivals.entries.push(Arrival { entry, signature, is_locked });
            }
        }
    }

    /// What vouches for a version here: its own signature, or a new one where a key in hand made the old.
    fn signature_for(&self, record: &Record, from: &impl Origin) -> Option<Signature> {
        let signature = record.signature.as_ref()?;
        if self.opens(record, Some(signature)) {
            return Some(signature.clone());
        }
        let mut in_hand = self.signing_keys().iter().chain(from.signing_keys());
        let is_vouched_for = in_hand.any(|key| key.verifies(signature, from.owner(), record.digest));
        match self.signing_keys().first().filter(|_| is_vouched_for) {
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

impl Arrivals<'_> {
    /// How many versions are to come in.
    pub(crate) fn versions(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Their results.
    pub(crate) fn results(&self) -> u64 {
        self.entries.chunk_by(|one, other| one.key() == other.key()).count() as u64
    }

    /// Those of them whose Python objects could not be opened here: no key in hand vouches for them.
    pub(crate) fn locked(&self) -> Vec<ResultKey> {
        let locked = self.entries.iter().filter(|arrival| arrival.is_locked);
        let mut keys: Vec<_> = locked.map(|arrival| arrival.key().clone()).collect();
        keys.dedup();
        keys
    }

    /// The blobs of what is to come in, each once.
    pub(crate) fn needs(&self, from: &impl Origin) -> Result<Vec<Need>> {
        let mut seen = HashSet::new();
        let mut needs = Vec::new();
        for arrival in &self.entries {
            let parts = from.parts(&arrival.entry.stored)?;
            needs.extend(parts.chunks().filter(|need| seen.insert(need.chunk.digest)));
        }
        Ok(needs)
    }
}

impl Arrival<'_> {
    fn key(&self) -> &ResultKey {
        &self.entry.stored.record.key
    }

    fn version(&self, from: &impl Origin, now: Timestamp) -> Result<(NewVersion, Parts)> {
        let record = &self.entry.stored.record;
        let parts = from.parts(&self.entry.stored)?;
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
