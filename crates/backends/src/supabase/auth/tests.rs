use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use stillroom_core::{ListRange, ManualClock, Principal, Renewal, Timestamp, poll_now};

use super::fixture::*;
use super::*;
use crate::cache::Choice;
use crate::web::served::{Asked, Served};
use crate::{CacheOptions, ConnectOptions};

#[test]
fn everyone_signs_in_by_what_they_have() {
    let served = Served::by(|asked| match asked.line.as_str() {
        "POST /auth/v1/otp" => (200, JSON_KIND.to_owned(), b"{}".to_vec()),
        _ => signed_in(ANA, 1),
    });
    let auth = auth(&served, clock());
    let email = || "a@example.org".to_owned();
    let code = Credentials::Code { email: email(), code: Secret::new(" 123456 ") };

    let session = auth.sign_in(&password()).unwrap();
    auth.send_code("a@example.org", false).unwrap();
    assert_eq!(auth.sign_in(&code).unwrap(), session);
    assert_eq!(auth.sign_in(&Credentials::Anonymous).unwrap(), session);
    assert_eq!(auth.sign_up("a@example.org", &Secret::new("hunter1")).unwrap(), Some(session.clone()));

    assert_eq!(session.owner, Owner::new(Uuid::from_u128(ANA)));
    assert_eq!(session.url, served.url(""));
    assert_eq!(session.access_token.expose(), token(ANA, 1));
    assert_eq!(session.expires_at, Timestamp::default().after(Duration::from_secs(3600)));
    let shown = format!("{session:?} {:?} {:?}", password(), code);
    assert!(!shown.contains("hunter") && !shown.contains("123456"), "{shown}");
    let asked = served.asked();
    let questions: Vec<_> =
        asked.iter().map(|one| (one.line.as_str(), String::from_utf8(one.body.clone()).unwrap())).collect();
    let by_password = r#"{"email":"a@example.org","password":"hunter1"}"#.to_owned();
    assert_eq!(
        questions,
        [
            ("POST /auth/v1/token?grant_type=password", by_password.clone()),
            ("POST /auth/v1/otp", r#"{"email":"a@example.org","create_user":false}"#.to_owned()),
            (
                "POST /auth/v1/verify",
                r#"{"type":"email","email":"a@example.org","token":"123456"}"#.to_owned()
            ),
            ("POST /auth/v1/signup", r#"{"data":{}}"#.to_owned()),
            ("POST /auth/v1/signup", by_password),
        ]
    );
    for one in &asked {
        assert_eq!((one.header("apikey"), one.header("authorization")), (Some(KEY), None));
        assert_eq!(one.header("x-supabase-api-version"), Some("2024-01-01"));
    }
}

#[test]
fn an_account_that_has_to_be_confirmed_is_no_session_yet() {
    let served = Served::by(|_| {
        let user = json!({ "id": Uuid::from_u128(ANA).to_string(), "email": "a@example.org" });
        (200, JSON_KIND.to_owned(), user.to_string().into_bytes())
    });

    let made = auth(&served, clock()).sign_up("a@example.org", &Secret::new("hunter1")).unwrap();

    assert_eq!(made, None);
}

#[test]
fn each_refusal_says_what_to_do_and_not_which_part_was_wrong() {
    type Kind = fn(&BackendError) -> bool;
    let unauthenticated: Kind = |error| matches!(error, BackendError::Unauthenticated { .. });
    let invalid: Kind = |error| matches!(error, BackendError::Invalid { .. });
    let denied: Kind = |error| matches!(error, BackendError::Denied { .. });
    let unavailable: Kind = |error| matches!(error, BackendError::Unavailable { .. });
    let cases = [
        (400, "invalid_credentials", unauthenticated, "wrong e-mail address or password"),
        (400, "email_not_confirmed", unauthenticated, "not confirmed"),
        (403, "otp_expired", unauthenticated, "wrong code"),
        (400, "refresh_token_not_found", unauthenticated, "sign in again"),
        (400, "refresh_token_already_used", unauthenticated, "sign in again"),
        (400, "session_expired", unauthenticated, "sign in again"),
        (401, "no_authorization", unauthenticated, "sign in again"),
        (403, "bad_jwt", unauthenticated, "sign in again"),
        (403, "user_not_found", unauthenticated, "sign in again"),
        (403, "session_not_found", unauthenticated, "sign in again"),
        (403, "of_a_later_release", unauthenticated, "sign in again"),
        (403, "user_banned", unauthenticated, "closed"),
        (422, "user_already_exists", invalid, "can't be signed up"),
        (422, "weak_password", invalid, "harder to guess"),
        (422, "signup_disabled", denied, "no new accounts"),
        (422, "anonymous_provider_disabled", denied, "anonymous"),
        (429, "over_request_rate_limit", unavailable, "too often"),
        (429, "over_email_send_rate_limit", unavailable, "too often"),
        (402, "exceeded", unavailable, "plan"),
        (540, "paused", unavailable, "paused"),
        (500, "unexpected_failure", unavailable, "HTTP 500"),
        (401, "Invalid API key", invalid, "publishable"),
        (302, "x", invalid, "another place"),
    ];

    for (status, code, is_kind, words) in cases {
        let served = Served::by(move |_| refused(status, code));
        let error = auth(&served, clock()).sign_in(&password()).unwrap_err();
        let told = told(&error);
        assert!(is_kind(&error) && told.contains(words), "{code}: {told}");
        assert_eq!(served.asked().len(), 1, "{code}");
    }
}

#[test]
fn what_is_no_session_is_none() {
    let bodies = [
        json!({}),
        json!({ "access_token": token(ANA, 1), "expires_in": 3600, "refresh_token": "r" }),
        // Of somebody else.
        json!({ "access_token": token(BO, 1), "expires_in": 3600, "refresh_token": "r",
            "user": { "id": Uuid::from_u128(ANA).to_string() } }),
        json!({ "access_token": "hunter2", "expires_in": 3600, "refresh_token": "r",
            "user": { "id": Uuid::from_u128(ANA).to_string() } }),
    ];

    for body in bodies {
        let text = body.to_string();
        let served = Served::by(move |_| (200, JSON_KIND.to_owned(), text.clone().into_bytes()));
        let error = auth(&served, clock()).sign_in(&password()).unwrap_err();
        assert!(matches!(error, BackendError::Corrupt { .. }), "{body}: {}", told(&error));
    }
}

/// A project that takes each refresh token once, as long as it is up; how often it was asked.
struct Rotating {
    served: Served,
    status: Arc<AtomicU32>,
}

impl Rotating {
    fn new() -> Self {
        let (status, count) = (Arc::new(AtomicU32::new(200)), AtomicU64::new(1));
        let (now, newest) = (Arc::clone(&status), Mutex::new("hunter-refresh-1".to_owned()));
        let served = Served::by(move |asked: &Asked| {
            let status = u16::try_from(now.load(Ordering::SeqCst)).unwrap();
            let said: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let mut newest = newest.lock().unwrap();
            match asked.line.as_str() {
                "POST /auth/v1/token?grant_type=password" => signed_in(ANA, 1),
                _ if status != 200 => refused(status, "unexpected_failure"),
                _ if said["refresh_token"] != newest.as_str() => refused(400, "refresh_token_already_used"),
                _ => {
                    let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                    *newest = format!("hunter-refresh-{number}");
                    signed_in(ANA, number)
                }
            }
        });
        Self { served, status }
    }

    fn kept(&self, clock: Arc<ManualClock>) -> (Arc<Kept>, Session) {
        let auth = auth(&self.served, clock);
        let session = auth.sign_in(&password()).unwrap();
        self.served.asked();
        (Kept::new(&auth, &session).unwrap(), session)
    }
}

#[test]
fn a_session_is_renewed_ahead_of_its_end_once_whoever_asks() {
    let (project, clock) = (Rotating::new(), clock());
    let (kept, first) = project.kept(clock.clone());
    let ask = || kept.token(None).unwrap();

    assert_eq!(ask(), first.access_token);
    clock.advance(Duration::from_secs(3539));
    assert_eq!(ask(), first.access_token);
    assert_eq!(project.served.asked().len(), 0);
    clock.advance(Duration::from_secs(1));
    let tokens: Vec<Secret> = thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });

    assert_eq!(project.served.asked().len(), 1);
    assert!(tokens.iter().all(|one| one.expose() == token(ANA, 2)));
    let next = kept.session();
    assert_eq!((next.owner, next.refresh_token.expose()), (first.owner, "hunter-refresh-2"));
    assert_eq!(next.expires_at, clock.now().after(Duration::from_secs(3600)));
}

