//! The SQLite connections of a process, and what becomes of them in a forked child.
//!
//! SQLite counts the locks of a file once per process, and a child inherits
//! the counts without the locks: it would never take the ones it needs, and
//! another process could remove the log it is writing to. So all connections
//! are known here, and before a child opens one it closes those it inherited.
//! That touches nothing of the parent's: file locks belong to the parent alone.

use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;
use stillroom_core::Result;

use super::error;
use super::folder::Folder;
use super::sqlite;

/// Every connection that is open in this process or was in a parent's.
static OPEN: Mutex<Vec<Arc<Connections>>> = Mutex::new(Vec::new());

/// A store's two connections: reads don't wait for a writer's sync.
struct Connections {
    process: u32,
    reading: Mutex<Option<Connection>>,
    writing: Mutex<Option<Connection>>,
}

/// Keeps a store's connections open until dropped.
pub(super) struct Lease(Arc<Connections>);

/// A connection, to the caller alone until dropped.
pub(super) struct Held<'a>(MutexGuard<'a, Option<Connection>>);

impl Held<'_> {
    pub(super) fn get(&mut self) -> &mut Connection {
        self.0.as_mut().expect("a lease is used in its own process, where its connections are open")
    }
}

impl Lease {
    /// Opens the connections of the store in `folder`, whose catalog is made.
    pub(super) fn open(folder: &Folder) -> Result<Self> {
        close_inherited(folder)?;
        let reading = sqlite::connect(folder)?;
        let writing = if folder.is_read_only() { None } else { Some(sqlite::connect(folder)?) };
        let connections = Arc::new(Connections {
            process: process::id(),
            reading: Mutex::new(Some(reading)),
            writing: Mutex::new(writing),
        });
        open().push(Arc::clone(&connections));
        Ok(Self(connections))
    }

    /// The process that opened them.
    pub(super) fn process(&self) -> u32 {
        self.0.process
    }

    pub(super) fn reading(&self) -> Held<'_> {
        Held(self.0.reading.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The connection of a folder that can be written.
    pub(super) fn writing(&self) -> Held<'_> {
        Held(self.0.writing.lock().unwrap_or_else(PoisonError::into_inner))
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
        for connection in [&connections.reading, &connections.writing] {
            match connection.try_lock() {
                Ok(mut connection) => drop(connection.take()),
                Err(TryLockError::Poisoned(poisoned)) => drop(poisoned.into_inner().take()),
                Err(TryLockError::WouldBlock) => {
                    let message = format!(
                        "this process was forked while a store was in use; fork before, or use spawn: `{}`",
                        folder.path().display()
                    );
                    return Err(error::unavailable(message, None));
                }
            }
        }
    }
    open().retain(|other| !inherited.iter().any(|closed| Arc::ptr_eq(other, closed)));
    Ok(())
}
