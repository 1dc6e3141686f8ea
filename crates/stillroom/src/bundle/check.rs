//! What a version must be to be written into a bundle or read from one.
//!
//! One place for both: an export that an import would refuse is no backup.

use serde_json::Value as Json;
use stillroom_core::{Commit, Record};

use crate::parts::Parts;
use crate::{Error, ErrorKind, Result, metadata, provenance};

/// Refuses a version that no store would save; answers whether an opaque object is in its value.
///
/// # Errors
/// `corrupt`, `too-large`, `invalid`; `unsupported` for a newer format.
pub(crate) fn check(record: &Record, parts: &Parts) -> Result<bool> {
    let has_opaque = parts.check_tree()?;
    if record.bytes > parts.len_max() {
        return Err(Error::new(ErrorKind::Corrupt, "a value longer than all that it consists of"));
    }
    record.metadata.as_ref().map_or(Ok(()), metadata::check)?;
    provenance::check(&record.provenance)?;
    if serde_json::from_str::<Json>(&record.summary).is_err() {
        return Err(Error::new(ErrorKind::Corrupt, "the summary is not JSON"));
    }
    let version = parts.again(record, record.provenance.clone());
    Commit { versions: vec![version], ..Commit::default() }.check()?;
    Ok(has_opaque)
}
