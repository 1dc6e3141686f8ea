//! Work on a whole store, by whoever keeps it: the one place here that sees all owners.

use std::fmt;
use std::sync::Arc;

use stillroom_backends::connect_operator;
use stillroom_core::{Owner, Sweep, Swept, poll_now};

use crate::{OpenOptions, Result};

/// A store as its keeper has it. Not reachable from a [`Store`](crate::Store), which is one owner's.
pub struct Operator {
    inner: Arc<dyn stillroom_core::Operator>,
    location: String,
}

impl Operator {
    /// Opens a store to work on the whole of it; the options that speak of one owner don't matter. A database
    /// is opened as the role that migrated it.
    ///
    /// # Errors
    /// As [`Store::open`](crate::Store::open); `denied` where the asker is not the store's keeper.
    pub fn open(options: &OpenOptions) -> Result<Self> {
        let (inner, location) = connect_operator(options.url.as_deref(), options.connect())?;
        Ok(Self { inner, location })
    }

    /// Where the store is: an absolute path, or a URL without secrets.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Everyone who has results, deleted ones included, in the order of their ids.
    ///
    /// # Errors
    /// `unavailable`.
    pub fn owners(&self) -> Result<Vec<Owner>> {
        Ok(poll_now(self.inner.owners())?)
    }

    /// Sets how many bytes an owner may store; none for any number.
    ///
    /// # Errors
    /// `denied`, `unavailable`.
    pub fn set_quota(&self, owner: Owner, quota: Option<u64>) -> Result<()> {
        Ok(poll_now(self.inner.set_quota(owner, quota))?)
    }

    /// [`Store::gc`](crate::Store::gc) for every owner; what it came to in all.
    ///
    /// # Errors
    /// `denied`, `unavailable`.
    pub fn gc(&self, dry_run: bool) -> Result<Swept> {
        let sweep = Sweep { dry_run, ..Sweep::default() };
        Ok(poll_now(self.inner.sweep_all(sweep))?)
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("location", &self.location()).finish()
    }
}
