use std::error::Error as StdError;
use std::sync::Mutex;
use std::time::Duration;

use stillroom_core::{
    Backend, Bearer, ListRange, ManualClock, Owner, Principal, ResultKey, Timestamp, poll_now,
};
use uuid::Uuid;

use super::*;
use crate::CacheOptions;
use crate::cache::Choice;
use crate::web::served::{Asked, Served, whole};

const KEY: &str = "sb_publishable_of_a_test";
const TOKEN: &str = "hunter2.hunter3.hunter4";
const JSON_KIND: &str = "content-type: application/json; charset=utf-8\r\n";
const LISTED: &[u8] = br#"{"records":[]}"#;

fn options(read_only: bool) -> ConnectOptions {
    ConnectOptions {
        cache: CacheOptions::default(),
        create: true,
        read_only,
        verify_always: false,
        durable: None,
        key: None,
        clock: Arc::<ManualClock>::default(),
    }
}

fn store(served: &Served) -> Backend {
    store_of(served, &options(false))
}

fn store_of(served: &Served, options: &ConnectOptions) -> Backend {
    let project = Project::parse(&served.url("")).unwrap();
    open(&project, Some(Secret::new(KEY)), options, &Choice::Off).unwrap().backend
}

fn ana() -> Principal {
    let bearer = Bearer {
        token: Secret::new(TOKEN),
        expires_at: Timestamp::default().after(Duration::from_secs(3600)),
    };
    Principal::signed_in(Owner::new(Uuid::from_u128(1)), bearer)
}

fn list(store: &Backend) -> Result<usize> {
    Ok(poll_now(store.catalog.list(&ana(), ListRange::default()))?.records.len())
}

fn delete(store: &Backend) -> Result<()> {
    let key = ResultKey::parse("a", "b").unwrap();
    poll_now(store.catalog.delete(&ana(), &key, None)).map(drop)
}

/// An error and all its causes, in which there is no token and no key.
fn told(error: &BackendError) -> String {
    let mut told = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        told += &format!(" {cause}");
        source = cause.source();
    }
    for secret in ["hunter", KEY] {
        assert!(!told.contains(secret), "{told}");
    }
    told
}

