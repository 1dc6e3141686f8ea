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
use super::sorted::Sorted;

/// How long a blob may wait for the commit that names it.
const SAVE_TIME: Duration = Duration::from_secs(3600);

/// Where a blob lies, and since when.
#[derive(Debug, Clone)]
pub(super) struct Extent {
    pub(super) pack: Arc<Pack>,
    pub(super) offset: u64,
    pub(super) form: Form,
    pub(super) since: Timestamp,
    /// Of the bytes as they lie there, where they are coded.
    coded: Option<Box<Digest>>,
}

impl Extent {
    /// A blob that was appended at `offset`.
    pub(super) fn new(pack: &Arc<Pack>, offset: u64, blob: &PutBlob<'_>, since: Timestamp) -> Self {
        let form = Form::of(blob);
        let coded = (!form.is_raw()).then(|| Box::new(Digest::of(blob.bytes)));
        Self { pack: Arc::clone(pack), offset, form, since, coded }
    }

    pub(super) fn place(&self) -> Place {
        Place { pack: self.pack.id, offset: self.offset, form: self.form }
    }

    /// As the last blob of its pack; `digest` is the blob's.
    pub(super) fn last(&self, digest: Digest) -> Last {
        let digest = self.coded.as_deref().copied().unwrap_or(digest);
        Last { offset: self.offset, len: self.form.len, digest }
    }
}

/// The pending blobs of one process.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Owners>);

type Owners = HashMap<Owner, HashMap<Digest, Extent>>;

impl Pending {
    pub(super) fn contains(&self, owner: Owner, digest: Digest) -> bool {
        self.place(owner, digest).is_some()
    }

    pub(super) fn place(&self, owner: Owner, digest: Digest) -> Option<Place> {
        let pending = self.lock();
        let extent = pending.get(&owner)?.get(&digest)?;
        (!extent.pack.is_broken()).then(|| extent.place())
    }

    pub(super) fn add(&self, owner: Owner, blobs: impl Iterator<Item = (Digest, Extent)>) {
        self.lock().entry(owner).or_default().extend(blobs);
    }

    /// Those of `digests`, distinct and sorted, that are pending; blobs of a broken pack are forgotten instead.
    pub(super) fn find(&self, owner: Owner, digests: &[Digest]) -> Sorted<Extent> {
        let mut pending = self.lock();
        let Some(pending) = pending.get_mut(&owner) else { return Sorted::default() };
        pending.retain(|_, extent| !extent.pack.is_broken());
        digests.iter().filter_map(|digest| Some((*digest, pending.get(digest)?.clone()))).collect()
    }

    /// The blobs are in the catalog now.
    pub(super) fn remove<'a>(&self, owner: Owner, digests: impl Iterator<Item = &'a Digest>) {
        let mut owners = self.lock();
        let Some(pending) = owners.get_mut(&owner) else { return };
        for digest in digests {
            pending.remove(digest);
        }
        if pending.is_empty() {
            owners.remove(&owner);
        }
    }

    /// Forgets an owner's blobs that have waited too long, unless it is a `dry_run`; the length of each.
    pub(super) fn sweep(&self, owner: Owner, now: Timestamp, dry_run: bool) -> Vec<u64> {
        let mut swept = Vec::new();
        let mut owners = self.lock();
        let Some(pending) = owners.get_mut(&owner) else { return swept };
        pending.retain(|_, extent| {
            let goes = extent.since.after(SAVE_TIME) <= now;
            swept.extend(goes.then_some(u64::from(extent.form.len)));
            !goes || dry_run
        });
        swept
    }

    fn lock(&self) -> MutexGuard<'_, Owners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
