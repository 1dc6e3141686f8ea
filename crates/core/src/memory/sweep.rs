//! Sweeps in memory.

use std::collections::HashSet;
use std::time::Duration;

use stillroom_format::Digest;

use super::Holdings;
use super::blobs::Blob;
use super::history::Entry;
use crate::{Sweep, Swept, Timestamp};

/// How long a blob may wait for the commit that names it.
const SAVE_TIME: Duration = Duration::from_secs(3600);

impl Holdings {
    pub(super) fn sweep(&mut self, sweep: Sweep, now: Timestamp) -> Swept {
        let goes = |entry: &Entry| match entry.deleted_at {
            Some(deleted_at) if deleted_at.after(sweep.undo_time) <= now => true,
            _ => entry.stored.record.is_expired(now),
        };
        let entries = || self.results.values().flat_map(|history| &history.versions);
        let named: HashSet<Digest> =
            entries().filter(|entry| !goes(entry)).flat_map(|entry| entry.digests.iter().copied()).collect();
        let is_orphan = |digest: &Digest, blob: &Blob| {
            !named.contains(digest) && blob.waits_since.is_none_or(|since| since.after(SAVE_TIME) <= now)
        };
        let orphans = || self.blobs.iter().filter(|(digest, blob)| is_orphan(digest, blob));
        let blob_bytes = orphans().map(|(_, blob)| blob.bytes.len() as u64).sum();
        let versions = entries().filter(|entry| goes(entry)).count() as u64;
        let swept = Swept { versions, blobs: orphans().count() as u64, blob_bytes, freed_bytes: blob_bytes };
        if !sweep.dry_run {
            self.results.values_mut().for_each(|history| history.versions.retain(|entry| !goes(entry)));
            self.blobs.retain(|digest, blob| !is_orphan(digest, blob));
        }
        swept
    }
}
