//! Where results are in memory: found, brought back, moved.

use std::mem;

use super::Holdings;
use super::catalog::not_found;
use super::history::{Entry, History};
use crate::{BackendError, Record, Result, ResultKey, Stored, Timestamp, Version};

impl Holdings {
    /// The versions of a result that can be seen, newest first.
    pub(super) fn visible(&self, key: &ResultKey, now: Timestamp) -> impl Iterator<Item = &Stored> {
        self.results.get(key).into_iter().flat_map(move |history| history.visible(now))
    }

    /// The same, or one version of them, to be changed.
    pub(super) fn visible_mut(
        &mut self,
        key: &ResultKey,
        version: Option<Version>,
        now: Timestamp,
    ) -> impl Iterator<Item = &mut Entry> {
        self.results.get_mut(key).into_iter().flat_map(move |history| history.visible_mut(version, now))
    }

    pub(super) fn undelete(&mut self, key: &ResultKey, versions: &[Version]) -> Result<()> {
        let mut nothing = History::default();
        let history = self.results.get_mut(key).unwrap_or(&mut nothing);
        for version in versions {
            if !history.versions.iter().any(|entry| entry.is(*version)) {
                return Err(not_found(key, Some(*version)));
            }
        }
        let meant = history.versions.iter_mut().filter(|entry| versions.iter().any(|v| entry.is(*v)));
        meant.for_each(|entry| entry.deleted_at = None);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &ResultKey, to: &ResultKey, now: Timestamp) -> Result<Record> {
        let newest = self.visible(from, now).next().map(|stored| stored.record.clone());
        let newest = newest.ok_or_else(|| not_found(from, None))?;
        if let Some(there) = self.visible(to, now).next() {
            let found = Some(there.record.version);
            return Err(BackendError::Conflict { key: to.clone(), expected: None, found });
        }
        let old = self.results.entry(from.clone()).or_default();
        let (counted, mut versions) = (old.counted, mem::take(&mut old.versions));
        for entry in &mut versions {
            entry.stored.record.key = to.clone();
        }
        let new = self.results.entry(to.clone()).or_default();
        *new = History { counted: new.counted.max(counted), versions };
        Ok(Record { key: to.clone(), ..newest })
    }
}
