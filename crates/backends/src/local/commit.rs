//! The commit: all of a set, or nothing.
//!
//! The packs that hold the set's blobs are synced first, with their folder
//! when they are new; then one transaction enters the blobs and the records.
//! A crash before its end leaves bytes that no record names, for gc.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use stillroom_core::{
    BackendError, Commit, Committed, Condition, Digest, NewVersion, Owner, PutBlob, Record, Result,
    ResultKey, Timestamp, Version,
};

use super::error::CatalogError;
use super::hint;
use super::pending::Extent;
use super::places::{self, Noted, Place};
use super::row::{self, SealedRow, integer};
use super::session::Session;
use super::{Local, error};

impl Local {
    pub(super) fn commit_set(&self, owner: Owner, commit: &Commit<'_>) -> Result<Committed> {
        if self.folder.is_read_only() {
            return Err(error::denied(error::read_only(self.folder.path().display()), None));
        }
        let session = self.session()?;
        let committed = self.try_commit(session, owner, commit);
        // After `Missing` the save goes on, and its next chunks belong beside the last.
        if !matches!(committed, Ok(Committed::Missing(_))) {
            session.writers.release();
        }
        committed
    }

    fn try_commit(&self, session: &Session, owner: Owner, commit: &Commit<'_>) -> Result<Committed> {
        let needed = distinct(commit.versions.iter().flat_map(digests));
        let pending = session.pending.find(owner, &needed);
        let packs = self.sync_packs(&pending)?;
        let set = Set { owner, now: self.clock.now(), needed: &needed, pending: &pending, packs: &packs };
        let committed = self.write_set(session, &set, commit)?;
        if matches!(committed, Committed::Done(_)) {
            session.pending.remove(owner, pending.keys());
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

    fn write_set(&self, session: &Session, set: &Set<'_>, commit: &Commit<'_>) -> Result<Committed> {
        let at = |error: CatalogError| error.at(self.folder.path());
        let mut held = session.connections.writing();
        let transaction = held
            .get()
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| at(error.into()))?;
        let written = set.write(&transaction, commit).map_err(at)?;
        if matches!(written, Committed::Missing(_)) {
            return Ok(written);
        }
        transaction.commit().map_err(|error| at(error.into()))?;
        self.files.committed(self.synchronous);
        Ok(written)
    }
}

/// Distinct and sorted.
fn distinct(digests: impl Iterator<Item = Digest>) -> Vec<Digest> {
    let mut digests: Vec<Digest> = digests.collect();
    digests.sort_unstable();
    digests.dedup();
    digests
}

/// The blobs a version needs.
fn digests(version: &NewVersion) -> impl Iterator<Item = Digest> {
    version.buffers.iter().flat_map(|buffer| buffer.chunks.iter().map(|chunk| chunk.digest))
}

/// A commit under way, its packs synced.
struct Set<'a> {
    owner: Owner,
    now: Timestamp,
    /// Distinct and sorted.
    needed: &'a [Digest],
    pending: &'a HashMap<Digest, Extent>,
    packs: &'a [Noted],
}

