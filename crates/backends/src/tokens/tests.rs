use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stillroom_core::ManualClock;

use super::keys::PublicKeys;
use super::signer::{Signer, by_secret, encode};
use super::*;
use crate::web::served::Served;

const ANA: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const SECRET: &str = "a secret of a test, long enough to be one";
/// When it is.
const NOW: i64 = 1_800_000_000;

fn claims() -> Value {
    json!({ "sub": ANA, "role": "authenticated", "aud": "authenticated", "exp": NOW + 3600,
        "iss": "https://abc.example/auth/v1", "is_anonymous": false })
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(NOW * 1_000_000)))
}

fn keys(url: &str) -> TokenKeys {
    TokenKeys { jwks: Some(url.to_owned()), secret: Some(Secret::new(SECRET)), ..TokenKeys::default() }
}

/// A verifier by what these signers publish, and where they do.
fn verifier(signers: &[&Signer]) -> (Verifier, Served) {
    let published = json!({ "keys": signers.iter().map(|one| one.published()).collect::<Vec<_>>() });
    let served = Served::by(move |_| (200, String::new(), published.to_string().into_bytes()));
    let verifier = Verifier::new(&keys(&served.url("/jwks.json")), clock()).unwrap().unwrap();
    (verifier, served)
}

fn refusal(answer: Result<Claims>) -> String {
    match answer.unwrap_err() {
        BackendError::Unauthenticated { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_that_its_issuer_signed_says_who_they_are() {
    let (curve, edwards) = (Signer::curve("a"), Signer::edwards("b"));
    let (verifier, _served) = verifier(&[&curve, &edwards]);
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    let anonymous = {
        let mut claims = claims();
        claims["is_anonymous"] = json!(true);
        curve.sign(&claims)
    };
    let tokens = [
        (curve.sign(&claims()), false),
        (edwards.sign(&claims()), false),
        (by_secret(SECRET.as_bytes(), &hs256, &claims()), false),
        // One that names no key may be of any.
        (curve.sign_as(&json!({ "alg": "ES256" }), &claims()), false),
        (anonymous, true),
    ];

    for (token, is_anonymous) in tokens {
        let said = verifier.verify(&token).unwrap();
        assert_eq!(said.owner.to_string(), ANA);
        assert_eq!(said.expires_at, Timestamp((NOW + 3600) * 1_000_000));
        assert_eq!(said.is_anonymous, is_anonymous);
        let who = verifier.principal(&token).unwrap();
        assert_eq!(who.bearer().unwrap().token.expose(), token);
    }
}

#[test]
fn signatures_of_the_standards_own_examples_are_verified() {
    // RFC 7515, A.2 and A.3, and RFC 8037, A.4 with its key of A.2.
    let rsa = json!({ "kty": "RSA", "e": "AQAB", "n": concat!(
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR",
        "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB",
        "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia",
        "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ") });
    let curve = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let edwards =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let tokens = [
        (
            rsa,
            format!(
                "eyJhbGciOiJSUzI1NiJ9.{payload}.{}",
                concat!(
                    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds",
                    "9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZR",
                    "mB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98",
                    "rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
                )
            ),
        ),
        (
            curve,
            format!(
                "eyJhbGciOiJFUzI1NiJ9.{payload}.{}",
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
            ),
        ),
        (
            edwards,
            format!(
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.{}",
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
            ),
        ),
    ];

    for (key, text) in &tokens {
        let keys = PublicKeys::parse(json!({ "keys": [key] }).to_string().as_bytes()).unwrap();
        let token = Token::parse(text).unwrap();
        assert!(keys.signed(&token), "{key}");
        let changed = text.replacen('.', ".e", 1);
        assert!(Token::parse(&changed).is_ok_and(|token| !keys.signed(&token)), "{key}");
        for (_, other) in tokens.iter().filter(|(other, _)| other != key) {
            assert!(!keys.signed(&Token::parse(other).unwrap()));
        }
    }
}

#[test]
fn what_nobody_signed_is_refused() {
    let (signer, stranger) = (Signer::curve("a"), Signer::curve("a"));
    let (verifier, _served) = verifier(&[&signer]);
    let point = URL_SAFE_NO_PAD.decode(signer.published()["x"].as_str().unwrap()).unwrap();
    let good = signer.sign(&claims());
    let (header, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let none = |alg: &str| encode(json!({ "alg": alg, "kid": "a" }).to_string());
    let other_claims = encode(json!({ "sub": ANA, "exp": NOW + 9999 }).to_string());
    let tokens = [
        stranger.sign(&claims()),
        // The public key as a secret.
        by_secret(&point, &json!({ "alg": "HS256", "kid": "a" }), &claims()),
        by_secret(signer.published().to_string().as_bytes(), &json!({ "alg": "HS256" }), &claims()),
        by_secret(b"another secret that is long enough to be one", &json!({ "alg": "HS256" }), &claims()),
        // By the secret, and said to be of a key.
        by_secret(SECRET.as_bytes(), &json!({ "alg": "ES256", "kid": "a" }), &claims()),
        signer.sign_as(&json!({ "alg": "RS256", "kid": "a" }), &claims()),
        signer.sign_as(&json!({ "alg": "ES384", "kid": "a" }), &claims()),
        signer.sign_as(&json!({ "alg": "ES256", "kid": "b" }), &claims()),
        format!("{}.{payload}.", none("none")),
        format!("{}.{payload}.{signature}", none("none")),
        format!("{}.{payload}.{signature}", none("None")),
        format!("{header}.{other_claims}.{signature}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}.{}", encode([0; 64])),
    ];

    for token in tokens {
        let message = refusal(verifier.verify(&token));
        assert!(message.contains("no key here signed"), "{token}: {message}");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let signer = Signer::curve("a");
    let (verifier, served) = verifier(&[&signer]);
    let crit = signer.sign_as(&json!({ "alg": "ES256", "kid": "a", "crit": ["b64"] }), &claims());
    let long = signer.sign(&json!({ "sub": ANA, "exp": NOW + 9, "long": "x".repeat(20_000) }));
    let good = signer.sign(&claims());
    let more = format!("{good}.x");
    let padded = good.replacen('.', "=.", 1);
    for token in ["", ".", "..", "a.b.c", "sb_publishable_x", "e30.e30.", &crit, &long, &more, &padded] {
        let message = refusal(verifier.verify(token));
        assert!(message.contains("token"), "{token}: {message}");
    }
    assert_eq!(served.asked().len(), 0);
}

#[test]
fn a_token_counts_for_whom_and_when_it_says() {
    let signer = Signer::curve("a");
    let (verifier, _served) = verifier(&[&signer]);
    let cases = [
        ("exp", json!(NOW - 29), None),
        ("exp", json!(NOW - 30), Some("is over")),
        ("exp", json!(NOW - 3600), Some("is over")),
        ("exp", json!(null), Some("no token of a user")),
        ("exp", json!("soon"), Some("no token of a user")),
        ("exp", json!(1e300), Some("no token of a user")),
        ("exp", json!(-1), Some("no token of a user")),
        ("exp", json!(NOW as f64 + 0.5), None),
        ("nbf", json!(NOW + 30), None),
        ("nbf", json!(NOW + 31), Some("clock")),
        ("nbf", json!("x"), Some("no token of a user")),
        ("sub", json!(null), Some("of no user")),
        ("sub", json!("ana"), Some("of no user")),
        ("sub", json!(7), Some("of no user")),
        ("sub", json!("00000000-0000-0000-0000-000000000000"), Some("of no user")),
        ("role", json!("service_role"), Some("of no user")),
        ("role", json!("anon"), Some("of no user")),
        ("aud", json!(["other", "authenticated"]), None),
        ("aud", json!("other"), Some("another service")),
        ("aud", json!(["other"]), Some("another service")),
        ("aud", json!(7), Some("another service")),
        ("iss", json!("https://other.example"), None),
    ];

    for (claim, value, wrong) in cases {
        let mut said = claims();
        said[claim] = value.clone();
        let answer = verifier.verify(&signer.sign(&said));
        match wrong {
            None => assert!(answer.is_ok(), "{claim}: {value}: {answer:?}"),
            Some(words) => {
                let message = refusal(answer);
                assert!(message.contains(words), "{claim}: {value}: {message}");
            }
        }
    }
}

#[test]
fn an_audience_and_an_issuer_that_were_named_have_to_be_there() {
    let signer = Signer::curve("a");
    let published = json!({ "keys": [signer.published()] }).to_string();
    let served = Served::by(move |_| (200, String::new(), published.clone().into_bytes()));
    let named = TokenKeys {
        audience: Some("app".to_owned()),
        issuer: Some("https://abc.example/auth/v1".to_owned()),
        ..keys(&served.url("/"))
    };
    let verifier = Verifier::new(&named, clock()).unwrap().unwrap();
    let of = |aud: Value, iss: Value| {
        let mut said = claims();
        (said["aud"], said["iss"]) = (aud, iss);
        verifier.verify(&signer.sign(&said))
    };

    assert!(of(json!("app"), json!("https://abc.example/auth/v1")).is_ok());
    assert!(
        refusal(of(json!("authenticated"), json!("https://abc.example/auth/v1"))).contains("another service")
    );
    assert!(refusal(of(json!(null), json!("https://abc.example/auth/v1"))).contains("another service"));
    assert!(refusal(of(json!("app"), json!("https://abc.example"))).contains("elsewhere"));
    assert!(refusal(of(json!("app"), json!(null))).contains("elsewhere"));
}

#[test]
fn keys_are_fetched_seldom_whoever_asks() {
    let (old, new) = (Signer::curve("old"), Signer::curve("new"));
    let before = json!({ "keys": [old.published()] }).to_string();
    let after = json!({ "keys": [new.published()] }).to_string();
    let is_rotated = Arc::new(AtomicBool::new(false));
    let rotated = Arc::clone(&is_rotated);
    let served = Served::by(move |_| {
        let keys = if rotated.load(Ordering::SeqCst) { &after } else { &before };
        (200, String::new(), keys.clone().into_bytes())
    });
    let clock = clock();
    let verifier = Verifier::new(&keys(&served.url("/jwks.json")), clock.clone()).unwrap().unwrap();
    let fetches = || served.asked().len();

    for _ in 0..3 {
        assert!(verifier.verify(&old.sign(&claims())).is_ok());
    }
    assert_eq!(fetches(), 1);

    // A key that nobody published is looked for again, half a minute after the last look.
    is_rotated.store(true, Ordering::SeqCst);
    assert!(verifier.verify(&new.sign(&claims())).is_err());
    assert_eq!(fetches(), 0);
    clock.advance(Duration::from_secs(31));
    assert!(verifier.verify(&new.sign(&claims())).is_ok());
    assert_eq!(fetches(), 1);
    for number in 0..50 {
        let header = json!({ "alg": "ES256", "kid": format!("of nobody {number}") });
        assert!(verifier.verify(&new.sign_as(&header, &claims())).is_err());
    }
    assert_eq!(fetches(), 0);
    // One that was taken back counts no longer.
    assert!(verifier.verify(&old.sign(&claims())).is_err());

    clock.advance(Duration::from_secs(601));
    assert!(verifier.verify(&new.sign(&claims())).is_ok());
    assert_eq!(fetches(), 1);
}

#[test]
fn keys_that_can_t_be_fetched_are_no_refusal() {
    let signer = Signer::curve("a");
    let good = json!({ "keys": [signer.published()] }).to_string();
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let served = Served::by(move |_| match down.load(Ordering::SeqCst) {
        true => (503, "content-type: text/html\r\n".to_owned(), b"<html>".to_vec()),
        false => (200, String::new(), good.clone().into_bytes()),
    });
    let clock = clock();
    let verifier = Verifier::new(&keys(&served.url("/jwks.json")), clock.clone()).unwrap().unwrap();
    let long = {
        let mut long = claims();
        long["exp"] = json!(NOW + 1_000_000);
        signer.sign(&long)
    };

    let unavailable = |answer: Result<Claims>| matches!(answer, Err(BackendError::Unavailable { .. }));
    assert!(unavailable(verifier.verify(&long)));
    assert!(unavailable(verifier.verify(&long)));
    assert_eq!(served.asked().len(), 1);
    is_down.store(false, Ordering::SeqCst);
    clock.advance(Duration::from_secs(6));
    assert!(verifier.verify(&long).is_ok());

    // Believed for a while as it was, and no longer.
    is_down.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(1200));
    assert!(verifier.verify(&long).is_ok());
    clock.advance(Duration::from_secs(3600));
    assert!(unavailable(verifier.verify(&long)));
}

#[test]
fn what_is_published_beside_keys_of_ours_is_passed_over() {
    let signer = Signer::curve("a");
    let mut for_encryption = signer.published();
    for_encryption["use"] = json!("enc");
    let secret = json!({ "kty": "oct", "alg": "HS256", "kid": "a", "k": encode(SECRET) });
    let others = [
        for_encryption,
        secret,
        json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }),
        json!({ "kty": "EC", "crv": "P-256" }),
        json!({ "kty": "RSA", "alg": "RS512", "n": "AA", "e": "AQAB" }),
        json!("hunter2"),
        json!(null),
    ];
    let token = signer.sign(&claims());
    let token = Token::parse(&token).unwrap();
    let by_oct = by_secret(SECRET.as_bytes(), &json!({ "alg": "HS256", "kid": "a" }), &claims());

    let parse = |keys: Value| PublicKeys::parse(json!({ "keys": keys }).to_string().as_bytes());
    let mut all = others.to_vec();
    assert!(!parse(json!(all)).unwrap().signed(&token));
    all.push(signer.published());
    let keys = parse(json!(all)).unwrap();
    assert!(keys.signed(&token));
    assert!(!keys.signed(&Token::parse(&by_oct).unwrap()));
    assert!(PublicKeys::parse(b"<html>").is_none() && PublicKeys::parse(b"{}").is_none());
}

#[test]
fn what_tokens_are_verified_by_is_looked_at_when_a_store_is_opened() {
    let wrong = |keys: TokenKeys| match Verifier::new(&keys, clock()) {
        Err(BackendError::Invalid { message }) => message,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("{keys:?} is taken"),
    };
    let none = TokenKeys::default();

    assert!(Verifier::new(&none, clock()).unwrap().is_none());
    assert!(wrong(keys("http://abc.example/jwks.json")).contains("use `https://`"));
    assert!(wrong(TokenKeys { secret: Some(Secret::new("hunter2")), ..none.clone() }).contains("32"));
    assert!(wrong(TokenKeys { issuer: Some("x".to_owned()), ..none }).contains("jwks"));
    let shown = format!("{:?}", keys("https://abc.example/jwks.json"));
    assert!(!shown.contains(SECRET), "{shown}");
}
