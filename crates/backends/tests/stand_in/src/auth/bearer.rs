//! Whom an access token names: unlike PostgREST the account server looks whether account and session are still there.

use serde_json::Value as Json;
use uuid::Uuid;

use super::answer::Refusal;
use super::users::{self, User};
use crate::State;
use crate::http::{Request, Response};
use crate::jwt::Wrong;
use crate::query::pairs;

pub(crate) struct Bearer {
    pub(crate) user: User,
    /// None for a token that nobody got by signing in.
    session: Option<String>,
}

/// What a token says, if it was signed here and is valid, to the second.
fn claims(state: &State, token: &str) -> Result<serde_json::Map<String, Json>, Refusal> {
    if token.is_empty() {
        return Err(Refusal::new(401, "no_authorization", "This endpoint requires a valid Bearer token"));
    }
    let refuse = |why: &str| {
        let message = format!("invalid JWT: unable to parse or verify signature, {why}");
        Refusal::new(403, "bad_jwt", message)
    };
    let claims = state.keys().verify(token).map_err(|wrong| {
        refuse(match wrong {
            Wrong::Parts(_) => "token is malformed: token contains an invalid number of segments",
            Wrong::Form => "token is malformed",
            Wrong::Signature => "token signature is invalid",
            Wrong::Key => "token is unverifiable: error while executing keyfunc: unrecognized JWT kid",
        })
    })?;
    let (now, time) = (state.now(), |name: &str| claims.get(name).and_then(Json::as_i64));
    if time("exp").is_some_and(|exp| now >= exp) {
        return Err(refuse("token has invalid claims: token is expired"));
    }
    if time("nbf").is_some_and(|nbf| now < nbf) {
        return Err(refuse("token has invalid claims: token is not valid yet"));
    }
    Ok(claims)
}

pub(crate) fn of(state: &State, token: &str) -> Result<Bearer, Refusal> {
    let claims = claims(state, token)?;
    let said = |name: &str| claims.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let Some(id) = said("sub") else {
        return Err(Refusal::new(403, "bad_jwt", "invalid claim: missing sub claim"));
    };
    if Uuid::try_parse(id).is_err() {
        return Err(Refusal::new(400, "bad_jwt", "invalid claim: sub claim must be a UUID"));
    }
    let Some(user) = User::of_id(state, &id.to_lowercase())? else {
        return Err(Refusal::new(403, "user_not_found", "User from sub claim in JWT does not exist"));
    };
    let session = said("session_id").map(ToOwned::to_owned);
    if session.as_ref().is_some_and(|session| !state.accounts().has(session)) {
        let message = "Session from session_id claim in JWT does not exist";
        return Err(Refusal::new(403, "session_not_found", message));
    }
    if user.is_banned {
        return Err(Refusal::new(403, "user_banned", "User is banned"));
    }
    Ok(Bearer { user, session })
}

/// Ends sessions: all of the account, this one, or all but this one.
pub(crate) fn log_out(state: &State, request: &Request, token: &str) -> Result<Response, Refusal> {
    let bearer = of(state, token)?;
    let mut query = pairs(request.query.as_deref().unwrap_or_default());
    let scope = query.find(|(name, _)| name == "scope").map(|(_, scope)| scope).unwrap_or_default();
    let mut accounts = state.accounts();
    match (scope.as_str(), &bearer.session) {
        ("local", Some(session)) => accounts.end(session),
        ("others", Some(session)) => accounts.end_others(&bearer.user.id, session),
        ("" | "global" | "local" | "others", _) => accounts.end_all_of(&bearer.user.id),
        (other, _) => {
            let message = format!("Unsupported logout scope {other:?}");
            return Err(Refusal::new(400, "validation_failed", message));
        }
    }
    Ok(Response::new(204))
}

/// Deletes an account, which only the project's owner may.
pub(crate) fn delete_user(state: &State, token: &str, id: &str) -> Result<Response, Refusal> {
    let claims = claims(state, token)?;
    if claims.get("role").and_then(Json::as_str) != Some("service_role") {
        return Err(Refusal::new(403, "not_admin", "User not allowed"));
    }
    if Uuid::try_parse(id).is_err() {
        return Err(Refusal::new(404, "validation_failed", "user_id must be an UUID"));
    }
    if !users::delete(state, id) {
        return Err(Refusal::new(404, "user_not_found", "User not found"));
    }
    Ok(super::ok(&serde_json::json!({})))
}
