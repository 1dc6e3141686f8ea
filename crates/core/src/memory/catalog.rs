//! Records in memory: what is there, and what people decided about it.

use async_trait::async_trait;

use super::{Holdings, Memory};
use crate::limits::LISTING_LEN;
use crate::{
    Annotation, BackendError, Catalog, Commit, Committed, ListRange, Listing, Principal, Record, Result,
    ResultKey, Scope, Stored, Sweep, Swept, Timestamp, Usage, Version,
};

#[async_trait]
impl Catalog for Memory {
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Result<Committed> {
        commit.check()?;
        self.with(who.owner(), |holdings, now| holdings.commit(&commit, now))
    }

    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored> {
        let wanted = |stored: &&Stored| version.is_none_or(|version| stored.record.version == version);
        let found = self.with(who.owner(), |holdings, now| holdings.visible(key, now).find(wanted).cloned());
        found.ok_or_else(|| not_found(key, version))
    }

    async fn list(&self, who: &Principal, asked: ListRange<'_>) -> Result<Listing> {
        Ok(self.with(who.owner(), |holdings, now| {
            let is_asked = |key: &ResultKey| {
                asked.page.is_none_or(|page| key.page == *page) && asked.after.is_none_or(|after| key > after)
            };
            let results = holdings.results.iter().filter(|(key, _)| is_asked(key));
            part(results.filter_map(|(_, history)| history.visible(now).next()))
        }))
    }

    async fn history(&self, who: &Principal, key: &ResultKey, before: Option<Version>) -> Result<Listing> {
        let is_asked = |stored: &&Stored| before.is_none_or(|before| stored.record.version < before);
        Ok(self.with(who.owner(), |holdings, now| part(holdings.visible(key, now).filter(is_asked))))
    }

    async fn snapshot(&self, who: &Principal, scope: &Scope) -> Result<Vec<Stored>> {
        Ok(self.with(who.owner(), |holdings, now| {
            let results = holdings.results.iter().filter(|(key, _)| scope.holds(key));
            let oldest_first = |history: &super::History| {
                let mut versions: Vec<Stored> = history.visible(now).cloned().collect();
                versions.reverse();
                versions
            };
            results.flat_map(|(_, history)| oldest_first(history)).collect()
        }))
    }

    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record> {
        change.check()?;
        self.with(who.owner(), |holdings, now| {
            let mut entries = holdings.visible_mut(key, Some(version), now);
            let entry = entries.next().ok_or_else(|| not_found(key, Some(version)))?;
            change.apply(&mut entry.stored.record, now);
            Ok(entry.stored.record.clone())
        })
    }

    async fn delete(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<Vec<Version>> {
        self.with(who.owner(), |holdings, now| {
            let hide = |entry: &mut super::history::Entry| {
                entry.deleted_at = Some(now);
                entry.stored.record.version
            };
            let deleted: Vec<Version> = holdings.visible_mut(key, version, now).map(hide).collect();
            if deleted.is_empty() { Err(not_found(key, version)) } else { Ok(deleted) }
        })
    }

    async fn undelete(&self, who: &Principal, key: &ResultKey, versions: &[Version]) -> Result<()> {
        self.with(who.owner(), |holdings, _| holdings.undelete(key, versions))
    }

    async fn rename(&self, who: &Principal, from: &ResultKey, to: &ResultKey) -> Result<Record> {
        self.with(who.owner(), |holdings, now| holdings.rename(from, to, now))
    }

    async fn sweep(&self, who: &Principal, sweep: Sweep) -> Result<Swept> {
        Ok(self.with(who.owner(), |holdings, now| holdings.sweep(sweep, now)))
    }

    async fn usage(&self, who: &Principal) -> Result<Usage> {
        Ok(self.with(who.owner(), |holdings, now| holdings.usage(now)))
    }
}

impl Holdings {
    fn usage(&self, now: Timestamp) -> Usage {
        let mut usage = Usage { stored_bytes: self.stored_bytes(), quota: self.quota, ..Usage::default() };
        for history in self.results.values() {
            usage.results += u64::from(history.visible(now).next().is_some());
            usage.versions += history.visible(now).count() as u64;
            usage.value_bytes += history.visible(now).map(|stored| stored.record.bytes).sum::<u64>();
        }
        usage
    }
}

/// As much as one answer holds, and whether there is more.
fn part<'a>(mut all: impl Iterator<Item = &'a Stored>) -> Listing {
    let records = all.by_ref().take(LISTING_LEN).map(|stored| stored.record.clone()).collect();
    Listing { records, has_more: all.next().is_some() }
}

pub(super) fn not_found(key: &ResultKey, version: Option<Version>) -> BackendError {
    BackendError::NotFound { key: key.clone(), version }
}
