//! Tokens: signed by ES256 or HS256, and believed as PostgREST or the account server believe them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::gateway::letters;

/// By what access tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// By the project's secret, which is published nowhere.
    Hs256,
    /// By a key whose public half is published.
    Es256,
}

/// What a project signs with. The secret is there in each, since the older keys of a project are signed by it.
#[derive(Debug)]
pub(crate) struct Keys {
    secret: String,
    /// The newest is last, and signs.
    pairs: Vec<Pair>,
}

#[derive(Debug)]
struct Pair {
    id: String,
    pair: EcdsaKeyPair,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Parts(usize),
    /// Not what a part has to be.
    Form,
    /// By no key that is known, or not by it.
    Signature,
    /// By a key that nobody knows, or by a method that is not used.
    Key,
}

impl Keys {
    pub(crate) fn new(secret: Option<&str>) -> Self {
        let secret = secret.map_or_else(|| letters(40), ToOwned::to_owned);
        Self { secret, pairs: vec![Pair::new()] }
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    pub(crate) fn rotate(&mut self) {
        self.pairs.push(Pair::new());
    }

    pub(crate) fn revoke_older(&mut self) {
        self.pairs.drain(..self.pairs.len() - 1);
    }

    pub(crate) fn sign(&self, signing: Signing, claims: &Json) -> String {
        let newest = self.pairs.last().unwrap();
        let header = match signing {
            Signing::Hs256 => json!({ "alg": "HS256", "typ": "JWT" }),
            Signing::Es256 => json!({ "alg": "ES256", "kid": newest.id, "typ": "JWT" }),
        };
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = match signing {
            Signing::Hs256 => encode(hmac::sign(&self.hmac(), signed.as_bytes())),
            Signing::Es256 => encode(newest.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap()),
        };
        format!("{signed}.{signature}")
    }

    /// The public halves, as `/.well-known/jwks.json` says them.
    pub(crate) fn published(&self, signing: Signing) -> Json {
        let of = |pair: &Pair| {
            let point = pair.pair.public_key().as_ref();
            json!({
                "alg": "ES256",
                "crv": "P-256",
                "ext": true,
                "key_ops": ["verify"],
                "kid": pair.id,
                "kty": "EC",
                "use": "sig",
                "x": encode(&point[1..33]),
                "y": encode(&point[33..]),
            })
        };
        match signing {
            Signing::Hs256 => json!({ "keys": [] }),
            Signing::Es256 => json!({ "keys": self.pairs.iter().map(of).collect::<Vec<_>>() }),
        }
    }

    /// What a token says, if one of these keys signed it. Its times are not looked at.
    pub(crate) fn verify(&self, token: &str) -> Result<Map<String, Json>, Wrong> {
        let parts: Vec<_> = token.split('.').collect();
        let &[header, payload, signature] = parts.as_slice() else { return Err(Wrong::Parts(parts.len())) };
        let said = object(header)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Wrong::Form)?;
        let signed = &token.as_bytes()[..header.len() + 1 + payload.len()];
        let is_signed = match said.get("alg").and_then(Json::as_str) {
            Some("HS256") => hmac::verify(&self.hmac(), signed, &signature).is_ok(),
            Some("ES256") => {
                let id = said.get("kid").and_then(Json::as_str);
                let named: Vec<_> =
                    self.pairs.iter().filter(|pair| id.is_none_or(|id| id == pair.id)).collect();
                if named.is_empty() {
                    return Err(Wrong::Key);
                }
                named.iter().any(|pair| pair.has_signed(signed, &signature))
            }
            _ => return Err(Wrong::Key),
        };
        if is_signed { object(payload) } else { Err(Wrong::Signature) }
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes())
    }
}

impl Pair {
    fn new() -> Self {
        let random = SystemRandom::new();
        let bytes = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes.as_ref(), &random).unwrap();
        Self { id: Uuid::new_v4().to_string(), pair }
    }

    fn has_signed(&self, signed: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref());
        key.verify(signed, signature).is_ok()
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn object(part: &str) -> Result<Map<String, Json>, Wrong> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Wrong::Form)?;
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(object)) => Ok(object),
        _ => Err(Wrong::Form),
    }
}
