//! Keeps results in memory: the reference for the contract, and for tests.
//!
//! As simple as the promises allow, so that what a backend must do can be read
//! here: one lock around everything, a map per owner, nothing on any disk.

mod blobs;
mod catalog;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use stillroom_format::Digest;

use crate::{Backend, Clock, Owner, ResultKey, Stored};

/// A store that is gone with the process.
pub struct Memory {
    owners: Mutex<HashMap<Owner, Holdings>>,
    clock: Arc<dyn Clock>,
}

/// All that one owner has. Nothing is shared between owners.
#[derive(Debug, Default)]
struct Holdings {
    blobs: HashMap<Digest, Bytes>,
    results: BTreeMap<ResultKey, History>,
}

/// The versions of a result, oldest first.
#[derive(Debug, Default)]
struct History {
    /// How many versions were ever counted.
    counted: u64,
    versions: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    stored: Stored,
    is_deleted: bool,
}

impl Memory {
    /// An empty store.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { owners: Mutex::default(), clock }
    }

    /// An empty store, as a backend.
    pub fn backend(clock: Arc<dyn Clock>) -> Backend {
        let memory = Arc::new(Self::new(clock));
        Backend { catalog: memory.clone(), blobs: memory, location: "memory:".to_owned() }
    }

    /// What an owner has; a panic elsewhere leaves it whole, since every change is made at once.
    fn with<T>(&self, owner: Owner, ask: impl FnOnce(&mut Holdings) -> T) -> T {
        let mut owners: MutexGuard<'_, _> = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        ask(owners.entry(owner).or_default())
    }
}

impl History {
    /// The versions that are not deleted, newest first.
    fn visible(&self) -> impl Iterator<Item = &Stored> {
        self.versions.iter().rev().filter(|entry| !entry.is_deleted).map(|entry| &entry.stored)
    }
}
