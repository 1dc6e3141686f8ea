//! The contract of bytes.

use async_trait::async_trait;
use bytes::Bytes;
use stillroom_format::{Buffer, Codec, Digest};
use stillroom_mapping::Region;

use crate::{Principal, Result};

/// Keeps blobs: immutable bytes addressed by their digest within one owner.
///
/// What may be relied on, each sentence a check in [`conformance`](crate::conformance):
///
/// - A put either happened or did not; one that returned is durable once a commit that names the blob
///   returns.
/// - Putting a blob again changes nothing, whatever it is coded by.
/// - A blob that is put coded comes back raw, and takes as many bytes as it was put with.
/// - A blob that is recoded is the same blob in fewer bytes, and what it is recoded to is never believed.
/// - What comes back has the digest it was asked by, or the answer is `Corrupt`.
/// - A blob that is not there or not what its digest says is found damaged, however recently it was read.
/// - A damaged blob that was discarded can be put anew, and is whole for every version that names it.
/// - Bytes asked for as a copy are in memory of their own.
/// - Another owner's blob can't be told from an absent one.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Which of `digests` the asker does not have, in the order asked.
    async fn missing(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>>;

    /// Keeps blobs. Full chunks that follow one another in a call can later be mapped as one.
    ///
    /// # Errors
    /// `TooLarge` over a limit; `Denied` when the store is read-only; `Full` when its disk is.
    async fn put(&self, who: &Principal, blobs: &[PutBlob<'_>]) -> Result<()>;

    /// How many bytes a call of [`put`](Self::put) is best given at least, where a call costs more than its
    /// bytes; none where they are best given at once.
    fn call_len(&self) -> usize {
        0
    }

    /// The bytes of buffers, in the order asked. A stretch of a buffer's chunks is a buffer too.
    ///
    /// `hint` is what the record came with, when the buffers are among those it was committed with; an
    /// empty or stale hint costs time and nothing else.
    ///
    /// # Errors
    /// `Corrupt` when a blob is not there or not what its digest says.
    async fn get(
        &self,
        who: &Principal,
        buffers: &[Buffer],
        hint: &Hint,
        access: Access,
    ) -> Result<Vec<Body>>;

    /// Which of `digests` are not there or not what they say, in the order asked; every byte is read.
    async fn damaged(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>>;

    /// Forgets those of `digests` that are damaged, so that they are missing; whole ones stay.
    ///
    /// # Errors
    /// `Denied` when the store is read-only.
    async fn discard(&self, who: &Principal, digests: &[Digest]) -> Result<()>;

    /// Keeps those of `digests` that are raw as `recoder` makes them from now on, where that is fewer bytes;
    /// how many fewer in all.
    ///
    /// What it makes is decoded and compared before anything is replaced. Blobs that are not there, damaged or
    /// coded stay as they are. When the recoder stops, nothing has changed.
    ///
    /// # Errors
    /// `Denied` when the store is read-only; `Full` when its disk is.
    async fn recode(&self, who: &Principal, digests: &[Digest], recoder: &dyn Recoder) -> Result<u64>;
}

/// Bytes as a codec made them.
pub type Coded = (Codec, Vec<u8>);

/// Makes fewer bytes of raw blobs; asked for some at a time.
pub trait Recoder: Send + Sync {
    /// What each blob is better kept as; none for one that is best as it is. None in all to stop.
    fn recode(&self, raw: &[(Digest, Vec<u8>)]) -> Option<Vec<Option<Coded>>>;
}

/// A blob on its way in.
#[derive(Debug, Clone, Copy)]
pub struct PutBlob<'a> {
    /// Digest of the raw bytes.
    pub digest: Digest,
    /// What the bytes are coded by.
    pub codec: Codec,
    /// Length of the raw bytes.
    pub raw_len: usize,
    /// The bytes as they are to be kept: raw, or coded and shorter than that.
    pub bytes: &'a [u8],
    /// Whether this is a full 64 KiB chunk of a fixed-width buffer, kept raw: worth aligning.
    pub is_full_chunk: bool,
}

impl<'a> PutBlob<'a> {
    /// A blob to be kept as it is.
    pub fn raw(digest: Digest, bytes: &'a [u8], is_full_chunk: bool) -> Self {
        Self { digest, codec: Codec::Raw, raw_len: bytes.len(), bytes, is_full_chunk }
    }
}

/// Opaque to everyone but the backend that made it: where a version's buffers were put.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint(pub Bytes);

/// How loaded bytes are had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// As costs least: in a map of the backend's file where there is one, shared until written to.
    #[default]
    Mapped,
    /// The same, for what goes elsewhere and is not asked for again: nothing is kept near for the next time.
    Once,
    /// In memory of their own, whatever becomes of the file.
    Copied,
}

/// A buffer's bytes.
#[derive(Debug)]
pub enum Body {
    /// In memory of its own.
    Owned(Vec<u8>),
    /// In a private writable map of a file.
    Mapped(Region),
}

impl Body {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(region) => region.as_slice(),
        }
    }

    /// The bytes, to fill what is not there yet before the body is handed on.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(region) => region.as_mut_slice(),
        }
    }
}
