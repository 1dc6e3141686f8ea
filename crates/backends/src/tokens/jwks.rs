//! The keys that an issuer publishes, fetched when they are needed and kept for a while.
//!
//! A token that names a key nobody published may be signed by one that is new, so it is worth another look; but
//! anyone can name any key, so there is no more than one look in half a minute. An issuer that can't be reached
//! for a while is believed as it was.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stillroom_core::{BackendError, Clock, Result};

use super::jwt::Token;
use super::keys::PublicKeys;
use crate::web::{Question, Web};

/// How long keys are good without another look; as issuers themselves say.
const FRESH_TIME: Duration = Duration::from_secs(600);
/// How long they are good when another look fails.
const STALE_TIME: Duration = Duration::from_secs(3600);
/// How long after a look the next one is made for a key that isn't there.
const LOOK_TIME: Duration = Duration::from_secs(30);
/// How long after one that failed.
const FAILED_TIME: Duration = Duration::from_secs(5);
/// How many bytes the keys may have.
const KEYS_LEN: u64 = 256 * 1024;

/// The keys at a URL.
pub(super) struct Published {
    url: String,
    web: Web,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: PublicKeys,
    /// When they were fetched.
    fetched: Option<Duration>,
    /// When it was last tried.
    tried: Option<Duration>,
}

impl Published {
    pub(super) fn at(url: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self { url: url.to_owned(), web: Web::for_url(url)?, clock, kept: Mutex::default() })
    }

    /// Whether one of the keys signed it.
    ///
    /// # Errors
    /// `Unavailable` when there are no keys to be had.
    pub(super) fn signed(&self, token: &Token<'_>) -> Result<bool> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.uptime().since;
        let age = |since: Option<Duration>| since.map_or(Duration::MAX, |since| now.saturating_sub(since));
        let (kept_for, tried_for) = (age(kept.fetched), age(kept.tried));
        let is_due = if kept_for > FRESH_TIME {
            tried_for > FAILED_TIME
        } else {
            !kept.keys.knows(token) && tried_for > LOOK_TIME
        };
        if is_due {
            kept.tried = Some(now);
            match self.fetch() {
                Ok(keys) => (kept.keys, kept.fetched) = (keys, Some(now)),
                Err(error) if kept_for > STALE_TIME => return Err(error),
                Err(_) => {}
            }
        } else if kept_for > STALE_TIME {
            return Err(self.unavailable(
                "the keys that tokens are verified by could not be fetched a moment ago",
                None,
            ));
        }
        Ok(kept.keys.signed(token))
    }

    fn fetch(&self) -> Result<PublicKeys> {
        let headers = [("accept", "application/json")];
        let question =
            Question { method: "GET", url: &self.url, headers: &headers, body: &[], limit: KEYS_LEN };
        let answer = self.web.ask(&question).map_err(|unanswered| {
            self.unavailable("can't fetch the keys that tokens are verified by", Some(unanswered.into()))
        })?;
        let keys = if answer.status == 200 { PublicKeys::parse(&answer.body) } else { None };
        keys.ok_or_else(|| {
            let words =
                format!("no keys that tokens are verified by are there (HTTP status {})", answer.status);
            self.unavailable(&words, None)
        })
    }

    fn unavailable(
        &self,
        words: &str,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    ) -> BackendError {
        BackendError::Unavailable { message: format!("{words}: `{}`", self.url), source }
    }
}
