//! Signing in by a code that is sent to an address. Whoever holds the stand-in reads it: nothing is sent.

use serde_json::json;

use super::answer::Refusal;
use super::grants::{check_email, data};
use super::sessions::begin;
use super::users::{NewUser, User};
use super::{object, ok, text};
use crate::State;
use crate::http::{Request, Response};

pub(crate) fn send(state: &State, request: &Request) -> Result<Response, Refusal> {
    let body = object(request)?;
    let email = text(&body, "email");
    if email.is_empty() {
        return Err(Refusal::unknown("codes that go elsewhere than to an address"));
    }
    check_email(email)?;
    if User::of_email(state, email)?.is_none() {
        if body["create_user"].as_bool() == Some(false) {
            return Err(Refusal::new(422, "otp_disabled", "Signups not allowed for otp"));
        }
        if !state.settings.allows_signup {
            return Err(Refusal::new(422, "signup_disabled", "Signups not allowed for this instance"));
        }
        let new = NewUser {
            email: Some(email),
            password: None,
            is_confirmed: !state.settings.confirms_email,
            data: data(&body),
        };
        User::create(state, &new)?;
    }
    state.accounts().send_code(email, state.now());
    Ok(ok(&json!({})))
}

pub(crate) fn verify(state: &State, request: &Request) -> Result<Response, Refusal> {
    let body = object(request)?;
    let refuse = |message: &str| Err(Refusal::new(400, "validation_failed", message));
    match text(&body, "type") {
        "" => return refuse("Verify requires a verification type"),
        "signup" | "email" | "magiclink" | "recovery" => {}
        other => return Err(Refusal::unknown(format!("a verification of {other}"))),
    }
    let (email, code) = (text(&body, "email").to_lowercase(), text(&body, "token"));
    if !text(&body, "token_hash").is_empty() {
        return Err(Refusal::unknown("a token_hash"));
    }
    if code.is_empty() {
        return refuse("Verify requires a token or a token hash");
    }
    let over = || Refusal::new(403, "otp_expired", "Token has expired or is invalid");
    let user = User::of_email(state, &email)?.ok_or_else(over)?;
    if user.is_banned {
        return Err(Refusal::new(403, "user_banned", "User is banned"));
    }
    if !state.accounts().use_code(&email, code, state.now()) {
        return Err(over());
    }
    begin(state, user.confirm(state)?, "otp").map(|session| ok(&session))
}
