//! How the account server refuses: in the older form, or in the one that a client of 2024 or later asks for.

use serde_json::json;

use crate::http::{Request, Response};

const VERSION: &str = "x-supabase-api-version";
const NEWER: &str = "2024-01-01";

/// Why something was not done.
#[derive(Debug)]
pub(crate) enum Refusal {
    Said { status: u16, code: &'static str, message: String, reasons: Vec<&'static str> },
    Database(postgres::Error),
    Unknown(String),
}

impl From<postgres::Error> for Refusal {
    fn from(error: postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self::Said { status, code, message: message.into(), reasons: Vec::new() }
    }

    pub(crate) fn unknown(what: impl Into<String>) -> Self {
        Self::Unknown(what.into())
    }

    pub(crate) fn answer(self, request: &Request) -> Response {
        let (status, code, message, reasons) = match self {
            Self::Said { status, code, message, reasons } => (status, code, message, reasons),
            Self::Database(error) => {
                let words = format!("Database error: {error}");
                (500, "unexpected_failure", words, Vec::new())
            }
            Self::Unknown(what) => return Response::unknown(&what),
        };
        let mut body = if is_newer(request) {
            json!({ "code": code, "message": message })
        } else {
            json!({ "code": status, "error_code": code, "msg": message })
        };
        if !reasons.is_empty() {
            body["weak_password"] = json!({ "reasons": reasons });
        }
        Response::new(status)
            .header("Content-Type", "application/json")
            .header("x-sb-error-code", code)
            .body(body.to_string())
    }
}

/// Says in which version it is answered, if that was asked for.
pub(crate) fn in_version(answer: Response, request: &Request) -> Response {
    match request.header(VERSION) {
        Some(NEWER) => answer.header("X-Supabase-Api-Version", NEWER),
        _ => answer,
    }
}

/// Versions are days, and are compared as such.
fn is_newer(request: &Request) -> bool {
    request.header(VERSION).is_some_and(|version| version >= NEWER)
}
