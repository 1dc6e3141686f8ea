//! Connections to the catalog and its tables.
//!
//! `synchronous=FULL` in WAL mode: a commit that returned is on the disk.
//! Integers wider than SQLite's are refused on the way in and on the way out.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use stillroom_core::{BackendError, Owner, Result};
use uuid::Uuid;

use super::error::{self, CatalogError};
use super::folder::Folder;

/// The layout of a store whose blobs are all raw: every release opens it. 0 was before the freeze.
const RAW_LAYOUT: i64 = 1;
/// The layout of one that may have coded blobs, the newest this build knows; the tables are the same.
const CODED_LAYOUT: i64 = 2;
/// One connection is used by one thread at a time, and error codes come with their detail.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX.union(OpenFlags::SQLITE_OPEN_EXRESCODE);
/// How many pages go back to the disk in one transaction: 8 MiB, a few milliseconds.
const PAGES_AT_ONCE: i64 = 2_000;
/// How long a save waits for other processes' saves.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// - `heads`: each result of each owner, and the number its next version will have; stays when the versions
///   are gone, so that nothing is counted twice.
/// - `versions`: every version, in the order of commits. What is short comes first and `root`, `hint` and
///   `blobs` last, so that a list reads none of them; `record_digest` vouches for the row (`row.rs`) except
///   `hint`, which vouches for itself.
/// - `blobs`: where each of an owner's blobs is, in `data` or in a pack, and what it is coded by (docs/codecs.md).
///   `blobs_by_pack` is what a sweep goes by; blobs in the catalog are not in it, so that a small save doesn't
///   pay for it.
/// - `packs`: what each pack looked like after it was last synced, the last blob committed to it with the
///   digest of its bytes as they lie there, and when a blob in it was found damaged.
/// - `owners`: who may store only so much.
/// - `leases`: who does what; `until` is microseconds of uptime since the start of the machine in `boot`.
/// - `meta`: the layout, the store's own owner, the latest time that no version holds any more (`time.rs`),
///   and what each owner's last sweep left (`due.rs`).
const TABLES: &str = "
    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE owners (owner BLOB PRIMARY KEY, quota INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE heads (
        id INTEGER PRIMARY KEY,
        owner BLOB NOT NULL,
        page TEXT NOT NULL,
        key TEXT NOT NULL,
        next_version INTEGER NOT NULL,
        UNIQUE (owner, page, key)
    ) STRICT;
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY,
        head INTEGER NOT NULL,
        version INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        pinned INTEGER NOT NULL,
        deleted_at INTEGER,
        request_id BLOB,
        digest BLOB NOT NULL,
        root_digest BLOB NOT NULL,
        blobs_digest BLOB NOT NULL,
        record_digest BLOB NOT NULL,
        signature BLOB,
        kind TEXT NOT NULL,
        shape BLOB NOT NULL,
        label TEXT,
        metadata BLOB,
        summary TEXT NOT NULL,
        provenance TEXT NOT NULL,
        root BLOB NOT NULL,
        hint BLOB NOT NULL,
        blobs BLOB NOT NULL,
        UNIQUE (head, version)
    ) STRICT;
    CREATE TABLE blobs (
        owner BLOB NOT NULL,
        digest BLOB NOT NULL,
        codec INTEGER NOT NULL,
        raw_len INTEGER NOT NULL,
        stored_len INTEGER NOT NULL,
        pack INTEGER,
        pack_offset INTEGER,
        data BLOB,
        PRIMARY KEY (owner, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blobs_by_pack ON blobs (pack, pack_offset, stored_len) WHERE pack IS NOT NULL;
    CREATE TABLE packs (
        id INTEGER PRIMARY KEY,
        size INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        ctime_ns INTEGER NOT NULL,
        checked_at INTEGER NOT NULL,
        last_offset INTEGER NOT NULL,
        last_len INTEGER NOT NULL,
        last_digest BLOB NOT NULL,
        damaged_at INTEGER
    ) STRICT;
    CREATE TABLE leases (
        owner BLOB NOT NULL,
        key TEXT NOT NULL,
        holder BLOB NOT NULL,
        boot BLOB NOT NULL,
        until INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        beat_at INTEGER NOT NULL,
        progress REAL,
        message TEXT,
        PRIMARY KEY (owner, key)
    ) STRICT, WITHOUT ROWID;
";

/// A connection to a catalog that is there.
pub(super) fn connect(folder: &Folder) -> Result<Connection> {
    open(folder).map_err(|error| error::sqlite(folder.path(), error))
}

fn open(folder: &Folder) -> rusqlite::Result<Connection> {
    let connection = if folder.is_read_only() { open_read_only(folder)? } else { open_writable(folder)? };
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Without it SQLite plans a query anew whenever a bound value changes: 37 µs for a record instead of 8.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn open_writable(folder: &Folder) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(folder.catalog(), FLAGS | OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;",
    )?;
    Ok(connection)
}

fn open_read_only(folder: &Folder) -> rusqlite::Result<Connection> {
    let flags = FLAGS | OpenFlags::SQLITE_OPEN_READ_ONLY;
    let path = folder.catalog();
    if !folder.is_sealed() || has_wal(&path) {
        return Connection::open_with_flags(path, flags);
    }
    // Readers of a WAL catalog make files beside it, which nobody can do here; without a log there is
    // also nobody writing, and SQLite takes our word for that.
    Connection::open_with_flags(immutable_uri(&path), flags | OpenFlags::SQLITE_OPEN_URI)
}

fn has_wal(catalog: &Path) -> bool {
    let mut wal = catalog.as_os_str().to_owned();
    wal.push("-wal");
    std::fs::metadata(wal).is_ok_and(|wal| wal.len() > 0)
}

fn immutable_uri(path: &Path) -> String {
    let escaped: String = path.as_os_str().as_bytes().iter().map(|byte| format!("%{byte:02x}")).collect();
    format!("file:{escaped}?immutable=1")
}

/// The connection's `synchronous`; 2 is FULL.
pub(super) fn synchronous(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "synchronous", |row| row.get(0))
}

/// Compares the catalog's tables with their indexes: what erases by them must not go by a flipped bit.
///
/// # Errors
/// `Corrupt`.
pub(super) fn check_integrity(connection: &Connection, folder: &Path) -> Result<(), CatalogError> {
    for table in ["heads", "versions", "blobs"] {
        let mut first = String::new();
        connection.pragma(None, "integrity_check", table, |row| {
            if first.is_empty() {
                first = row.get(0)?;
            }
            Ok(())
        })?;
        if first != "ok" {
            return Err(error::corrupt(error::damaged_catalog(folder.display()), Some(first.into())).into());
        }
    }
    Ok(())
}

/// Bytes of the catalog that hold nothing.
pub(super) fn free_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    Ok(number("freelist_count")?.unsigned_abs() * number("page_size")?.unsigned_abs())
}

