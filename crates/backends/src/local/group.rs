//! Changes of several threads that share one commit, and with it one sync.
//!
//! A thread that has made its change and sees others wait for the connection
//! leaves the transaction open to the next one, which adds its own change in a
//! savepoint; the last one commits for all. While one commit is being synced
//! the changes of the next gather. Nobody is answered before the commit that
//! holds its change, or that what it was told rests on, has ended.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rusqlite::{Connection, ffi};

use super::error::CatalogError;
use super::lock::Lock;
use super::log::Log;
use super::turn::Turns;

/// How many changes are committed together at most.
const MAX_LEN: usize = 64;

/// The connection that changes the catalog, and the group whose transaction is open on it.
pub(super) struct Writer {
    connection: Connection,
    turns: Turns,
    log: Log,
    group: Option<Group>,
}

struct Group {
    len: usize,
    outcome: Arc<Outcome>,
    /// Among processes; given up with the group.
    _turn: Option<Lock>,
}

/// What became of a group's commit.
#[derive(Default)]
pub(super) struct Outcome {
    told: Mutex<Option<Result<(), Failure>>>,
    is_told: Condvar,
}

/// SQLite's error, once for each member.
type Failure = (ffi::Error, Option<String>);

/// What a change answers, and whether it is to be kept.
pub(super) enum Change<T> {
    Keep(T),
    Discard(T),
}

/// The answer to a change, and the commit of someone else that it waits for, if any.
pub(super) struct Answer<T> {
    told: Result<T, CatalogError>,
    outcome: Option<Arc<Outcome>>,
}

impl Writer {
    pub(super) fn new(mut connection: Connection, turns: Turns) -> rusqlite::Result<Self> {
        let log = Log::of(&mut connection)?;
        Ok(Self { connection, turns, log, group: None })
    }

    /// The connection without an open transaction; what was gathered is committed first.
    pub(super) fn alone(&mut self) -> &mut Connection {
        // Should that fail, its members are told; whoever is here has no part in it.
        let _ = self.commit();
        &mut self.connection
    }

    /// Whether changes are waiting for their commit.
    pub(super) fn is_gathering(&self) -> bool {
        self.group.is_some()
    }

    /// Makes a change, and commits it with those gathered before, unless `others_wait` who will.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> Result<Change<T>, CatalogError>,
        others_wait: impl FnOnce() -> bool,
    ) -> Answer<T> {
        let is_first = self.group.is_none();
        if let Err(error) = self.begin() {
            return Answer::settled(Err(error.into()));
        }
        let made = panic::catch_unwind(AssertUnwindSafe(|| change(&self.connection)));
        let made = made.unwrap_or_else(|panicked| {
            self.give_up(&lost());
            panic::resume_unwind(panicked)
        });
        if self.connection.is_autocommit() {
            return Answer::settled(Err(self.give_up_with(made.err())));
        }
        let (told, is_kept) = match made {
            Ok(Change::Keep(told)) => (Ok(told), true),
            Ok(Change::Discard(told)) => (Ok(told), false),
            Err(error) => (Err(error), false),
        };
        if is_first && !is_kept {
            self.give_up(&lost());
            return Answer::settled(told);
        }
        let end = match is_kept {
            _ if is_first => Ok(()),
            true => self.run("RELEASE member"),
            false => self.run("ROLLBACK TO member").and_then(|()| self.run("RELEASE member")),
        };
        if let Err(error) = end {
            self.give_up(&error);
            return Answer::settled(Err(error.into()));
        }
        let group = self.group.as_mut().expect("one was begun above");
        group.len += 1;
        if group.len < MAX_LEN && others_wait() {
            return Answer { told, outcome: Some(Arc::clone(&group.outcome)) };
        }
        Answer::settled(self.commit().map_err(CatalogError::from).and(told))
    }

    fn begin(&mut self) -> rusqlite::Result<()> {
        if self.group.is_some() {
            return self.run("SAVEPOINT member");
        }
        let turn = self.turns.take();
        self.run("BEGIN IMMEDIATE")?;
        self.log.make_room();
        self.group = Some(Group { len: 0, outcome: Arc::default(), _turn: turn });
        Ok(())
    }

    /// Commits what was gathered, if anything, and tells its members.
    fn commit(&mut self) -> rusqlite::Result<()> {
        if self.group.is_none() {
            return Ok(());
        }
        match self.run("COMMIT") {
            Ok(()) => {
                self.end(Ok(()));
                Ok(())
            }
            Err(error) => {
                self.give_up(&error);
                Err(error)
            }
        }
    }

    /// Rolls everything back; what the group's members are told.
    fn give_up(&mut self, error: &rusqlite::Error) {
        if !self.connection.is_autocommit() {
            // What keeps it from being rolled back has broken the connection: each later call says so.
            let _ = self.run("ROLLBACK");
        }
        self.end(Err(failure(error)));
    }

    /// As [`give_up`](Self::give_up), where SQLite has rolled back all of it for an error of one.
    fn give_up_with(&mut self, error: Option<CatalogError>) -> CatalogError {
        let error = error.unwrap_or_else(|| lost().into());
        match &error {
            CatalogError::Sqlite(error) => self.give_up(error),
            CatalogError::Contract(_) => self.give_up(&lost()),
        }
        error
    }

    fn end(&mut self, outcome: Result<(), Failure>) {
        if let Some(group) = self.group.take() {
            group.outcome.tell(outcome);
        }
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(()).map(drop)
    }
}

