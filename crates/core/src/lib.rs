//! The contract between stillroom and the places that keep results.
//!
//! A backend is a [`Catalog`] of records beside a [`BlobStore`] of bytes. The
//! promises stand at the traits; [`conformance`] holds every backend to them;
//! [`memory`] is the reference. Nothing here knows how a value is encoded:
//! manifests and blobs are bytes, named by digests.

#![forbid(unsafe_code)]

mod blobs;
mod catalog;
mod clock;
mod error;
mod key;
mod poll;
mod principal;
mod record;

#[cfg(any(feature = "conformance", doc))]
pub mod conformance;
pub mod memory;

pub use blobs::{BlobStore, Body, Hint, PutBlob};
pub use catalog::{Annotation, Catalog, Commit, Committed, Condition, Stored, Usage};
pub use clock::{Clock, ManualClock};
pub use error::BackendError;
pub use key::{KeyError, KeyName, PageKey, ResultKey};
pub use poll::poll_now;
pub use principal::{Owner, Principal};
pub use record::{NewVersion, Record, Signature, Timestamp, Version};
pub use stillroom_format::{Buffer, Chunk, Digest};
pub use stillroom_mapping::Region;

use std::sync::Arc;

/// A place that keeps results: its records and its bytes.
#[derive(Clone)]
pub struct Backend {
    /// The records.
    pub catalog: Arc<dyn Catalog>,
    /// The bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// Where it is, in words a person can use: an absolute path, or a URL without secrets.
    pub location: String,
}

/// A backend's answer.
pub type Result<T, E = BackendError> = std::result::Result<T, E>;
