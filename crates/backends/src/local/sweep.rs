//! Sweeps: what is deleted or expired is erased, then the blobs that no version names, then packs.
//!
//! How this is safe against savers, loaders, other sweeps, other processes and
//! `kill -9` at any point:
//!
//! 0. **A catalog that is not sound is not swept**: an index with a flipped bit
//!    could make a pack look dead.
//! 1. **Rows go in one transaction per owner.** Versions that are over, and
//!    blobs that none of the others names, as the catalog is at that moment: a
//!    commit is before it, and then its versions are looked at, or after it,
//!    and then it finds its blobs gone, writes nothing and answers `Missing`.
//!    Blobs of a save under way are in no row yet and are not touched. A sweep
//!    that can't tell what a damaged version names takes no blob of its owner.
//! 2. **A pack is only ever unlinked whole, and under its lock** (compact.rs).
//!    A process that has a pack's lock may hold blobs in it that no row names
//!    yet, so its packs are left alone. Under the lock the rows that name the
//!    pack are asked for once more; nobody can add one meanwhile.
//! 3. **A pack mostly dead is emptied first.** Its live blobs are compared with
//!    their digests, copied to this process's own pack and synced; their rows
//!    are moved in one transaction; then the old pack is unlinked and the
//!    folder synced. A crash before the transaction leaves copies that no row
//!    names, one after it a pack that no row names: the next sweep takes both.
//! 4. **Loaders** that have the old pack open or mapped read on. One that opens
//!    it too late asks the catalog again (fetch.rs). The bytes of a pack that
//!    another process still has open are free when it closes it.
//! 5. **The catalog's free pages** go back to the disk in small transactions,
//!    so that no saver waits long.
//!
//! A `dry_run` does the first step and takes it back. One after a save is
//! left to a later one while it would cost more than it could bring (due.rs).

use std::collections::HashSet;

use rusqlite::{Connection, Row, Transaction, TransactionBehavior};
use stillroom_core::{Digest, Owner, Result, Sweep, Swept, Timestamp};

use super::error::CatalogError;
use super::row::{COLUMNS, Found};
use super::session::Session;
use super::{Local, compact, leases, sqlite, time};

impl Local {
    /// Sweeps for each owner, then puts packs and catalog in order, once.
    pub(super) fn sweep_owners(&self, owners: &[Owner], sweep: Sweep) -> Result<Swept> {
        self.folder.check_writable()?;
        let session = self.session()?;
        let at = |error: CatalogError| error.at(self.folder.path());
        if sweep.dry_run {
            return self.try_out(session, owners, sweep).map_err(at);
        }
        if sweep.is_step && !self.is_sweep_due(session, owners)? {
            return Ok(Swept::default());
        }
        self.read(|connection, _| sqlite::check_integrity(connection, self.folder.path()))?;
        let mut swept = Swept::default();
        for owner in owners {
            let of_owner = self.write(|connection, now| {
                leases::sweep(connection, *owner, self.clock.uptime())?;
                self.erase(session, connection, *owner, now, sweep)
            })?;
            swept = [swept, of_owner].into_iter().sum();
        }
        self.note_sweep(session, owners)?;
        swept.freed_bytes = self.compact(session)?;
        let mut held = session.connections.writing();
        swept.freed_bytes += sqlite::give_back_pages(held.get()).map_err(|error| at(error.into()))?;
        Ok(swept)
    }

    /// Does it all in a transaction that is never committed.
    fn try_out(&self, session: &Session, owners: &[Owner], sweep: Sweep) -> Result<Swept, CatalogError> {
        let mut held = session.connections.writing();
        let transaction: Transaction<'_> =
            held.get().transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now = self.now(&transaction)?;
        let mut swept = Swept::default();
        for owner in owners {
            swept = [swept, self.erase(session, &transaction, *owner, now, sweep)?].into_iter().sum();
        }
        let doomed = compact::doomed(&transaction, &self.folder.packs())?;
        swept.freed_bytes = doomed.iter().map(compact::Doomed::gain).sum();
        swept.freed_bytes += sqlite::free_bytes(&transaction)?;
        Ok(swept)
    }

