//! What of a store far away is kept on this computer, so that a second load maps it.

use stillroom_core::Held;

use crate::{Result, Store};

impl Store {
    /// What is kept on this computer for this owner; none where nothing is: of a folder, of memory, or where the cache
    /// is off.
    ///
    /// # Errors
    /// `unavailable` when the cache can't be read.
    pub fn kept_near(&self) -> Result<Option<Held>> {
        Ok(self.cache().map(|cache| cache.held(self.who())).transpose()?)
    }

    /// Drops what is kept on this computer for this owner; answers how many bytes that was.
    ///
    /// What is loaded from now on is kept again. Only stores far away are read through a cache: of a folder and of
    /// memory nothing is kept, and the answer is 0.
    ///
    /// # Errors
    /// `unavailable` when it can't be removed.
    pub fn forget_cache(&self) -> Result<u64> {
        Ok(self.cache().map_or(Ok(0), |cache| cache.forget(self.who()))?)
    }
}
