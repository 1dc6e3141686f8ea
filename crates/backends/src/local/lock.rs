//! A file or folder held locked, until dropped.
//!
//! The lock belongs to the open file, which a process that is forked or
//! started meanwhile inherits: closed here, it would still be held there. So
//! it is given up by name, and only by the process that took it, or a child
//! that ends would give up its parent's.

use std::fs::{File, TryLockError};
use std::{io, process};

/// An exclusive lock that other processes and other openings of the file see.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    process: u32,
}

impl Lock {
    /// Waits for its turn.
    pub(super) fn take(file: File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self { file, process: process::id() })
    }

    /// None when someone else holds it.
    pub(super) fn try_take(file: File) -> io::Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file, process: process::id() })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.process == process::id() {
            // Closing it does the same, unless someone inherited it.
            let _ = self.file.unlock();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_given_up_is_free_though_a_child_inherited_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lock = Lock::take(file.reopen().unwrap()).unwrap();
        let inherited = lock.file().try_clone().unwrap();
        assert!(Lock::try_take(file.reopen().unwrap()).unwrap().is_none());

        drop(lock);

        assert!(Lock::try_take(file.reopen().unwrap()).unwrap().is_some());
        drop(inherited);
    }

    #[test]
    fn a_child_that_ends_leaves_its_parent_the_lock() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lock = Lock::take(file.reopen().unwrap()).unwrap();
        let in_child = Lock { file: lock.file().try_clone().unwrap(), process: lock.process + 1 };

        drop(in_child);

        assert!(Lock::try_take(file.reopen().unwrap()).unwrap().is_none());
    }
}
