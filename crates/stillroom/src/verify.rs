//! Reading everything once, to know that it is whole, and forgetting what is not so that it can heal.

use stillroom_core::{ResultKey, Version};

use crate::{Error, ErrorKind, Result, Store, Watch};

/// What a verify read, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Versions looked at.
    pub versions: u64,
    /// Blobs read, each once.
    pub blobs: u64,
    /// Bytes those have.
    pub bytes: u64,
    /// What is wrong, by page, key and version; empty when all is well.
    pub problems: Vec<Problem>,
}

/// A version that is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which result.
    pub key: ResultKey,
    /// Which version of it.
    pub version: Version,
    /// What is wrong, in words.
    pub what: String,
    /// The newest version of the same result that is whole; none when there is none.
    pub whole: Option<Version>,
}

/// What a repair came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// What was found before anything was changed.
    pub verified: Verified,
    /// Damaged blobs that were forgotten: saving the same content again heals every version that needs them.
    pub discarded: u64,
}

impl Store {
    /// Reads and hashes everything this owner's versions consist of, whatever was read lately.
    ///
    /// # Errors
    /// `unavailable` when it was stopped or the store can't be read. Damage is no error but an answer.
    pub fn verify(&self, watch: Watch<'_>) -> Result<Verified> {
        let _ = watch;
        Err(Error::new(ErrorKind::Internal, "not built yet"))
    }

    /// Verifies, and forgets the blobs that are damaged, so that a later save of the same content writes
    /// them anew; every version that names them is whole again then.
    ///
    /// Whole bytes and records are never touched. A version whose record is damaged can only be deleted.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); `denied`.
    pub fn repair(&self, watch: Watch<'_>) -> Result<Repaired> {
        let _ = watch;
        Err(Error::new(ErrorKind::Internal, "not built yet"))
    }
}
