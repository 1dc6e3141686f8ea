//! One version's facts, as they come back and as they go in.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use bytes::Bytes;
use stillroom_format::{Buffer, Digest};

use crate::ResultKey;

/// 1, 2, 3… per result, counted by the store and never by a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(NonZeroU64);

impl Version {
    /// The first version of a result.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// A version from its number; none for 0.
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The one after.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Microseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// So much later; the latest there is when that is beyond it.
    pub fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// What vouches for the opaque objects in a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Which key made it; says nothing about the key itself.
    pub key_id: [u8; 8],
    /// HMAC-SHA-256 over `"stillroom/object/1"`, the owner and the manifest's digest.
    pub mac: [u8; 32],
}

/// One version's facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it lives.
    pub key: ResultKey,
    /// Which version this is.
    pub version: Version,
    /// The manifest's digest; the SHA-256 of its JSON for what the recipe wrote ([`Stored::is_recipe`](crate::Stored)).
    pub digest: Digest,
    /// The value's type, for people: `DataFrame`, `dict`, …; `seed-json` for what the recipe wrote.
    pub kind: String,
    /// Rows and columns, the shape of an array, the length of a container.
    pub shape: Vec<u64>,
    /// Bytes of the value: manifest and buffers, before anything is shared.
    pub bytes: u64,
    /// A word of the user's about this version.
    pub label: Option<String>,
    /// Metadata, encoded by the format; kept exactly. JSON for what the recipe wrote.
    pub metadata: Option<Bytes>,
    /// A sanitised JSON picture of the value.
    pub summary: String,
    /// What made it, as JSON: versions of Python and libraries.
    pub provenance: String,
    /// When it was saved, by the backend's clock.
    pub created_at: Timestamp,
    /// When it is hidden, by the same clock, unless it is pinned; none for never.
    pub expires_at: Option<Timestamp>,
    /// Whether it stays whatever its age.
    pub pinned: bool,
    /// What vouches for its opaque objects, when it has some.
    pub signature: Option<Signature>,
    /// Whether the record is not what was written: then its key and version are all it says.
    ///
    /// Only listings, histories and snapshots have such records, so that one damaged record hides no other.
    pub is_damaged: bool,
}

/// A version to be: what the caller says; the backend counts and dates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// Where it will live.
    pub key: ResultKey,
    /// The manifest's digest.
    pub digest: Digest,
    /// The root ([`stillroom_format::Root`], encoded): the manifest, or where its bytes are.
    pub root: Bytes,
    /// Every buffer it needs, in the order a load will ask for them; the root's own last.
    pub buffers: Vec<Buffer>,
    /// As in [`Record`].
    pub kind: String,
    /// As in [`Record`].
    pub shape: Vec<u64>,
    /// As in [`Record`].
    pub bytes: u64,
    /// As in [`Record`].
    pub label: Option<String>,
    /// As in [`Record`].
    pub metadata: Option<Bytes>,
    /// As in [`Record`].
    pub summary: String,
    /// As in [`Record`].
    pub provenance: String,
    /// How long it is kept; none for good.
    pub ttl: Option<Duration>,
    /// As in [`Record`].
    pub pinned: bool,
    /// As in [`Record`].
    pub signature: Option<Signature>,
}

impl Record {
    /// What stands in a listing for a version whose record is not what was written.
    pub fn damaged(key: ResultKey, version: Version) -> Self {
        Self {
            key,
            version,
            digest: Digest::from_bytes([0; Digest::LEN]),
            kind: "damaged".to_owned(),
            shape: Vec::new(),
            bytes: 0,
            label: None,
            metadata: None,
            summary: "null".to_owned(),
            provenance: "{}".to_owned(),
            created_at: Timestamp::default(),
            expires_at: None,
            pinned: false,
            signature: None,
            is_damaged: true,
        }
    }

    /// Whether it is hidden at `now` because its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        !self.pinned && self.expires_at.is_some_and(|end| end <= now)
    }
}

impl NewVersion {
    /// The blobs it needs, in the order of its buffers; one that is needed twice comes twice.
    pub fn digests(&self) -> impl Iterator<Item = Digest> {
        self.buffers.iter().flat_map(|buffer| buffer.chunks.iter().map(|chunk| chunk.digest))
    }

    /// The record this becomes when the store counts it as `version` at `created_at`.
    pub fn record(&self, version: Version, created_at: Timestamp) -> Record {
        Record {
            key: self.key.clone(),
            version,
            digest: self.digest,
            kind: self.kind.clone(),
            shape: self.shape.clone(),
            bytes: self.bytes,
            label: self.label.clone(),
            metadata: self.metadata.clone(),
            summary: self.summary.clone(),
            provenance: self.provenance.clone(),
            created_at,
            expires_at: self.ttl.map(|ttl| created_at.after(ttl)),
            pinned: self.pinned,
            signature: self.signature.clone(),
            is_damaged: false,
        }
    }
}
