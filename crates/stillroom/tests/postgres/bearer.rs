//! A store that is asked by whoever carries a token.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use stillroom::{ErrorKind, OpenOptions, ResultKey, Save, Secret, Store, TokenKeys, Uuid, keep_going};

use crate::database::Database;

const SECRET: &str = "a secret of a test, long enough to be one";

fn keys() -> TokenKeys {
    TokenKeys { secret: Some(Secret::new(SECRET)), ..TokenKeys::default() }
}

/// A token of this owner, good for so many seconds.
fn token(secret: &str, owner: u128, seconds: i64) -> String {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let claims =
        format!(r#"{{"sub":"{}","role":"authenticated","exp":{}}}"#, Uuid::from_u128(owner), now + seconds);
    let text = format!("{}.{}", encode(br#"{"alg":"HS256"}"#), encode(claims.as_bytes()));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&text);
    format!("{text}.{}", encode(&mac.finalize().into_bytes()))
}

fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digits = |chunk: &[u8]| {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (24 - 8 * chunk.len());
        (0..=chunk.len()).map(move |at| char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]))
    };
    bytes.chunks(3).flat_map(digits).collect()
}

fn save(store: &Store, value: f64) -> stillroom::Result<()> {
    let mut writer = stillroom::Writer::new(stillroom::Limits::default());
    writer.float(value)?;
    let key = ResultKey::parse("train_models", "rmse")?;
    store.save(vec![Save::new(key, writer.finish()?)], &mut keep_going).map(drop)
}

#[test]
fn a_token_says_whose_results_are_meant() {
    let database = Database::direct(15);
    let store = database.open(keys());
    database.account(1);
    database.account(2);

    let ana = store.as_bearer(&token(SECRET, 1, 60)).unwrap();
    save(&ana, 0.5).unwrap();

    assert_eq!(ana.owner().id(), Uuid::from_u128(1));
    assert_eq!(ana.results(None).unwrap().len(), 1);
    assert_eq!(store.as_bearer(&token(SECRET, 2, 60)).unwrap().results(None).unwrap().len(), 0);
    // Whoever opened it is still nobody.
    assert_eq!(store.results(None).unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn a_token_that_is_not_believed_opens_nothing() {
    let database = Database::direct(15);
    let store = database.open(keys());
    let other = "another secret that is long enough to be one";

    for token in [token(other, 1, 60), token(SECRET, 1, -60), "hunter2".to_owned()] {
        let error = store.as_bearer(&token).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(!format!("{error:?}").contains(&token), "{error:?}");
    }
}

#[test]
fn a_store_without_keys_says_which_line_is_missing() {
    let database = Database::direct(15);
    let without = database.open(TokenKeys::default());
    let folder = OpenOptions { url: Some("memory:".to_owned()), tokens: keys(), ..OpenOptions::default() };

    let error = without.as_bearer(&token(SECRET, 1, 60)).unwrap_err();
    let one_owner = Store::open(folder).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("jwks = "), "{error}");
    assert_eq!(one_owner.kind(), ErrorKind::Invalid);
    assert!(one_owner.to_string().contains("one owner"), "{one_owner}");
}