impl<T> Answer<T> {
    fn settled(told: Result<T, CatalogError>) -> Self {
        Self { told, outcome: None }
    }

    /// Waits for the commit. Not with the connection in hand: whoever makes it needs that.
    pub(super) fn wait(self) -> Result<T, CatalogError> {
        self.outcome.map_or(Ok(()), |outcome| outcome.wait())?;
        self.told
    }
}

impl Outcome {
    fn tell(&self, outcome: Result<(), Failure>) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.is_told.notify_all();
    }

    fn wait(&self) -> rusqlite::Result<()> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.is_told.wait_while(told, |told| told.is_none());
        let told = told.unwrap_or_else(PoisonError::into_inner).clone();
        told.unwrap_or(Ok(())).map_err(|(code, text)| rusqlite::Error::SqliteFailure(code, text))
    }
}

/// The error for those who share it.
fn failure(error: &rusqlite::Error) -> Failure {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => (*code, text.clone()),
        other => (ffi::Error::new(ffi::SQLITE_ERROR), Some(other.to_string())),
    }
}

/// For those whose group was rolled back for a reason of someone else's.
fn lost() -> rusqlite::Error {
    let text = "the changes committed together with this one were rolled back";
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK), Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;
    use stillroom_core::{BackendError, Result as CoreResult};

    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE numbers (number INTEGER UNIQUE ON CONFLICT ABORT)").unwrap();
        Writer::new(connection, Turns::new(Path::new("/nowhere at all"))).unwrap()
    }

    fn insert(number: i64) -> impl FnOnce(&Connection) -> Result<Change<i64>, CatalogError> {
        move |connection| {
            connection.execute("INSERT INTO numbers VALUES (?1)", (number,))?;
            Ok(Change::Keep(number))
        }
    }

    fn numbers(writer: &Writer) -> Vec<i64> {
        let mut statement = writer.connection.prepare("SELECT number FROM numbers ORDER BY 1").unwrap();
        statement.query_map((), |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    fn told(answer: Answer<i64>) -> CoreResult<i64> {
        answer.wait().map_err(|error| error.at(Path::new("here")))
    }

    #[test]
    fn changes_find_room_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("catalog.sqlite")).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.execute_batch("CREATE TABLE numbers (number INTEGER UNIQUE)").unwrap();
        let mut writer = Writer::new(connection, Turns::new(Path::new("/nowhere at all"))).unwrap();

        told(writer.change(insert(1), || false)).unwrap();
        told(writer.change(insert(2), || false)).unwrap();

        let log = folder.path().join("catalog.sqlite-wal").metadata().unwrap().len();
        assert!(log >= 64 * 1024, "{log}");
    }

    #[test]
    fn a_change_that_nobody_waits_behind_is_committed_at_once() {
        let mut writer = writer();

        let answer = writer.change(insert(1), || false);

        assert!(writer.connection.is_autocommit() && answer.outcome.is_none());
        assert_eq!((told(answer).unwrap(), numbers(&writer)), (1, vec![1]));
    }

    #[test]
    fn changes_that_are_waited_for_are_committed_by_the_last() {
        let mut writer = writer();
        let first = writer.change(insert(1), || true);
        let second = writer.change(insert(2), || true);
        assert!(writer.is_gathering() && !writer.connection.is_autocommit());

        let last = writer.change(insert(3), || false);

        assert!(writer.connection.is_autocommit());
        assert_eq!([first, second, last].map(|answer| told(answer).unwrap()), [1, 2, 3]);
        assert_eq!(numbers(&writer), [1, 2, 3]);
    }

    #[test]
    fn who_needs_the_connection_alone_commits_what_was_gathered() {
        let mut writer = writer();
        let first = writer.change(insert(1), || true);

        assert!(writer.alone().is_autocommit());

        assert_eq!((told(first).unwrap(), numbers(&writer)), (1, vec![1]));
    }

    #[test]
    fn a_group_takes_so_many_and_no_more() {
        let mut writer = writer();

        for number in 1..=MAX_LEN as i64 {
            writer.change(insert(number), || true);
        }

        assert!(writer.connection.is_autocommit());
        assert_eq!(numbers(&writer).len(), MAX_LEN);
    }

    #[test]
    fn a_change_that_fails_or_is_discarded_takes_nothing_of_the_others_with_it() {
        let mut writer = writer();
        let first = writer.change(insert(1), || true);
        let failed = writer.change(insert(1), || true);
        let discarded = writer.change(
            |connection| {
                insert(7)(connection)?;
                Ok(Change::Discard(70))
            },
            || true,
        );

        let last = writer.change(insert(2), || false);

        assert!(told(failed).is_err());
        assert_eq!([first, discarded, last].map(|answer| told(answer).unwrap()), [1, 70, 2]);
        assert_eq!(numbers(&writer), [1, 2]);
    }

    #[test]
    fn the_first_change_that_fails_leaves_no_transaction_open() {
        let mut writer = writer();
        told(writer.change(insert(1), || false)).unwrap();

        assert!(told(writer.change(insert(1), || true)).is_err());
        let discarded = writer.change(|_| Ok(Change::Discard(5)), || true);

        assert!(writer.connection.is_autocommit() && !writer.is_gathering());
        assert_eq!(told(discarded).unwrap(), 5);
    }

    #[test]
    fn an_error_that_rolls_back_everything_is_everybody_s() {
        let mut writer = writer();
        let first = writer.change(insert(1), || true);

        let failed = writer.change(
            |connection| {
                connection.execute_batch("INSERT OR ROLLBACK INTO numbers VALUES (1)")?;
                Ok(Change::Keep(1))
            },
            || true,
        );

        assert!(told(failed).is_err() && told(first).is_err());
        assert!(numbers(&writer).is_empty() && !writer.is_gathering());
        assert_eq!(told(writer.change(insert(1), || false)).unwrap(), 1);
    }

    #[test]
    fn a_panic_in_a_change_rolls_back_its_group_and_no_more() {
        let mut writer = writer();
        told(writer.change(insert(1), || false)).unwrap();
        let before = writer.change(insert(2), || true);
        let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
            writer.change(|_| -> Result<Change<i64>, CatalogError> { panic!("in a change") }, || false)
        }));

        assert!(panicked.is_err() && told(before).is_err());
        assert_eq!(numbers(&writer), [1]);
        assert_eq!(told(writer.change(insert(2), || false)).unwrap(), 2);
    }

    #[test]
    fn a_refusal_of_ours_stays_what_it_is() {
        let mut writer = writer();
        let first = writer.change(insert(1), || true);

        let refused = writer.change(
            |_| -> Result<Change<i64>, CatalogError> {
                Err(BackendError::Invalid { message: "not so".to_owned() }.into())
            },
            || false,
        );

        assert!(matches!(told(refused), Err(BackendError::Invalid { message }) if message == "not so"));
        assert_eq!(told(first).unwrap(), 1);
    }
}
