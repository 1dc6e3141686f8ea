//! Whether a sweep after a save is worth its time.
//!
//! A sweep reads the whole catalog: 0.4 s for 200,000 versions, which the first
//! save of each process waited for. In a small catalog it costs nothing. In a
//! large one it is due when a day is over, or when so much was saved since the
//! last one that the sweep takes a small part of the time the saves took. What
//! there is to erase comes from saves, so little can be waiting until then,
//! but for what was deleted or has expired, which waits for a day at most.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};
use stillroom_core::{Digest, Owner, Result, Timestamp};

use super::Local;
use super::error::CatalogError;
use super::session::Session;

/// Up to so many versions a sweep takes less than a millisecond.
const SMALL: i64 = 500;
/// A quarter more versions than at the last sweep: a few microseconds for each of the saves.
const GROWTH: i64 = 4;
/// Bytes written per version that a sweep would read: both take about as long.
const BYTES_PER_VERSION: u64 = 4096;
/// How long what is over stays at most in a store that is saved to.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the last sweep left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    at: Timestamp,
    version_count: i64,
    newest_row: i64,
}

impl Local {
    /// Whether it is for any of the owners.
    pub(super) fn is_sweep_due(&self, session: &Session, owners: &[Owner]) -> Result<bool> {
        let written = session.written.load(Ordering::Relaxed);
        self.read(|connection, now| {
            let newest_row = newest_row(connection)?;
            for owner in owners {
                let last = read(connection, *owner)?;
                if last.is_none_or(|last| last.is_over(now, newest_row, written)) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Notes what the sweep left, where the next one may be put off by it.
    pub(super) fn note_sweep(&self, session: &Session, owners: &[Owner]) -> Result<()> {
        const COUNT: &str = "SELECT count(*) FROM versions";
        session.written.store(0, Ordering::Relaxed);
        let version_count = self
            .read(|connection, _| Ok(connection.prepare_cached(COUNT)?.query_row((), |row| row.get(0))?))?;
        if version_count <= SMALL {
            return Ok(());
        }
        self.write(|connection, now| {
            let last = Last { at: now, version_count, newest_row: newest_row(connection)? };
            owners.iter().try_for_each(|owner| write(connection, *owner, last))
        })
    }
}

impl Last {
    fn is_over(self, now: Timestamp, newest_row: i64, written: u64) -> bool {
        let growth = newest_row.saturating_sub(self.newest_row);
        let version_count = self.version_count.unsigned_abs();
        self.version_count <= SMALL
            || growth >= self.version_count / GROWTH
            || written >= version_count.saturating_mul(BYTES_PER_VERSION)
            || self.at.after(DAY) <= now
    }
}

/// Rows are numbered in the order of commits.
fn newest_row(connection: &Connection) -> Result<i64, CatalogError> {
    const NEWEST: &str = "SELECT coalesce(max(id), 0) FROM versions";
    Ok(connection.prepare_cached(NEWEST)?.query_row((), |row| row.get(0))?)
}

/// None as well for what [`write`] did not write: then a sweep is due.
fn read(connection: &Connection, owner: Owner) -> Result<Option<Last>, CatalogError> {
    const READ: &str = "SELECT value FROM meta WHERE key = ?1";
    let mut statement = connection.prepare_cached(READ)?;
    let found = statement.query_row((key(owner),), |row| Ok(row.get::<_, Vec<u8>>(0).unwrap_or_default()));
    Ok(found.optional()?.as_deref().and_then(unpack))
}

fn write(connection: &Connection, owner: Owner, last: Last) -> Result<(), CatalogError> {
    const WRITE: &str = "INSERT OR REPLACE INTO meta VALUES (?1, ?2)";
    connection.prepare_cached(WRITE)?.execute((key(owner), pack(last)))?;
    Ok(())
}

/// Where an owner's last sweep is noted.
fn key(owner: Owner) -> String {
    format!("last_sweep {}", owner.id())
}

/// The numbers behind a part of their digest.
fn pack(last: Last) -> Vec<u8> {
    let numbers = [last.at.0, last.version_count, last.newest_row].map(i64::to_le_bytes).concat();
    [&Digest::of(&numbers).as_bytes()[..8], &numbers].concat()
}

fn unpack(bytes: &[u8]) -> Option<Last> {
    let (_, rest) = bytes.split_first_chunk::<8>()?;
    let (numbers, rest) = rest.as_chunks::<8>();
    let [at, version_count, newest_row] = numbers else { return None };
    let number = |bytes: &[u8; 8]| i64::from_le_bytes(*bytes);
    let last = Last {
        at: Timestamp(number(at)),
        version_count: number(version_count),
        newest_row: number(newest_row),
    };
    (rest.is_empty() && pack(last) == bytes).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_of_a_large_catalog_is_due_once_enough_was_saved_or_a_day_is_over() {
        let last = Last { at: Timestamp(1_000), version_count: 200_000, newest_row: 300_000 };
        let day = Timestamp(1_000).after(DAY);
        let just_before = Timestamp(day.0 - 1);
        let bytes = 200_000 * BYTES_PER_VERSION;
        let cases = [
            ("nothing since", last, Timestamp(1_000), 300_000, 0, false),
            ("almost a quarter more", last, just_before, 349_999, bytes - 1, false),
            ("a quarter more", last, Timestamp(1_000), 350_000, 0, true),
            ("as many bytes", last, Timestamp(1_000), 300_000, bytes, true),
            ("a day", last, day, 300_000, 0, true),
            ("a clock set back", last, Timestamp(0), 300_000, 0, false),
            ("rows that went", last, Timestamp(1_000), 1, 0, false),
            ("a small one", Last { version_count: SMALL, ..last }, Timestamp(1_000), 300_000, 0, true),
        ];

        for (case, last, now, newest_row, written, expected) in cases {
            assert_eq!(last.is_over(now, newest_row, written), expected, "{case}");
        }
    }

    #[test]
    fn a_noted_sweep_with_any_bit_flipped_is_none() {
        let last = Last { at: Timestamp(1_000), version_count: 3, newest_row: 7 };
        assert_eq!(unpack(&pack(last)), Some(last));

        for bit in 0..pack(last).len() * 8 {
            let mut flipped = pack(last);
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unpack(&flipped), None, "bit {bit}");
        }
        assert_eq!(unpack(&pack(last)[..31]), None);
        assert_eq!(unpack(&[]), None);
    }
}
