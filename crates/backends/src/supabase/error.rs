//! What a project says no with: its database, its API, or the gateway before both.
//!
//! The database's own refusals are said by `remote/`, as those that come over a connection. Of what others say only
//! the code and the status are believed; their words may repeat what they were sent.

use std::time::Duration;

use serde_json::Value;
use stillroom_core::BackendError;

use super::again::{Failed, MayPass};
use crate::remote::{Failure, Refusal};
use crate::web::{Answer, Unanswered, Why};

/// Where a project is, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a>(pub(super) &'a str);

/// Why a request has no answer.
pub(super) fn unanswered(failed: Unanswered, place: Place<'_>) -> Failed {
    let may_pass = match failed.why {
        Why::Unreachable => MayPass::Undone,
        Why::Lost => MayPass::Unknown,
        Why::Untrusted | Why::Late | Why::TooLong | Why::Unsendable => MayPass::No,
    };
    let words = match failed.why {
        // A project that was deleted, or paused for long, has no name in the network either.
        Why::Unreachable => "can't reach the project; is this computer online, and the project not paused?",
        _ => failed.words(),
    };
    let error = match failed.why {
        Why::Unsendable => place.invalid(words),
        _ => BackendError::Unavailable { message: place.with(words), source: Some(failed.into()) },
    };
    Failed { failure: error.into(), may_pass, wait: None, is_over: false }
}

impl Place<'_> {
    /// Why an answer is a refusal.
    pub(super) fn refused(self, answer: &Answer) -> Failed {
        let said = Said::read(answer);
        let wait =
            answer.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let failure = match &said {
            Some(said) => self.by_code(answer, said).unwrap_or_else(|| self.by_status(answer.status)),
            None => self.by_status(answer.status),
        };
        let is_over = said.as_ref().is_some_and(|said| said.code == "PGRST303");
        let may_pass = match answer.status {
            // Refused before anything was done.
            429 => MayPass::Undone,
            502 | 503 | 520 => MayPass::Unknown,
            // Another transaction was in the way, and this one was undone.
            _ if said.is_some_and(|said| matches!(said.code.as_str(), "40001" | "40P01" | "55P03")) => {
                MayPass::Undone
            }
            _ => MayPass::No,
        };
        Failed { failure, may_pass, wait, is_over }
    }

    /// An answer of somebody who is no project's API.
    pub(super) fn stranger(self, answer: &Answer) -> BackendError {
        let kind = answer.header("content-type").map_or("nothing", |kind| {
            if kind.starts_with("text/html") { "a web page" } else { "something else" }
        });
        self.unavailable(&format!("{kind} came where the project should have answered; try again"))
    }

    fn by_code(self, answer: &Answer, said: &Said) -> Option<Failure> {
        Some(match said.code.as_str() {
            "PGRST301" | "PGRST302" => self.sign_in("the project does not know this token").into(),
            "PGRST303" => self.sign_in("the sign-in is over").into(),
            // Nobody's right, where the API took the asker for nobody.
            "42501" if answer.status == 401 => self.sign_in("nobody is signed in").into(),
            "PGRST202" | "PGRST106" | "PGRST107" | "PGRST125" => self
                .invalid(
                    "the project's API has no functions of stillroom: run `stillroom migrate`, or, right after it, \
                     `notify pgrst, 'reload schema'` in the SQL editor",
                )
                .into(),
            // The disk of a plan, rather than of a machine.
            "25006" => BackendError::Full {
                message: self.with(
                    "the project's database takes no writes, as one that is over the size of its plan; nothing was \
                     saved; see *Usage* in the dashboard",
                ),
                source: Some(said.refusal().into()),
            }
            .into(),
            code if is_sqlstate(code) => Failure::Refused(said.refusal()),
            _ => return None,
        })
    }

    pub(super) fn by_status(self, status: u16) -> Failure {
        let gone = format!("the project's gateway answered HTTP {status}; try again");
        let error = match status {
            300..=399 => self.invalid(
                "the server sends us on to another place, where no token is sent; is this the project's own URL?",
            ),
            401 | 403 => self.invalid(
                "the project does not know this key; take the publishable one from *Project Settings*, *API Keys*",
            ),
            402 => self.unavailable("the project is over what its plan holds; see *Usage* in the dashboard"),
            404 => self.invalid("there is no project of Supabase's; is the URL right?"),
            413 => self.unavailable("the project's gateway takes no request of this size"),
            429 => self.unavailable("the project is asked too often; try again in a moment"),
            540 => self.unavailable("the project is paused; restore it in the dashboard"),
            500..=599 => self.unavailable(&gone),
            _ => BackendError::Other {
                backend: "supabase",
                source: format!("the project's API answered HTTP {status}").into(),
            },
        };
        error.into()
    }

    pub(super) fn sign_in(self, why: &str) -> BackendError {
        BackendError::Unauthenticated { message: self.with(&format!("{why}; sign in again")), source: None }
    }

    pub(super) fn invalid(self, why: &str) -> BackendError {
        BackendError::Invalid { message: self.with(why) }
    }

    pub(super) fn unavailable(self, why: &str) -> BackendError {
        BackendError::Unavailable { message: self.with(why), source: None }
    }

    pub(super) fn with(self, words: &str) -> String {
        format!("{words}: `{}`", self.0)
    }
}

/// What PostgREST says: a code of its own or the database's.
struct Said {
    code: String,
    message: String,
    detail: Option<String>,
}

impl Said {
    fn read(answer: &Answer) -> Option<Self> {
        let json: Value = serde_json::from_slice(&answer.body).ok()?;
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        Some(Self {
            code: text("code")?,
            message: text("message").unwrap_or_default(),
            detail: text("details"),
        })
    }

    fn refusal(&self) -> Refusal {
        Refusal { code: self.code.clone(), message: self.message.clone(), detail: self.detail.clone() }
    }
}

/// Whether a code is the database's, or one of our functions'.
fn is_sqlstate(code: &str) -> bool {
    code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
