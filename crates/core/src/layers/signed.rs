//! Askers who carry a token, for tests of a backend that asks for one.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Answer, Ask, Call, Layer, wrap};
use crate::{Backend, Bearer, Owner, Principal, Result};

/// A backend whose every asker has the token that `sign` makes for them.
pub fn signed(backend: Backend, sign: Arc<dyn Fn(Owner) -> Bearer + Send + Sync>) -> Backend {
    wrap(backend, Signed(sign))
}

struct Signed(Arc<dyn Fn(Owner) -> Bearer + Send + Sync>);

impl Layer for Signed {
    async fn around<'a, T: Answer>(&self, _: Call<'a>, ask: &Ask<'a, T>) -> Result<T> {
        ask().await
    }

    fn asker<'a>(&self, who: &'a Principal) -> Cow<'a, Principal> {
        Cow::Owned(Principal::signed_in(who.owner(), (self.0)(who.owner())))
    }
}
