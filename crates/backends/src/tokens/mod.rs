//! Tokens: who signed in somewhere, as a signed text says that they carry along.
//!
//! A token is believed when a key that its issuer published signed it, it is meant for us and not over. What kind
//! of signature that is, the key decides and never the token: one that says `HS256` is not tried with a public key,
//! one that says `none` with nothing.

mod jwks;
mod jwt;
mod keys;
#[cfg(test)]
mod signer;

use std::sync::Arc;
use std::time::Duration;

use stillroom_core::{BackendError, Bearer, Clock, Owner, Principal, Result, Secret, Timestamp};

use crate::web::secure;
use jwks::Published;
use jwt::{Token, Wrong};
use keys::SharedSecret;

/// By how much two computers' clocks may differ.
pub(crate) const LEEWAY: Duration = Duration::from_secs(30);
/// Whom a token is for, where nothing else was said: what the sign-in of a Supabase project writes.
const AUDIENCE: &str = "authenticated";

/// What tokens of askers are verified by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenKeys {
    /// Where the issuer publishes its keys.
    pub jwks: Option<String>,
    /// The secret that it signs with, where it still uses one.
    pub secret: Option<Secret>,
    /// Whom tokens have to be for; none for those of a project's users.
    pub audience: Option<String>,
    /// Who must have issued them; none for whoever holds the keys.
    pub issuer: Option<String>,
}

impl TokenKeys {
    /// Whether there is nothing to verify by.
    pub const fn is_empty(&self) -> bool {
        self.jwks.is_none() && self.secret.is_none()
    }
}

/// What a token says that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who they are.
    pub owner: Owner,
    /// When that is over.
    pub expires_at: Timestamp,
    /// Whether they never said who they are.
    pub is_anonymous: bool,
}

/// Verifies tokens.
pub struct Verifier {
    published: Option<Published>,
    secret: Option<SharedSecret>,
    audience: Option<String>,
    issuer: Option<String>,
    /// Says whose a token is, where the issuer shares its secret with nobody.
    issuer_itself: Option<Arc<dyn Knows>>,
    clock: Arc<dyn Clock>,
}

/// An issuer that can be asked whose a token is.
pub(crate) trait Knows: Send + Sync {
    /// # Errors
    /// `Unauthenticated` for one that it does not know.
    fn owner_of(&self, token: &str) -> Result<Owner>;
}

impl Verifier {
    /// One by these keys; none without any. Nothing is fetched yet.
    ///
    /// # Errors
    /// `Invalid` for a URL that others could read or change, a secret that can be guessed, or a condition without keys.
    pub fn new(keys: &TokenKeys, clock: Arc<dyn Clock>) -> Result<Option<Self>> {
        if keys.is_empty() {
            if keys.audience.is_some() || keys.issuer.is_some() {
                let message =
                    "an audience or issuer is compared with that of tokens; add `jwks = \"https://…\"` \
                    or `jwt_secret`, by which they are verified"
                        .to_owned();
                return Err(BackendError::Invalid { message });
            }
            return Ok(None);
        }
        if let Some(url) = &keys.jwks {
            secure(url, "`jwks`")?;
        }
        Ok(Some(Self {
            published: keys.jwks.as_deref().map(|url| Published::at(url, Arc::clone(&clock))).transpose()?,
            secret: keys.secret.as_ref().map(SharedSecret::new).transpose()?,
            audience: keys.audience.clone(),
            issuer: keys.issuer.clone(),
            issuer_itself: None,
            clock,
        }))
    }

    /// The same, that asks the issuer about what it signed by a secret.
    #[cfg(feature = "supabase")]
    pub(crate) fn asking(self, issuer: Arc<dyn Knows>) -> Self {
        Self { issuer_itself: Some(issuer), ..self }
    }

    /// What the token says.
    ///
    /// # Errors
    /// `Unauthenticated` for one that is not believed; `Unavailable` when the keys can't be had.
    pub fn verify(&self, token: &str) -> Result<Claims> {
        let claims = self.believed(token)?;
        claims.check(self.clock.now(), self.audience.as_deref(), self.issuer.as_deref()).map_err(refused)
    }

    /// Whoever carries the token.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn principal(&self, token: &str) -> Result<Principal> {
        let claims = self.verify(token)?;
        let bearer = Bearer { token: Secret::new(token), expires_at: claims.expires_at };
        Ok(Principal::signed_in(claims.owner, bearer))
    }

    /// What a token says that one of the keys signed.
    fn believed(&self, text: &str) -> Result<jwt::Said> {
        let token = Token::parse(text).map_err(refused)?;
        let is_signed = if token.is_by_secret() {
            match (&self.secret, &self.issuer_itself) {
                (Some(secret), _) => secret.signed(&token),
                (None, Some(issuer)) => {
                    token.said().map_err(refused)?.owner() == Some(issuer.owner_of(text)?)
                }
                (None, None) => false,
            }
        } else {
            match &self.published {
                Some(published) => published.signed(&token)?,
                None => false,
            }
        };
        if is_signed { token.said().map_err(refused) } else { Err(refused(Wrong::Signature)) }
    }
}

/// The role that a token says it is of, whoever signed it; none for what is no token.
#[cfg(feature = "supabase")]
pub(crate) fn role(token: &str) -> Option<String> {
    Token::parse(token).ok()?.said().ok()?.role()
}

/// The user that a token says it is of, whoever signed it; none for what is no token.
#[cfg(feature = "supabase")]
pub(crate) fn subject(token: &str) -> Option<Owner> {
    Token::parse(token).ok()?.said().ok()?.owner()
}

/// Whether a token is over that was good until then.
#[cfg(any(feature = "postgres", feature = "supabase"))]
pub(crate) fn is_over(bearer: &Bearer, now: Timestamp) -> bool {
    now >= bearer.expires_at.after(LEEWAY)
}

/// The error for one that is over.
#[cfg(any(feature = "postgres", feature = "supabase"))]
pub(crate) fn over() -> BackendError {
    refused(Wrong::Over)
}

fn refused(wrong: Wrong) -> BackendError {
    BackendError::Unauthenticated { message: wrong.words().to_owned(), source: None }
}

#[cfg(test)]
mod tests;
