//! Signing in to a project (GoTrue), by whatever its users have: a password, a code in an e-mail, or nothing.
//!
//! No session is kept here. A [`Session`] is a plain value that goes back to whoever asked; `kept.rs` renews one
//! while a store uses it. Passwords and codes go out and are forgotten; no answer's words are repeated.

mod error;
#[cfg(test)]
mod fixture;
mod kept;
mod session;

use std::sync::Arc;

use serde_json::{Value, json};
use stillroom_core::{BackendError, Clock, Owner, Result, Secret};
use uuid::Uuid;

use super::Project;
use super::again::{Failed, again};
use super::error::{Place, unanswered};
use super::key::Key;
use crate::web::{Question, Web};

pub use kept::Kept;
pub use session::Session;

/// How many bytes an answer may have.
const ANSWER_LEN: u64 = 1 << 20;
/// Which form of errors is asked for.
const API_VERSION: &str = "2024-01-01";

/// What somebody signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// An account's.
    Password {
        /// Its e-mail address.
        email: String,
        /// Its password.
        password: Secret,
    },
    /// What [`Auth::send_code`] had sent.
    Code {
        /// Where to.
        email: String,
        /// The digits.
        code: Secret,
    },
    /// Nothing: an account that nobody comes back to from elsewhere.
    Anonymous,
}

/// Signs people in to a project.
pub struct Auth {
    web: Web,
    project: Project,
    key: Key,
    clock: Arc<dyn Clock>,
    in_use: kept::InUse,
}

impl Auth {
    /// The project at `url`, named by its publishable key. Nothing is asked yet.
    ///
    /// # Errors
    /// `Invalid` for a URL or key that is none of an app's.
    pub fn new(url: &str, key: &Secret, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::of(Project::parse(url)?, Key::parse(key)?, clock)
    }

    pub(super) fn of(project: Project, key: Key, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self { web: Web::for_url(&project.origin)?, project, key, clock, in_use: kept::InUse::default() })
    }

    /// Signs somebody in.
    ///
    /// # Errors
    /// `Unauthenticated` for what the project does not know, without saying which part; `Denied` where it does not
    /// sign in so; `Unavailable`.
    pub fn sign_in(&self, credentials: &Credentials) -> Result<Session> {
        let (path, body) = match credentials {
            Credentials::Password { email, password } => {
                ("token?grant_type=password", json!({ "email": email, "password": password.expose() }))
            }
            Credentials::Code { email, code } => {
                ("verify", json!({ "type": "email", "email": email, "token": code.expose().trim() }))
            }
            Credentials::Anonymous => ("signup", json!({ "data": {} })),
        };
        self.session(self.post(path, &body, false)?)
    }

    /// Makes an account; none is answered where its e-mail address has to be confirmed first.
    ///
    /// # Errors
    /// `Invalid` for an address or password that the project does not take; `Denied` where it takes no new accounts.
    pub fn sign_up(&self, email: &str, password: &Secret) -> Result<Option<Session>> {
        let answer = self.post("signup", &json!({ "email": email, "password": password.expose() }), false)?;
        if answer.get("access_token").is_none() { Ok(None) } else { self.session(answer).map(Some) }
    }

    /// Has a code sent to an account's e-mail address, or, if `may_sign_up`, to whose account it then makes.
    ///
    /// # Errors
    /// `Denied` where the project sends none; `Unavailable` when it was asked too often.
    pub fn send_code(&self, email: &str, may_sign_up: bool) -> Result<()> {
        self.post("otp", &json!({ "email": email, "create_user": may_sign_up }), false).map(drop)
    }

    /// The session that follows: its tokens take the place of the old one's, which are good no longer.
    ///
    /// # Errors
    /// `Unauthenticated` when the sign-in is over.
    pub fn refresh(&self, session: &Session) -> Result<Session> {
        session.check_project(&self.project)?;
        let body = json!({ "refresh_token": session.refresh_token.expose() });
        // The same token is taken again for some seconds, for those whose answer was lost.
        let next = self.session(self.post("token?grant_type=refresh_token", &body, true)?)?;
        if next.owner == session.owner { Ok(next) } else { Err(self.strange()) }
    }

    /// Ends a session: it can't be renewed any more. One that is over already is ended.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn sign_out(&self, session: &Session) -> Result<()> {
        session.check_project(&self.project)?;
        match self.ask("POST", "logout?scope=local", Some(&session.access_token), None, true) {
            Ok(_) | Err(BackendError::Unauthenticated { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whose token this is, as the project itself says: what is left where it signs by a secret.
    ///
    /// # Errors
    /// `Unauthenticated` for a token that it does not know.
    pub fn user(&self, token: &Secret) -> Result<Owner> {
        owner(&self.ask("GET", "user", Some(token), None, true)?).ok_or_else(|| self.strange())
    }

    /// The session that an answer brings.
    fn session(&self, answer: Value) -> Result<Session> {
        Session::read(&answer, &self.project, self.clock.now()).ok_or_else(|| self.strange())
    }

    fn post(&self, path: &str, body: &Value, is_repeatable: bool) -> Result<Value> {
        self.ask("POST", path, None, Some(&body.to_string()), is_repeatable)
    }

    fn ask(
        &self,
        method: &'static str,
        path: &str,
        token: Option<&Secret>,
        body: Option<&str>,
        is_repeatable: bool,
    ) -> Result<Value> {
        let url = format!("{}/auth/v1/{path}", self.project.origin);
        let authorization = token.map(|token| format!("Bearer {}", token.expose()));
        let mut headers = vec![
            ("apikey", self.key.expose()),
            ("accept", "application/json"),
            ("content-type", "application/json;charset=UTF-8"),
            ("x-supabase-api-version", API_VERSION),
            ("x-client-info", concat!("stillroom/", env!("CARGO_PKG_VERSION"))),
        ];
        headers.extend(authorization.as_deref().map(|text| ("authorization", text)));
        let body = body.unwrap_or_default().as_bytes();
        let question = Question { method, url: &url, headers: &headers, body, limit: ANSWER_LEN };
        let answer = again(&*self.clock, is_repeatable, || self.ask_once(&question));
        answer.map_err(|failure| failure.at(&self.project.origin))
    }

    fn ask_once(&self, question: &Question<'_>) -> Result<Value, Failed> {
        let place = Place(&self.project.origin);
        let answer = self.web.ask(question).map_err(|failed| unanswered(failed, place))?;
        match answer.status {
            204 => Ok(Value::Null),
            200 if answer.is_json() => {
                serde_json::from_slice(&answer.body).map_err(|_| self.strange().into())
            }
            200 => Err(place.stranger(&answer).into()),
            _ => Err(error::refused(place, &answer)),
        }
    }

    /// What a session hears that the project has ended.
    fn over(&self) -> BackendError {
        Place(&self.project.origin).sign_in("the sign-in is over")
    }

    /// An answer that is none of a project's.
    fn strange(&self) -> BackendError {
        let message = format!("the project's sign-in answered what it should not: `{}`", self.project.origin);
        BackendError::Corrupt { message, source: None }
    }
}

/// The user that an answer speaks of.
fn owner(user: &Value) -> Option<Owner> {
    let id = user.get("id")?.as_str()?;
    Uuid::try_parse(id).ok().map(Owner::new).filter(|owner| *owner != Owner::NOBODY)
}

#[cfg(test)]
mod tests;
