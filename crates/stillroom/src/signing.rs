//! Signing of opaque objects. Signing is bytes: nothing here knows what an object is.
//!
//! A signature covers the owner and the manifest's digest. Page, key and
//! version stay out on purpose: the version is counted later, and rename,
//! rollback and retries must not need a key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use stillroom_core::{Owner, Signature};
use stillroom_format::Digest;

use crate::{Error, ErrorKind, Result};

/// What a printed key begins with, so that a scanner for secrets knows one.
const PREFIX: &str = "srk1_";
const KEY_LEN: usize = 32;

/// A key that signs and verifies opaque objects. Its text never shows.
#[derive(Clone)]
pub struct SigningKey([u8; KEY_LEN]);

impl SigningKey {
    /// A key from the line that [`generate`](Self::generate) gave.
    ///
    /// # Errors
    /// `invalid` when it is no such line; the message does not repeat it.
    pub fn parse(line: &str) -> Result<Self> {
        let line = line.trim();
        let digits = line.strip_prefix(PREFIX).unwrap_or(line);
        let key = decode_hex(digits).and_then(|bytes| bytes.try_into().ok());
        key.map(Self)
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "not a signing key; `stillroom key` prints one"))
    }

    /// A new random key, as the line to keep.
    ///
    /// # Errors
    /// `internal` when the system has no random bytes.
    pub fn generate() -> Result<String> {
        let mut key = [0; KEY_LEN];
        getrandom::fill(&mut key).map_err(Error::no_random_bytes)?;
        let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{PREFIX}{digits}"))
    }

    pub(crate) const fn from_bytes(key: [u8; KEY_LEN]) -> Self {
        Self(key)
    }

    /// Names the key without telling anything of it.
    fn id(&self) -> [u8; 8] {
        let digest = Sha256::new().chain_update(b"stillroom/key-id/1").chain_update(self.0).finalize();
        digest[..8].try_into().expect("SHA-256 is longer than 8 bytes")
    }

    fn mac(&self, owner: Owner, manifest: Digest) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.chain_update(b"stillroom/object/1")
            .chain_update(owner.id().as_bytes())
            .chain_update(manifest.as_bytes())
    }

    pub(crate) fn sign(&self, owner: Owner, manifest: Digest) -> Signature {
        Signature { key_id: self.id(), mac: self.mac(owner, manifest).finalize().into_bytes().into() }
    }

    /// Whether this key made the signature, compared in constant time.
    pub(crate) fn verifies(&self, signature: &Signature, owner: Owner, manifest: Digest) -> bool {
        signature.key_id == self.id() && self.mac(owner, manifest).verify_slice(&signature.mac).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

impl fmt::Display for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn decode_hex(digits: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(nibble(*high)? << 4 | nibble(*low)?).ok(),
        _ => None,
    };
    digits.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use stillroom_core::Owner;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_generated_key_parses_and_verifies_what_it_signed() {
        let key = SigningKey::parse(&SigningKey::generate().unwrap()).unwrap();
        let owner = Owner::new(Uuid::from_u128(1));
        let digest = Digest::of(b"manifest");

        let signature = key.sign(owner, digest);

        assert!(key.verifies(&signature, owner, digest));
    }

    #[test]
    fn another_key_owner_or_manifest_does_not_verify() {
        let key = SigningKey::from_bytes([1; 32]);
        let owner = Owner::new(Uuid::from_u128(1));
        let digest = Digest::of(b"manifest");
        let signature = key.sign(owner, digest);

        assert!(!SigningKey::from_bytes([2; 32]).verifies(&signature, owner, digest));
        assert!(!key.verifies(&signature, Owner::new(Uuid::from_u128(2)), digest));
        assert!(!key.verifies(&signature, owner, Digest::of(b"another")));
    }

    #[test]
    fn a_key_never_shows() {
        let line = SigningKey::generate().unwrap();
        let key = SigningKey::parse(&line).unwrap();

        assert_eq!(format!("{key} {key:?}"), "*** SigningKey(***)");
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        let nearly = SigningKey::generate().unwrap().replace("srk1_", "srk1_x");

        let error = SigningKey::parse(&nearly).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(!error.to_string().contains(&nearly[6..]));
    }
}
