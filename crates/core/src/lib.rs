//! The contract between stillroom and the places that keep results.
//!
//! A backend is a [`Catalog`] of records beside a [`BlobStore`] of bytes and
//! [`Leases`]; an [`Operator`] sees the whole of it. The promises stand at the
//! traits; [`conformance`] holds every backend and every layer ([`layers`]) to
//! them; [`memory`] is the reference. Nothing here knows how a value is encoded:
//! manifests and blobs are bytes, named by digests.

#![forbid(unsafe_code)]

mod blobs;
mod catalog;
mod clock;
mod durability;
mod error;
mod key;
pub mod layers;
mod leases;
pub mod limits;
mod near;
mod operator;
mod poll;
mod principal;
mod record;
mod secret;
mod threads;

#[cfg(any(feature = "conformance", doc))]
pub mod conformance;
pub mod memory;

pub use blobs::{Access, BlobStore, Body, Coded, Hint, PutBlob, Recoder};
pub use catalog::{
    Annotation, Catalog, Commit, Committed, Condition, ListRange, Listing, RequestId, Stored, Sweep, Swept,
    Usage,
};
pub use clock::{Clock, ManualClock, Uptime};
pub use durability::Durability;
pub use error::BackendError;
pub use key::{KeyError, KeyName, LeaseKey, PageKey, ResultKey, Scope};
pub use leases::{Acquired, Beat, Holder, Lease, Leases};
pub use near::{Held, NearCache};
pub use operator::Operator;
pub use poll::poll_now;
pub use principal::{Bearer, Owner, Principal, Renewal};
pub use record::{NewVersion, Record, Signature, Timestamp, Version};
pub use secret::Secret;
pub use stillroom_format::{Buffer, Chunk, Codec, Compression, Digest};
pub use stillroom_mapping::{MAX_MAPS, Region};
pub use threads::thread_count;

use std::sync::Arc;

/// A place that keeps results: its records, its bytes, its leases.
#[derive(Clone)]
pub struct Backend {
    /// The records.
    pub catalog: Arc<dyn Catalog>,
    /// The bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// Who is computing what.
    pub leases: Arc<dyn Leases>,
    /// Work on the store as a whole, where this process may do it.
    pub operator: Option<Arc<dyn Operator>>,
    /// What of it is kept near, where it lies far away.
    pub cache: Option<Arc<dyn NearCache>>,
    /// Where it is, in words a person can use: an absolute path, or a URL without secrets.
    pub location: String,
    /// How long what is saved here lasts.
    pub durability: Durability,
    /// What whoever opens it ought to know of the place, each a sentence or two; none as a rule.
    pub notices: Vec<String>,
    /// What blobs are best put as, when whoever opens it leaves that to the place: by what it is short of.
    pub compression: Compression,
}

/// A backend's answer.
pub type Result<T, E = BackendError> = std::result::Result<T, E>;
