//! What is stored: listings, histories, deletion, usage. No bytes of values are read here.

use stillroom_core::{PageKey, Record, ResultKey, Usage, Version, poll_now};

use crate::{Result, Store};

impl Store {
    /// The facts of a version; the newest when `version` is none.
    ///
    /// # Errors
    /// `not-found`, `corrupt`.
    pub fn record(&self, key: &ResultKey, version: Option<Version>) -> Result<Record> {
        Ok(poll_now(self.catalog().get(self.who(), key, version))?.record)
    }

    /// The newest version of every result, or of one page's, by page and key.
    ///
    /// # Errors
    /// `unavailable`, `corrupt`.
    pub fn results(&self, page: Option<&PageKey>) -> Result<Vec<Record>> {
        Ok(poll_now(self.catalog().list(self.who(), page))?)
    }

    /// Every version of a result, newest first; empty when there is none.
    ///
    /// # Errors
    /// `unavailable`, `corrupt`.
    pub fn history(&self, key: &ResultKey) -> Result<Vec<Record>> {
        Ok(poll_now(self.catalog().history(self.who(), key))?)
    }

    /// Deletes a result, or one version of it; answers how many versions that were.
    ///
    /// Nothing is erased yet: a later release brings back what was deleted, until gc.
    ///
    /// # Errors
    /// `not-found`, `denied`.
    pub fn delete(&self, key: &ResultKey, version: Option<Version>) -> Result<u64> {
        Ok(poll_now(self.catalog().delete(self.who(), key, version))?)
    }

    /// What this owner's results take.
    ///
    /// # Errors
    /// `unavailable`.
    pub fn usage(&self) -> Result<Usage> {
        Ok(poll_now(self.catalog().usage(self.who()))?)
    }
}
