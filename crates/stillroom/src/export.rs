//! Writing results into one file that can be checked and imported anywhere: a bundle.

use std::path::Path;

use stillroom_core::PageKey;

use crate::{Error, ErrorKind, Result, Store, Watch};

/// What an export wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Results in the bundle.
    pub results: u64,
    /// Their versions.
    pub versions: u64,
    /// Blobs those need, each once.
    pub blobs: u64,
    /// Length of the file.
    pub bytes: u64,
}

impl Store {
    /// Writes every version of every result, or of one page's, as of one moment, into a new file at `path`.
    ///
    /// The store may be in use meanwhile. The file is there whole or not at all.
    ///
    /// # Errors
    /// `invalid` when there is something at `path` or its folder is missing; `corrupt` when a version is
    /// damaged; `unavailable` when it was stopped or the disk is full.
    pub fn export_to(&self, path: &Path, page: Option<&PageKey>, watch: Watch<'_>) -> Result<Exported> {
        let _ = watch;
        Err(Error::new(ErrorKind::Internal, format!("not built yet: {page:?} {}", path.display())))
    }
}
