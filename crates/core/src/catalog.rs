//! The contract of records.

use async_trait::async_trait;
use bytes::Bytes;
use stillroom_format::Digest;

use crate::{Hint, NewVersion, PageKey, Principal, PutBlob, Record, Result, ResultKey, Version};

/// Keeps records: which versions of which results there are.
///
/// What may be relied on, each sentence a check in [`conformance`](crate::conformance):
///
/// - A record that can be listed can be loaded.
/// - A commit is one atomic set: all of its versions are there afterwards, or none.
/// - A commit that returned is durable, and so are the blobs it names.
/// - Versions of a result are counted 1, 2, 3… without gaps between successful commits, whatever the
///   clock says, and are never counted again from 1, not even after a delete.
/// - A commit whose condition does not hold writes nothing.
/// - A commit that names a blob its owner doesn't have writes nothing and answers which are missing.
/// - Another owner's record can't be told from an absent one, in the answer and in the error's text.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Checks all conditions, then writes all versions as one set.
    ///
    /// `commit.blobs` become part of the store with it. Of each result the newest
    /// `commit.keep_versions` stay, and one always does; the rows of older ones go in the same commit.
    ///
    /// # Errors
    /// `Conflict` for the first condition that does not hold; `Denied` when the store is read-only.
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Result<Committed>;

    /// A version with its root; the newest when `version` is none.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt` when the record is not what was written.
    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored>;

    /// The newest version of every result, or of those of one page, by page and key; no bytes of values are read.
    async fn list(&self, who: &Principal, page: Option<&PageKey>) -> Result<Vec<Record>>;

    /// Every version of a result, newest first; empty when there is none.
    async fn history(&self, who: &Principal, key: &ResultKey) -> Result<Vec<Record>>;

    /// Changes what people wrote about a version, and nothing else.
    ///
    /// # Errors
    /// `NotFound`.
    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record>;

    /// Hides a result, or one version of it, from every other call; answers how many versions that were.
    ///
    /// Nothing is erased. When the newest version is deleted the one before it is the newest.
    ///
    /// # Errors
    /// `NotFound`.
    async fn delete(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<u64>;

    /// What the asker's results take.
    async fn usage(&self, who: &Principal) -> Result<Usage>;
}

/// One atomic set of saves.
#[derive(Debug, Clone, Default)]
pub struct Commit<'a> {
    /// What must hold, or nothing is written. May name results that are not saved.
    pub conditions: Vec<Condition>,
    /// The versions to be, each result at most once.
    pub versions: Vec<NewVersion>,
    /// Blobs not put before: a small save's, which then is one write.
    pub blobs: Vec<PutBlob<'a>>,
    /// How many versions of each result stay, deleted ones not counted; none for all.
    pub keep_versions: Option<u64>,
}

/// The newest version of a result must be this one; none for "there is no such result".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The result.
    pub key: ResultKey,
    /// Its newest version.
    pub version: Option<Version>,
}

/// How a commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// All is written: the records, in the order of the versions given.
    Done(Vec<Record>),
    /// Nothing is written: these blobs are not there. Put them and commit again.
    Missing(Vec<Digest>),
}

/// A version as it is stored: what a load begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its facts.
    pub record: Record,
    /// Its root, as it was given.
    pub root: Bytes,
    /// Where its buffers were put, for [`BlobStore::get`](crate::BlobStore::get) of the same backend.
    pub hint: Hint,
}

/// A change of what people wrote about a version; none leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotation {
    /// The new label, or no label.
    pub label: Option<Option<String>>,
    /// The new metadata, or none.
    pub metadata: Option<Option<Bytes>>,
}

/// What an owner's results take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Results that are not deleted.
    pub results: u64,
    /// Their versions.
    pub versions: u64,
    /// Bytes of the values of those versions, each in full.
    pub value_bytes: u64,
    /// Bytes of the owner's blobs as they are kept, each once.
    pub stored_bytes: u64,
}
