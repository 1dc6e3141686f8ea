//! `/rest/v1`: tables and functions, as PostgREST gives them to whom a token names.

mod filter;
mod functions;
mod prefer;
mod refusal;
mod schema;
mod session;
mod tables;

use self::refusal::Refusal;
use self::session::Asker;
use crate::State;
use crate::http::{Request, Response};

/// How many rows are given at most; more are left out silently. It is what Supabase sets.
pub(crate) const MAX_ROWS: usize = 1000;

pub(crate) const OBJECT: &str = "application/vnd.pgrst.object+json";
pub(crate) const BYTES: &str = "application/octet-stream";

pub(crate) fn answer(state: &State, request: &Request, path: &str, token: &str) -> Response {
    let asker = match Asker::of(state, token) {
        Ok(asker) => asker,
        Err(refusal) => return refusal.answer(false),
    };
    answer_to(state, request, path, &asker).unwrap_or_else(|refusal| refusal.answer(asker.is_known()))
}

fn answer_to(state: &State, request: &Request, path: &str, asker: &Asker) -> Result<Response, Refusal> {
    check_schema(request)?;
    for name in ["range", "if-none-match", "x-http-method-override"] {
        if request.header(name).is_some() {
            return Err(Refusal::unknown(format!("the header {name}")));
        }
    }
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    let answer = match (request.method.as_str(), parts.as_slice()) {
        ("GET" | "POST", ["rpc", name]) => functions::call(state, request, asker, name)?,
        ("GET" | "HEAD", [table]) if !table.is_empty() => tables::read(state, request, asker, table)?,
        ("POST" | "PATCH" | "DELETE", [table]) if !table.is_empty() => {
            tables::change(state, request, asker, table)?
        }
        (method, _) => return Err(Refusal::unknown(format!("{method} {path} of /rest/v1"))),
    };
    Ok(answer.header("Vary", "Accept, Prefer, Range"))
}

/// Only one schema is shown.
fn check_schema(request: &Request) -> Result<(), Refusal> {
    let header =
        if matches!(request.method.as_str(), "GET" | "HEAD") { "accept-profile" } else { "content-profile" };
    match request.header(header) {
        None | Some("public") => Ok(()),
        Some(other) => Err(Refusal::Said(
            406,
            "PGRST106",
            format!("Invalid schema: {other}"),
            None,
            Some("Only the following schemas are exposed: public".to_owned()),
        )),
    }
}

/// In what form an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    /// The only row, as an object.
    Object,
    Bytes,
}

impl Form {
    /// The first that is wanted and that there is.
    pub(crate) fn of(request: &Request, has_bytes: bool) -> Result<Self, Refusal> {
        let wanted = request.list("accept");
        if wanted.is_empty() {
            return Ok(Self::Json);
        }
        for kind in &wanted {
            match kind.split(';').next().unwrap_or_default().trim() {
                "*/*" | "application/*" | "application/json" => return Ok(Self::Json),
                OBJECT if !kind.contains("nulls=stripped") => return Ok(Self::Object),
                BYTES if has_bytes => return Ok(Self::Bytes),
                "text/csv"
                | "application/geo+json"
                | "application/openapi+json"
                | "application/vnd.pgrst.array" => {
                    return Err(Refusal::unknown(format!("Accept: {kind}")));
                }
                _ => {}
            }
        }
        let message = format!("None of these media types are available: {}", wanted.join(", "));
        Err(Refusal::said(406, "PGRST107", message))
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Object => "application/vnd.pgrst.object+json; charset=utf-8",
            Self::Bytes => BYTES,
        }
    }
}

/// Refuses unless there is one row, if one object is wanted.
pub(crate) fn check_single(form: Form, rows: usize) -> Result<(), Refusal> {
    if form != Form::Object || rows == 1 {
        return Ok(());
    }
    let message = "Cannot coerce the result to a single JSON object".to_owned();
    Err(Refusal::Said(406, "PGRST116", message, Some(format!("The result contains {rows} rows")), None))
}

/// Which rows there are, for `Content-Range`.
pub(crate) fn content_range(first: usize, rows: usize, total: Option<usize>) -> String {
    let total = total.map_or_else(|| "*".to_owned(), |total| total.to_string());
    if rows == 0 { format!("*/{total}") } else { format!("{first}-{}/{total}", first + rows - 1) }
}

/// A name in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
