//! Signing up, and signing in by a password or by a refresh token.

use serde_json::{Value as Json, json};

use super::answer::Refusal;
use super::sessions::{begin, tokens, unknown_token};
use super::users::{NewUser, User};
use super::{object, ok, text};
use crate::State;
use crate::http::{Request, Response};
use crate::query::pairs;

const PASSWORD_LEN: usize = 6;

pub(crate) fn sign_up(state: &State, request: &Request) -> Result<Response, Refusal> {
    let body = object(request)?;
    if !text(&body, "phone").is_empty() {
        return Err(Refusal::unknown("telephones"));
    }
    let is_anonymous = text(&body, "email").is_empty();
    if is_anonymous && !state.settings.allows_anonymous {
        return Err(Refusal::new(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled"));
    }
    if !state.settings.allows_signup {
        return Err(Refusal::new(422, "signup_disabled", "Signups not allowed for this instance"));
    }
    if is_anonymous {
        let new = NewUser { email: None, password: None, is_confirmed: false, data: data(&body) };
        return begin(state, User::create(state, &new)?, "anonymous").map(|session| ok(&session));
    }
    check_password(text(&body, "password"))?;
    sign_up_by_email(state, &body)
}

fn sign_up_by_email(state: &State, body: &Json) -> Result<Response, Refusal> {
    let (email, password) = (text(body, "email"), text(body, "password"));
    check_email(email)?;
    let is_confirmed = !state.settings.confirms_email;
    let user = match User::of_email(state, email)? {
        Some(user) if user.is_confirmed && is_confirmed => {
            return Err(Refusal::new(422, "user_already_exists", "User already registered"));
        }
        // Who asks is not told that there is one: it looks like a new account.
        Some(user) if user.is_confirmed => return Ok(ok(&stranger(&user))),
        Some(user) => user,
        None => {
            let new =
                NewUser { email: Some(email), password: Some(password), is_confirmed, data: data(body) };
            User::create(state, &new)?
        }
    };
    if is_confirmed {
        return begin(state, user.confirm(state)?, "password").map(|session| ok(&session));
    }
    state.accounts().send_code(email, state.now());
    Ok(ok(&user.json))
}

/// An account that is nobody's, of the same address.
fn stranger(user: &User) -> Json {
    let mut json = user.json.clone();
    json["id"] = uuid::Uuid::new_v4().to_string().into();
    json["identities"] = json!([]);
    json["user_metadata"] = json!({});
    for name in ["email_confirmed_at", "confirmed_at", "last_sign_in_at"] {
        json.as_object_mut().unwrap().remove(name);
    }
    json
}

pub(crate) fn token(state: &State, request: &Request) -> Result<Response, Refusal> {
    let mut query = pairs(request.query.as_deref().unwrap_or_default());
    let grant = query.find(|(name, _)| name == "grant_type").map(|(_, grant)| grant).unwrap_or_default();
    match grant.as_str() {
        "password" => by_password(state, &object(request)?),
        "refresh_token" => by_refresh_token(state, &object(request)?),
        known @ ("pkce" | "id_token" | "web3") => Err(Refusal::unknown(format!("grant_type={known}"))),
        _ => Err(Refusal::new(400, "invalid_credentials", "unsupported_grant_type")),
    }
}

fn by_password(state: &State, body: &Json) -> Result<Response, Refusal> {
    let email = text(body, "email");
    if email.is_empty() {
        return Err(Refusal::new(400, "validation_failed", "missing email or phone"));
    }
    let wrong = || Refusal::new(400, "invalid_credentials", "Invalid login credentials");
    let user = User::of_email(state, email)?.ok_or_else(wrong)?;
    if user.is_banned {
        return Err(Refusal::new(400, "user_banned", "User is banned"));
    }
    if !user.has_password(text(body, "password")) {
        return Err(wrong());
    }
    if !user.is_confirmed {
        return Err(Refusal::new(400, "email_not_confirmed", "Email not confirmed"));
    }
    begin(state, user, "password").map(|session| ok(&session))
}

fn by_refresh_token(state: &State, body: &Json) -> Result<Response, Refusal> {
    let token = text(body, "refresh_token");
    let (session, user) = state.accounts().find(token).ok_or_else(unknown_token)?;
    let user = User::of_id(state, &user)?.ok_or_else(unknown_token)?;
    if user.is_banned {
        return Err(Refusal::new(400, "user_banned", "Invalid Refresh Token: User Banned"));
    }
    state.accounts().refresh(&session, token, state.now(), state.settings.reuse_seconds)?;
    tokens(state, &user, &session).map(|session| ok(&session))
}

pub(crate) fn check_email(email: &str) -> Result<(), Refusal> {
    let is_address = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if is_address {
        return Ok(());
    }
    Err(Refusal::new(400, "validation_failed", "Unable to validate email address: invalid format"))
}

fn check_password(password: &str) -> Result<(), Refusal> {
    if password.is_empty() {
        return Err(Refusal::new(400, "validation_failed", "Signup requires a valid password"));
    }
    if password.len() > 72 {
        return Err(Refusal::new(400, "validation_failed", "Password cannot be longer than 72 characters"));
    }
    if password.len() >= PASSWORD_LEN {
        return Ok(());
    }
    let message = format!("Password should be at least {PASSWORD_LEN} characters.");
    Err(Refusal::Said { status: 422, code: "weak_password", message, reasons: vec!["length"] })
}

pub(crate) fn data(body: &Json) -> Json {
    if body["data"].is_object() { body["data"].clone() } else { json!({}) }
}
