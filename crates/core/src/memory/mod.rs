//! Keeps results in memory: the reference for the contract, and for tests.
//!
//! As simple as the promises allow, so that what a backend must do can be read
//! here: one lock around everything, a map per owner, nothing on any disk.

mod blobs;
mod catalog;
mod commit;
mod history;
mod leases;
mod operator;
mod place;
mod sweep;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use stillroom_format::Digest;

use crate::{Backend, Clock, Compression, Durability, LeaseKey, Owner, ResultKey, Timestamp};
use blobs::Blob;
use history::History;
use leases::Held;

/// A store that is gone with the process.
pub struct Memory {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    owners: BTreeMap<Owner, Holdings>,
    /// The latest time that was ever seen: the store's own time never goes back.
    newest: Option<Timestamp>,
}

/// All that one owner has. Nothing is shared between owners.
#[derive(Default)]
struct Holdings {
    blobs: BTreeMap<Digest, Blob>,
    results: BTreeMap<ResultKey, History>,
    leases: BTreeMap<LeaseKey, Held>,
    quota: Option<u64>,
}

impl Memory {
    /// An empty store.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::default(), clock }
    }

    /// An empty store, as a backend.
    pub fn backend(clock: Arc<dyn Clock>) -> Backend {
        Arc::new(Self::new(clock)).into()
    }

    /// Changes a byte of the blobs that are kept as these bytes, for tests that must see it found.
    #[cfg(any(feature = "conformance", doc))]
    pub fn damage(&self, kept: &[u8]) {
        self.with_all(|owners, _| {
            let blobs = owners.values_mut().flat_map(|holdings| holdings.blobs.values_mut());
            blobs.filter(|blob| blob.bytes == kept).for_each(Blob::damage);
        });
    }

    /// What an owner has, at the time it is for the store.
    fn with<T>(&self, owner: Owner, ask: impl FnOnce(&mut Holdings, Timestamp) -> T) -> T {
        self.with_all(|owners, now| ask(owners.entry(owner).or_default(), now))
    }

    /// What everyone has; a panic elsewhere leaves it whole, since every change is made at once.
    fn with_all<T>(&self, ask: impl FnOnce(&mut BTreeMap<Owner, Holdings>, Timestamp) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let now = state.newest.map_or(now, |newest| newest.max(now));
        state.newest = Some(now);
        ask(&mut state.owners, now)
    }
}

impl From<Arc<Memory>> for Backend {
    fn from(memory: Arc<Memory>) -> Self {
        Self {
            catalog: memory.clone(),
            blobs: memory.clone(),
            leases: memory.clone(),
            operator: Some(memory),
            location: "memory:".to_owned(),
            cache: None,
            durability: Durability::Process,
            notices: Vec::new(),
            compression: Compression::None,
        }
    }
}
