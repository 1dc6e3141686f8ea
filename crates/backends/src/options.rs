//! What is said where a store is opened.

use std::path::PathBuf;
use std::sync::Arc;

use stillroom_core::{Clock, Secret};

/// How a store is connected to.
pub struct ConnectOptions {
    /// Whether a store that isn't there is made; if not, that is `BackendError::NoStore`.
    pub create: bool,
    /// Whether nothing is written, even where it could be; every write is `BackendError::Denied`.
    pub read_only: bool,
    /// Whether bytes are compared with their digests on every load.
    pub verify_always: bool,
    /// Whether what is saved outlasts the machine's restarts; none to judge by the place.
    pub durable: Option<bool>,
    /// The publishable key of a Supabase project; none for `$STILLROOM_KEY`.
    pub key: Option<Secret>,
    /// Where bytes that come from afar are kept near.
    pub cache: CacheOptions,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// What is said of the cache of bytes that come from afar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheOptions {
    /// Whether there is to be none.
    pub is_off: bool,
    /// Its folder; none for `$STILLROOM_CACHE`, else the system's place for caches.
    pub folder: Option<PathBuf>,
    /// How many bytes it may take, those of all stores together; none for 1 GiB.
    pub limit: Option<u64>,
}
