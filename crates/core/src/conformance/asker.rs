//! Someone with a store, for checks that read as sentences.

use stillroom_format::{Buffer, Digest};
use uuid::Uuid;

use super::values::{blobs, buffer, key, number, version};
use crate::{
    Access, Annotation, Backend, BackendError, Body, Commit, Committed, Condition, Hint, ListRange, Listing,
    NewVersion, Operator, Owner, Principal, PutBlob, Recoder, Record, Result, Scope, Stored, Sweep, Swept,
    Usage, Version,
};

/// An owner asking a store.
pub(super) struct Asker<'a> {
    pub(super) backend: &'a Backend,
    pub(super) who: Principal,
}

/// The first owner.
pub(super) fn alice(backend: &Backend) -> Asker<'_> {
    Asker { backend, who: Principal::local(Owner::new(Uuid::from_u128(0xA11CE))) }
}

/// The other owner.
pub(super) fn bob(backend: &Backend) -> Asker<'_> {
    Asker { backend, who: Principal::local(Owner::new(Uuid::from_u128(0xB0B))) }
}

impl Asker<'_> {
    /// Saves a small value: bytes that come with the commit.
    pub(super) async fn save(&self, at: &str, value: &[u8]) -> Record {
        self.save_set(&[(at, value)]).await.expect("a save without conditions succeeds").remove(0)
    }

    /// Saves small values as one set.
    pub(super) async fn save_set(&self, set: &[(&str, &[u8])]) -> Result<Vec<Record>> {
        self.try_save(set, Vec::new(), None).await
    }

    pub(super) async fn try_save(
        &self,
        set: &[(&str, &[u8])],
        conditions: Vec<Condition>,
        keep_versions: Option<u64>,
    ) -> Result<Vec<Record>> {
        self.done(Commit { conditions, keep_versions, ..set_of(set) }).await
    }

    /// Saves a small value after `change` was made to its version.
    pub(super) async fn save_with(
        &self,
        at: &str,
        value: &[u8],
        change: impl FnOnce(&mut NewVersion),
    ) -> Record {
        let mut version = version(at, &[buffer(value)]);
        change(&mut version);
        let commit = Commit { versions: vec![version], blobs: blobs(value), ..Commit::default() };
        self.done(commit).await.expect("a save without conditions succeeds").remove(0)
    }

    /// Saves a value whose bytes are put ahead of the commit, as large ones are.
    pub(super) async fn save_put(&self, at: &str, value: &[u8]) -> Record {
        self.put(value).await;
        let commit = Commit { versions: vec![version(at, &[buffer(value)])], ..Commit::default() };
        self.done(commit).await.expect("a save without conditions succeeds").remove(0)
    }

    pub(super) async fn put(&self, value: &[u8]) {
        self.put_blobs(&blobs(value)).await;
    }

    pub(super) async fn put_blobs(&self, blobs: &[PutBlob<'_>]) {
        self.backend.blobs.put(&self.who, blobs).await.expect("a put of honest blobs succeeds");
    }

    pub(super) async fn commit(&self, commit: Commit<'_>) -> Result<Committed> {
        self.backend.catalog.commit(&self.who, commit).await
    }

    /// The records of a commit whose blobs are all there.
    pub(super) async fn done(&self, commit: Commit<'_>) -> Result<Vec<Record>> {
        match self.commit(commit).await? {
            Committed::Done(records) => Ok(records),
            other => panic!("all blobs are there: {other:?}"),
        }
    }

    /// What [`save`](Self::save) saved, by way of the newest record.
    pub(super) async fn load(&self, at: &str, value: &[u8]) -> Vec<u8> {
        let stored = self.get(at).await.expect("what was saved is there");
        let bodies = self.bodies(&[buffer(value)], &stored.hint).await.expect("its bytes are there");
        bodies[0].as_slice().to_vec()
    }

    pub(super) async fn get(&self, at: &str) -> Result<Stored> {
        self.get_version(at, None).await
    }

    pub(super) async fn get_version(&self, at: &str, version: Option<u64>) -> Result<Stored> {
        let version = version.map(number);
        self.backend.catalog.get(&self.who, &key(at), version).await
    }

    pub(super) async fn bodies(&self, buffers: &[Buffer], hint: &Hint) -> Result<Vec<Body>> {
        self.backend.blobs.get(&self.who, buffers, hint, Access::Mapped).await
    }

    pub(super) async fn missing(&self, digests: &[Digest]) -> Vec<Digest> {
        self.backend.blobs.missing(&self.who, digests).await.expect("asking is always allowed")
    }

    pub(super) async fn damaged(&self, digests: &[Digest]) -> Vec<Digest> {
        self.backend.blobs.damaged(&self.who, digests).await.expect("asking is always allowed")
    }

    pub(super) async fn discard(&self, digests: &[Digest]) {
        let discarded = self.backend.blobs.discard(&self.who, digests).await;
        discarded.expect("a store that can be written forgets what is damaged");
    }

    pub(super) async fn recode(&self, digests: &[Digest], recoder: &dyn Recoder) -> u64 {
        let recoded = self.backend.blobs.recode(&self.who, digests, recoder).await;
        recoded.expect("a store that can be written keeps blobs in fewer bytes")
    }

    pub(super) async fn list(&self) -> Vec<Record> {
        self.list_range(ListRange::default()).await.records
    }

    pub(super) async fn list_range(&self, asked: ListRange<'_>) -> Listing {
        self.backend.catalog.list(&self.who, asked).await.expect("listing is always allowed")
    }

    /// The numbers of a result's versions as its history has them.
    pub(super) async fn history(&self, at: &str) -> Vec<u64> {
        let part = self.backend.catalog.history(&self.who, &key(at), None).await;
        let part = part.expect("asking for a history is always allowed");
        part.records.iter().map(|record| record.version.get()).collect()
    }

    /// The numbers of the versions that went.
    pub(super) async fn delete(&self, at: &str, version: Option<u64>) -> Result<Vec<u64>> {
        let deleted = self.backend.catalog.delete(&self.who, &key(at), version.map(number)).await?;
        Ok(deleted.into_iter().map(Version::get).collect())
    }

    pub(super) async fn undelete(&self, at: &str, versions: &[u64]) -> Result<()> {
        let versions: Vec<Version> = versions.iter().copied().map(number).collect();
        self.backend.catalog.undelete(&self.who, &key(at), &versions).await
    }

    pub(super) async fn annotate(&self, at: &str, version: u64, change: Annotation) -> Result<Record> {
        self.backend.catalog.annotate(&self.who, &key(at), number(version), change).await
    }

    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<Record> {
        self.backend.catalog.rename(&self.who, &key(from), &key(to)).await
    }

    pub(super) async fn snapshot(&self) -> Vec<Stored> {
        self.backend.catalog.snapshot(&self.who, &Scope::All).await.expect("reading is always allowed")
    }

    pub(super) async fn sweep(&self, sweep: Sweep) -> Swept {
        self.backend.catalog.sweep(&self.who, sweep).await.expect("a store that can be written is swept")
    }

    pub(super) async fn usage(&self) -> Usage {
        self.backend.catalog.usage(&self.who).await.expect("asking is always allowed")
    }
}

/// The commit of small values as one set.
pub(super) fn set_of<'a>(set: &[(&str, &'a [u8])]) -> Commit<'a> {
    Commit {
        versions: set.iter().map(|(at, value)| version(at, &[buffer(value)])).collect(),
        blobs: set.iter().flat_map(|(_, value)| blobs(value)).collect(),
        ..Commit::default()
    }
}

/// A condition on the newest version of `page/key`.
pub(super) fn condition(at: &str, version: Option<u64>) -> Condition {
    Condition { key: key(at), version: version.map(number) }
}

/// Who keeps the store in order: a store under the suite is opened by them.
pub(super) fn operator(backend: &Backend) -> &dyn Operator {
    backend.operator.as_deref().expect("a store under the suite has its operator")
}

/// Whether an answer is that there is nothing.
pub(super) fn is_not_found<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(BackendError::NotFound { .. }))
}

/// The texts of an answer's error and of all its causes.
pub(super) fn texts<T>(answer: Result<T>) -> Vec<String> {
    let error = answer.err().expect("an error was to be answered");
    let mut texts = vec![error.to_string()];
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts
}
