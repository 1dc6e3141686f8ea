//! What people decided about a version, changed afterwards: its value stays as it is.

use stillroom_core::{Annotation, Record, ResultKey, Version, poll_now};

use crate::{Result, Store, metadata};

impl Store {
    /// Changes label, metadata, lifetime or pin of a version; the newest when `version` is none.
    ///
    /// # Errors
    /// `not-found`; `too-large` for a label over 1 KiB or metadata over 64 KiB; `invalid` for a ttl of
    /// nothing and for metadata that is none; `denied`, `corrupt`.
    pub fn update(&self, key: &ResultKey, version: Option<Version>, change: Annotation) -> Result<Record> {
        if let Some(Some(metadata)) = &change.metadata {
            metadata::check(metadata)?;
        }
        let version = match version {
            Some(version) => version,
            None => self.record(key, None)?.version,
        };
        Ok(poll_now(self.catalog().annotate(self.who(), key, version, change))?)
    }
}
