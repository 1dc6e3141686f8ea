//! Deleting, and taking it back. Nothing is erased here: that is gc's.

use std::fmt;

use stillroom_core::{ResultKey, Version, poll_now};

use crate::{Result, Store};

/// What a delete hid, and how to take it back.
#[derive(Clone)]
pub struct Deleted {
    /// Which result.
    pub key: ResultKey,
    /// Which of its versions, newest first.
    pub versions: Vec<Version>,
    store: Store,
}

impl Deleted {
    /// Brings all of it back. What was saved meanwhile stays the newest.
    ///
    /// # Errors
    /// `not-found` when a gc has erased some of it; then none comes back. Also after a rename, which takes
    /// what is deleted along: it can be brought back at the new place.
    pub fn undo(&self) -> Result<()> {
        self.store.undelete(&self.key, &self.versions)
    }
}

impl fmt::Debug for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deleted").field("key", &self.key).field("versions", &self.versions).finish()
    }
}

impl Store {
    /// Deletes a result, or one version of it, pinned or not.
    ///
    /// Until a gc erases it, [`Deleted::undo`] or [`undelete`](Self::undelete) brings it back; the gc that
    /// goes with saves leaves it alone for seven days. Its versions are never counted again.
    ///
    /// # Errors
    /// `not-found`, `denied`.
    pub fn delete(&self, key: &ResultKey, version: Option<Version>) -> Result<Deleted> {
        let versions = poll_now(self.catalog().delete(self.who(), key, version))?;
        Ok(Deleted { key: key.clone(), versions, store: self.clone() })
    }

    /// Brings deleted versions back; those that are not deleted stay as they are.
    ///
    /// # Errors
    /// `not-found` when a gc has erased one of them; then none comes back. `denied`.
    pub fn undelete(&self, key: &ResultKey, versions: &[Version]) -> Result<()> {
        Ok(poll_now(self.catalog().undelete(self.who(), key, versions))?)
    }
}
