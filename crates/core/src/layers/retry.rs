//! Makes a call again that found nobody in, where that is harmless.
//!
//! Only `Unavailable` is tried again: every other error is the backend's
//! answer, and it would be the same the next time. The time between tries
//! doubles, and is drawn at random below that bound (full jitter), so that a
//! thousand clients of a server that came back don't all call at once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Answer, Ask, Call, Layer, wrap};
use crate::{Backend, BackendError, Result};

/// How often a call is made, and how long is waited in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How many times a call is made at most, the first time included; it is always made once.
    pub most: u32,
    /// The longest wait before the second try; twice that before the third, and so on.
    pub first_wait: Duration,
    /// The longest wait there is.
    pub longest_wait: Duration,
}

/// Waits. The contract has no clock, no sleep and no dice of its own.
#[async_trait]
pub trait Patience: Send + Sync {
    /// Waits for a time drawn at random, evenly, between nothing and `longest`.
    async fn wait(&self, longest: Duration);
}

/// A backend whose harmless calls are made again when they were answered `Unavailable`.
///
/// The first try may have happened, its answer lost. So a call is made again only when the second time
/// changes nothing that the first did not and answers as the first would have:
///
/// | call | again? | because |
/// |---|---|---|
/// | `commit` | with a request id | a commit repeated with its request id writes nothing and answers as the first time; without one it would be a version more |
/// | `get`, `list`, `history`, `snapshot`, `usage`, `missing`, `damaged`, `lease`, `owners` | yes | they change nothing |
/// | `put` | yes | putting a blob again changes nothing |
/// | `discard` | yes | whole blobs stay, so what was put anew in between is safe |
/// | `annotate` | yes | it sets what it sets, and answers the record as it is then |
/// | `undelete` | yes | versions that are not deleted stay as they are |
/// | `acquire` | yes | acquiring a lease again renews it for its holder and changes nothing else |
/// | `beat` | yes | it renews what it renewed; a lease that was lost meanwhile is said to be |
/// | `set_quota` | yes | it sets what it sets |
/// | `sweep`, `sweep_all` | only dry runs | what the first took, the second would not count |
/// | `recode` | no | what the first made fewer, the second would not count |
/// | `delete` | no | the second finds nothing, or a version saved in between, and which ones to undelete is lost |
/// | `rename` | no | the second finds nothing at the old place |
/// | `release` | no | the second answers that the lease was not the holder's |
pub fn retry(backend: Backend, attempts: Attempts, patience: Arc<dyn Patience>) -> Backend {
    wrap(backend, Retry { attempts, patience })
}

struct Retry {
    attempts: Attempts,
    patience: Arc<dyn Patience>,
}

impl Layer for Retry {
    async fn around<'a, T: Answer>(&self, call: Call<'a>, ask: &Ask<'a, T>) -> Result<T> {
        let most = if is_harmless_again(&call) { self.attempts.most } else { 1 };
        for longest in self.attempts.waits().take(most.saturating_sub(1) as usize) {
            match ask().await {
                Err(BackendError::Unavailable { .. }) => self.patience.wait(longest).await,
                answer => return answer,
            }
        }
        ask().await
    }
}

impl Attempts {
    /// The longest wait before the second try, the third, …
    fn waits(self) -> impl Iterator<Item = Duration> + Send {
        let doubled = |wait: &Duration| Some(wait.saturating_mul(2));
        std::iter::successors(Some(self.first_wait), doubled).map(move |wait| wait.min(self.longest_wait))
    }
}

/// See the table at [`retry()`].
const fn is_harmless_again(call: &Call<'_>) -> bool {
    match call {
        Call::Commit(commit) => commit.request.is_some(),
        Call::Sweep(sweep) | Call::SweepAll(sweep) => sweep.dry_run,
        Call::Delete(..) | Call::Rename(..) | Call::Release(_) | Call::RecodeBlobs(_) => false,
        Call::Get(..)
        | Call::List(_)
        | Call::History(_)
        | Call::Snapshot(_)
        | Call::Annotate(..)
        | Call::Undelete(..)
        | Call::Usage
        | Call::MissingBlobs(_)
        | Call::PutBlobs(_)
        | Call::GetBlobs(_)
        | Call::DamagedBlobs(_)
        | Call::DiscardBlobs(_)
        | Call::Acquire(_)
        | Call::Beat(_)
        | Call::Lease(_)
        | Call::Owners
        | Call::SetQuota => true,
    }
}
