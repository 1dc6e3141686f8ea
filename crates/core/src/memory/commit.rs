//! Commits in memory: everything is looked at first, then everything is written.

use std::collections::BTreeMap;

use stillroom_format::Digest;

use super::Holdings;
use crate::{
    BackendError, Commit, Committed, Condition, Record, RequestId, Result, ResultKey, Timestamp, limits,
};

impl Holdings {
    pub(super) fn commit(&mut self, commit: &Commit<'_>, now: Timestamp) -> Result<Committed> {
        if let Some(records) = commit.request.and_then(|request| self.committed(request, commit)) {
            return Ok(Committed::Done(records));
        }
        commit.conditions.iter().try_for_each(|condition| self.check(condition, now))?;
        if let Some(record) = self.same(commit, now) {
            return Ok(Committed::Same(Box::new(record)));
        }
        let missing = self.missing(commit);
        if !missing.is_empty() {
            return Ok(Committed::Missing(missing));
        }
        self.check_quota(commit)?;
        Ok(Committed::Done(self.write(commit, now)))
    }

    /// What a commit of this name wrote; none when it was not here yet.
    fn committed(&self, request: RequestId, commit: &Commit<'_>) -> Option<Vec<Record>> {
        let mut seen: BTreeMap<&ResultKey, usize> = BTreeMap::new();
        let records = commit.versions.iter().map(|version| {
            let index = seen.entry(&version.key).or_default();
            let versions = &self.results.get(&version.key)?.versions;
            let entry = versions.iter().filter(|entry| entry.request == Some(request)).nth(*index)?;
            *index += 1;
            Some(entry.stored.record.clone())
        });
        records.collect::<Option<Vec<_>>>().filter(|records| !records.is_empty())
    }

    fn check(&self, condition: &Condition, now: Timestamp) -> Result<()> {
        let Condition { key, version: expected } = condition;
        let found = self.visible(key, now).next().map(|stored| stored.record.version);
        if found == *expected {
            return Ok(());
        }
        Err(BackendError::Conflict { key: key.clone(), expected: *expected, found })
    }

    /// The newest version, where the commit asks not to write it again.
    fn same(&self, commit: &Commit<'_>, now: Timestamp) -> Option<Record> {
        let version = commit.version_unless_same()?;
        let newest = &self.visible(&version.key, now).next()?.record;
        (newest.digest == version.digest).then(|| newest.clone())
    }

    fn missing(&self, commit: &Commit<'_>) -> Vec<Digest> {
        let given = |digest: &Digest| commit.blobs.iter().any(|blob| blob.digest == *digest);
        let needed = commit.versions.iter().flat_map(|version| version.digests());
        let mut missing: Vec<_> =
            needed.filter(|digest| !self.blobs.contains_key(digest) && !given(digest)).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Refuses what would bring the owner over quota; who is over it already may save what takes nothing.
    fn check_quota(&self, commit: &Commit<'_>) -> Result<()> {
        let Some(quota) = self.quota else { return Ok(()) };
        let new = self.new_bytes(commit);
        if new == 0 {
            Ok(())
        } else {
            limits::within(limits::Limited::Quota, quota, self.stored_bytes() + new)
        }
    }

    fn write(&mut self, commit: &Commit<'_>, now: Timestamp) -> Vec<Record> {
        self.keep(commit);
        let add = |version: &crate::NewVersion| {
            let history = self.results.entry(version.key.clone()).or_default();
            let record = history.add(version, commit.request, now);
            if let Some(keep) = commit.keep_versions {
                history.trim(keep, now);
            }
            record
        };
        commit.versions.iter().map(add).collect()
    }
}
