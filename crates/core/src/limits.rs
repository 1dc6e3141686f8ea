//! How large things may be. docs/limits.md lists these with the error each gives; tests hold it to them.

use crate::{BackendError, Commit, NewVersion, Result};

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

impl Commit<'_> {
    /// Refuses a commit that is over a limit; every backend asks this first.
    ///
    /// # Errors
    /// `TooLarge`; `Invalid` for a lifetime of nothing.
    pub fn check(&self) -> Result<()> {
        within("results in one save", SET_LEN, self.versions.len() as u64)?;
        self.versions.iter().try_for_each(NewVersion::check)?;
        self.blobs.iter().try_for_each(|blob| within("bytes of a blob", BLOB_LEN, blob.bytes.len() as u64))
    }
}

impl NewVersion {
    fn check(&self) -> Result<()> {
        check_label(self.label.as_deref())?;
        check_metadata(self.metadata.as_deref())?;
        within("bytes of the summary", JSON_LEN, self.summary.len() as u64)?;
        within("bytes of the provenance", JSON_LEN, self.provenance.len() as u64)?;
        within("bytes of the name of a kind", NAME_LEN, self.kind.len() as u64)?;
        check_ttl(self.ttl)
    }
}

/// Refuses a label that is too long.
pub(crate) fn check_label(label: Option<&str>) -> Result<()> {
    within("bytes of the label", LABEL_LEN, label.map_or(0, str::len) as u64)
}

/// Refuses metadata that is too long.
pub(crate) fn check_metadata(metadata: Option<&[u8]>) -> Result<()> {
    within("bytes of metadata", METADATA_LEN, metadata.map_or(0, <[u8]>::len) as u64)
}

/// Refuses a lifetime of nothing.
pub(crate) fn check_ttl(ttl: Option<std::time::Duration>) -> Result<()> {
    match ttl {
        Some(ttl) if ttl.is_zero() => {
            Err(BackendError::Invalid { message: "a ttl is longer than nothing: 0".to_owned() })
        }
        _ => Ok(()),
    }
}

pub(crate) fn within(what: &'static str, limit: u64, actual: u64) -> Result<()> {
    if actual <= limit { Ok(()) } else { Err(BackendError::TooLarge { what, limit, actual }) }
}
