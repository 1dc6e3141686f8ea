//! Whose results are meant, as a token says that somebody carries.

use std::sync::Arc;

use stillroom_backends::{Connected, Verifier};

use crate::{Error, ErrorKind, Result, Store};

impl Store {
    /// The same store for whoever carries the token, until it is over.
    ///
    /// The token is verified here, by what the store was opened with. Calls made after its end are refused; a
    /// token that its issuer took back before is good until then.
    ///
    /// # Errors
    /// `unauthenticated` for a token that is not believed; `invalid` when the store was opened without anything to
    /// verify it by; `unavailable` when the keys can't be fetched.
    pub fn as_bearer(&self, token: &str) -> Result<Self> {
        let Some(verifier) = &self.verifier else {
            let message = format!(
                "this store was opened without what tokens are verified by; add `jwks = \"https://…/jwks.json\"`, \
                 where their issuer publishes its keys, or `jwt_secret`: `{}`",
                self.location()
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        };
        Ok(self.asked_by(verifier.principal(token)?))
    }
}

/// What tokens are verified by at this place: what was said, or else what the place says itself.
///
/// # Errors
/// `invalid` where there is nobody to tell apart, or nothing to say.
pub(crate) fn chosen(said: Option<Arc<Verifier>>, place: &Connected) -> Result<Option<Arc<Verifier>>> {
    let location = &place.backend.location;
    let message = match (&said, &place.verifier) {
        (Some(_), _) if place.local_owner.is_some() => format!(
            "this store has one owner, so tokens say nothing here; leave out `jwks` and `jwt_secret`, or open a \
             database: `{location}`"
        ),
        (Some(_), Some(_)) => {
            format!(
                "this project says itself what its tokens are verified by; leave out `jwks`: `{location}`"
            )
        }
        _ => return Ok(said.or_else(|| place.verifier.clone())),
    };
    Err(Error::new(ErrorKind::Invalid, message))
}
