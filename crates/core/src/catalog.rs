//! The contract of records.

use std::iter::Sum;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use stillroom_format::Digest;

use crate::{
    Hint, NewVersion, PageKey, Principal, PutBlob, Record, Result, ResultKey, Scope, Timestamp, Version,
};

/// Keeps records: which versions of which results there are.
///
/// What may be relied on, each sentence a check in [`conformance`](crate::conformance):
///
/// - A record that can be listed can be loaded.
/// - A commit is one atomic set: all of its versions are there afterwards, or none.
/// - A commit that returned is durable, and so are the blobs it names.
/// - Versions of a result are counted 1, 2, 3… without gaps between successful commits, whatever the
///   clock says, and are never counted again from 1, not even after a delete or a rename.
/// - A commit whose condition does not hold writes nothing.
/// - A commit of what the newest version is writes nothing and answers that version, where it asks for that.
/// - A commit that names a blob its owner doesn't have writes nothing and answers which are missing.
/// - A commit repeated with its request id writes nothing and answers as it did the first time.
/// - A commit that would bring its owner over quota writes nothing.
/// - A commit over a limit writes nothing.
/// - A listing is never cut short silently.
/// - A deleted version is hidden from every other call until it is undeleted or swept.
/// - An expired version is hidden from every other call, unless it is pinned.
/// - A pinned version is neither expired nor dropped in favour of newer ones.
/// - A clock set back brings back nothing that had expired when something was last saved.
/// - A sweep takes only what is deleted or expired, and blobs that no version names.
/// - Another owner's record can't be told from an absent one, in the answer and in the error's text.
///
/// Where records can be damaged, listings, histories and snapshots have [`Record::damaged`] in the place
/// of one that is, so that it hides no other.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Checks all conditions, then writes all versions as one set.
    ///
    /// `commit.blobs` become part of the store with it. Of each result the newest
    /// `commit.keep_versions` that are not pinned stay, and one always does; the rows of older ones go in
    /// the same commit, but for those that are deleted or expired, which a sweep takes.
    ///
    /// # Errors
    /// `Conflict` for the first condition that does not hold; `TooLarge` over a limit or quota; `Invalid` for
    /// a ttl of nothing; `Denied` when the store is read-only; `Full` when its disk is.
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Result<Committed>;

    /// A version with its root; the newest when `version` is none.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt` when the record is not what was written.
    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored>;

    /// The newest version of every result by page and key, [`LISTING_LEN`](crate::limits::LISTING_LEN) at
    /// most; no bytes of values are read.
    async fn list(&self, who: &Principal, asked: ListRange<'_>) -> Result<Listing>;

    /// The versions of a result below `before`, newest first,
    /// [`LISTING_LEN`](crate::limits::LISTING_LEN) at most; empty when there is none.
    async fn history(&self, who: &Principal, key: &ResultKey, before: Option<Version>) -> Result<Listing>;

    /// Every version of the results asked for, by page, key and version, as of one moment.
    async fn snapshot(&self, who: &Principal, scope: &Scope) -> Result<Vec<Stored>>;

    /// Changes what people decided about a version, and nothing else.
    ///
    /// # Errors
    /// `NotFound`; `TooLarge` over a limit; `Invalid` for a ttl of nothing.
    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record>;

    /// Hides a result, or one version of it, from every other call; answers which versions those were,
    /// newest first.
    ///
    /// Nothing is erased. When the newest version is deleted the one before it is the newest. A version
    /// whose record is damaged can be deleted like any other.
    ///
    /// # Errors
    /// `NotFound`.
    async fn delete(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<Vec<Version>>;

    /// Brings deleted versions back; those that are not deleted stay as they are.
    ///
    /// # Errors
    /// `NotFound` when one of them is gone for good; then none is brought back.
    async fn undelete(&self, who: &Principal, key: &ResultKey, versions: &[Version]) -> Result<()>;

    /// Moves a result with all its versions, deleted ones too, to another place; answers its newest record
    /// there.
    ///
    /// What was deleted at the new place is gone for good. Both places go on counting.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when something is at the new place.
    async fn rename(&self, who: &Principal, from: &ResultKey, to: &ResultKey) -> Result<Record>;

    /// Erases what is deleted or expired, and then the blobs that no version names any more.
    ///
    /// A blob put less than an hour ago that no version names yet may be a running save's and stays.
    ///
    /// # Errors
    /// `Denied` when the store is read-only.
    async fn sweep(&self, who: &Principal, sweep: Sweep) -> Result<Swept>;

    /// What the asker's results take.
    async fn usage(&self, who: &Principal) -> Result<Usage>;
}

/// Which results are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListRange<'a> {
    /// Those of this page; none for all.
    pub page: Option<&'a PageKey>,
    /// Those after this one, by page and key; none from the first on.
    pub after: Option<&'a ResultKey>,
}

