//! A session: what somebody who signed in carries along.

use std::time::Duration;

use serde_json::Value;
use stillroom_core::{BackendError, Owner, Result, Secret, Timestamp};

use super::{Project, owner};
use crate::tokens::subject;

/// The longest that a token can be good for.
const LONGEST: u64 = 7 * 86_400;

/// Who signed in, and what proves it: a plain value. Its tokens never show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The project.
    pub url: String,
    /// Who they are.
    pub owner: Owner,
    /// Whether they never said who they are.
    pub is_anonymous: bool,
    /// What proves it, until it is over.
    pub access_token: Secret,
    /// What the next one is got by, once.
    pub refresh_token: Secret,
    /// When the first is over, as this computer's clock goes.
    pub expires_at: Timestamp,
}

impl Session {
    /// The session of an answer; none for what is none.
    pub(super) fn read(answer: &Value, project: &Project, now: Timestamp) -> Option<Self> {
        let text = |name: &str| answer.get(name)?.as_str().filter(|text| !text.is_empty());
        let user = answer.get("user")?;
        let access_token = text("access_token")?;
        let owner = owner(user)?;
        // For how long rather than until when: the two clocks may be hours apart.
        let seconds = answer.get("expires_in")?.as_u64()?.min(LONGEST);
        (subject(access_token) == Some(owner)).then(|| Self {
            url: project.origin.clone(),
            owner,
            is_anonymous: user.get("is_anonymous").and_then(Value::as_bool).unwrap_or(false),
            access_token: Secret::new(access_token),
            refresh_token: Secret::new(text("refresh_token").unwrap_or_default()),
            expires_at: now.after(Duration::from_secs(seconds)),
        })
    }

    /// # Errors
    /// `Invalid` for a session of another project, whose tokens must not go to this one.
    pub(super) fn check_project(&self, project: &Project) -> Result<()> {
        if Project::parse(&self.url)? == *project {
            return Ok(());
        }
        let message =
            format!("this session is of another project, not of this store's: `{}`", project.origin);
        Err(BackendError::Invalid { message })
    }
}
