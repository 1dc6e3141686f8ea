//! What can go wrong between a value and its bytes.

use thiserror::Error;

/// An error of the format alone; where in the value it arose is known to the caller.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// A limit of [`Limits`](crate::Limits) was passed.
    #[error("{what} is over the limit of {limit}: {actual}")]
    TooLarge {
        /// What was counted: `depth`, `manifest bytes`, …
        what: &'static str,
        /// The limit.
        limit: u64,
        /// What was found.
        actual: u64,
    },
    /// The bytes are not what a writer would have written.
    #[error("damaged manifest: {0}")]
    Damaged(&'static str),
    /// The bytes were written by a newer release.
    #[error("format version {found} is newer than {known}; update stillroom")]
    Newer {
        /// The version the bytes name.
        found: u64,
        /// The newest version known here.
        known: u64,
    },
    /// The value has a part the format has no place for.
    #[error("{0}")]
    Unsupported(String),
    /// The writer was driven wrongly; a defect of the caller.
    #[error("writer misused: {0}")]
    Misuse(&'static str),
}
