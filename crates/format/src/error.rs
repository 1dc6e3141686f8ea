//! What can go wrong between a value and its bytes.

use std::fmt;

use thiserror::Error;

/// What there is a limit on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Containers within containers.
    Depth,
    /// Bytes of a manifest.
    ManifestBytes,
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "depth is",
            Self::ManifestBytes => "manifest bytes are",
        })
    }
}

impl Counted {
    /// What to do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Depth => "store it with fewer levels, such as a list of its parts",
            Self::ManifestBytes => "store it as arrays or a frame, or as several results",
        }
    }
}

/// An error of the format alone; where in the value it arose is known to the caller.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// A limit of [`Limits`](crate::Limits) was passed.
    #[error("{what} over the limit of {limit}; {}: {actual}", what.advice())]
    TooLarge {
        /// What was counted.
        what: Counted,
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
