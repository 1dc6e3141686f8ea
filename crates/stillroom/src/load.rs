//! How a value comes back: record, manifest, buffers; each checked before it is handed on.

use bytes::Bytes;
use stillroom_core::{Access, Body, Hint, Record, ResultKey, Version, poll_now};
use stillroom_format::{FormatError, Limits, Manifest, Reader, Value};

use crate::{Error, ErrorKind, Progress, Result, Store, Watch};

/// A version whose buffers have not been read.
#[derive(Debug)]
pub struct Opened {
    /// The version's facts.
    pub record: Record,
    /// Its manifest; read it with a [`Reader`](crate::Reader).
    pub manifest: Manifest,
    /// Whether opaque objects in it may be opened.
    pub trust: Trust,
    pub(crate) hint: Hint,
}

impl Opened {
    /// Says of damage which version is damaged.
    pub(crate) fn explain<T>(&self, answer: Result<T>) -> Result<T> {
        answer.map_err(|error| name_the_version(error, &self.record))
    }
}

/// What a load found: the door builds the value from it.
#[derive(Debug)]
pub struct Loaded {
    /// The version's facts.
    pub record: Record,
    /// Its manifest; read it with a [`Reader`](crate::Reader).
    pub manifest: Manifest,
    /// The buffers, in the manifest's order.
    pub bodies: Vec<Body>,
    /// Whether opaque objects in it may be opened.
    pub trust: Trust,
}

impl Loaded {
    /// The value as a tree of its own, over the loaded bytes without copying them.
    ///
    /// For previews and for those who have no Python; opaque objects stay the bytes they are.
    ///
    /// # Errors
    /// `corrupt` when the manifest is not one that a writer makes.
    pub fn into_value(self) -> Result<Value> {
        let buffers: Vec<_> = self.bodies.into_iter().map(lend).collect();
        let mut reader = Reader::new(&self.manifest, Limits::default());
        Ok(Value::read(&mut reader, |number| {
            let buffer = buffers.get(number as usize).cloned();
            buffer.ok_or(FormatError::Damaged("a buffer that was not loaded"))
        })?)
    }
}

/// A body's bytes, shared without copying them.
pub(crate) fn lend(body: Body) -> Bytes {
    Bytes::from_owner(Loan(body))
}

/// A body as what `Bytes` asks for.
struct Loan(Body);

impl AsRef<[u8]> for Loan {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// Whether opaque objects of a version may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// A key in hand signed exactly this manifest for this owner.
    Trusted,
    /// There is no signature: honest values without opaque objects have none.
    Unsigned,
    /// There is a signature, and no key in hand made it.
    Untrusted,
}

impl Store {
    /// Loads a version; the newest when `version` is none.
    ///
    /// # Errors
    /// `not-found`; `corrupt` when bytes are not what was written; `unsupported` for a newer format.
    pub fn load(&self, key: &ResultKey, version: Option<Version>, watch: Watch<'_>) -> Result<Loaded> {
        self.load_as(key, version, Access::Mapped, watch)
    }

    /// As [`load`](Self::load), the buffers had as `access` says.
    ///
    /// # Errors
    /// As there.
    pub fn load_as(
        &self,
        key: &ResultKey,
        version: Option<Version>,
        access: Access,
        watch: Watch<'_>,
    ) -> Result<Loaded> {
        once_more(|| self.try_load(key, version, access, watch))
    }

    fn try_load(
        &self,
        key: &ResultKey,
        version: Option<Version>,
        access: Access,
        watch: Watch<'_>,
    ) -> Result<Loaded> {
        let opened = self.open_version(key, version)?;
        let total = opened.record.bytes;
        Progress { done: 0, total }.tell(watch)?;
        let bodies = match opened.manifest.buffers() {
            [] => Vec::new(),
            buffers => {
                let bodies = poll_now(self.blobs().get(self.who(), buffers, &opened.hint, access));
                opened.explain(bodies.map_err(Error::from))?
            }
        };
        Progress { done: total, total }.tell(watch)?;
        let Opened { record, manifest, trust, .. } = opened;
        Ok(Loaded { record, manifest, bodies, trust })
    }