/// Gives those back to the disk, a few at a time; how many bytes that were.
pub(super) fn give_back_pages(connection: &Connection) -> rusqlite::Result<u64> {
    let before = free_bytes(connection)?;
    let mut left = before;
    while left > 0 {
        // It works off a page each time it is stepped, so it has to be read to its end.
        connection.pragma(None, "incremental_vacuum", PAGES_AT_ONCE, |_| Ok(()))?;
        let now = free_bytes(connection)?;
        if now >= left {
            break;
        }
        left = now;
    }
    if left < before {
        // The file itself shrinks with the log's next checkpoint; if a reader is in its way, with a later one.
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))?;
    }
    Ok(before.saturating_sub(left))
}

/// The owner a store was made with; none when the catalog holds nothing yet.
///
/// # Errors
/// `Newer` for a layout this build doesn't know, `Invalid` for a database that is no catalog.
pub(super) fn read_owner(connection: &Connection, folder: &Path) -> Result<Option<Owner>> {
    read_meta(connection, folder).map_err(|error| error.at(folder))
}

fn read_meta(connection: &Connection, folder: &Path) -> Result<Option<Owner>, CatalogError> {
    const TABLES: &str =
        "SELECT count(*), coalesce(sum(name = 'meta'), 0) FROM sqlite_schema WHERE type = 'table'";
    const META: &str = "SELECT (SELECT value FROM meta WHERE key = 'layout'), \
        (SELECT value FROM meta WHERE key = 'owner')";
    match connection.query_row(TABLES, (), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))? {
        (0, _) => return Ok(None),
        (_, 0) => return Err(no_catalog(folder).into()),
        _ => {}
    }
    let found = connection.query_row(META, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Value::Integer(layout), owner) = found else { return Err(no_catalog(folder).into()) };
    if layout > CODED_LAYOUT {
        let (found, known) = (layout.unsigned_abs(), CODED_LAYOUT.unsigned_abs());
        return Err(BackendError::Newer { found, known }.into());
    }
    if layout < RAW_LAYOUT {
        return Err(unfrozen(folder).into());
    }
    match owner {
        Value::Blob(id) => {
            let id = Uuid::from_slice(&id).map_err(|_| no_catalog(folder))?;
            Ok(Some(Owner::new(id)))
        }
        _ => Err(no_catalog(folder).into()),
    }
}

/// In the transaction that enters the first coded blob: releases that would take it for damaged open the store
/// no more.
pub(super) fn allow_codecs(connection: &Connection) -> rusqlite::Result<()> {
    const ALLOW: &str = "UPDATE meta SET value = ?1 WHERE key = 'layout' AND value < ?1";
    connection.prepare_cached(ALLOW)?.execute((CODED_LAYOUT,)).map(drop)
}

fn no_catalog(folder: &Path) -> BackendError {
    BackendError::Invalid {
        message: format!("this folder's catalog is not one of stillroom's: `{}`", folder.display()),
    }
}

fn unfrozen(folder: &Path) -> BackendError {
    BackendError::Invalid {
        message: format!(
            "made before the format was frozen; open it with the release that made it, or name another folder \
             and save anew: `{}`",
            folder.display()
        ),
    }
}

/// Makes the tables and the owner, in one transaction. The caller holds the folder's lock.
pub(super) fn make(folder: &Folder, owner: Owner) -> Result<()> {
    let build = || -> rusqlite::Result<()> {
        let mut connection = open_writable(folder)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Only before the first page is written: with it a sweep can give pages back to the disk.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(TABLES)?;
        transaction.execute("INSERT INTO meta VALUES ('layout', ?1)", (RAW_LAYOUT,))?;
        transaction.execute("INSERT INTO meta VALUES ('owner', ?1)", (owner.id().as_bytes(),))?;
        transaction.commit()
    };
    build().map_err(|error| error::sqlite(folder.path(), error))
}
