//! What an app of the recipe wrote into its table, which a database's migration brought over: JSON, and within it
//! most often a text of JSON.
//!
//! It is read as the recipe read it. A dict that says `__type__` stays the dict it is: the recipe made a frame of it
//! by opening whatever its text names. What is made of it here is never stored; saved again, by a rollback
//! or in a bundle, it is a value like any other.

mod json;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use stillroom_core::{Record, Stored, poll_now};
use stillroom_format::{Draft, FormatError, Limits, Manifest, Writer};

use crate::{Error, ErrorKind, OpenOptions, Result, Save, Store, keep_going, metadata};
use json::{Json, NoJson};

/// The manifest of what the recipe wrote: all of the value is in it.
///
/// # Errors
/// `corrupt` when the JSON is not what its record says; `unsupported` for more than Python reads.
pub(crate) fn manifest(stored: &Stored) -> Result<Manifest> {
    check(stored)?;
    Ok(draft(&stored.root, Writer::without_buffers(Limits::default()))?.seal(Vec::new())?)
}

/// Metadata as a record keeps it, of what the recipe gave; of what can't be one, the text of its JSON, so that it
/// hides no record.
pub(crate) fn metadata(json: &Bytes) -> Result<Draft> {
    let value = parse(json).or_else(|_| Json::text(json).ok_or_else(no_json))?;
    written(&value, Writer::without_buffers(Limits::default()))
}

/// Whether metadata is the recipe's: what the format encodes begins with no character of JSON.
pub(crate) fn is_json(metadata: &Bytes) -> bool {
    metadata.first().is_some_and(u8::is_ascii)
}

/// A save of what the recipe wrote, as a value like any other.
///
/// # Errors
/// As [`manifest`]; `too-large` for metadata beyond what a record holds.
pub(crate) fn save(stored: &Stored) -> Result<Save> {
    check(stored)?;
    let record = &stored.record;
    let given = record.metadata.as_ref().map(|given| match is_json(given) {
        true => metadata::encode_metadata(&metadata(given)?),
        false => Ok(given.clone()),
    });
    Ok(Save {
        label: record.label.clone(),
        metadata: given.transpose()?,
        provenance: record.provenance.clone(),
        ..Save::new(record.key.clone(), draft(&stored.root, Writer::new(Limits::default()))?)
    })
}

/// A store of this process's memory that holds versions of the recipe as values like any others.
pub(crate) struct Converted {
    store: Store,
}

impl Converted {
    pub(crate) fn new() -> Result<Self> {
        let url = Some("memory:".to_owned());
        let store = Store::open(OpenOptions { url, keep_versions: None, ..OpenOptions::default() })?;
        Ok(Self { store })
    }

    /// Where the bytes of what was converted are.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The version as it would be, had it been saved through a store; its bytes are in this one.
    ///
    /// # Errors
    /// As [`save`].
    pub(crate) fn version(&self, stored: &Stored) -> Result<Stored> {
        let receipt = self.store.save(vec![save(stored)?], &mut keep_going)?.pop();
        let saved = receipt.ok_or_else(Error::unconfirmed)?.record;
        let who = self.store.who();
        let made = poll_now(self.store.catalog().get(who, &saved.key, Some(saved.version)))?;
        let was = &stored.record;
        let record = Record {
            version: was.version,
            label: was.label.clone(),
            created_at: was.created_at,
            expires_at: was.expires_at,
            pinned: was.pinned,
            ..made.record
        };
        Ok(Stored { record, ..made })
    }
}

fn check(stored: &Stored) -> Result<()> {
    if Sha256::digest(&stored.root).as_slice() == stored.record.digest.as_bytes() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Corrupt, "what the recipe wrote is not what its record says"))
}

/// The value as the recipe's own loader had it: a text is read again, as JSON, when it is some.
fn draft(json: &Bytes, writer: Writer) -> Result<Draft> {
    let value = parse(json)?;
    let inner = match &value {
        Json::Text(text) => text.as_str().map(Json::parse),
        _ => None,
    };
    match inner {
        Some(Ok(inner)) => written(&inner, writer),
        Some(Err(NoJson::TooMuch(what))) => Err(too_much(what)),
        Some(Err(NoJson::Other)) | None => written(&value, writer),
    }
}

fn written(value: &Json, mut writer: Writer) -> Result<Draft> {
    value.write(&mut writer)?;
    Ok(writer.finish()?)
}

fn parse(json: &Bytes) -> Result<Json> {
    let text = str::from_utf8(json).map_err(|_| no_json())?;
    Json::parse(text).map_err(|why| match why {
        NoJson::Other => no_json(),
        NoJson::TooMuch(what) => too_much(what),
    })
}

fn no_json() -> Error {
    FormatError::Damaged("no JSON").into()
}

fn too_much(what: &str) -> Error {
    let message =
        format!("saved by the recipe, and can't be opened here: {what}; save it again in another form");
    Error::new(ErrorKind::Unsupported, message)
}

#[cfg(test)]
mod tests;
