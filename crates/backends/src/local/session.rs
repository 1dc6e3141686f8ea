//! What one process holds of an open store: connections, packs, pending blobs.
//!
//! A store used after `fork` gets a session of the child's own.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use stillroom_core::Result;

use super::connections::Lease;
use super::error;
use super::folder::Folder;
use super::pending::Pending;
use super::readers::Readers;
use super::sqlite;
use super::writers::{FULL_LEN, Writers};

/// An open store as one process holds it.
pub(super) struct Session {
    pub(super) connections: Lease,
    pub(super) writers: Writers,
    pub(super) readers: Readers,
    pub(super) pending: Pending,
    /// Bytes this process put into packs since it last swept.
    pub(super) written: AtomicU64,
    /// Device and inode of the catalog: a folder that was deleted and made again is another store.
    catalog: (u64, u64),
    /// The session of a forked child that came this way.
    child: OnceLock<Box<Session>>,
}

impl Session {
    /// Opens the store in `folder`, whose catalog is made.
    pub(super) fn open(folder: &Folder) -> Result<Self> {
        Ok(Self {
            connections: Lease::open(folder)?,
            writers: Writers::new(folder.packs(), FULL_LEN),
            readers: Readers::new(folder.packs()),
            pending: Pending::default(),
            written: AtomicU64::new(0),
            catalog: identity(folder)?,
            child: OnceLock::new(),
        })
    }

    /// What the connections' `synchronous` is; 2 is FULL.
    pub(super) fn synchronous(&self, folder: &Folder) -> Result<i64> {
        let synchronous = match folder.is_read_only() {
            true => sqlite::synchronous(self.connections.reading().get()),
            false => sqlite::synchronous(self.connections.writing().get()),
        };
        synchronous.map_err(|error| error::sqlite(folder.path(), error))
    }

    /// The session of the running process.
    ///
    /// # Errors
    /// `Unavailable` when the folder is gone or another one is in its place.
    pub(super) fn current<'a>(&'a self, folder: &Folder) -> Result<&'a Self> {
        let mut session = self;
        while session.connections.process() != process::id() {
            session = match session.child.get() {
                Some(child) => child,
                None => {
                    let opened = Box::new(Self::open(folder)?);
                    session.child.get_or_init(|| opened)
                }
            };
        }
        if identity(folder)? != session.catalog {
            let folder = folder.path().display();
            let message = format!("the store was replaced while it was open; open it again: `{folder}`");
            return Err(error::unavailable(message, None));
        }
        Ok(session)
    }
}

fn identity(folder: &Folder) -> Result<(u64, u64)> {
    let found = fs::metadata(folder.catalog()).map_err(|source| {
        let message = format!("the store is gone: `{}`", folder.path().display());
        error::unavailable(message, Some(source.into()))
    })?;
    Ok((found.dev(), found.ino()))
}
