//! A store whose work is done by functions of a database: what is the same whoever carries the calls.
//!
//! The functions are those of `postgres/migrations`; each takes one argument, bytes or JSON, and answers one.
//! A [`Carrier`] brings a call there as its asker: over a connection to the database, or through HTTP. Here
//! calls are made of the contract's and answers read, and what comes back is compared with its digests.

mod again;
mod blobs;
mod bodies;
mod call;
mod catalog;
mod error;
mod frame;
mod json;
mod leases;
mod record;
mod text;

use std::sync::Arc;

use stillroom_core::{Backend, Compression, Durability};

use crate::cache::Cache;

pub(crate) use call::{Argument, Call, Carrier, Function};
#[cfg(feature = "postgres")]
pub(crate) use catalog::{sweep_asked, swept};
pub(crate) use error::{Failure, Refusal};

/// A store behind a carrier.
pub(crate) struct Remote<C> {
    carrier: C,
    /// Where it is, for messages.
    location: String,
    /// What came from there before.
    cache: Option<Arc<Cache>>,
}

/// The backend behind `carrier`; `location` says where it is, without secrets.
pub(crate) fn backend<C: Carrier>(carrier: C, location: String, cache: Option<Arc<Cache>>) -> Backend {
    let remote = Arc::new(Remote { carrier, location: location.clone(), cache: cache.clone() });
    Backend {
        catalog: remote.clone(),
        blobs: remote.clone(),
        leases: remote,
        operator: None,
        cache: cache.map(|cache| cache as _),
        location,
        durability: Durability::Durable,
        notices: Vec::new(),
        compression: Compression::Fast,
    }
}