#[test]
fn a_token_that_is_refused_is_followed_by_another_once() {
    let project = Rotating::new();
    let (kept, first) = project.kept(clock());

    let next = kept.token(Some(&first.access_token)).unwrap();
    // Whoever was refused with the old one a moment later gets the same.
    assert_eq!(kept.token(Some(&first.access_token)).unwrap(), next);

    assert_eq!(next.expose(), token(ANA, 2));
    assert_eq!(project.served.asked().len(), 1);
}

#[test]
fn a_session_lives_as_long_as_its_token_when_it_can_t_be_renewed() {
    let (project, clock) = (Rotating::new(), clock());
    let (kept, first) = project.kept(clock.clone());
    project.status.store(500, Ordering::SeqCst);

    clock.advance(Duration::from_secs(3590));
    assert_eq!(kept.token(None).unwrap(), first.access_token);
    clock.advance(Duration::from_secs(10));
    let away = kept.token(None).unwrap_err();
    project.status.store(200, Ordering::SeqCst);
    let renewed = kept.token(None).unwrap();

    assert!(matches!(away, BackendError::Unavailable { .. }), "{}", told(&away));
    assert_eq!(renewed.expose(), token(ANA, 2));
}

#[test]
fn whoever_comes_with_a_session_in_use_is_in_the_same() {
    let (project, clock) = (Rotating::new(), clock());
    let (kept, first) = project.kept(clock.clone());
    clock.advance(Duration::from_secs(3600));
    kept.token(None).unwrap();

    let with_the_old = Kept::new(&kept.auth, &first).unwrap();
    let with_the_new = Kept::new(&kept.auth, &kept.session()).unwrap();

    for other in [&with_the_old, &with_the_new] {
        assert!(Arc::ptr_eq(other, &kept));
        assert_eq!(other.token(None).unwrap().expose(), token(ANA, 2));
    }
    assert_eq!(project.served.asked().len(), 1);
    let auth = Arc::clone(&kept.auth);
    let newest = kept.session();
    drop((kept, with_the_old, with_the_new));
    assert_eq!(Kept::new(&auth, &newest).unwrap().session(), newest);
    assert_eq!(
        Kept::new(&auth, &first).unwrap().session(),
        first,
        "nothing of a session stays that nobody uses"
    );
}

