//! Keys, and whether one of them signed something.

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use ring::{hmac, signature::VerificationAlgorithm};
use serde_json::Value;
use stillroom_core::{BackendError, Result, Secret};

use super::jwt::{Token, decode};

/// How many keys are looked at of those that somebody publishes.
const KEYS_MAX: usize = 32;
/// The shortest secret that is hard to guess.
const SECRET_LEN: usize = 32;

/// How a token says it was signed. There are more; of `none` and what nobody uses for sign-in there is nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Es256,
    Rs256,
    EdDsa,
    Hs256,
}

impl Algorithm {
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            "EdDSA" => Some(Self::EdDsa),
            "HS256" => Some(Self::Hs256),
            _ => None,
        }
    }
}

/// The public keys of an issuer.
#[derive(Default)]
pub(super) struct PublicKeys(Vec<PublicKey>);

struct PublicKey {
    id: Option<String>,
    material: Material,
}

enum Material {
    /// P-256, a point.
    Curve(Vec<u8>),
    Edwards(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

impl PublicKeys {
    /// Those of a JSON Web Key Set (RFC 7517) that can verify a token; the rest is passed over. None for what is no
    /// such set.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(json).ok()?;
        let keys = json.get("keys")?.as_array()?;
        Some(Self(keys.iter().take(KEYS_MAX).filter_map(PublicKey::read).collect()))
    }

    /// Whether a token that names a key names one of these; one that names none may be of any.
    pub(super) fn knows(&self, token: &Token<'_>) -> bool {
        self.fitting(token).next().is_some()
    }

    pub(super) fn signed(&self, token: &Token<'_>) -> bool {
        self.fitting(token).any(|key| key.signed(token))
    }

    fn fitting<'a>(&'a self, token: &'a Token<'_>) -> impl Iterator<Item = &'a PublicKey> {
        self.0.iter().filter(|key| {
            key.material.algorithm() == token.algorithm && (token.key_id.is_none() || key.id == token.key_id)
        })
    }
}

impl PublicKey {
    fn read(json: &Value) -> Option<Self> {
        let text = |name: &str| json.get(name).and_then(Value::as_str);
        let bytes = |name: &str| decode(text(name)?).ok();
        let verifies = json
            .get("key_ops")
            .is_none_or(|uses| uses.as_array().is_some_and(|uses| uses.iter().any(|one| one == "verify")));
        if !verifies || text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        // A secret (`oct`) that is published is none: it never counts.
        let material = match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => Material::Curve([vec![4], bytes("x")?, bytes("y")?].concat()),
            ("OKP", Some("Ed25519")) => Material::Edwards(bytes("x")?),
            ("RSA", _) => Material::Rsa { n: bytes("n")?, e: bytes("e")? },
            _ => return None,
        };
        let fits = text("alg").is_none_or(|name| Algorithm::of(name) == Some(material.algorithm()));
        fits.then(|| Self { id: text("kid").map(ToOwned::to_owned), material })
    }

    fn signed(&self, token: &Token<'_>) -> bool {
        let by = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(token.signed, &token.signature)
        };
        let answer = match &self.material {
            Material::Curve(point) => by(&signature::ECDSA_P256_SHA256_FIXED, point),
            Material::Edwards(key) => by(&signature::ED25519, key),
            Material::Rsa { n, e } => RsaPublicKeyComponents { n, e }.verify(
                &signature::RSA_PKCS1_2048_8192_SHA256,
                token.signed,
                &token.signature,
            ),
        };
        answer.is_ok()
    }
}

impl Material {
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Curve(_) => Algorithm::Es256,
            Self::Edwards(_) => Algorithm::EdDsa,
            Self::Rsa { .. } => Algorithm::Rs256,
        }
    }
}

/// A secret that both ends know.
pub(super) struct SharedSecret(hmac::Key);

impl SharedSecret {
    /// # Errors
    /// `Invalid` for one that can be guessed.
    pub(super) fn new(secret: &Secret) -> Result<Self> {
        let bytes = secret.expose().as_bytes();
        if bytes.len() < SECRET_LEN {
            let message =
                format!("a `jwt_secret` has at least {SECRET_LEN} characters; this has {}", bytes.len());
            return Err(BackendError::Invalid { message });
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, bytes)))
    }

    pub(super) fn signed(&self, token: &Token<'_>) -> bool {
        hmac::verify(&self.0, token.signed, &token.signature).is_ok()
    }
}