    /// A version as its record and manifest have it, before any of its bytes are read; the newest when
    /// `version` is none.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn open_version(&self, key: &ResultKey, version: Option<Version>) -> Result<Opened> {
        let stored = poll_now(self.catalog().get(self.who(), key, version))?;
        let parts = self.parts(&stored).map_err(|error| name_the_version(error, &stored.record))?;
        let trust = self.trust(&stored.record);
        Ok(Opened { record: stored.record, manifest: parts.manifest, trust, hint: stored.hint })
    }

    /// Whether a key in hand vouches for the version.
    pub(crate) fn trust(&self, record: &Record) -> Trust {
        let Some(signature) = &record.signature else { return Trust::Unsigned };
        let owner = self.owner();
        let verified = self.signing_keys().iter().any(|key| key.verifies(signature, owner, record.digest));
        if verified { Trust::Trusted } else { Trust::Untrusted }
    }
}

/// Asks again what was found damaged: a gc may have taken the version away between its record and its
/// bytes, and what is there then tells.
pub(crate) fn once_more<T>(mut ask: impl FnMut() -> Result<T>) -> Result<T> {
    match ask() {
        Err(error) if error.kind() == ErrorKind::Corrupt => ask(),
        answer => answer,
    }
}

/// Says of damage which version is damaged, so that another can be loaded.
pub(crate) fn name_the_version(error: Error, record: &Record) -> Error {
    if error.kind() != ErrorKind::Corrupt {
        return error;
    }
    let message = format!("version {} of `{}` is damaged; load another version", record.version, record.key);
    Error::new(ErrorKind::Corrupt, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use stillroom_core::{Commit, NewVersion};
    use stillroom_format::{Digest, Writer};

    use super::*;
    use crate::tampered::{Tampered, place, replace, save_bytes, tampered};
    use crate::{OpenOptions, keep_going};

    /// What a record would be whose owner wrote it past us: sound in itself, with a digest of its own choice.
    fn forged(key: &ResultKey, digest: Digest, root: Bytes) -> NewVersion {
        NewVersion {
            key: key.clone(),
            digest,
            root,
            buffers: Vec::new(),
            kind: "int".to_owned(),
            shape: Vec::new(),
            bytes: 1,
            label: None,
            metadata: None,
            summary: "1".to_owned(),
            provenance: "{}".to_owned(),
            ttl: None,
            pinned: false,
            signature: None,
        }
    }

    #[test]
    fn a_manifest_that_is_not_what_its_record_says_is_never_a_value() {
        let url = Some("memory:".to_owned());
        let store = Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap();
        let key = ResultKey::parse("page", "n").unwrap();
        let mut writer = Writer::new(Limits::default());
        writer.int(1).unwrap();
        let manifest = writer.finish().unwrap().seal(Vec::new()).unwrap();
        let signed_elsewhere = Digest::of(b"a manifest that somebody signed");
        let version = forged(&key, signed_elsewhere, manifest.bytes().clone());
        let commit = Commit { versions: vec![version], ..Commit::default() };
        poll_now(store.catalog().commit(store.who(), commit)).unwrap();

        let error = store.load(&key, None, &mut keep_going).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("version 1 of `page/n`"));
    }

    #[test]
    fn a_load_whose_version_is_erased_under_it_answers_what_is_there_then() {
        let (work, store, untouched) = tampered(Tampered::default());
        save_bytes(&store, 1).unwrap();
        work.before_gets.lock().unwrap().push(Box::new(move || replace(&untouched, 2)));

        let loaded = store.load(&place(), None, &mut keep_going).unwrap();

        assert_eq!(loaded.record.version.get(), 2);
        assert_eq!(loaded.bodies[0].as_slice(), [2; 200_000]);
    }
}