/// A part of a listing or history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The records, in order.
    pub records: Vec<Record>,
    /// Whether more follow the last of them.
    pub has_more: bool,
}

/// How far a sweep goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Only tells what would go.
    pub dry_run: bool,
    /// How long after their deletion deleted versions stay.
    pub undo_time: Duration,
    /// Only what a save can wait for: where a whole sweep would take long, the backend does a part of it,
    /// or leaves it all to a later one while little can have come together since the last.
    pub is_step: bool,
}

/// What a sweep erased, or would.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Versions that were deleted or had expired.
    pub versions: u64,
    /// Blobs that no version named.
    pub blobs: u64,
    /// Bytes those took in the store.
    pub blob_bytes: u64,
    /// Bytes that went back to the disk, which can be less for now: packs are only ever removed whole.
    pub freed_bytes: u64,
}

/// One atomic set of saves.
#[derive(Debug, Clone, Default)]
pub struct Commit<'a> {
    /// What must hold, or nothing is written. May name results that are not saved.
    pub conditions: Vec<Condition>,
    /// The versions to be; several of one result are counted in their order.
    pub versions: Vec<NewVersion>,
    /// Blobs not put before: a small save's, which then is one write.
    pub blobs: Vec<PutBlob<'a>>,
    /// How many versions of each result stay, deleted, expired and pinned ones not counted; none for all.
    pub keep_versions: Option<u64>,
    /// Names this commit, so that it can be repeated when its answer was lost; none where that can't be.
    pub request: Option<RequestId>,
    /// Whether nothing is to be written when the newest version of its result has the digest of the one to be.
    /// Only for a commit of one version.
    pub unless_same: bool,
}

impl Commit<'_> {
    /// The version that is only to be written unless it is there.
    pub fn version_unless_same(&self) -> Option<&NewVersion> {
        self.versions.first().filter(|_| self.unless_same)
    }
}

/// What tells a repeated commit from a new one: drawn at random for each save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub [u8; 16]);

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
    /// Nothing is written: this is the newest version, and has the digest of the one that was to be.
    Same(Box<Record>),
}

/// A version as it is stored: what a load begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its facts.
    pub record: Record,
    /// Its root, as it was given; JSON where [`is_recipe`](Self::is_recipe).
    pub root: Bytes,
    /// Whether it was written past every commit, by an app of the recipe that a store's tables grew from: then it
    /// has no root and no buffers but the recipe's JSON, and its record's digest is the SHA-256 of that.
    pub is_recipe: bool,
    /// Where its buffers were put, for [`BlobStore::get`](crate::BlobStore::get) of the same backend.
    pub hint: Hint,
}

/// A change of what people decided about a version; none leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotation {
    /// The new label, or no label.
    pub label: Option<Option<String>>,
    /// The new metadata, or none.
    pub metadata: Option<Option<Bytes>>,
    /// How long it is kept from now on, or for good.
    pub ttl: Option<Option<Duration>>,
    /// Whether it is pinned.
    pub pinned: Option<bool>,
}

impl Annotation {
    /// Makes the change at `now`.
    pub fn apply(self, record: &mut Record, now: Timestamp) {
        let Self { label, metadata, ttl, pinned } = self;
        record.label = label.unwrap_or_else(|| record.label.take());
        record.metadata = metadata.unwrap_or_else(|| record.metadata.take());
        record.expires_at = ttl.map_or(record.expires_at, |ttl| ttl.map(|ttl| now.after(ttl)));
        record.pinned = pinned.unwrap_or(record.pinned);
    }
}

impl Sum for Swept {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, swept| Self {
            versions: sum.versions + swept.versions,
            blobs: sum.blobs + swept.blobs,
            blob_bytes: sum.blob_bytes + swept.blob_bytes,
            freed_bytes: sum.freed_bytes + swept.freed_bytes,
        })
    }
}

/// What an owner's results take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Results that can be listed.
    pub results: u64,
    /// Their versions.
    pub versions: u64,
    /// Bytes of the values of those versions, each in full.
    pub value_bytes: u64,
    /// Bytes of the owner's blobs as they are kept, each once.
    pub stored_bytes: u64,
    /// How many stored bytes the owner may have; none for any number.
    pub quota: Option<u64>,
}
