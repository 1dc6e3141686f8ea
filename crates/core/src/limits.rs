//! How large things may be. docs/limits.md lists these with the error each gives; tests hold it to them.

use std::fmt;
use std::time::Duration;

use stillroom_format::Codec;

use crate::{Annotation, BackendError, Beat, Commit, NewVersion, PutBlob, Result};

/// The longest page or key, in bytes of UTF-8.
pub const NAME_LEN: u64 = 512;
/// The longest label, in bytes of UTF-8.
pub const LABEL_LEN: u64 = 1024;
/// The longest metadata of a version, encoded.
pub const METADATA_LEN: u64 = 64 * 1024;
/// The longest summary and the longest provenance, in bytes of JSON.
pub const JSON_LEN: u64 = 64 * 1024;
/// The largest blob: the longest chunk that the format cuts.
pub const BLOB_LEN: u64 = 256 * 1024;
/// The most results in one set.
pub const SET_LEN: u64 = 10_000;
/// The most records in one answer of a listing or history; the rest is asked for again.
pub const LISTING_LEN: usize = 1_000;
/// How many of a result's newest versions a repeated commit is looked for among.
pub const REQUESTS_KEPT: u64 = 64;

/// What there is a limit on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its words say")]
pub enum Limited {
    Set,
    Blob,
    Label,
    Metadata,
    Summary,
    Provenance,
    Kind,
    Message,
    Quota,
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Set => "results in one save",
            Self::Blob => "bytes of a blob",
            Self::Label => "bytes of the label",
            Self::Metadata => "bytes of metadata",
            Self::Summary => "bytes of the summary",
            Self::Provenance => "bytes of the provenance",
            Self::Kind => "bytes of the name of a kind",
            Self::Message => "bytes of the message of a lease",
            Self::Quota => "stored bytes (quota)",
        })
    }
}

impl Limited {
    /// What to do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Set => "save them in several sets",
            Self::Blob => "cut it",
            Self::Label => "shorten it, and keep the rest as metadata",
            Self::Metadata => "store it as a result",
            Self::Quota => "delete what can go and run gc, or ask the store's keeper for more",
            Self::Summary | Self::Provenance | Self::Kind | Self::Message => "shorten it",
        }
    }
}

impl Commit<'_> {
    /// Refuses a commit that is over a limit; every backend asks this first.
    ///
    /// # Errors
    /// `TooLarge`; `Invalid` for a lifetime of nothing, or for a set that asks to be written unless it is there.
    pub fn check(&self) -> Result<()> {
        within(Limited::Set, SET_LEN, self.versions.len() as u64)?;
        if self.unless_same && self.versions.len() != 1 {
            return Err(BackendError::Invalid {
                message: format!(
                    "only one version can be asked for unless it is there: {}",
                    self.versions.len()
                ),
            });
        }
        self.versions.iter().try_for_each(NewVersion::check)?;
        self.blobs.iter().try_for_each(PutBlob::check)
    }
}

impl PutBlob<'_> {
    /// Refuses a blob that is too long, or coded to no use; every backend asks this before a put.
    ///
    /// # Errors
    /// `TooLarge`; `Invalid` when coded bytes are not shorter than raw ones.
    pub fn check(&self) -> Result<()> {
        within(Limited::Blob, BLOB_LEN, self.raw_len as u64)?;
        let fits = match self.codec {
            Codec::Raw => self.bytes.len() == self.raw_len,
            _ => self.bytes.len() < self.raw_len && !self.is_full_chunk,
        };
        if fits {
            return Ok(());
        }
        let (raw_len, len) = (self.raw_len, self.bytes.len());
        Err(BackendError::Invalid {
            message: format!("coded bytes are shorter than raw ones: {len} of {raw_len}"),
        })
    }
}

impl Annotation {
    /// Refuses a change that is over a limit; every backend asks this first.
    ///
    /// # Errors
    /// As [`Commit::check`].
    pub fn check(&self) -> Result<()> {
        check_label(self.label.as_ref().and_then(Option::as_deref))?;
        check_metadata(self.metadata.as_ref().and_then(Option::as_deref))?;
        check_ttl(self.ttl.flatten())
    }
}

impl Beat {
    /// Refuses a beat that is over a limit; every backend asks this first.
    ///
    /// # Errors
    /// `TooLarge`; `Invalid` for a lifetime of nothing and for a progress that is not from 0 to 1.
    pub fn check(&self) -> Result<()> {
        within(Limited::Message, LABEL_LEN, len(self.message.as_deref()))?;
        check_ttl(Some(self.ttl))?;
        match self.progress {
            Some(progress) if !(0.0..=1.0).contains(&progress) => {
                Err(BackendError::Invalid { message: format!("progress goes from 0 to 1: {progress}") })
            }
            _ => Ok(()),
        }
    }
}

impl NewVersion {
    fn check(&self) -> Result<()> {
        check_label(self.label.as_deref())?;
        check_metadata(self.metadata.as_deref())?;
        within(Limited::Summary, JSON_LEN, self.summary.len() as u64)?;
        within(Limited::Provenance, JSON_LEN, self.provenance.len() as u64)?;
        within(Limited::Kind, NAME_LEN, self.kind.len() as u64)?;
        check_ttl(self.ttl)
    }
}

fn check_label(label: Option<&str>) -> Result<()> {
    within(Limited::Label, LABEL_LEN, len(label))
}

fn check_metadata(metadata: Option<&[u8]>) -> Result<()> {
    within(Limited::Metadata, METADATA_LEN, metadata.map_or(0, <[u8]>::len) as u64)
}

/// Refuses a lifetime of nothing: the shortest is a microsecond.
///
/// # Errors
/// `Invalid`.
pub fn check_ttl(ttl: Option<Duration>) -> Result<()> {
    match ttl {
        Some(ttl) if ttl.as_micros() == 0 => {
            Err(BackendError::Invalid { message: format!("a ttl is at least a microsecond: {ttl:?}") })
        }
        _ => Ok(()),
    }
}

fn len(text: Option<&str>) -> u64 {
    text.map_or(0, str::len) as u64
}

/// Refuses more than a limit.
///
/// # Errors
/// `TooLarge`.
pub fn within(what: Limited, limit: u64, actual: u64) -> Result<()> {
    if actual <= limit { Ok(()) } else { Err(BackendError::TooLarge { what, limit, actual }) }
}
