//! Leases as rows: judged by how long the machine has run, which nobody can set.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row};
use stillroom_core::{
    Acquired, BackendError, Beat, Holder, Lease, LeaseKey, Leases, Owner, Principal, Result, Timestamp,
    Uptime, limits,
};
use uuid::Uuid;

use super::Local;
use super::error::CatalogError;

#[async_trait]
impl Leases for Local {
    async fn acquire(
        &self,
        who: &Principal,
        key: &LeaseKey,
        holder: Holder,
        ttl: Duration,
    ) -> Result<Acquired> {
        limits::check_ttl(Some(ttl))?;
        self.change_leases(who, |leases, now| {
            let mut lease = match leases.held(key)? {
                Some(held) if held.holder != holder => return Ok(Acquired::Held(held)),
                Some(held) => held,
                None => new(key, holder, now),
            };
            lease.beat_at = now;
            leases.put(&lease, ttl)?;
            Ok(Acquired::Yours(lease))
        })
    }

    async fn beat(&self, who: &Principal, key: &LeaseKey, holder: Holder, beat: Beat) -> Result<Lease> {
        beat.check()?;
        self.change_leases(who, |leases, now| {
            let held = leases.held(key)?.filter(|held| held.holder == holder);
            let held = held.ok_or_else(|| BackendError::LeaseLost { key: key.clone() })?;
            let Beat { ttl, progress, message } = beat;
            let lease = Lease { beat_at: now, progress, message, ..held };
            leases.put(&lease, ttl)?;
            Ok(lease)
        })
    }

    async fn release(&self, who: &Principal, key: &LeaseKey, holder: Holder) -> Result<bool> {
        self.change_leases(who, |leases, _| {
            let is_theirs = leases.held(key)?.is_some_and(|held| held.holder == holder);
            if is_theirs {
                leases.remove(key)?;
            }
            Ok(is_theirs)
        })
    }

    async fn lease(&self, who: &Principal, key: &LeaseKey) -> Result<Option<Lease>> {
        let uptime = self.clock.uptime();
        self.read(|connection, _| Rows { connection, owner: who.owner(), uptime }.held(key))
    }
}

impl Local {
    fn change_leases<T>(
        &self,
        who: &Principal,
        change: impl FnOnce(&Rows<'_>, Timestamp) -> Result<T, CatalogError>,
    ) -> Result<T> {
        self.write(|connection, now| {
            // Asked for under the lock: a wait for it must not make a lease look younger than it is.
            let uptime = self.clock.uptime();
            change(&Rows { connection, owner: who.owner(), uptime }, now)
        })
    }
}

fn new(key: &LeaseKey, holder: Holder, now: Timestamp) -> Lease {
    Lease { key: key.clone(), holder, started_at: now, beat_at: now, progress: None, message: None }
}

/// An owner's leases at a time.
struct Rows<'a> {
    connection: &'a Connection,
    owner: Owner,
    uptime: Uptime,
}

impl Rows<'_> {
    /// The lease as someone holds it now.
    fn held(&self, key: &LeaseKey) -> Result<Option<Lease>, CatalogError> {
        const HELD: &str = "SELECT holder, started_at, beat_at, progress, message FROM leases \
            WHERE owner = ?1 AND key = ?2 AND boot = ?3 AND until > ?4";
        let read = |row: &Row<'_>| {
            Ok(Lease {
                key: key.clone(),
                holder: Holder(Uuid::from_bytes(row.get(0)?)),
                started_at: Timestamp(row.get(1)?),
                beat_at: Timestamp(row.get(2)?),
                progress: row.get(3)?,
                message: row.get(4)?,
            })
        };
        let owner = self.owner.id();
        let asked = (owner.as_bytes(), key.as_str(), self.uptime.boot.as_bytes(), since(self.uptime));
        Ok(self.connection.prepare_cached(HELD)?.query_row(asked, read).optional()?)
    }

    fn put(&self, lease: &Lease, ttl: Duration) -> Result<(), CatalogError> {
        const PUT: &str = "INSERT OR REPLACE INTO leases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.connection.prepare_cached(PUT)?.execute((
            self.owner.id().as_bytes(),
            lease.key.as_str(),
            lease.holder.0.as_bytes(),
            self.uptime.boot.as_bytes(),
            since(self.uptime.after(ttl)),
            lease.started_at.0,
            lease.beat_at.0,
            lease.progress,
            &lease.message,
        ))?;
        Ok(())
    }

    fn remove(&self, key: &LeaseKey) -> Result<(), CatalogError> {
        const REMOVE: &str = "DELETE FROM leases WHERE owner = ?1 AND key = ?2";
        let owner = self.owner.id();
        self.connection.prepare_cached(REMOVE)?.execute((owner.as_bytes(), key.as_str()))?;
        Ok(())
    }
}

/// Takes the rows of leases that are over.
pub(super) fn sweep(connection: &Connection, owner: Owner, uptime: Uptime) -> Result<(), CatalogError> {
    const SWEEP: &str = "DELETE FROM leases WHERE owner = ?1 AND (boot <> ?2 OR until <= ?3)";
    let owner = owner.id();
    connection.prepare_cached(SWEEP)?.execute((owner.as_bytes(), uptime.boot.as_bytes(), since(uptime)))?;
    Ok(())
}

/// Microseconds of uptime; the most there are when that is beyond it.
fn since(uptime: Uptime) -> i64 {
    i64::try_from(uptime.since.as_micros()).unwrap_or(i64::MAX)
}
