//! From a URL or path to a backend; the only place that reads URLs and the environment (being written).
//!
//! The facade (`crates/stillroom/src/store.rs`) is written against exactly these signatures.

use std::sync::Arc;

use stillroom_core::{Backend, BackendError, Clock, Owner, Result};

/// How a store is connected to.
pub struct ConnectOptions {
    /// Whether a store that isn't there is made; if not, that is `BackendError::NoStore`.
    pub create: bool,
    /// Whether bytes are compared with their digests on every load.
    pub verify_always: bool,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// A store that was connected to.
pub struct Connected {
    /// Its records and bytes.
    pub backend: Backend,
    /// The owner of a store that knows only one: made with the store.
    pub local_owner: Owner,
    /// The store's own signing key, where it has one (a folder of this machine, made with the store).
    pub signing_key: Option<[u8; 32]>,
    /// Whether it is a folder of this machine.
    pub is_local: bool,
}

/// Connects to the store at `url`; none for `$STILLROOM_URL`, else the nearest `.stillroom`.
///
/// # Errors
/// `Invalid` for a URL or path that is none, naming the fix.
pub fn connect(url: Option<&str>, options: ConnectOptions) -> Result<Connected> {
    let _ = (url, options);
    Err(BackendError::Invalid { message: "being written".to_owned() })
}
