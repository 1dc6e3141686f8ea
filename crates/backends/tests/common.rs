//! A store in a folder of its own, for tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stillroom_backends::{ConnectOptions, Connected, connect};
use stillroom_core::conformance::Subject;
use stillroom_core::{Backend, ManualClock, Result};
use tempfile::TempDir;

/// A folder for a store that isn't there yet.
pub(crate) struct Place {
    temporary: TempDir,
    pub(crate) clock: Arc<ManualClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { temporary: tempfile::tempdir().unwrap(), clock: Arc::default() }
    }

    /// Where the store is or will be.
    pub(crate) fn path(&self) -> PathBuf {
        self.temporary.path().join("store")
    }

    pub(crate) fn open(&self) -> Connected {
        self.try_open().unwrap()
    }

    pub(crate) fn try_open(&self) -> Result<Connected> {
        open(&self.path(), self.options())
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        ConnectOptions { create: true, verify_always: false, clock: self.clock.clone() }
    }
}

pub(crate) fn open(path: &Path, options: ConnectOptions) -> Result<Connected> {
    connect(Some(path.to_str().unwrap()), options)
}

/// A folder's store under the suite.
pub(crate) struct Local {
    place: Place,
    backend: Backend,
}

pub(crate) fn local() -> Local {
    let place = Place::new();
    let backend = place.open().backend;
    Local { place, backend }
}

impl Subject for Local {
    fn backend(&self) -> &Backend {
        &self.backend
    }

    fn reopened(&self) -> Backend {
        self.place.open().backend
    }

    fn clock(&self) -> &ManualClock {
        &self.place.clock
    }
}
