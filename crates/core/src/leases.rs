//! The contract of leases: who is computing what, and since when.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::{LeaseKey, Principal, Result, Timestamp};

/// Lets one of many do a piece of work, and the others see how far it is.
///
/// What may be relied on, each sentence a check in [`conformance`](crate::conformance):
///
/// - A lease has one holder at a time.
/// - A lease that was not renewed in time can be acquired by anyone.
/// - Acquiring a lease again renews it for its holder and changes nothing else.
/// - A beat renews a lease and says how far the work is; one that was lost can't be renewed.
/// - A release by anyone but the holder changes nothing.
/// - A clock that is set back or forward neither prolongs a lease nor ends it.
/// - Another owner's lease is another lease.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes the lease for `ttl`, unless someone else holds it.
    ///
    /// # Errors
    /// `Invalid` for a `ttl` of nothing.
    async fn acquire(
        &self,
        who: &Principal,
        key: &LeaseKey,
        holder: Holder,
        ttl: Duration,
    ) -> Result<Acquired>;

    /// Renews a lease for `ttl` from now, and says how far the work is.
    ///
    /// # Errors
    /// `LeaseLost` when it is not this holder's, or no longer; `TooLarge` and `Invalid` as
    /// [`Beat::check`] says.
    async fn beat(&self, who: &Principal, key: &LeaseKey, holder: Holder, beat: Beat) -> Result<Lease>;

    /// Gives a lease back; answers whether it was still this holder's.
    async fn release(&self, who: &Principal, key: &LeaseKey, holder: Holder) -> Result<bool>;

    /// The lease as it is held now, if anyone holds it.
    async fn lease(&self, who: &Principal, key: &LeaseKey) -> Result<Option<Lease>>;
}

/// Who holds a lease: drawn anew by each piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Holder(pub Uuid);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq)]
pub struct Beat {
    /// How long the lease is held from now on.
    pub ttl: Duration,
    /// How far the work is, from 0 to 1.
    pub progress: Option<f64>,
    /// What it is doing, for people; at most [`LABEL_LEN`](crate::limits::LABEL_LEN) bytes.
    pub message: Option<String>,
}

/// A lease that someone holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    /// What it is for.
    pub key: LeaseKey,
    /// Who holds it.
    pub holder: Holder,
    /// Since when, by the backend's clock.
    pub started_at: Timestamp,
    /// When it was renewed last, by the same clock; shown, never judged by.
    pub beat_at: Timestamp,
    /// As the last beat said.
    pub progress: Option<f64>,
    /// As the last beat said.
    pub message: Option<String>,
}

/// How asking for a lease ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Acquired {
    /// It is the asker's.
    Yours(Lease),
    /// Someone else has it.
    Held(Lease),
}
