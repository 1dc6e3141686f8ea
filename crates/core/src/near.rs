//! What a backend far away keeps near, so that bytes need not come twice.

use std::path::PathBuf;

use crate::{Principal, Result};

/// Copies of bytes that came from afar. It is asked by its backend alone; here is what people may do with it.
pub trait NearCache: Send + Sync {
    /// What is kept for the asker.
    ///
    /// # Errors
    /// `Unavailable` when it can't be read.
    fn held(&self, who: &Principal) -> Result<Held>;

    /// Drops all that is kept for the asker; how many bytes that were.
    ///
    /// # Errors
    /// `Unavailable` when it can't be removed.
    fn forget(&self, who: &Principal) -> Result<u64>;
}

/// What is kept near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Where.
    pub folder: PathBuf,
    /// How many bytes of it are for whoever asked.
    pub bytes: u64,
    /// How many bytes there may be, for all.
    pub limit: u64,
}