#[test]
fn a_refresh_token_that_was_used_elsewhere_ends_the_session() {
    let (project, clock) = (Rotating::new(), clock());
    let (kept, first) = project.kept(clock.clone());
    // Another process, which knows nothing of this one.
    let other = Kept::new(&auth(&project.served, clock.clone()), &first).unwrap();
    clock.advance(Duration::from_secs(3600));

    assert!(kept.token(None).is_ok());
    let asked = |project: &Rotating| project.served.asked().len();
    let before = asked(&project);
    // The project is not asked again what it has said.
    for _ in 0..2 {
        let over = other.token(None).unwrap_err();
        assert!(
            matches!(over, BackendError::Unauthenticated { .. }) && told(&over).contains("sign in again")
        );
    }
    assert_eq!((before, asked(&project)), (1, 1));
}

#[test]
fn tokens_of_another_project_s_session_stay_here() {
    let project = Rotating::new();
    let (kept, mut session) = project.kept(clock());
    session.url = "https://abcdefghijklmnopqrst.supabase.co".to_owned();
    let auth = &kept.auth;

    let refusals =
        [Kept::new(auth, &session).map(drop), auth.refresh(&session).map(drop), auth.sign_out(&session)];

    for refused in refusals {
        let error = refused.unwrap_err();
        assert!(matches!(error, BackendError::Invalid { .. }) && told(&error).contains("another project"));
    }
    assert_eq!(project.served.asked().len(), 0);
}

