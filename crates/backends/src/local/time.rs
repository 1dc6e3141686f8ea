//! The store's own time: the clock's, but never earlier than what the catalog holds.
//!
//! Versions are dated in the order of their rows, so the last row has the
//! newest time, and no commit has to note it anywhere else. Only what erases
//! rows, which may have held it, notes it in `meta`. A clock set back then
//! brings back nothing that had expired.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{Connection, OptionalExtension};
use stillroom_core::{Digest, Owner, Timestamp};
use uuid::Uuid;

use super::Local;
use super::error::CatalogError;
use super::row::{COLUMN_COUNT, COLUMNS, Found};

/// The newest time that this process has seen.
#[derive(Debug)]
pub(super) struct Newest(AtomicI64);

impl Newest {
    pub(super) const fn new() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }

    /// The later of `time` and what was seen before.
    fn raise(&self, time: Timestamp) -> Timestamp {
        Timestamp(self.0.fetch_max(time.0, Ordering::Relaxed).max(time.0))
    }
}

impl Local {
    /// The time it is for the store.
    pub(super) fn now(&self, connection: &Connection) -> Result<Timestamp, CatalogError> {
        const NEWEST: &str = "SELECT (SELECT created_at FROM versions ORDER BY id DESC LIMIT 1), \
            (SELECT value FROM meta WHERE key = 'newest_time')";
        let (last, noted): (Option<i64>, Option<Vec<u8>>) = connection
            .prepare_cached(NEWEST)?
            .query_row((), |row| Ok((row.get(0)?, row.get(1).unwrap_or_default())))?;
        let mut now = self.now_without_catalog();
        if let Some(noted) = noted.as_deref().and_then(unpack) {
            now = now.max(noted);
        }
        if let Some(last) = last.map(Timestamp).filter(|last| *last > now)
            && is_last_row_whole(connection)?
        {
            now = last;
        }
        Ok(self.newest.raise(now))
    }

    /// The time as far as this process knows it.
    pub(super) fn now_without_catalog(&self) -> Timestamp {
        self.newest.raise(self.clock.now())
    }
}

/// Keeps the newest time where no sweep takes it; asked by whoever erases versions.
pub(super) fn note(connection: &Connection, now: Timestamp) -> Result<(), CatalogError> {
    const NOTE: &str = "INSERT OR REPLACE INTO meta VALUES ('newest_time', ?1)";
    connection.prepare_cached(NOTE)?.execute((pack(now),))?;
    Ok(())
}

/// Whether the row that runs ahead of the clock is what was written: a flipped bit of its time would make
/// everything with a `ttl` expire.
fn is_last_row_whole(connection: &Connection) -> Result<bool, CatalogError> {
    let sql = format!(
        "SELECT {COLUMNS}, h.owner FROM versions v JOIN heads h ON h.id = v.head ORDER BY v.id DESC LIMIT 1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row((), |row| {
        let owner = Owner::new(Uuid::from_bytes(row.get(COLUMN_COUNT)?));
        Ok(Found::read(row, owner).and_then(Found::sealed).is_ok())
    });
    Ok(found.optional()?.unwrap_or(false))
}

/// The time behind a part of its digest.
fn pack(time: Timestamp) -> Vec<u8> {
    let bytes = time.0.to_le_bytes();
    [&Digest::of(&bytes).as_bytes()[..8], &bytes].concat()
}

/// None for what [`pack`] did not write.
fn unpack(bytes: &[u8]) -> Option<Timestamp> {
    let time = Timestamp(i64::from_le_bytes(*bytes.last_chunk()?));
    (pack(time) == bytes).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noted_time_with_any_bit_flipped_is_none() {
        let noted = pack(Timestamp(1_700_000_000_000_000));
        assert_eq!(unpack(&noted), Some(Timestamp(1_700_000_000_000_000)));

        for bit in 0..noted.len() * 8 {
            let mut flipped = noted.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unpack(&flipped), None, "bit {bit}");
        }
        assert_eq!(unpack(&noted[..15]), None);
        assert_eq!(unpack(&[]), None);
    }
}
