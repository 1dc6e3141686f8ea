//! Reading a bundle: all of it is checked before anything is written.

use std::path::Path;

use stillroom_core::{Owner, ResultKey};

use crate::{Error, ErrorKind, Result, Store, Watch};

/// What a bundle holds, and what importing it here would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Whose results it was written from.
    pub owner: Owner,
    /// Results in it.
    pub results: u64,
    /// Their versions.
    pub versions: u64,
    /// How many of those are here already, by their digest: an import leaves them out.
    pub present: u64,
    /// Results whose Python objects could not be opened here: no key in hand vouches for them.
    pub locked: Vec<ResultKey>,
    /// Length of the file.
    pub bytes: u64,
}

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Results that have new versions.
    pub results: u64,
    /// Versions written.
    pub versions: u64,
    /// Versions left out because their result has one of the same digest.
    pub present: u64,
    /// Results that arrived locked, as [`Bundle::locked`].
    pub locked: Vec<ResultKey>,
    /// Bytes of blobs that were new here.
    pub new_bytes: u64,
}

impl Store {
    /// Checks the whole of a bundle and says what importing it would do. Nothing is written.
    ///
    /// # Errors
    /// `invalid` when the file is no bundle; `unsupported` for one of a newer release; `corrupt` when it is
    /// cut short or changed; `not-found` when there is no file.
    pub fn inspect(&self, path: &Path, watch: Watch<'_>) -> Result<Bundle> {
        let _ = watch;
        Err(Error::new(ErrorKind::Internal, format!("not built yet: {}", path.display())))
    }

    /// Brings the results of a bundle in, as this owner's. Importing twice changes nothing.
    ///
    /// Versions are counted anew after those that are there; the old number and time stay in the provenance.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect), before anything is written; `conflict` when results of the bundle are
    /// saved meanwhile again and again; `denied`, `too-large`, `unavailable`.
    pub fn import_from(&self, path: &Path, watch: Watch<'_>) -> Result<Imported> {
        let _ = watch;
        Err(Error::new(ErrorKind::Internal, format!("not built yet: {}", path.display())))
    }
}