#[test]
fn signing_out_ends_the_session_there() {
    let served = Served::by(|asked| match asked.line.as_str() {
        "POST /auth/v1/logout?scope=local" => (204, String::new(), Vec::new()),
        _ => signed_in(ANA, 1),
    });
    let auth = auth(&served, clock());
    let session = auth.sign_in(&password()).unwrap();
    served.asked();

    auth.sign_out(&session).unwrap();

    let asked = served.asked();
    assert_eq!(asked[0].header("authorization"), Some(format!("Bearer {}", token(ANA, 1)).as_str()));
    let over = Served::by(|_| refused(403, "session_not_found"));
    let auth = self::auth(&over, clock());
    assert!(auth.sign_out(&Session { url: over.url(""), ..session }).is_ok());
}

/// A store of a project that answers so.
fn store(served: &Served, clock: Arc<ManualClock>) -> crate::Connected {
    let options = ConnectOptions {
        create: true,
        read_only: false,
        verify_always: false,
        durable: None,
        key: None,
        cache: CacheOptions::default(),
        clock,
    };
    super::super::open(
        &Project::parse(&served.url("")).unwrap(),
        Some(Secret::new(KEY)),
        &options,
        &Choice::Off,
    )
    .unwrap()
}

#[test]
fn a_call_whose_token_was_over_is_made_with_the_next_once() {
    for (is_ever_taken, expected) in [(true, 1), (false, 1)] {
        let served = Served::by(move |asked: &Asked| {
            let is_second = asked.header("authorization").is_some_and(|text| text.ends_with(&token(ANA, 2)));
            match asked.line.as_str() {
                "POST /auth/v1/token?grant_type=password" => signed_in(ANA, 1),
                "POST /auth/v1/token?grant_type=refresh_token" => signed_in(ANA, 2),
                _ if is_second && is_ever_taken => (200, JSON_KIND.to_owned(), br#"{"records":[]}"#.to_vec()),
                _ => {
                    let body = r#"{"code":"PGRST303","details":null,"hint":null,"message":"JWT expired"}"#;
                    (401, JSON_KIND.to_owned(), body.as_bytes().to_vec())
                }
            }
        });
        let connected = store(&served, clock());
        let auth = connected.auth.unwrap();
        let session = auth.sign_in(&password()).unwrap();
        let who: Principal = Kept::new(&auth, &session).unwrap().principal();

        let answer = poll_now(connected.backend.catalog.list(&who, ListRange::default()));

        let asked = served.asked();
        let refreshes = asked.iter().filter(|one| one.line.contains("refresh_token")).count();
        let calls = asked.iter().filter(|one| one.line.contains("stillroom_list")).count();
        assert_eq!((answer.is_ok(), refreshes, calls), (is_ever_taken, expected, 2), "{answer:?}");
    }
}

#[test]
fn a_project_that_signs_by_a_secret_is_asked_whose_a_token_is() {
    let served = Served::by(|asked: &Asked| {
        let is_ana = asked.header("authorization").is_some_and(|text| text.ends_with(&token(ANA, 1)));
        match asked.line.as_str() {
            "GET /auth/v1/user" if is_ana => {
                let user = json!({ "id": Uuid::from_u128(ANA).to_string() });
                (200, JSON_KIND.to_owned(), user.to_string().into_bytes())
            }
            "GET /auth/v1/user" => refused(403, "bad_jwt"),
            _ => (200, JSON_KIND.to_owned(), br#"{"keys":[]}"#.to_vec()),
        }
    });
    let verifier = store(&served, clock()).verifier.unwrap();

    assert_eq!(verifier.verify(&token(ANA, 1)).unwrap().owner, Owner::new(Uuid::from_u128(ANA)));
    let forged = verifier.verify(&token(BO, 1)).unwrap_err();

    assert!(matches!(forged, BackendError::Unauthenticated { .. }), "{}", told(&forged));
}
