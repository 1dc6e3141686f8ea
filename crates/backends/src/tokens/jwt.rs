//! A token taken apart (RFC 7519, as RFC 7515 writes it), and what it says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use stillroom_core::{Owner, Timestamp};
use uuid::Uuid;

use super::keys::Algorithm;
use super::{AUDIENCE, Claims, LEEWAY};

/// The longest token that is looked at: a few claims, and room for those of others.
const TOKEN_LEN: usize = 16 * 1024;

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Form,
    Signature,
    Over,
    Early,
    NoUser,
    Audience,
    Issuer,
}

impl Wrong {
    /// What is wrong, and what to do.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Form => "this is no token of a user; pass the access token that sign-in gave",
            Self::Signature => {
                "no key here signed this token; sign in again, and see whether the keys are those of its issuer"
            }
            Self::Over => "this token is over; sign in again",
            Self::Early => "this token is not valid yet; is this computer's clock right?",
            Self::NoUser => "this token is of no user; sign in as one",
            Self::Audience => "this token is for another service; pass the one that sign-in to this app gave",
            Self::Issuer => "this token was issued elsewhere; pass the one that sign-in to this app gave",
        }
    }
}

/// A token, not believed yet.
pub(super) struct Token<'a> {
    pub(super) algorithm: Algorithm,
    /// Which key it names.
    pub(super) key_id: Option<String>,
    /// What was signed.
    pub(super) signed: &'a [u8],
    pub(super) signature: Vec<u8>,
    payload: &'a str,
}

impl<'a> Token<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, Wrong> {
        let parts: Vec<&str> = token.splitn(4, '.').collect();
        let &[header, payload, signature] = parts.as_slice() else { return Err(Wrong::Form) };
        if token.len() > TOKEN_LEN {
            return Err(Wrong::Form);
        }
        let said = decode_json(header)?;
        // A part that we would have to understand.
        if said.get("crit").is_some() {
            return Err(Wrong::Form);
        }
        let algorithm = said.get("alg").and_then(Value::as_str).and_then(Algorithm::of);
        Ok(Self {
            algorithm: algorithm.ok_or(Wrong::Signature)?,
            key_id: said.get("kid").and_then(Value::as_str).map(ToOwned::to_owned),
            signed: &token.as_bytes()[..header.len() + 1 + payload.len()],
            signature: decode(signature)?,
            payload,
        })
    }

    /// Whether it says that a secret signed it which both ends know.
    pub(super) fn is_by_secret(&self) -> bool {
        self.algorithm == Algorithm::Hs256
    }

    /// What it says; asked when it is believed.
    pub(super) fn said(&self) -> Result<Said, Wrong> {
        decode_json(self.payload).map(Said)
    }
}

/// What a token says that is signed.
pub(super) struct Said(Value);

impl Said {
    /// The claims, if they are of a user, for us and for now.
    pub(super) fn check(
        &self,
        now: Timestamp,
        audience: Option<&str>,
        issuer: Option<&str>,
    ) -> Result<Claims, Wrong> {
        let expires_at = self.time("exp")?.ok_or(Wrong::Form)?;
        if now >= expires_at.after(LEEWAY) {
            return Err(Wrong::Over);
        }
        if self.time("nbf")?.is_some_and(|begins_at| now.after(LEEWAY) < begins_at) {
            return Err(Wrong::Early);
        }
        if !self.is_for(audience) {
            return Err(Wrong::Audience);
        }
        if issuer.is_some_and(|issuer| self.text("iss") != Some(issuer)) {
            return Err(Wrong::Issuer);
        }
        // Keys of a project are tokens too: of `anon`, and of `service_role`, whom no policy binds.
        if self.0.get("role").is_some_and(|role| role != "authenticated") {
            return Err(Wrong::NoUser);
        }
        let owner = self.owner().ok_or(Wrong::NoUser)?;
        let is_anonymous = self.0.get("is_anonymous").and_then(Value::as_bool).unwrap_or(false);
        Ok(Claims { owner, expires_at, is_anonymous })
    }

    pub(super) fn owner(&self) -> Option<Owner> {
        let owner = Owner::new(Uuid::try_parse(self.text("sub")?).ok()?);
        (owner != Owner::NOBODY).then_some(owner)
    }

    #[cfg(feature = "supabase")]
    pub(super) fn role(&self) -> Option<String> {
        self.text("role").map(ToOwned::to_owned)
    }

    /// Whether it is for this audience. Where none was named it may also be for nobody in particular.
    fn is_for(&self, audience: Option<&str>) -> bool {
        let wanted = audience.unwrap_or(AUDIENCE);
        match self.0.get("aud") {
            None | Some(Value::Null) => audience.is_none(),
            Some(Value::String(one)) => one == wanted,
            Some(Value::Array(several)) => several.iter().any(|one| one == wanted),
            Some(_) => false,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A time, in seconds since 1970, maybe with a fraction.
    fn time(&self, name: &str) -> Result<Option<Timestamp>, Wrong> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_f64().filter(|seconds| (0.0..1e12).contains(seconds)).ok_or(Wrong::Form)?;
        #[expect(clippy::cast_possible_truncation, reason = "it is within the range that was just asked for")]
        Ok(Some(Timestamp((seconds * 1e6) as i64)))
    }
}

fn decode_json(part: &str) -> Result<Value, Wrong> {
    let json: Value = serde_json::from_slice(&decode(part)?).map_err(|_| Wrong::Form)?;
    if json.is_object() { Ok(json) } else { Err(Wrong::Form) }
}

/// Bytes as tokens and their keys are written.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Wrong> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Wrong::Form)
}
