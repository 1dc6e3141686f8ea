//! The contract of whoever keeps a whole store in order: the one place that sees all owners.

use async_trait::async_trait;

use crate::{Owner, Result, Sweep, Swept};

/// Work on a whole store. Nothing a user holds reaches it.
///
/// What may be relied on, each sentence a check in [`conformance`](crate::conformance):
///
/// - The operator sees every owner who has anything.
/// - A quota holds for its owner alone, until it is taken back.
/// - A sweep of all owners does for each what their own would.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Everyone who has results, deleted ones included, in the order of their ids.
    async fn owners(&self) -> Result<Vec<Owner>>;

    /// Sets how many bytes an owner may store ([`Usage::stored_bytes`](crate::Usage)); none for any number.
    async fn set_quota(&self, owner: Owner, quota: Option<u64>) -> Result<()>;

    /// [`Catalog::sweep`](crate::Catalog::sweep) for every owner; what it came to in all.
    async fn sweep_all(&self, sweep: Sweep) -> Result<Swept>;
}
