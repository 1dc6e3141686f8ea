//! Whose results are meant, as a token says that somebody carries.

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

/// A store that asks nobody who they are.
pub(crate) fn one_owner(location: &str) -> Error {
    let message = format!(
        "this store has one owner, so tokens say nothing here; leave out `jwks` and `jwt_secret`, or open a \
         database: `{location}`"
    );
    Error::new(ErrorKind::Invalid, message)
}
