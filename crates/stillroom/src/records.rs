//! What is stored: records, listings, histories, usage. No bytes of values are read here.
//!
//! A backend answers in parts; here is the whole of it. A version whose record
//! is damaged stands in its place with [`Record::is_damaged`], so that it hides
//! no other.

use stillroom_core::{ListRange, PageKey, Record, ResultKey, Usage, Version, poll_now};

use crate::{Result, Store};

impl Store {
    /// The facts of a version; the newest when `version` is none.
    ///
    /// # Errors
    /// `not-found`, `corrupt`.
    pub fn record(&self, key: &ResultKey, version: Option<Version>) -> Result<Record> {
        Ok(poll_now(self.catalog().get(self.who(), key, version))?.record)
    }

    /// The newest version of every result, or of one page's, by page and key.
    ///
    /// # Errors
    /// `unavailable`, `corrupt`.
    pub fn results(&self, page: Option<&PageKey>) -> Result<Vec<Record>> {
        let mut records: Vec<Record> = Vec::new();
        loop {
            let after = records.last().map(|record| &record.key);
            let part = poll_now(self.catalog().list(self.who(), ListRange { page, after }))?;
            let has_more = part.has_more && !part.records.is_empty();
            records.extend(part.records);
            if !has_more {
                return Ok(records);
            }
        }
    }

    /// Every version of a result, newest first; empty when there is none.
    ///
    /// # Errors
    /// `unavailable`, `corrupt`.
    pub fn history(&self, key: &ResultKey) -> Result<Vec<Record>> {
        let mut records: Vec<Record> = Vec::new();
        loop {
            let before = records.last().map(|record| record.version);
            let part = poll_now(self.catalog().history(self.who(), key, before))?;
            let has_more = part.has_more && !part.records.is_empty();
            records.extend(part.records);
            if !has_more {
                return Ok(records);
            }
        }
    }

    /// What this owner's results take, and how much they may.
    ///
    /// # Errors
    /// `unavailable`.
    pub fn usage(&self) -> Result<Usage> {
        Ok(poll_now(self.catalog().usage(self.who()))?)
    }
}
