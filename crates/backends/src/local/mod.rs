//! Keeps results in a folder of this machine: a SQLite catalog beside append-only packs.
//!
//! ```text
//! .stillroom/            mode 0700; refused when anyone else owns it or can write to it
//!   .gitignore           *
//!   README.md
//!   catalog.sqlite       records, small blobs, where the other blobs are (sqlite.rs)
//!   packs/<id>.pack      blobs, one after another; full 64 KiB chunks aligned (pack.rs)
//!   signing.key          32 bytes as hexadecimal digits, mode 0600 (folder.rs)
//! ```
//!
//! A save's bytes are synced before the record that names them is committed
//! (commit.rs), so what a crash leaves over is never named; a sweep takes it
//! (sweep.rs, which says why that is safe while others save and load). Every
//! call does its work in the first poll, on the caller's thread.

mod ahead;
mod blobs;
mod catalog;
mod change;
mod check;
mod commit;
mod compact;
mod connections;
mod disk;
mod due;
#[cfg(test)]
mod durability;
mod error;
mod fetch;
mod files;
mod folder;
#[cfg(test)]
mod full;
mod group;
mod hint;
mod leases;
mod lock;
mod log;
mod moves;
mod operator;
mod pack;
mod pending;
mod places;
mod readers;
mod reading;
mod recode;
mod records;
mod requests;
mod row;
mod session;
mod set;
mod sorted;
mod sqlite;
mod sweep;
mod time;
mod together;
mod turn;
mod writers;

use std::path::Path;
use std::sync::Arc;

use stillroom_core::{Backend, Clock, Compression, Durability, Owner, Result};
use uuid::Uuid;

pub(crate) use disk::look;
use files::{Disk, Files};
use folder::Folder;
use session::Session;
use time::Newest;

use crate::{ConnectOptions, Connected};

/// An open folder.
struct Local {
    folder: Folder,
    session: Session,
    clock: Arc<dyn Clock>,
    files: Arc<dyn Files>,
    verify_always: bool,
    /// What the connections' `synchronous` is; 2 is FULL.
    synchronous: i64,
    newest: Newest,
}

/// Opens the store in the folder at `path`, made when it isn't there and the options say so.
///
/// # Errors
/// `NoStore` when it isn't there and isn't to be made, `Denied` for a folder that others own or can write
/// to, `Invalid` for a file or a folder of other things, `Newer` for a store of a later release.
pub(crate) fn open(path: &Path, options: ConnectOptions) -> Result<Connected> {
    open_with(path, options, Arc::new(Disk)).map(|(_, connected)| connected)
}

fn open_with(path: &Path, options: ConnectOptions, files: Arc<dyn Files>) -> Result<(Arc<Local>, Connected)> {
    let create = options.create && !options.read_only;
    let folder = Folder::open(path, create, options.read_only)?;
    let local_owner = find_or_make(&folder, create)?;
    let signing_key = folder.signing_key()?;
    let session = Session::open(&folder)?;
    let location = folder.path().display().to_string();
    let synchronous = session.synchronous(&folder)?;
    let ConnectOptions { verify_always, clock, .. } = options;
    let newest = Newest::new();
    let local = Arc::new(Local { folder, session, clock, files, verify_always, synchronous, newest });
    let backend = Backend {
        catalog: local.clone(),
        blobs: local.clone(),
        leases: local.clone(),
        operator: Some(local.clone()),
        cache: None,
        location,
        durability: Durability::Durable,
        notices: Vec::new(),
        // A disk takes raw bytes faster than a codec makes them fewer, and only raw ones can be mapped.
        compression: Compression::None,
    };
    let connected = Connected {
        backend,
        local_owner: Some(local_owner),
        signing_key,
        is_local: true,
        #[cfg(feature = "tokens")]
        verifier: None,
        token: None,
        #[cfg(feature = "supabase")]
        auth: None,
    };
    Ok((local, connected))
}

/// The owner made with the store; makes the store when there is only a folder.
fn find_or_make(folder: &Folder, create: bool) -> Result<Owner> {
    if let Some(owner) = find(folder)? {
        return Ok(owner);
    }
    if !create {
        return Err(folder::no_store(folder.path()));
    }
    folder.check_can_become_store()?;
    let _lock = folder.lock()?;
    // Another process may have made it before the lock was ours.
    if let Some(owner) = find(folder)? {
        return Ok(owner);
    }
    folder.check_was_no_store()?;
    let owner = Owner::new(Uuid::new_v4());
    folder.furnish()?;
    sqlite::make(folder, owner)?;
    Ok(owner)
}

fn find(folder: &Folder) -> Result<Option<Owner>> {
    if !folder.has_catalog()? {
        return Ok(None);
    }
    connections::close_inherited(folder)?;
    sqlite::read_owner(&sqlite::connect(folder)?, folder.path())
}

impl Local {
    fn session(&self) -> Result<&Session> {
        self.session.current(&self.folder)
    }
}
