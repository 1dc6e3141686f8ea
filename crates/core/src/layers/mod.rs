//! Backends around backends: each is held to the whole conformance suite.
//!
//! | layer | what it adds |
//! |---|---|
//! | [`retry()`] | a call that found nobody in is made again, where that is harmless |
//! | [`trace()`] | an event per call, without contents, secrets or owners |
//! | `fault` (feature `conformance`) | calls that fail on purpose, for tests |
//! | `before` (feature `conformance`) | something done before every call, for tests |
//! | `coded` (feature `conformance`) | blobs that are put coded, for tests |
//! | `signed` (feature `conformance`) | askers who carry a token, for tests |
//!
//! A layer is a `Layer`: one function around every call, for `coded` one that
//! says how blobs go on, and for `signed` one that says as whom. What a call is, and how the traits become calls,
//! stands in `call.rs` and `around.rs`, once.

mod around;
#[cfg(any(feature = "conformance", doc))]
pub mod before;
mod call;
#[cfg(any(feature = "conformance", doc))]
pub mod coded;
#[cfg(any(feature = "conformance", doc))]
pub mod fault;
pub mod retry;
#[cfg(any(feature = "conformance", doc))]
pub mod signed;
pub mod trace;

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Backend, Coded, Principal, PutBlob, Result};
use around::Around;
use call::{Answer, Call};

#[cfg(any(feature = "conformance", doc))]
pub use before::before;
#[cfg(any(feature = "conformance", doc))]
pub use coded::coded;
#[cfg(any(feature = "conformance", doc))]
pub use fault::fault;
pub use retry::retry;
#[cfg(any(feature = "conformance", doc))]
pub use signed::signed;
pub use trace::trace;

/// An answer on its way.
type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Makes a call of the backend inside; each time it is called, once more.
type Ask<'a, T> = dyn Fn() -> Answering<'a, T> + Send + Sync + 'a;

/// What is done around every call of a backend.
trait Layer: Send + Sync + 'static {
    /// Answers `call`, which `ask` makes.
    fn around<'a, T: Answer>(
        &self,
        call: Call<'a>,
        ask: &Ask<'a, T>,
    ) -> impl Future<Output = Result<T>> + Send;

    /// As whom it goes on; as whoever asked, but for a layer that knows more of them.
    fn asker<'a>(&self, who: &'a Principal) -> Cow<'a, Principal> {
        Cow::Borrowed(who)
    }

    /// What each blob that is put goes on as, where a layer changes that at all.
    fn forms(&self, _blobs: &[PutBlob<'_>]) -> Option<Vec<Option<Coded>>> {
        None
    }
}

/// A backend with `layer` around its every call.
fn wrap(backend: Backend, layer: impl Layer) -> Backend {
    let layer = Arc::new(layer);
    Backend {
        catalog: Arc::new(Around { inner: backend.catalog, layer: Arc::clone(&layer) }),
        blobs: Arc::new(Around { inner: backend.blobs, layer: Arc::clone(&layer) }),
        leases: Arc::new(Around { inner: backend.leases, layer: Arc::clone(&layer) }),
        operator: backend.operator.map(|inner| Arc::new(Around { inner, layer }) as _),
        ..backend
    }
}
