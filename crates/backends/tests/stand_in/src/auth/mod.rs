//! `/auth/v1`: accounts and sessions, as Supabase's account server (GoTrue) keeps them.
//!
//! Statuses, codes and words were read in its source, github.com/supabase/auth, commit bc32168: internal/api/*.go,
//! internal/tokens/service.go, internal/models/refresh_token.go. Accounts are rows of `auth.users`, so that what
//! references them holds; sessions, codes and passwords go with the stand-in.

mod answer;
mod bearer;
mod codes;
mod grants;
mod sessions;
pub(crate) mod users;

use serde_json::{Value as Json, json};

pub(crate) use self::sessions::Accounts;

use self::answer::{Refusal, in_version};
use crate::State;
use crate::http::{Request, Response};

pub(crate) fn answer(state: &State, request: &Request, path: &str, token: &str) -> Response {
    let answered = match (request.method.as_str(), path) {
        ("POST", "/signup") => grants::sign_up(state, request),
        ("POST", "/token") => grants::token(state, request),
        ("POST", "/otp") => codes::send(state, request),
        ("POST", "/verify") => codes::verify(state, request),
        ("GET", "/user") => bearer::of(state, token).map(|bearer| ok(&bearer.user.json)),
        ("POST", "/logout") => bearer::log_out(state, request, token),
        ("DELETE", path) if path.starts_with("/admin/users/") => {
            bearer::delete_user(state, token, path.trim_start_matches("/admin/users/"))
        }
        ("GET", "/.well-known/jwks.json") => {
            let keys = state.keys().published(state.settings.signing);
            Ok(ok(&keys).header("Cache-Control", "public, max-age=600"))
        }
        ("GET", "/settings") => Ok(ok(&settings(state))),
        ("GET", "/health") => {
            Ok(ok(&json!({ "version": "stand-in", "name": "GoTrue", "description": "a stand-in" })))
        }
        (method, path) => Err(Refusal::unknown(format!("{method} {path} of /auth/v1"))),
    };
    let answer = answered.unwrap_or_else(|refusal| refusal.answer(request));
    in_version(answer, request)
}

fn ok(body: &Json) -> Response {
    Response::new(200).header("Content-Type", "application/json").body(body.to_string())
}

fn settings(state: &State) -> Json {
    json!({
        "external": { "anonymous_users": state.settings.allows_anonymous, "email": true, "phone": false },
        "disable_signup": !state.settings.allows_signup,
        "mailer_autoconfirm": !state.settings.confirms_email,
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
    })
}

/// A body that has to be an object.
fn object(request: &Request) -> Result<Json, Refusal> {
    match serde_json::from_slice(&request.body) {
        Ok(object @ Json::Object(_)) => Ok(object),
        _ => Err(Refusal::new(400, "bad_json", "Could not parse request body as JSON")),
    }
}

/// A text of a body; empty if there is none.
fn text<'a>(body: &'a Json, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}
