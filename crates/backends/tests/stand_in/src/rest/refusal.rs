//! How PostgREST refuses: the JSON of an error, and the status of what the database says.
//!
//! Statuses and words are those that were recorded (testdata/postgrest), and beyond them those of
//! PostgREST's src/PostgREST/Error.hs (github.com/PostgREST/postgrest, commit 03a3ccd).

use serde_json::json;

use crate::http::Response;
use crate::jwt::Wrong;

/// Why nothing was done, or nothing is left of it.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// As PostgREST itself says it: status, code, message, details, hint.
    Said(u16, &'static str, String, Option<String>, Option<String>),
    /// As the database says it.
    Database(postgres::Error),
    /// A token that is not believed.
    Token(&'static str, String, Option<&'static str>),
    /// What the stand-in does not know.
    Unknown(String),
}

impl From<postgres::Error> for Refusal {
    fn from(error: postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl Refusal {
    pub(crate) fn said(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self::Said(status, code, message.into(), None, None)
    }

    pub(crate) fn unknown(what: impl Into<String>) -> Self {
        Self::Unknown(what.into())
    }

    pub(crate) fn bad_json() -> Self {
        Self::said(400, "PGRST102", "Empty or invalid json")
    }

    pub(crate) fn of_token(wrong: Wrong) -> Self {
        let (message, details) = match wrong {
            Wrong::Parts(count) => (format!("Expected 3 parts in JWT; got {count}"), None),
            Wrong::Form => ("JWT couldn't be decoded".to_owned(), None),
            Wrong::Signature | Wrong::Key => (
                "No suitable key or wrong key type".to_owned(),
                Some("None of the keys was able to decode the JWT"),
            ),
        };
        Self::Token("PGRST301", message, details)
    }

    /// The answer; `is_known` is whether the request is somebody's, and not just anybody's.
    pub(crate) fn answer(self, is_known: bool) -> Response {
        match self {
            Self::Unknown(what) => Response::unknown(&what),
            Self::Said(status, code, message, details, hint) => error(status, code, &message, details, hint),
            Self::Token(code, message, details) => {
                let told = format!("Bearer error=\"invalid_token\", error_description={message:?}");
                error(401, code, &message, details.map(ToOwned::to_owned), None)
                    .header("WWW-Authenticate", told)
            }
            Self::Database(error) => of_database(&error, is_known),
        }
    }
}

fn error(status: u16, code: &str, message: &str, details: Option<String>, hint: Option<String>) -> Response {
    let body = json!({ "code": code, "details": details, "hint": hint, "message": message });
    Response::json(status, body.to_string()).header("Proxy-Status", format!("PostgREST; error={code}"))
}

fn of_database(failure: &postgres::Error, is_known: bool) -> Response {
    let Some(said) = failure.as_db_error() else {
        let words = failure.to_string();
        let (code, message) = if words.starts_with("error connecting") {
            ("PGRST000", "Database connection error. Retrying the connection.")
        } else {
            ("PGRST001", "Database client error. Retrying the connection.")
        };
        return error(503, code, message, Some(words), None);
    };
    let (code, message) = (said.code().code(), said.message());
    if code == "PGRST" {
        return Response::unknown("errors that a function raises with SQLSTATE PGRST");
    }
    let status = status_of(code, message, is_known);
    let answer = error(
        status,
        code,
        message,
        said.detail().map(ToOwned::to_owned),
        said.hint().map(ToOwned::to_owned),
    );
    if status == 401 { answer.header("WWW-Authenticate", "Bearer") } else { answer }
}

fn status_of(code: &str, message: &str, is_known: bool) -> u16 {
    match code {
        "23503" | "23505" => 409,
        "25006" => 405,
        "21000" if message.ends_with("requires a WHERE clause") => 400,
        "21000" => 500,
        "22023" if message.starts_with("role") && message.ends_with("does not exist") => 401,
        "22023" | "P0001" => 400,
        "53400" | "42P17" => 500,
        "57P01" => 503,
        "42883" if message.starts_with("function xmlagg(") => 406,
        "42883" | "42P01" => 404,
        "42501" if is_known => 403,
        "42501" => 401,
        _ => match code.split_at_checked(2).unwrap_or((code, "")) {
            ("08" | "53", _) => 503,
            ("0L" | "0P" | "28", _) => 403,
            ("09" | "25" | "2D" | "38" | "39" | "3B" | "40" | "54" | "55" | "57" | "58", _) => 500,
            ("F0" | "HV" | "P0" | "XX", _) => 500,
            ("PT", status) => status.parse().unwrap_or(500),
            _ => 400,
        },
    }
}
