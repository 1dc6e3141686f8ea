//! Room in SQLite's write-ahead log ahead of what is written to it.
//!
//! A sync of bytes that make a file longer also writes where they lie and how
//! long the file is: a small save into a log that grows took 0.40 ms where one
//! into a log that has room took 0.28. SQLite's log grows for the first 16 MB
//! that a process saves, which is longer than most apps run. So a writer keeps
//! zeros after its end, a part of what the log has at a time.
//!
//! They are written while the connection has the log's write lock, and behind
//! all that is in the file, so no frame can be among them. To SQLite a frame of
//! zeros is none: it has another salt than the log's.

use std::ffi::c_int;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// After how many pages the log's are written to the catalog, and it begins anew. That syncs twice: with
/// SQLite's usual 1000 pages a save in a hundred took 4 ms instead of 0.4.
const CHECKPOINT_PAGES: u64 = 4_000;
const HEADER_LEN: u64 = 32;
const FRAME_LEN: u64 = 24 + 4096;
/// The least and the most that is added at once; in between, as much as there is. Whoever adds it waits for it:
/// with four times as much, a save in twenty took 0.5 ms longer.
const STEP: (u64, u64) = (64 * 1024, 128 * 1024);
/// What a save may need before the next look.
const MARGIN: u64 = 48 * 1024;

/// The log of a connection that writes.
pub(super) struct Log {
    path: PathBuf,
    file: Option<File>,
    /// How many pages the log had after this connection's last commit.
    page_count: Arc<AtomicU64>,
    /// How long the file was when it was looked at last. It does not get shorter while a connection is open.
    len: u64,
}

impl Log {
    /// Takes over from SQLite when the log is written to the catalog, too: it tells only one listener how
    /// long the log is.
    pub(super) fn of(connection: &mut Connection) -> rusqlite::Result<Self> {
        let mut path = connection.path().map(PathBuf::from).unwrap_or_default().into_os_string();
        path.push("-wal");
        let page_count = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&page_count);
        connection.wal_hook(Some(move |log: &mut Wal, pages: c_int| {
            let pages = u64::from(pages.unsigned_abs());
            told.store(pages, Ordering::Relaxed);
            if pages >= CHECKPOINT_PAGES {
                // The commit is done, and an error here would say that it failed. What can't be written to the
                // catalog now stays in the log, and is tried again with the next commit.
                let _ = log.checkpoint();
            }
            Ok(())
        }))?;
        Ok(Self { path: path.into(), file: None, page_count, len: 0 })
    }

    /// Sees to it that the next commit finds room. The caller's connection has the write lock and has
    /// written nothing yet.
    ///
    /// Where that can't be, on a full disk perhaps, the commit itself makes the log longer or says why not.
    pub(super) fn make_room(&mut self) {
        let page_count = self.page_count.load(Ordering::Relaxed);
        let end = HEADER_LEN + page_count * FRAME_LEN;
        if page_count > 0 && page_count < CHECKPOINT_PAGES && self.len < end + MARGIN {
            let _ = self.lengthen(end);
        }
    }

    fn lengthen(&mut self, end: u64) -> io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().write(true).open(&self.path)?,
        };
        let file = self.file.insert(file);
        self.len = file.metadata()?.len();
        if self.len >= end && self.len < end + MARGIN {
            let step = self.len.clamp(STEP.0, STEP.1);
            file.write_all_at(&vec![0; usize::try_from(step).unwrap_or_default()], self.len)?;
            self.len += step;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::AtomicBool;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// A catalog of numbers with bytes, and its log.
    fn open(folder: &Path) -> (Connection, Log) {
        let mut connection = Connection::open(folder.join("catalog.sqlite")).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.execute_batch("CREATE TABLE IF NOT EXISTS numbers (number INTEGER, bytes BLOB)").unwrap();
        let log = Log::of(&mut connection).unwrap();
        (connection, log)
    }

    fn insert(connection: &Connection, log: &mut Log, number: i64, len: i64) {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        log.make_room();
        connection.execute("INSERT INTO numbers VALUES (?1, zeroblob(?2))", (number, len)).unwrap();
        connection.execute_batch("COMMIT").unwrap();
    }

    fn numbers(connection: &Connection) -> Vec<i64> {
        let mut statement = connection.prepare("SELECT number FROM numbers ORDER BY number").unwrap();
        statement.query_map((), |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    fn log_len(folder: &Path) -> u64 {
        folder.join("catalog.sqlite-wal").metadata().unwrap().len()
    }

    /// The folder as it is after a crash: what was in memory is gone.
    fn crashed(folder: &Path) -> tempfile::TempDir {
        let left = tempfile::tempdir().unwrap();
        for name in ["catalog.sqlite", "catalog.sqlite-wal"] {
            std::fs::copy(folder.join(name), left.path().join(name)).unwrap();
        }
        left
    }

    #[test]
    fn a_log_has_room_ahead_and_is_read_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, mut log) = open(folder.path());

        for number in 0..200 {
            insert(&connection, &mut log, number, 3_000);
            let end = HEADER_LEN + log.page_count.load(Ordering::Relaxed) * FRAME_LEN;
            assert!(number == 0 || log_len(folder.path()) > end, "{number}");
        }

        let left = crashed(folder.path());
        let (again, _) = open(left.path());
        assert_eq!(numbers(&again), Vec::from_iter(0..200));
        let integrity: String = again.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
        assert_eq!(integrity, "ok");
    }

    #[test]
    fn what_another_connection_wrote_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let (one, mut log_of_one) = open(folder.path());
        let (other, mut log_of_other) = open(folder.path());

        for number in 0..100 {
            insert(&one, &mut log_of_one, 3 * number, 3_000);
            insert(&other, &mut log_of_other, 3 * number + 1, 9_000);
            insert(&other, &mut log_of_other, 3 * number + 2, 100);
        }

        let left = crashed(folder.path());
        assert_eq!(numbers(&open(left.path()).0), Vec::from_iter(0..300));
    }

    #[test]
    fn a_checkpoint_that_can_t_be_made_fails_no_commit() {
        static IS_WAITING: AtomicBool = AtomicBool::new(false);
        let folder = tempfile::tempdir().unwrap();
        let (connection, _log) = open(folder.path());
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection.execute("INSERT INTO numbers VALUES (7, zeroblob(?1))", (17 * 1024 * 1024,)).unwrap();

        thread::scope(|scope| {
            scope.spawn(|| {
                // It has the right to write the log to the catalog, and waits for this connection's commit.
                let mut other = Connection::open(folder.path().join("catalog.sqlite")).unwrap();
                let wait = |_| {
                    IS_WAITING.store(true, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(1));
                    true
                };
                other.busy_handler(Some(wait)).unwrap();
                other.query_row("PRAGMA wal_checkpoint(FULL)", (), |_| Ok(())).unwrap();
            });
            while !IS_WAITING.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            connection.execute_batch("COMMIT").unwrap();
        });

        assert_eq!(numbers(&connection), [7]);
    }

    #[test]
    fn a_long_log_is_written_to_the_catalog_and_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, mut log) = open(folder.path());

        for number in 0..3 {
            insert(&connection, &mut log, number, 8 * 1024 * 1024);
        }
        insert(&connection, &mut log, 3, 100);

        assert!(log.page_count.load(Ordering::Relaxed) < CHECKPOINT_PAGES);
        assert_eq!(numbers(&connection), [0, 1, 2, 3]);
    }
}
