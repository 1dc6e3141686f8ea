//! A Supabase project over HTTPS, for an app that has its URL and its publishable key, and users who sign in.
//!
//! The functions are those of `postgres/migrations`, which `remote/` makes calls of. Here a call is one request to
//! the project's Data API, with the token of whoever asks: the database decides by it what they may. There is no
//! request without a token, and none when a store is opened.

mod again;
mod auth;
mod carrier;
mod error;
mod key;
mod url;

use std::sync::Arc;

use stillroom_core::{Backend, BackendError, Owner, Result, Secret};

use crate::cache::{self, Cache};
use crate::remote;
use crate::tokens::{Knows, TokenKeys, Verifier};
use crate::{ConnectOptions, Connected};
use carrier::Http;
use key::Key;

pub use auth::{Auth, Credentials, Kept, Session};
pub(crate) use url::Project;

/// Where a project publishes the keys that its users' tokens are signed by.
const JWKS: &str = "/auth/v1/.well-known/jwks.json";

/// The store of a project.
///
/// # Errors
/// `Invalid` without a key, and for one that is no app's.
pub(crate) fn open(
    project: &Project,
    key: Option<Secret>,
    options: &ConnectOptions,
    cache: &cache::Choice,
) -> Result<Connected> {
    let key = key.ok_or_else(|| no_key(project))?;
    let carrier = Http::new(project, Key::parse(&key)?, options)?;
    let auth = Arc::new(Auth::of(project.clone(), Key::parse(&key)?, Arc::clone(&options.clock))?);
    let keys = TokenKeys { jwks: Some(format!("{}{JWKS}", project.origin)), ..TokenKeys::default() };
    let verifier = Verifier::new(&keys, Arc::clone(&options.clock))?;
    let (cache, notices) = match Cache::open(cache, &project.origin, options) {
        Ok(cache) => (Some(cache), Vec::new()),
        Err(notices) => (None, notices),
    };
    Ok(Connected {
        backend: Backend { notices, ..remote::backend(carrier, project.origin.clone(), cache) },
        local_owner: None,
        signing_key: None,
        is_local: false,
        verifier: verifier.map(|verifier| Arc::new(verifier.asking(auth.clone()))),
        auth: Some(auth),
        token: None,
    })
}

/// The error for a project without its key.
pub(crate) fn no_key(project: &Project) -> BackendError {
    let message = format!(
        "a Supabase project is opened with its publishable key; add `key = \"sb_publishable_…\"`, or set \
         `$STILLROOM_KEY`: `{}`",
        project.origin
    );
    BackendError::Invalid { message }
}

impl Knows for Auth {
    fn owner_of(&self, token: &str) -> Result<Owner> {
        self.user(&Secret::new(token))
    }
}

#[cfg(test)]
mod tests;
