//! A Supabase project over HTTPS, for an app that has its URL and its publishable key, and users who sign in.
//!
//! The functions are those of `postgres/migrations`, which `remote/` makes calls of. Here a call is one request to
//! the project's Data API, with the token of whoever asks: the database decides by it what they may. There is no
//! request without a token, and none when a store is opened.

mod again;
mod carrier;
mod error;
mod key;
mod url;

use std::sync::Arc;

use stillroom_core::{BackendError, Result, Secret};

use crate::connect::{ConnectOptions, Connected};
use crate::remote;
use crate::tokens::{TokenKeys, Verifier};
use carrier::Http;
use key::Key;

pub(crate) use url::Project;

/// Where a project publishes the keys that its users' tokens are signed by.
const JWKS: &str = "/auth/v1/.well-known/jwks.json";

/// The store of a project.
///
/// # Errors
/// `Invalid` without a key, and for one that is no app's.
pub(crate) fn open(project: &Project, key: Option<Secret>, options: &ConnectOptions) -> Result<Connected> {
    let Some(key) = key else {
        let message = format!(
            "a Supabase project is opened with its publishable key; add `key = \"sb_publishable_…\"`, or set \
             `$STILLROOM_KEY`: `{}`",
            project.origin
        );
        return Err(BackendError::Invalid { message });
    };
    let carrier = Http::new(project, Key::parse(&key)?, options)?;
    let keys = TokenKeys { jwks: Some(format!("{}{JWKS}", project.origin)), ..TokenKeys::default() };
    let verifier = Verifier::new(&keys, Arc::clone(&options.clock))?;
    Ok(Connected {
        backend: remote::backend(carrier, project.origin.clone(), None),
        local_owner: None,
        signing_key: None,
        is_local: false,
        verifier: verifier.map(Arc::new),
        token: None,
    })
}

#[cfg(test)]
mod tests;
