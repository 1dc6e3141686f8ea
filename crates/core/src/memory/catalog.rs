//! Records in memory.

use async_trait::async_trait;
use stillroom_format::Digest;

use super::{Entry, History, Holdings, Memory};
use crate::{
    Annotation, BackendError, Catalog, Commit, Committed, Condition, Hint, NewVersion, PageKey, Principal,
    Record, Result, ResultKey, Stored, Timestamp, Usage, Version,
};

#[async_trait]
impl Catalog for Memory {
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Result<Committed> {
        let now = self.clock.now();
        self.with(who.owner(), |holdings| holdings.commit(&commit, now))
    }

    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored> {
        let wanted = |stored: &&Stored| version.is_none_or(|version| stored.record.version == version);
        let found = self.with(who.owner(), |holdings| holdings.visible(key).find(wanted).cloned());
        found.ok_or_else(|| BackendError::NotFound { key: key.clone(), version })
    }

    async fn list(&self, who: &Principal, page: Option<&PageKey>) -> Result<Vec<Record>> {
        Ok(self.with(who.owner(), |holdings| {
            let of_page = |key: &ResultKey| page.is_none_or(|page| key.page == *page);
            let results = holdings.results.iter().filter(|(key, _)| of_page(key));
            results.filter_map(|(_, history)| Some(history.visible().next()?.record.clone())).collect()
        }))
    }

    async fn history(&self, who: &Principal, key: &ResultKey) -> Result<Vec<Record>> {
        let records =
            |holdings: &mut Holdings| holdings.visible(key).map(|stored| stored.record.clone()).collect();
        Ok(self.with(who.owner(), records))
    }

    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record> {
        self.with(who.owner(), |holdings| {
            let mut entries = holdings.entries(key, Some(version));
            let entry = entries.next().ok_or_else(|| not_found(key, Some(version)))?;
            let record = &mut entry.stored.record;
            if let Some(label) = change.label {
                record.label = label;
            }
            if let Some(metadata) = change.metadata {
                record.metadata = metadata;
            }
            Ok(record.clone())
        })
    }

    async fn delete(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<u64> {
        self.with(who.owner(), |holdings| {
            let mut count = 0;
            for entry in holdings.entries(key, version) {
                entry.is_deleted = true;
                count += 1;
            }
            if count == 0 { Err(not_found(key, version)) } else { Ok(count) }
        })
    }

    async fn usage(&self, who: &Principal) -> Result<Usage> {
        Ok(self.with(who.owner(), |holdings| holdings.usage()))
    }
}

impl Holdings {
    fn commit(&mut self, commit: &Commit<'_>, now: Timestamp) -> Result<Committed> {
        for condition in &commit.conditions {
            self.check(condition)?;
        }
        let missing = self.missing(commit);
        if !missing.is_empty() {
            return Ok(Committed::Missing(missing));
        }
        self.put(&commit.blobs);
        let records = commit.versions.iter().map(|version| {
            let history = self.results.entry(version.key.clone()).or_default();
            let record = history.add(version, now);
            history.trim(commit.keep_versions);
            record
        });
        Ok(Committed::Done(records.collect()))
    }

    fn check(&self, condition: &Condition) -> Result<()> {
        let Condition { key, version: expected } = condition;
        let found = self.visible(key).next().map(|stored| stored.record.version);
        if found == *expected {
            return Ok(());
        }
        Err(BackendError::Conflict { key: key.clone(), expected: *expected, found })
    }

    fn missing(&self, commit: &Commit<'_>) -> Vec<Digest> {
        let given = |digest: &Digest| commit.blobs.iter().any(|blob| blob.digest == *digest);
        let buffers = commit.versions.iter().flat_map(|version| &version.buffers);
        let needed = buffers.flat_map(|buffer| buffer.chunks.iter().map(|chunk| chunk.digest));
        let mut missing: Vec<_> =
            needed.filter(|digest| !self.blobs.contains_key(digest) && !given(digest)).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    fn visible(&self, key: &ResultKey) -> impl Iterator<Item = &Stored> {
        self.results.get(key).into_iter().flat_map(History::visible)
    }

    /// What can be seen of a result, or of one version of it, to be changed.
    fn entries(&mut self, key: &ResultKey, version: Option<Version>) -> impl Iterator<Item = &mut Entry> {
        let entries = self.results.get_mut(key).into_iter().flat_map(|history| &mut history.versions);
        let is_meant = move |entry: &&mut Entry| {
            !entry.is_deleted && version.is_none_or(|version| entry.stored.record.version == version)
        };
        entries.filter(is_meant)
    }

    fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for history in self.results.values() {
            usage.results += u64::from(history.visible().next().is_some());
            usage.versions += history.visible().count() as u64;
            usage.value_bytes += history.visible().map(|stored| stored.record.bytes).sum::<u64>();
        }
        usage.stored_bytes = self.blobs.values().map(|bytes| bytes.len() as u64).sum();
        usage
    }
}

impl History {
    fn add(&mut self, version: &NewVersion, now: Timestamp) -> Record {
        self.counted += 1;
        let number = Version::new(self.counted).expect("counted from 1");
        let record = version.record(number, now);
        let stored = Stored { record: record.clone(), root: version.root.clone(), hint: Hint::default() };
        self.versions.push(Entry { stored, is_deleted: false });
        record
    }

    /// Drops what is older than the newest `keep`; one always stays.
    fn trim(&mut self, keep: Option<u64>) {
        let Some(keep) = keep.and_then(|keep| usize::try_from(keep).ok()) else { return };
        let oldest = self.visible().nth(keep.max(1) - 1).map(|stored| stored.record.version);
        self.versions.retain(|entry| oldest.is_none_or(|oldest| entry.stored.record.version >= oldest));
    }
}

fn not_found(key: &ResultKey, version: Option<Version>) -> BackendError {
    BackendError::NotFound { key: key.clone(), version }
}
