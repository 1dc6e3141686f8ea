//! What stands in front of a project: it wants the project's key, and turns opaque keys into the tokens of their role.
//!
//! Answers without a key: as the hosted gateway gives them, from many reports (github.com/supabase/supabase issues).
//! Which keys may be where: supabase.com/docs/guides/api/api-keys.

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::json;

use crate::http::{Request, Response};
use crate::jwt::{Keys, Signing};
use crate::query::pairs;
use crate::{State, auth, rest};

/// The keys of a project.
#[derive(Debug)]
pub(crate) struct ProjectKeys {
    pub(crate) publishable: String,
    pub(crate) secret: String,
    pub(crate) anon: String,
    pub(crate) service: String,
    /// What an opaque key is turned into.
    anon_token: String,
    service_token: String,
}

impl ProjectKeys {
    pub(crate) fn new(keys: &Keys) -> Self {
        // Signed by the secret whatever signs the tokens of users, and for ten years.
        let of = |role: &str, ends: i64| {
            let claims = json!({ "iss": "supabase", "ref": "stand-in", "role": role, "iat": 1_700_000_000, "exp": ends });
            keys.sign(Signing::Hs256, &claims)
        };
        Self {
            publishable: format!("sb_publishable_{}_{}", letters(22), letters(8)),
            secret: format!("sb_secret_{}_{}", letters(22), letters(8)),
            anon: of("anon", 2_015_360_000),
            service: of("service_role", 2_015_360_000),
            anon_token: of("anon", 2_015_360_001),
            service_token: of("service_role", 2_015_360_001),
        }
    }

    /// The token that a key stands for, if it is one.
    fn token_of(&self, key: &str) -> Option<&str> {
        if key == self.publishable {
            Some(&self.anon_token)
        } else if key == self.secret {
            Some(&self.service_token)
        } else if key == self.anon {
            Some(&self.anon)
        } else if key == self.service {
            Some(&self.service)
        } else {
            None
        }
    }
}

pub(crate) fn answer(state: &State, request: &mut Request) -> Response {
    let whole = request.path.clone();
    let Some((area, path)) = split(&whole) else {
        return Response::json(404, r#"{"message":"no Route matched with those values"}"#);
    };
    let is_open = (area, path) == ("auth", "/.well-known/jwks.json");
    let token = match token(state, request) {
        Ok(token) => token,
        Err(_) if is_open => String::new(),
        Err(refusal) => return refusal,
    };
    match area {
        "rest" => rest::answer(state, request, path, &token),
        "auth" => auth::answer(state, request, path, &token),
        other => Response::unknown(&format!("{other} of a project")),
    }
}

/// `/rest/v1/…` as `rest` and `/…`.
fn split(path: &str) -> Option<(&str, &str)> {
    let (area, rest) = path.strip_prefix('/')?.split_once("/v1")?;
    let is_known = matches!(area, "rest" | "auth" | "storage" | "realtime" | "functions" | "graphql");
    (is_known && (rest.is_empty() || rest.starts_with('/'))).then_some((area, rest))
}

/// What is behind the gateway gets as `Authorization`.
fn token(state: &State, request: &mut Request) -> Result<String, Response> {
    let refusal = |message: &str, hint: &str| {
        Response::json(401, json!({ "message": message, "hint": hint }).to_string())
    };
    let query = request.query.take();
    let (own, others): (Vec<_>, Vec<_>) = query
        .as_deref()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .partition(|pair| pair.starts_with("apikey="));
    let in_query = own.first().and_then(|pair| pairs(pair).next()).map(|(_, key)| key);
    request.query = (!others.is_empty()).then(|| others.join("&"));

    let key = request.header("apikey").map(ToOwned::to_owned).or(in_query);
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Err(refusal(
            "No API key found in request",
            "No `apikey` request header or url param was found.",
        ));
    };
    let Some(token) = state.project.token_of(&key) else {
        return Err(refusal(
            "Invalid API key",
            "Double check your Supabase `anon` or `service_role` API key.",
        ));
    };
    if key == state.project.secret
        && request.header("user-agent").is_some_and(|agent| agent.contains("Mozilla/"))
    {
        return Err(refusal(
            "Forbidden use of secret API key in browser",
            "Secret API keys can only be used in a protected environment and should never be used in a browser.",
        ));
    }
    Ok(match request.bearer() {
        None => token.to_owned(),
        Some(bearer) if bearer == key => token.to_owned(),
        // An opaque key of another kind is no token, which whoever gets it says.
        Some(bearer) => bearer.to_owned(),
    })
}

/// So many letters and digits that nobody guesses.
pub(crate) fn letters(count: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz0123456";
    let mut bytes = vec![0; count];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
