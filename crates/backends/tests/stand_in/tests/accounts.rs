//! Accounts and sessions: what a client of Supabase's account server relies on.

use serde_json::{Value as Json, json};
use supabase_stand_in::{Settings, Signing, StandIn};

use crate::support::{Answer, ask, project};

const NEWER: (&str, &str) = ("X-Supabase-Api-Version", "2024-01-01");

/// Asks `/auth/v1` with the publishable key, and as the bearer of this if it is not empty.
fn auth(stand_in: &StandIn, method: &str, path: &str, bearer: &str, body: &Json) -> Answer {
    let bearer = format!("Bearer {bearer}");
    let mut headers =
        vec![("apikey", stand_in.publishable_key()), ("Content-Type", "application/json"), NEWER];
    if bearer.len() > 7 {
        headers.push(("Authorization", &bearer));
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    ask(stand_in, method, &format!("/auth/v1{path}"), &headers, body.as_bytes())
}

fn sign_up(stand_in: &StandIn, email: &str) -> Json {
    let answer = auth(stand_in, "POST", "/signup", "", &json!({ "email": email, "password": "of a test" }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn refresh(stand_in: &StandIn, token: &Json) -> Answer {
    auth(stand_in, "POST", "/token?grant_type=refresh_token", "", &json!({ "refresh_token": token }))
}

fn user(stand_in: &StandIn, session: &Json) -> Answer {
    auth(stand_in, "GET", "/user", session["access_token"].as_str().unwrap(), &Json::Null)
}

fn code(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("x-sb-error-code"), answer.json()["code"].as_str());
    (answer.status, answer.json()["code"].as_str().unwrap().to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn who_signs_up_is_signed_in_and_is_a_row() {
    let stand_in = project(
        "signs_up",
        "create table public.things (owner uuid references auth.users)",
        Settings::default(),
    );

    let session = sign_up(&stand_in, "Ada@example.com");
    let again = auth(
        &stand_in,
        "POST",
        "/signup",
        "",
        &json!({ "email": "ada@example.com", "password": "of a test" }),
    );
    let weak =
        auth(&stand_in, "POST", "/signup", "", &json!({ "email": "b@example.com", "password": "short" }));
    let wrong = auth(
        &stand_in,
        "POST",
        "/token?grant_type=password",
        "",
        &json!({ "email": "ada@example.com", "password": "another" }),
    );

    assert_eq!((&session["token_type"], &session["expires_in"]), (&json!("bearer"), &json!(3600)));
    assert_eq!(session["user"]["email"], "ada@example.com");
    assert_eq!(user(&stand_in, &session).json()["id"], session["user"]["id"]);
    assert_eq!(code(&again), is(422, "user_already_exists"));
    assert_eq!(code(&weak), is(422, "weak_password"));
    assert_eq!(weak.json()["weak_password"]["reasons"], json!(["length"]));
    assert_eq!(code(&wrong), is(400, "invalid_credentials"));
    assert_eq!(wrong.header("X-Supabase-Api-Version"), Some("2024-01-01"));
}

#[test]
fn errors_have_the_older_form_for_who_does_not_ask_for_the_newer() {
    let stand_in = project("older_form", "", Settings::default());

    let headers = [("apikey", stand_in.publishable_key())];
    let body = br#"{"email":"nobody@example.com","password":"of a test"}"#;
    let answer = ask(&stand_in, "POST", "/auth/v1/token?grant_type=password", &headers, body);

    let told =
        json!({ "code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials" });
    assert_eq!((answer.status, answer.json()), (400, told));
    assert_eq!(answer.header("X-Supabase-Api-Version"), None);
}

#[test]
fn a_refresh_token_is_used_once_but_its_answer_may_be_lost() {
    let stand_in = project("refreshes", "", Settings::default());
    let first = sign_up(&stand_in, "a@example.com");

    let second = refresh(&stand_in, &first["refresh_token"]).json();
    stand_in.set_clock_offset(60);
    let lost = refresh(&stand_in, &first["refresh_token"]).json();
    let third = refresh(&stand_in, &second["refresh_token"]).json();
    stand_in.set_clock_offset(65);
    let at_once = refresh(&stand_in, &first["refresh_token"]).json();
    stand_in.set_clock_offset(120);
    let stolen = refresh(&stand_in, &first["refresh_token"]);

    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(lost["refresh_token"], second["refresh_token"], "the one before the newest gives the newest");
    assert_eq!(at_once["refresh_token"], third["refresh_token"], "and so does each for ten seconds");
    assert_eq!(code(&stolen), is(400, "refresh_token_already_used"));
    assert_eq!(code(&user(&stand_in, &third)), is(403, "session_not_found"), "the session is over");
    assert_eq!(code(&refresh(&stand_in, &third["refresh_token"])), is(400, "refresh_token_not_found"));
}

#[test]
fn an_access_token_ends_and_goes_with_its_session_and_its_account() {
    let stand_in = project("ends", "", Settings { token_seconds: 100, ..Settings::default() });
    let session = sign_up(&stand_in, "a@example.com");
    let other = sign_up(&stand_in, "b@example.com");
    let bearer = session["access_token"].as_str().unwrap();

    stand_in.set_clock_offset(101);
    assert_eq!(code(&user(&stand_in, &session)), is(403, "bad_jwt"));
    stand_in.set_clock_offset(0);
    assert_eq!(user(&stand_in, &session).status, 200);
    assert_eq!(auth(&stand_in, "POST", "/logout?scope=local", bearer, &Json::Null).status, 204);
    assert_eq!(code(&user(&stand_in, &session)), is(403, "session_not_found"));
    assert_eq!(code(&refresh(&stand_in, &session["refresh_token"])), is(400, "refresh_token_not_found"));
    stand_in.delete_user(other["user"]["id"].as_str().unwrap());
    assert_eq!(code(&user(&stand_in, &other)), is(403, "user_not_found"));
    let nobody = auth(&stand_in, "GET", "/user", "", &Json::Null);
    assert_eq!(code(&nobody), is(403, "bad_jwt"), "the project's own key is of no user");
}

#[test]
fn an_address_is_confirmed_by_the_code_that_is_sent_there() {
    let stand_in = project("confirms", "", Settings { confirms_email: true, ..Settings::default() });
    let password = json!({ "email": "a@example.com", "password": "of a test" });

    let user = sign_up(&stand_in, "a@example.com");
    let early = auth(&stand_in, "POST", "/token?grant_type=password", "", &password);
    let sent = stand_in.code_of("a@example.com").unwrap();
    let verify = |code: &str| {
        let body = json!({ "type": "signup", "email": "a@example.com", "token": code });
        auth(&stand_in, "POST", "/verify", "", &body)
    };
    let (wrong, session, twice) = (verify("none"), verify(&sent), verify(&sent));

    assert_eq!(user.get("access_token"), None, "only the account is answered");
    assert_eq!(code(&early), is(400, "email_not_confirmed"));
    assert_eq!(code(&wrong), is(403, "otp_expired"));
    assert_eq!(session.json()["user"]["id"], user["id"]);
    assert_eq!(code(&twice), is(403, "otp_expired"));
    assert_eq!(auth(&stand_in, "POST", "/token?grant_type=password", "", &password).status, 200);
    let hidden = sign_up(&stand_in, "a@example.com");
    assert_ne!(hidden["id"], user["id"], "who signs up again is not told that there is an account");
}

#[test]
fn a_code_signs_in_and_so_does_nothing_at_all() {
    let stand_in = project("codes", "", Settings::default());

    let unknown = json!({ "email": "a@example.com", "create_user": false });
    let refused = auth(&stand_in, "POST", "/otp", "", &unknown);
    let sent = auth(&stand_in, "POST", "/otp", "", &json!({ "email": "a@example.com", "create_user": true }));
    let body =
        json!({ "type": "email", "email": "a@example.com", "token": stand_in.code_of("a@example.com") });
    let session = auth(&stand_in, "POST", "/verify", "", &body).json();
    let anonymous = auth(&stand_in, "POST", "/signup", "", &json!({ "data": {} })).json();

    assert_eq!(code(&refused), is(422, "otp_disabled"));
    assert_eq!((sent.status, sent.json()), (200, json!({})));
    assert_eq!(user(&stand_in, &session).json()["email"], "a@example.com");
    assert_eq!(user(&stand_in, &anonymous).json()["is_anonymous"], true);
}

#[test]
fn keys_are_published_unless_they_are_secret() {
    let stand_in = project("keys", "", Settings::default());
    let session = sign_up(&stand_in, "a@example.com");
    let published = |stand_in: &StandIn| ask(stand_in, "GET", "/auth/v1/.well-known/jwks.json", &[], b"");

    let before = published(&stand_in);
    stand_in.rotate_key();
    let after = published(&stand_in).json()["keys"].as_array().unwrap().len();

    assert_eq!(before.header("Cache-Control"), Some("public, max-age=600"));
    assert_eq!((&before.json()["keys"][0]["alg"], after), (&json!("ES256"), 2));
    assert_eq!(user(&stand_in, &session).status, 200, "a token of the older key is believed");
    stand_in.revoke_older_keys();
    assert_eq!(code(&user(&stand_in, &session)), is(403, "bad_jwt"), "until that key is revoked");
    drop(stand_in);

    let secret = project("secret", "", Settings { signing: Signing::Hs256, ..Settings::default() });
    assert_eq!(published(&secret).json(), json!({ "keys": [] }));
    let session = sign_up(&secret, "a@example.com");
    assert_eq!(user(&secret, &session).status, 200);
}
