//! The commit: all of a set, or nothing.
//!
//! The packs that hold the set's blobs are synced first, with their folder
//! when they are new; then one transaction enters the blobs and the records
//! (set.rs). A crash before its end leaves bytes that no record names, for a
//! sweep.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use stillroom_core::{Commit, Committed, Digest, NewVersion, Owner, Result};

use super::Local;
use super::error::CatalogError;
use super::group::Change;
use super::pending::Extent;
use super::places::{Noted, Place};
use super::session::Session;
use super::set::{Gathered, Set};

impl Local {
    pub(super) fn commit_set(&self, owner: Owner, commit: &Commit<'_>) -> Result<Committed> {
        self.folder.check_writable()?;
        let session = self.session()?;
        let committed = self.try_commit(session, owner, commit);
        // After `Missing` the save goes on, and its next chunks belong beside the last.
        if !matches!(committed, Ok(Committed::Missing(_))) {
            session.writers.release();
        }
        committed
    }

    fn try_commit(&self, session: &Session, owner: Owner, commit: &Commit<'_>) -> Result<Committed> {
        let needed = distinct(commit.versions.iter().flat_map(NewVersion::digests));
        let pending = session.pending.find(owner, &needed);
        let packs = self.sync_packs(&pending)?;
        let gathered = Gathered { needed, pending, packs };
        let committed = self.write_set(session, owner, commit, &gathered)?;
        if matches!(committed, Committed::Done(_)) {
            session.pending.remove(owner, gathered.pending.keys());
        }
        Ok(committed)
    }

    /// Syncs every pack that holds a pending blob of the set; what to note of each.
    fn sync_packs(&self, pending: &HashMap<Digest, Extent>) -> Result<Vec<Noted>> {
        let mut last: BTreeMap<_, (Digest, &Extent)> = BTreeMap::new();
        for (digest, extent) in pending {
            let entry = last.entry(extent.pack.id).or_insert((*digest, extent));
            if entry.1.offset < extent.offset {
                *entry = (*digest, extent);
            }
        }
        let note = |(id, (digest, extent)): (_, (Digest, &Extent))| {
            let place = Place { pack: id, offset: extent.offset, len: extent.len };
            Ok(Noted { id, stat: extent.pack.sync(&*self.files)?, last: (digest, place) })
        };
        last.into_iter().map(note).collect()
    }

    fn write_set(
        &self,
        session: &Session,
        owner: Owner,
        commit: &Commit<'_>,
        gathered: &Gathered,
    ) -> Result<Committed> {
        let change = |connection: &Connection| -> Result<_, CatalogError> {
            let now = self.now(connection)?;
            let written = Set { connection, owner, now, commit, gathered }.write()?;
            let is_done = matches!(written, Committed::Done(_));
            Ok(if is_done { Change::Keep(written) } else { Change::Discard(written) })
        };
        let written = session.connections.change(change).map_err(|error| error.at(self.folder.path()))?;
        if matches!(written, Committed::Done(_)) {
            self.files.committed(self.synchronous);
        }
        Ok(written)
    }
}

/// Distinct and sorted.
pub(super) fn distinct(digests: impl Iterator<Item = Digest>) -> Vec<Digest> {
    let mut digests: Vec<Digest> = digests.collect();
    digests.sort_unstable();
    digests.dedup();
    digests
}