    fn erase(
        &self,
        session: &Session,
        connection: &Connection,
        owner: Owner,
        now: Timestamp,
        sweep: Sweep,
    ) -> Result<Swept, CatalogError> {
        let versions = erase_versions(connection, owner, now, sweep)?;
        let given_up = session.pending.sweep(owner, now, sweep.dry_run);
        let mut swept = Swept { versions, blobs: given_up.len() as u64, ..Swept::default() };
        swept.blob_bytes = given_up.iter().sum();
        if let Some(named) = named(connection, owner)? {
            let (blobs, bytes) = erase_blobs(connection, owner, &named)?;
            swept.blobs += blobs;
            swept.blob_bytes += bytes;
        }
        Ok(swept)
    }
}

/// Erases what is over; how many versions those were.
fn erase_versions(
    connection: &Connection,
    owner: Owner,
    now: Timestamp,
    sweep: Sweep,
) -> Result<u64, CatalogError> {
    const ERASE: &str = "DELETE FROM versions WHERE id = ?1";
    let over = over(connection, owner, now, sweep)?;
    for id in &over {
        connection.prepare_cached(ERASE)?.execute((id,))?;
    }
    if !over.is_empty() {
        time::note(connection, now)?;
    }
    Ok(over.len() as u64)
}

/// The rows that are deleted for long enough or expired, and are what was written: a flipped bit erases
/// nothing.
fn over(
    connection: &Connection,
    owner: Owner,
    now: Timestamp,
    sweep: Sweep,
) -> Result<Vec<i64>, CatalogError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM heads h JOIN versions v ON v.head = h.id \
         WHERE h.owner = ?1 AND (v.deleted_at <= ?2 OR (NOT v.pinned AND v.expires_at <= ?3))"
    );
    let undo_time = i64::try_from(sweep.undo_time.as_micros()).unwrap_or(i64::MAX);
    let id = owner.id();
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((id.as_bytes(), now.0.saturating_sub(undo_time), now.0))?;
    let mut over = Vec::new();
    while let Some(row) = rows.next()? {
        let found = Found::read(row, owner)?;
        over.extend(found.can_be_erased().then_some(found.id));
    }
    Ok(over)
}

/// The blobs that an owner's versions name, deleted ones included; none when that can't be told.
fn named(connection: &Connection, owner: Owner) -> Result<Option<HashSet<Digest>>, CatalogError> {
    const LISTS: &str = "SELECT v.blobs_digest, v.blobs FROM heads h JOIN versions v ON v.head = h.id \
        WHERE h.owner = ?1";
    let read = |row: &Row<'_>| Ok((row.get::<_, Option<[u8; 32]>>(0).unwrap_or_default(), row.get(1)?));
    let id = owner.id();
    let mut statement = connection.prepare_cached(LISTS)?;
    let mut named = HashSet::new();
    for list in statement.query_map((id.as_bytes(),), read)? {
        let (digest, blobs): (_, Vec<u8>) = list?;
        let (digests, rest) = blobs.as_chunks::<{ Digest::LEN }>();
        if digest != Some(*Digest::of(&blobs).as_bytes()) || !rest.is_empty() {
            return Ok(None);
        }
        named.extend(digests.iter().map(|digest| Digest::from_bytes(*digest)));
    }
    Ok(Some(named))
}

/// Takes the rows of an owner's other blobs; how many, and how long together.
fn erase_blobs(
    connection: &Connection,
    owner: Owner,
    named: &HashSet<Digest>,
) -> Result<(u64, u64), CatalogError> {
    const ALL: &str = "SELECT digest, stored_len FROM blobs WHERE owner = ?1";
    const ERASE: &str = "DELETE FROM blobs WHERE owner = ?1 AND digest = ?2";
    let id = owner.id();
    let mut dead: Vec<(Digest, u64)> = Vec::new();
    let mut statement = connection.prepare_cached(ALL)?;
    let mut rows = statement.query((id.as_bytes(),))?;
    while let Some(row) = rows.next()? {
        let digest = Digest::from_bytes(row.get(0)?);
        if !named.contains(&digest) {
            dead.push((digest, row.get::<_, i64>(1)?.unsigned_abs()));
        }
    }
    for (digest, _) in &dead {
        connection.prepare_cached(ERASE)?.execute((id.as_bytes(), digest.as_bytes()))?;
    }
    Ok((dead.len() as u64, dead.iter().map(|(_, len)| len).sum()))
}
