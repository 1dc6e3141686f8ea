//! The commit: all of a set, or nothing.
//!
//! The packs that hold the set's blobs are synced first, with their folder
//! when they are new; then one transaction enters the blobs and the records
//! (set.rs). A crash before its end leaves bytes that no record names, for a
//! sweep. A transaction that finds a buffer scattered over too many places
//! is given up, and tried again when the buffer is written in one
//! (together.rs).

use std::collections::BTreeMap;

use rusqlite::Connection;
use stillroom_core::{Commit, Committed, Digest, NewVersion, Owner, Result};

use super::Local;
use super::error::CatalogError;
use super::group::Change;
use super::pending::Extent;
use super::places::Noted;
use super::session::Session;
use super::set::{Gathered, Set, Written};

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
        let packs = self.sync_packs(pending.iter())?;
        let mut gathered = Gathered { needed, pending, moves: None, packs };
        let committed = loop {
            match self.write_set(session, owner, commit, &gathered)? {
                Written::Answer(committed) => break committed,
                Written::Scattered(blobs) => self.bring_together(session, owner, &blobs, &mut gathered)?,
            }
        };
        if matches!(committed, Committed::Done(_)) {
            session.pending.remove(owner, gathered.pending.iter().map(|(digest, _)| digest));
        }
        Ok(committed)
    }

    /// Syncs every pack that holds one of the blobs; what to note of each.
    pub(super) fn sync_packs<'a>(
        &self,
        blobs: impl Iterator<Item = (&'a Digest, &'a Extent)>,
    ) -> Result<Vec<Noted>> {
        let mut last: BTreeMap<_, (&Digest, &Extent)> = BTreeMap::new();
        for (digest, extent) in blobs {
            let entry = last.entry(extent.pack.id).or_insert((digest, extent));
            if entry.1.offset < extent.offset {
                *entry = (digest, extent);
            }
        }
        let note = |(id, (digest, extent)): (_, (&Digest, &Extent))| {
            Ok(Noted { id, stat: extent.pack.sync(&*self.files)?, last: extent.last(*digest) })
        };
        last.into_iter().map(note).collect()
    }

    fn write_set(
        &self,
        session: &Session,
        owner: Owner,
        commit: &Commit<'_>,
        gathered: &Gathered,
    ) -> Result<Written> {
        let change = |connection: &Connection| -> Result<_, CatalogError> {
            let now = self.now(connection)?;
            let written = Set { connection, owner, now, commit, gathered }.write()?;
            Ok(if is_done(&written) { Change::Keep(written) } else { Change::Discard(written) })
        };
        let written = session.connections.change(change).map_err(|error| error.at(self.folder.path()))?;
        if is_done(&written) {
            self.files.committed(self.synchronous);
        }
        Ok(written)
    }
}

fn is_done(written: &Written) -> bool {
    matches!(written, Written::Answer(Committed::Done(_)))
}

/// Distinct and sorted.
pub(super) fn distinct(digests: impl Iterator<Item = Digest>) -> Vec<Digest> {
    let mut digests: Vec<Digest> = digests.collect();
    digests.sort_unstable();
    digests.dedup();
    digests
}
