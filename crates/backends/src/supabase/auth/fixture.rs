//! A project's sign-in of a test's own.

use std::error::Error as StdError;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stillroom_core::ManualClock;

use super::*;
use crate::web::served::Served;

pub(super) const KEY: &str = "sb_publishable_of_a_test";
pub(super) const JSON_KIND: &str = "content-type: application/json\r\n";
pub(super) const ANA: u128 = 1;
pub(super) const BO: u128 = 2;

/// A token of this user, signed by nobody.
pub(super) fn token(user: u128, number: u64) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let payload = format!(
        r#"{{"sub":"{}","role":"authenticated","aud":"authenticated","exp":9000000000,"n":{number}}}"#,
        Uuid::from_u128(user)
    );
    format!("{}.{}.{}", encode(r#"{"alg":"HS256"}"#), encode(&payload), encode("hunter2"))
}

/// What a project answers to whoever signs in.
pub(super) fn signed_in(user: u128, number: u64) -> (u16, String, Vec<u8>) {
    let body = json!({
        "access_token": token(user, number), "token_type": "bearer", "expires_in": 3600, "expires_at": 7,
        "refresh_token": format!("hunter-refresh-{number}"),
        "user": { "id": Uuid::from_u128(user).to_string(), "is_anonymous": false },
    });
    (200, JSON_KIND.to_owned(), body.to_string().into_bytes())
}

pub(super) fn refused(status: u16, code: &str) -> (u16, String, Vec<u8>) {
    let body = json!({ "code": code, "message": "hunter2" }).to_string().into_bytes();
    (status, format!("{JSON_KIND}x-sb-error-code: {code}\r\n"), body)
}

pub(super) fn auth(served: &Served, clock: Arc<ManualClock>) -> Arc<Auth> {
    Arc::new(Auth::new(&served.url(""), &Secret::new(KEY), clock).unwrap())
}

pub(super) fn clock() -> Arc<ManualClock> {
    Arc::default()
}

pub(super) fn password() -> Credentials {
    Credentials::Password { email: "a@example.org".to_owned(), password: Secret::new("hunter1") }
}

/// An error and its causes, in which there is no token, key, password or word of the project's.
pub(super) fn told(error: &BackendError) -> String {
    let mut told = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        told += &format!(" {cause}");
        source = cause.source();
    }
    assert!(!told.contains("hunter") && !told.contains(KEY), "{told}");
    told
}