fn json(code: &str, message: &str) -> Vec<u8> {
    format!(r#"{{"code":"{code}","details":null,"hint":null,"message":"{message}"}}"#).into_bytes()
}

#[test]
fn a_call_is_one_request_of_whoever_asks() {
    let served = Served::by(|asked| match asked.line.as_str() {
        "POST /rest/v1/rpc/stillroom_load" => {
            let kind = "content-type: application/octet-stream\r\n".to_owned();
            (200, kind, [&[0, 0, 0, 2][..], b"{}"].concat())
        }
        _ => (200, JSON_KIND.to_owned(), LISTED.to_vec()),
    });
    let store = store(&served);
    assert_eq!(served.asked().len(), 0);

    assert_eq!(list(&store).unwrap(), 0);
    let loaded = poll_now(store.catalog.get(&ana(), &ResultKey::parse("a", "b").unwrap(), None));

    assert!(matches!(loaded, Err(BackendError::Corrupt { .. })), "{loaded:?}");
    let asked = served.asked();
    let lines: Vec<&str> = asked.iter().map(|one| one.line.as_str()).collect();
    assert_eq!(lines, ["POST /rest/v1/rpc/stillroom_list", "POST /rest/v1/rpc/stillroom_load"]);
    let header = |at: usize, name: &str| asked[at].header(name).unwrap_or_default().to_owned();
    for at in [0, 1] {
        assert_eq!(header(at, "apikey"), KEY);
        assert_eq!(header(at, "authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(header(at, "content-profile"), "public");
        let texts = asked[at].headers.iter().filter(|(_, value)| value.contains(KEY)).count();
        assert_eq!(texts, 1, "the key is in one header");
    }
    let kinds =
        [header(0, "content-type"), header(0, "accept"), header(1, "content-type"), header(1, "accept")];
    let (bytes, json) = ("application/octet-stream", "application/json");
    assert_eq!(kinds, [json, json, bytes, bytes]);
    assert!(!asked[0].body.is_empty());
}

#[test]
fn nobody_s_call_and_one_with_a_token_that_is_over_go_nowhere() {
    let served = Served::by(|_| (200, JSON_KIND.to_owned(), LISTED.to_vec()));
    let clock = Arc::<ManualClock>::default();
    let store = store_of(&served, &ConnectOptions { clock: clock.clone(), ..options(false) });
    let nobody = Principal::local(Owner::new(Uuid::from_u128(1)));

    let unsigned = poll_now(store.catalog.list(&nobody, ListRange::default())).unwrap_err();
    clock.advance(Duration::from_secs(3631));
    let over = list(&store).unwrap_err();

    assert!(matches!(unsigned, BackendError::Unauthenticated { .. }), "{unsigned:?}");
    assert!(matches!(over, BackendError::Unauthenticated { .. }), "{over:?}");
    assert!(told(&unsigned).contains("sign in") && told(&over).contains("sign in again"));
    assert_eq!(served.asked().len(), 0);
}

#[test]
fn a_store_opened_for_reading_asks_for_no_change() {
    let served = Served::by(|_| (200, JSON_KIND.to_owned(), LISTED.to_vec()));
    let store = store_of(&served, &options(true));

    assert!(list(&store).is_ok());
    let refused = delete(&store).unwrap_err();

    assert!(matches!(refused, BackendError::Denied { .. }), "{refused:?}");
    assert_eq!(served.asked().len(), 1);
}

/// Which kind an error is of, in a word.
fn kind(error: &BackendError) -> &'static str {
    match error {
        BackendError::NotFound { .. } => "not-found",
        BackendError::Unauthenticated { .. } => "unauthenticated",
        BackendError::Denied { .. } => "denied",
        BackendError::Invalid { .. } => "invalid",
        BackendError::Unavailable { .. } => "unavailable",
        BackendError::TooLarge { .. } => "too-large",
        BackendError::Full { .. } => "full",
        BackendError::Corrupt { .. } => "corrupt",
        _ => "other",
    }
}

#[test]
fn each_refusal_is_of_the_kind_that_says_what_to_do() {
    let html = ("content-type: text/html\r\n", b"<html>hunter2</html>".to_vec());
    let gateway =
        |message: &str| (JSON_KIND, format!(r#"{{"message":"{message}","hint":"hunter2"}}"#).into_bytes());
    // A database's own words are kept as the cause: it has never seen the token.
    let coded = |code: &str| {
        (JSON_KIND, json(code, if code.starts_with("PGRST") { "hunter2" } else { "of the database" }))
    };
    let quota = br#"{"code":"PT413","details":"{\"limit\": 10, \"actual\": 300}","hint":null,"message":"x"}"#;
    let missing =
        br#"{"code":"PT404","details":"{\"page\": \"a\", \"key\": \"b\"}","hint":null,"message":"x"}"#;
    let cases = [
        (401, coded("PGRST303"), "unauthenticated", "sign in again"),
        (401, coded("PGRST301"), "unauthenticated", "sign in again"),
        (401, coded("PGRST302"), "unauthenticated", "sign in again"),
        (401, coded("42501"), "unauthenticated", "sign in again"),
        (403, coded("42501"), "denied", "doctor"),
        (400, coded("22P02"), "unauthenticated", "sign in again"),
        (409, coded("23503"), "unauthenticated", "no longer there"),
        (401, gateway("Invalid API key"), "invalid", "publishable"),
        (401, gateway("No API key found in request"), "invalid", "publishable"),
        (404, coded("PGRST202"), "invalid", "stillroom migrate"),
        (406, coded("PGRST106"), "invalid", "stillroom migrate"),
        (404, html.clone(), "invalid", "URL"),
        (404, (JSON_KIND, missing.to_vec()), "not-found", "a/b"),
        (413, (JSON_KIND, quota.to_vec()), "too-large", "300"),
        (413, html.clone(), "unavailable", "size"),
        (402, gateway("exceed_egress_quota"), "unavailable", "Usage"),
        (540, gateway("Project paused"), "unavailable", "paused"),
        (405, coded("25006"), "full", "size of its plan"),
        (500, coded("57014"), "unavailable", "time limit"),
        (500, coded("XX000"), "other", "postgres"),
        (503, coded("PGRST002"), "unavailable", "HTTP 503"),
        (504, coded("PGRST003"), "unavailable", "HTTP 504"),
        (500, html.clone(), "unavailable", "HTTP 500"),
        (502, html.clone(), "unavailable", "HTTP 502"),
        (520, html.clone(), "unavailable", "HTTP 520"),
        (522, html.clone(), "unavailable", "HTTP 522"),
        (429, html.clone(), "unavailable", "too often"),
        (200, html.clone(), "unavailable", "a web page"),
        (204, ("", Vec::new()), "other", "supabase"),
        (418, html.clone(), "other", "supabase"),
        (307, ("location: https://elsewhere.example/hunter2\r\n", Vec::new()), "invalid", "another place"),
        (301, ("location: /login\r\n", Vec::new()), "invalid", "another place"),
        (200, (JSON_KIND, b"{\"records\":".to_vec()), "corrupt", "should not"),
    ];

    for (status, (headers, body), expected, words) in cases {
        let served = Served::by(move |_| (status, headers.to_owned(), body.clone()));
        let error = list(&store(&served)).unwrap_err();
        let told = told(&error);
        assert_eq!(kind(&error), expected, "{status}: {told}");
        assert!(told.contains(words), "{status}: {told}");
        assert!(served.asked().iter().all(|asked| asked.line.ends_with("stillroom_list")));
    }
}

/// Answers with each of these in turn, the last one again and again.
fn in_turn(answers: Vec<(Vec<u8>, bool)>) -> Served {
    let answers = Mutex::new(answers);
    Served::raw(move |_: &Asked| {
        let mut left = answers.lock().unwrap();
        if left.len() > 1 { left.remove(0) } else { left[0].clone() }
    })
}

#[test]
fn a_call_is_made_again_where_that_is_harmless() {
    let good = |body: &[u8]| (whole(200, JSON_KIND, body), false);
    let bad = |status: u16| (whole(status, "", b""), false);
    let late = (whole(429, "retry-after: 0\r\n", b""), false);
    let busy = (whole(409, JSON_KIND, &json("40001", "x")), false);
    let cut = (Vec::new(), true);
    let short =
        (b"HTTP/1.1 200 .\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{".to_vec(), true);
    // What came first, and how often each call was then made until it was answered, or no more.
    let cases = [
        (vec![bad(503)], (2, true), (1, false)),
        (vec![bad(502), bad(520)], (3, true), (1, false)),
        (vec![late.clone()], (2, true), (2, true)),
        (vec![busy], (2, true), (2, true)),
        (vec![cut.clone()], (2, true), (1, false)),
        (vec![short.clone()], (2, true), (1, false)),
        (vec![bad(503); 9], (4, false), (1, false)),
        (vec![bad(500)], (1, false), (1, false)),
        (vec![bad(504)], (1, false), (1, false)),
        (vec![bad(401)], (1, false), (1, false)),
        (vec![(whole(429, "retry-after: 60\r\n", b""), false)], (1, false), (1, false)),
    ];

    for (number, (first, harmless, not_twice)) in cases.into_iter().enumerate() {
        let then = |body: &[u8]| first.iter().cloned().chain([good(body)]).collect();
        let served = in_turn(then(LISTED));
        let answered = list(&store(&served)).is_ok();
        assert_eq!((served.asked().len(), answered), harmless, "list {number}");

        let served = in_turn(then(br#"{"versions":[1]}"#));
        let answered = delete(&store(&served)).is_ok();
        assert_eq!((served.asked().len(), answered), not_twice, "delete {number}");
    }
}

#[test]
fn what_can_t_be_reached_is_said_without_a_secret() {
    let closed = Served::by(|_| (200, String::new(), Vec::new()));
    let url = closed.url("");
    drop(closed);
    let project = Project::parse(&url).unwrap();
    let store = open(&project, Some(Secret::new(KEY)), &options(false), &Choice::Off).unwrap().backend;

    let error = list(&store).unwrap_err();

    assert_eq!(kind(&error), "unavailable");
    assert!(told(&error).contains("online"));
}

#[test]
fn a_project_is_opened_with_its_publishable_key() {
    let project = Project::parse("https://abcdefghijklmnopqrst.supabase.co").unwrap();

    let without = open(&project, None, &options(false), &Choice::Off).map(drop).unwrap_err().to_string();
    let secret =
        open(&project, Some(Secret::new("sb_secret_hunter2")), &options(false), &Choice::Off).map(drop);

    assert!(without.contains("STILLROOM_KEY"), "{without}");
    assert!(told(&secret.unwrap_err()).contains("publishable"));
}
