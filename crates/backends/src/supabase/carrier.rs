//! A call as a request of the project's Data API.

use std::sync::Arc;

use stillroom_core::{BackendError, Clock, Principal, Result, Secret};

use super::Project;
use super::again::{Failed, again};
use super::error::{Place, unanswered};
use super::key::Key;
use crate::ConnectOptions;
use crate::remote::{Argument, Call, Carrier, Failure, Function, Refusal};
use crate::tokens;
use crate::web::{Question, Web};

/// How many bytes an answer may have: a snapshot of a page is one document.
const ANSWER_LEN: u64 = 512 << 20;
const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";

/// Brings calls to a project.
pub(super) struct Http {
    web: Web,
    origin: String,
    key: Key,
    clock: Arc<dyn Clock>,
    read_only: bool,
}

impl Http {
    pub(super) fn new(project: &Project, key: Key, options: &ConnectOptions) -> Result<Self> {
        Ok(Self {
            web: Web::for_url(&project.origin)?,
            origin: project.origin.clone(),
            key,
            clock: Arc::clone(&options.clock),
            read_only: options.read_only,
        })
    }

    fn place(&self) -> Place<'_> {
        Place(&self.origin)
    }

    /// The token of whoever asks.
    fn token(&self, who: &Principal, refused: Option<&Secret>) -> Result<Secret> {
        if let Some(session) = who.session() {
            return session.token(refused);
        }
        let Some(bearer) = who.bearer() else {
            let message = format!(
                "nobody is signed in; sign in first and pass the session, or set `$STILLROOM_TOKEN`: `{}`",
                self.origin
            );
            return Err(BackendError::Unauthenticated { message, source: None });
        };
        if refused.is_some() || tokens::is_over(bearer, self.clock.now()) {
            return Err(tokens::over());
        }
        Ok(bearer.token.clone())
    }

    /// Asks once, and once more with another token when a session's was over before its time.
    fn ask_as(&self, who: &Principal, url: &str, call: Call<'_>) -> Result<Vec<u8>, Failed> {
        let token = self.token(who, None)?;
        match self.ask(&token, url, call) {
            // It was refused before anything was done.
            Err(failed) if failed.is_over && who.session().is_some() => {
                self.ask(&self.token(who, Some(&token))?, url, call)
            }
            answer => answer,
        }
    }

    /// Asks once.
    fn ask(&self, token: &Secret, url: &str, call: Call<'_>) -> Result<Vec<u8>, Failed> {
        let authorization = format!("Bearer {}", token.expose());
        let (body, content) = match call.argument {
            Argument::Bytes(bytes) => (bytes, BYTES),
            Argument::Json(json) => (json.as_bytes(), JSON),
        };
        let accepted = if call.function.answers_bytes() { BYTES } else { JSON };
        let headers = [
            ("apikey", self.key.expose()),
            ("authorization", authorization.as_str()),
            ("accept", accepted),
            ("content-type", content),
            // The functions are in this schema, whichever the project exposes first.
            ("content-profile", "public"),
            ("x-client-info", concat!("stillroom/", env!("CARGO_PKG_VERSION"))),
        ];
        let question = Question { method: "POST", url, headers: &headers, body, limit: ANSWER_LEN };
        let answer = self.web.ask(&question).map_err(|failed| unanswered(failed, self.place()))?;
        if answer.status != 200 {
            return Err(self.place().refused(&answer));
        }
        let is_ours = match call.function.answers_bytes() {
            true => answer.header("content-type").is_some_and(|kind| kind.starts_with(BYTES)),
            false => answer.is_json(),
        };
        if is_ours { Ok(answer.body) } else { Err(self.place().stranger(&answer).into()) }
    }

    /// A call that a store opened for reading does not make.
    fn is_refused(&self, call: Call<'_>) -> bool {
        let shows = matches!(call.argument, Argument::Json(asked) if asked.contains(r#""do":"show""#));
        self.read_only && call.function.is_change() && !(call.function == Function::Lease && shows)
    }
}

impl Carrier for Http {
    fn call(&self, who: &Principal, call: Call<'_>) -> Result<Vec<u8>, Failure> {
        if self.is_refused(call) {
            // As a database says it.
            let message = "the store was opened for reading".to_owned();
            return Err(Failure::Refused(Refusal { code: "25006".to_owned(), message, detail: None }));
        }
        let url = format!("{}/rest/v1/rpc/stillroom_{}", self.origin, call.function.name());
        again(&*self.clock, call.is_repeatable, || self.ask_as(who, &url, call))
    }
}