impl Set<'_> {
    fn write(&self, connection: &Connection, commit: &Commit<'_>) -> Result<Committed, CatalogError> {
        for condition in &commit.conditions {
            self.check(connection, condition)?;
        }
        let mut places = self.enter_given(connection, &commit.blobs)?;
        let missing = self.enter_pending(connection, &mut places)?;
        if !missing.is_empty() {
            return Ok(Committed::Missing(missing));
        }
        for pack in self.packs {
            places::note_pack(connection, pack, self.now)?;
        }
        let mut records = Vec::with_capacity(commit.versions.len());
        for version in &commit.versions {
            let (head, number) = self.count(connection, &version.key)?;
            records.push(self.insert(connection, head, number, version, &places)?);
            if let Some(keep) = commit.keep_versions {
                trim(connection, head, keep)?;
            }
        }
        Ok(Committed::Done(records))
    }

    fn check(&self, connection: &Connection, condition: &Condition) -> Result<(), CatalogError> {
        const NEWEST: &str = "SELECT v.version FROM heads h JOIN versions v ON v.head = h.id \
            WHERE h.owner = ?1 AND h.page = ?2 AND h.key = ?3 AND v.deleted_at IS NULL \
            ORDER BY v.version DESC LIMIT 1";
        let Condition { key, version: expected } = condition;
        let mut statement = connection.prepare_cached(NEWEST)?;
        let owner = self.owner.id();
        let newest = statement
            .query_row((owner.as_bytes(), key.page.as_str(), key.key.as_str()), |row| row.get::<_, i64>(0))
            .optional()?;
        let found = newest.and_then(|newest| Version::new(newest.unsigned_abs()));
        if found == *expected {
            return Ok(());
        }
        Err(BackendError::Conflict { key: key.clone(), expected: *expected, found }.into())
    }

    /// Enters the blobs that came with the commit.
    fn enter_given(
        &self,
        connection: &Connection,
        blobs: &[PutBlob<'_>],
    ) -> Result<HashMap<Digest, Place>, CatalogError> {
        let mut places = HashMap::with_capacity(self.needed.len());
        for blob in blobs {
            let place = Place::in_catalog(blob_len(blob)?);
            if places::insert(connection, self.owner, blob.digest, place, Some(blob.bytes))? {
                places.insert(blob.digest, place);
            }
        }
        Ok(places)
    }

    /// Enters the blobs that lie in packs, finds those that were there; which are neither.
    fn enter_pending(
        &self,
        connection: &Connection,
        places: &mut HashMap<Digest, Place>,
    ) -> Result<Vec<Digest>, CatalogError> {
        let mut missing = Vec::new();
        for digest in self.needed {
            if places.contains_key(digest) {
                continue;
            }
            if let Some(Extent { pack, offset, len }) = self.pending.get(digest) {
                let place = Place { pack: pack.id, offset: *offset, len: *len };
                if places::insert(connection, self.owner, *digest, place, None)? {
                    places.insert(*digest, place);
                    continue;
                }
            }
            match places::find(connection, self.owner, *digest)? {
                Some(place) => drop(places.insert(*digest, place)),
                None => missing.push(*digest),
            }
        }
        Ok(missing)
    }

    /// The result's row, made when it is the first version, and the version's number.
    fn count(&self, connection: &Connection, key: &ResultKey) -> Result<(i64, Version), CatalogError> {
        const COUNT: &str = "INSERT INTO heads (owner, page, key, next_version) VALUES (?1, ?2, ?3, 2) \
            ON CONFLICT (owner, page, key) DO UPDATE SET next_version = next_version + 1 \
            RETURNING id, next_version - 1";
        let owner = self.owner.id();
        let mut statement = connection.prepare_cached(COUNT)?;
        let (head, number): (i64, i64) = statement
            .query_row((owner.as_bytes(), key.page.as_str(), key.key.as_str()), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let number = u64::try_from(number).ok().and_then(Version::new);
        Ok((head, number.ok_or_else(|| row::damaged(key))?))
    }

    fn insert(
        &self,
        connection: &Connection,
        head: i64,
        number: Version,
        version: &NewVersion,
        places: &HashMap<Digest, Place>,
    ) -> Result<Record, CatalogError> {
        const INSERT: &str = "INSERT INTO versions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
            NULL, ?13, ?14, ?15, ?16, ?17, ?18)";
        let blobs: Vec<u8> =
            distinct(digests(version)).iter().flat_map(|digest| *digest.as_bytes()).collect();
        let sealed = SealedRow {
            record: version.record(number, self.now),
            deleted_at: None,
            root_digest: Digest::of(&version.root),
            blobs_digest: Digest::of(&blobs),
        };
        let record = &sealed.record;
        connection.prepare_cached(INSERT)?.execute(rusqlite::params![
            head,
            integer(number.get())?,
            record.digest.as_bytes(),
            record.kind,
            row::pack_shape(&record.shape),
            integer(record.bytes)?,
            record.label,
            record.metadata.as_deref(),
            record.summary,
            record.provenance,
            record.created_at.0,
            record.signature.as_ref().map(row::pack_signature),
            sealed.root_digest.as_bytes(),
            sealed.blobs_digest.as_bytes(),
            sealed.seal(self.owner).as_bytes(),
            &*version.root,
            self.hint(version, places),
            blobs,
        ])?;
        Ok(sealed.record)
    }

    fn hint(&self, version: &NewVersion, places: &HashMap<Digest, Place>) -> Vec<u8> {
        let placed: Vec<_> = version
            .buffers
            .iter()
            .filter_map(|buffer| {
                let runs = places::runs(buffer, |_, digest| places.get(&digest).copied())?;
                Some((hint::mark(self.owner, buffer), runs))
            })
            .collect();
        hint::encode(placed.iter().map(|(mark, runs)| (*mark, runs.as_slice())))
    }
}

/// The rows of versions older than the newest `keep` go; their blobs wait for gc. One always stays.
fn trim(connection: &Connection, head: i64, keep: u64) -> Result<(), CatalogError> {
    const TRIM: &str = "DELETE FROM versions WHERE head = ?1 AND version < ( \
        SELECT version FROM versions WHERE head = ?1 AND deleted_at IS NULL \
        ORDER BY version DESC LIMIT 1 OFFSET ?2)";
    let newer = i64::try_from(keep.max(1) - 1).unwrap_or(i64::MAX);
    connection.prepare_cached(TRIM)?.execute((head, newer))?;
    Ok(())
}

/// The length of a blob as the catalog keeps it.
pub(super) fn blob_len(blob: &PutBlob<'_>) -> Result<u32, BackendError> {
    u32::try_from(blob.bytes.len()).map_err(|_| BackendError::Invalid {
        message: format!("a blob is shorter than 4 GiB: {} bytes", blob.bytes.len()),
    })
}
