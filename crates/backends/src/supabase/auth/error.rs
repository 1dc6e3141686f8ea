//! What the project's sign-in says no with.

use std::time::Duration;

use serde_json::Value;
use stillroom_core::BackendError;

use super::super::again::{Failed, MayPass};
use super::super::error::Place;
use crate::web::Answer;

/// Why an answer is a refusal.
pub(super) fn refused(place: Place<'_>, answer: &Answer) -> Failed {
    let failure = match code(answer).and_then(|code| by_code(place, &code)) {
        Some(error) => error.into(),
        // "Sign in again", where the Data API would say that the key is not known.
        None if answer.status == 403 => place.sign_in("the sign-in is over").into(),
        None => place.by_status(answer.status),
    };
    let may_pass = match answer.status {
        502 | 503 | 520 => MayPass::Unknown,
        _ => MayPass::No,
    };
    let wait =
        answer.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    Failed { wait, may_pass, ..Failed::for_good(failure) }
}

/// What went wrong, in GoTrue's word.
fn code(answer: &Answer) -> Option<String> {
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let said = |name: &str| json.as_ref()?.get(name)?.as_str().map(ToOwned::to_owned);
    answer
        .header("x-sb-error-code")
        .map(ToOwned::to_owned)
        .or_else(|| said("code"))
        .or_else(|| said("error_code"))
}

fn by_code(place: Place<'_>, code: &str) -> Option<BackendError> {
    let unauthenticated =
        |why: &str| BackendError::Unauthenticated { message: place.with(why), source: None };
    let denied = |why: &str| BackendError::Denied { message: place.with(why), source: None };
    Some(match code {
        // Which of the two it was, only its owner is to know.
        "invalid_credentials" => unauthenticated("wrong e-mail address or password"),
        "otp_expired" => unauthenticated("wrong code, or its time is over; have another sent"),
        "email_not_confirmed" => {
            unauthenticated("this e-mail address is not confirmed; follow the link that was sent there")
        }
        "refresh_token_not_found"
        | "refresh_token_already_used"
        | "session_expired"
        | "session_not_found"
        | "bad_jwt"
        | "no_authorization"
        | "user_not_found" => place.sign_in("the sign-in is over"),
        "user_banned" => unauthenticated("this account is closed"),
        "user_already_exists" | "email_exists" => {
            place.invalid("this e-mail address can't be signed up; sign in with it, if it is yours")
        }
        "weak_password" => place.invalid("the project wants a password that is harder to guess"),
        "email_address_invalid" | "email_address_not_authorized" | "validation_failed" => {
            place.invalid("the project does not take this e-mail address, password or code")
        }
        "signup_disabled" | "email_provider_disabled" => denied("the project takes no new accounts this way"),
        "otp_disabled" => denied("the project makes no accounts by codes"),
        "anonymous_provider_disabled" => denied(
            "the project signs nobody in without an account; allow *anonymous sign-ins* in the dashboard",
        ),
        "captcha_failed" => denied("the project asks for a captcha, which only a web page can show"),
        "over_request_rate_limit" | "over_email_send_rate_limit" => {
            place.unavailable("the project is asked too often; try again in a moment")
        }
        _ => return None,
    })
}
