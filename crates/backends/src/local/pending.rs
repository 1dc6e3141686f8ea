//! Blobs that lie in a pack and in no record yet: those of saves under way.
//!
//! They become rows of the catalog in the commit that names them. What a save
//! that was given up leaves here serves the next save of the same bytes, until
//! a sweep finds it an hour later.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Duration;

use stillroom_core::{Digest, Owner, PutBlob, Timestamp};

use super::pack::Pack;
use super::places::{Form, Last, Place};

/// How long a blob may wait for the commit that names it.
const SAVE_TIME: Duration = Duration::from_secs(3600);

/// Where a blob lies, and since when.
#[derive(Debug, Clone)]
pub(super) struct Extent {
    pub(super) pack: Arc<Pack>,
    pub(super) offset: u64,
    pub(super) form: Form,
    /// Of the bytes as they lie there.
    pub(super) digest: Digest,
    pub(super) since: Timestamp,
}

impl Extent {
    /// A blob that was appended at `offset`.
    pub(super) fn new(pack: &Arc<Pack>, offset: u64, blob: &PutBlob<'_>, since: Timestamp) -> Self {
        let form = Form::of(blob);
        let digest = if form.is_raw() { blob.digest } else { Digest::of(blob.bytes) };
        Self { pack: Arc::clone(pack), offset, form, digest, since }
    }

    pub(super) fn place(&self) -> Place {
        Place { pack: self.pack.id, offset: self.offset, form: self.form }
    }

    pub(super) fn last(&self) -> Last {
        Last { offset: self.offset, len: self.form.len, digest: self.digest }
    }
}

/// The pending blobs of one process.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<HashMap<(Owner, Digest), Extent>>);

impl Pending {
    pub(super) fn contains(&self, owner: Owner, digest: Digest) -> bool {
        self.place(owner, digest).is_some()
    }

    pub(super) fn place(&self, owner: Owner, digest: Digest) -> Option<Place> {
        let pending = self.lock();
        let extent = pending.get(&(owner, digest))?;
        (!extent.pack.is_broken()).then(|| extent.place())
    }

    pub(super) fn add(&self, owner: Owner, blobs: impl Iterator<Item = (Digest, Extent)>) {
        self.lock().extend(blobs.map(|(digest, extent)| ((owner, digest), extent)));
    }

    /// Those of `digests` that are pending; blobs of a broken pack are forgotten instead.
    pub(super) fn find(&self, owner: Owner, digests: &[Digest]) -> HashMap<Digest, Extent> {
        let mut pending = self.lock();
        if pending.is_empty() {
            return HashMap::new();
        }
        pending.retain(|_, extent| !extent.pack.is_broken());
        let found =
            digests.iter().filter_map(|digest| Some((*digest, pending.get(&(owner, *digest))?.clone())));
        found.collect()
    }

    /// The blobs are in the catalog now.
    pub(super) fn remove<'a>(&self, owner: Owner, digests: impl Iterator<Item = &'a Digest>) {
        let mut pending = self.lock();
        for digest in digests {
            pending.remove(&(owner, *digest));
        }
    }

    /// Forgets an owner's blobs that have waited too long, unless it is a `dry_run`; the length of each.
    pub(super) fn sweep(&self, owner: Owner, now: Timestamp, dry_run: bool) -> Vec<u64> {
        let mut swept = Vec::new();
        self.lock().retain(|(whose, _), extent| {
            let goes = *whose == owner && extent.since.after(SAVE_TIME) <= now;
            swept.extend(goes.then_some(u64::from(extent.form.len)));
            !goes || dry_run
        });
        swept
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Owner, Digest), Extent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
