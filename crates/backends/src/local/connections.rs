//! The SQLite connections of a process, and what becomes of them in a forked child.
//!
//! SQLite counts the locks of a file once per process, and a child inherits
//! the counts without the locks: it would never take the ones it needs, and
//! another process could remove the log it is writing to. So all connections
//! are known here, and before a child opens one it closes those it inherited.
//! That touches nothing of the parent's: file locks belong to the parent alone.

use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;
use stillroom_core::{BackendError, Result};

use super::error::{self, CatalogError};
use super::folder::Folder;
use super::group::{Answer, Change, Writer};
use super::sqlite;
use super::turn::Turns;

/// Every connection that is open in this process or was in a parent's.
static OPEN: Mutex<Vec<Arc<Connections>>> = Mutex::new(Vec::new());

/// A store's two connections: reads don't wait for a writer's sync.
struct Connections {
    process: u32,
    reading: Mutex<Option<Connection>>,
    writing: Mutex<Option<Writer>>,
    /// How many threads are about to take the writing one.
    waiting: AtomicUsize,
}

/// Keeps a store's connections open until dropped.
pub(super) struct Lease(Arc<Connections>);

/// A connection, to the caller alone until dropped.
pub(super) struct Held<'a, T>(MutexGuard<'a, Option<T>>);

impl<T> Held<'_, T> {
    fn inner(&mut self) -> &mut T {
        self.0.as_mut().expect("a lease is used in its own process, where its connections are open")
    }
}

impl Held<'_, Connection> {
    pub(super) fn get(&mut self) -> &mut Connection {
        self.inner()
    }
}

impl Held<'_, Writer> {
    /// Without an open transaction.
    pub(super) fn get(&mut self) -> &mut Connection {
        self.inner().alone()
    }
}

impl Lease {
    /// Opens the connections of the store in `folder`, whose catalog is made.
    pub(super) fn open(folder: &Folder) -> Result<Self> {
        close_inherited(folder)?;
        let reading = sqlite::connect(folder)?;
        let writer = || {
            let writer = Writer::new(sqlite::connect(folder)?, Turns::new(&folder.packs()));
            writer.map_err(|error| error::sqlite(folder.path(), error))
        };
        let writing = if folder.is_read_only() { None } else { Some(writer()?) };
        let connections = Arc::new(Connections {
            process: process::id(),
            reading: Mutex::new(Some(reading)),
            writing: Mutex::new(writing),
            waiting: AtomicUsize::new(0),
        });
        open().push(Arc::clone(&connections));
        Ok(Self(connections))
    }

    /// The process that opened them.
    pub(super) fn process(&self) -> u32 {
        self.0.process
    }

    pub(super) fn reading(&self) -> Held<'_, Connection> {
        Held(self.0.reading.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The connection of a folder that can be written, for what shares no transaction.
    pub(super) fn writing(&self) -> Held<'_, Writer> {
        Held(self.0.writing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a change in one transaction, or not at all; threads that change at once share a commit.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&Connection) -> Result<Change<T>, CatalogError>,
    ) -> Result<T, CatalogError> {
        let waiting = &self.0.waiting;
        waiting.fetch_add(1, Ordering::Relaxed);
        let mut held = self.writing();
        waiting.fetch_sub(1, Ordering::Relaxed);
        let answer: Answer<T> = held.inner().change(change, || waiting.load(Ordering::Relaxed) > 0);
        drop(held);
        answer.wait()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // In a child they stay listed, for `close_inherited`.
        if self.0.process == process::id() {
            open().retain(|other| !Arc::ptr_eq(other, &self.0));
        }
    }
}

fn open() -> MutexGuard<'static, Vec<Arc<Connections>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes what a parent process opened.
///
/// # Errors
/// `Unavailable` when a thread of the parent was using one at the fork: it was left behind there, in the
/// middle of what it did.
pub(super) fn close_inherited(folder: &Folder) -> Result<()> {
    let inherited: Vec<_> =
        open().iter().filter(|connections| connections.process != process::id()).cloned().collect();
    for connections in &inherited {
        close(&connections.reading, |_| true).ok_or_else(|| in_use(folder))?;
        // In the middle of a transaction it is as much in use as in a call.
        close(&connections.writing, |writer| !writer.is_gathering()).ok_or_else(|| in_use(folder))?;
    }
    open().retain(|other| !inherited.iter().any(|closed| Arc::ptr_eq(other, closed)));
    Ok(())
}

/// None when it was in use.
fn close<T>(connection: &Mutex<Option<T>>, is_idle: impl FnOnce(&T) -> bool) -> Option<()> {
    let mut held = match connection.try_lock() {
        Ok(held) => held,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    held.as_ref().is_none_or(is_idle).then(|| drop(held.take()))
}

fn in_use(folder: &Folder) -> BackendError {
    let message = format!(
        "this process was forked while a store was in use; fork before, or use spawn: `{}`",
        folder.path().display()
    );
    error::unavailable(message, None)
}
