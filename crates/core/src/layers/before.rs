//! Something done before every call, for tests: setting a clock that is elsewhere, say.

use std::sync::Arc;

use super::{Answer, Ask, Call, Layer, wrap};
use crate::{Backend, Result};

/// A backend that does `first` before each of its calls.
pub fn before(backend: Backend, first: Arc<dyn Fn() + Send + Sync>) -> Backend {
    wrap(backend, Before(first))
}

struct Before(Arc<dyn Fn() + Send + Sync>);

impl Layer for Before {
    async fn around<'a, T: Answer>(&self, _: Call<'a>, ask: &Ask<'a, T>) -> Result<T> {
        (self.0)();
        ask().await
    }
}
