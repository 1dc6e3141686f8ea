//! Bytes in memory.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use bytes::Bytes;
use stillroom_format::{Buffer, Codec, Decoder, Digest};

use super::{Holdings, Memory};
use crate::{
    Access, BackendError, BlobStore, Body, Commit, Hint, Principal, PutBlob, Recoder, Result, Timestamp,
};

/// A blob that was put.
pub(super) struct Blob {
    codec: Codec,
    raw_len: usize,
    /// As they were put.
    pub(super) bytes: Bytes,
    /// Since when it waits for the commit that names it; none once that was here.
    pub(super) waits_since: Option<Timestamp>,
}

impl Blob {
    /// The raw bytes; none when they are not what the digest says.
    fn raw(&self, digest: Digest) -> Option<Vec<u8>> {
        let mut raw = vec![0; self.raw_len];
        Decoder::new().decode(self.codec, &self.bytes, &mut raw).ok()?;
        (Digest::of(&raw) == digest).then_some(raw)
    }

    #[cfg(any(feature = "conformance", doc))]
    pub(super) fn damage(&mut self) {
        let mut bytes = self.bytes.to_vec();
        bytes[0] ^= 1;
        self.bytes = bytes.into();
    }
}

#[async_trait]
impl BlobStore for Memory {
    async fn missing(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        Ok(self.with(who.owner(), |holdings, _| {
            digests.iter().filter(|digest| !holdings.blobs.contains_key(digest)).copied().collect()
        }))
    }

    async fn put(&self, who: &Principal, blobs: &[PutBlob<'_>]) -> Result<()> {
        blobs.iter().try_for_each(PutBlob::check)?;
        self.with(who.owner(), |holdings, now| holdings.put(blobs, Some(now)));
        Ok(())
    }

    async fn get(&self, who: &Principal, buffers: &[Buffer], _: &Hint, _: Access) -> Result<Vec<Body>> {
        self.with(who.owner(), |holdings, _| buffers.iter().map(|buffer| holdings.body(buffer)).collect())
    }

    async fn damaged(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        Ok(self.with(who.owner(), |holdings, _| {
            digests.iter().filter(|digest| !holdings.has_whole(**digest)).copied().collect()
        }))
    }

    async fn discard(&self, who: &Principal, digests: &[Digest]) -> Result<()> {
        self.with(who.owner(), |holdings, _| {
            for digest in digests {
                if !holdings.has_whole(*digest) {
                    holdings.blobs.remove(digest);
                }
            }
        });
        Ok(())
    }

    async fn recode(&self, who: &Principal, digests: &[Digest], recoder: &dyn Recoder) -> Result<u64> {
        Ok(self.with(who.owner(), |holdings, _| holdings.recode(digests, recoder)))
    }
}

impl Holdings {
    fn recode(&mut self, digests: &[Digest], recoder: &dyn Recoder) -> u64 {
        let raw = digests.iter().filter_map(|digest| {
            let blob = self.blobs.get(digest).filter(|blob| blob.codec == Codec::Raw)?;
            Some((*digest, blob.raw(*digest)?))
        });
        let raw: Vec<(Digest, Vec<u8>)> = raw.collect();
        let Some(forms) = recoder.recode(&raw) else { return 0 };
        let mut saved = 0;
        for ((digest, raw), form) in raw.iter().zip(forms) {
            let Some((codec, bytes)) = form else { continue };
            let blob = Blob { codec, raw_len: raw.len(), bytes: bytes.into(), waits_since: None };
            let Some(kept) = self.blobs.get_mut(digest) else { continue };
            if blob.bytes.len() < raw.len() && blob.raw(*digest).is_some() {
                saved += (raw.len() - blob.bytes.len()) as u64;
                *kept = Blob { waits_since: kept.waits_since, ..blob };
            }
        }
        saved
    }

    fn put(&mut self, blobs: &[PutBlob<'_>], waits_since: Option<Timestamp>) {
        for blob in blobs {
            let PutBlob { codec, raw_len, bytes, .. } = *blob;
            let new = || Blob { codec, raw_len, bytes: Bytes::copy_from_slice(bytes), waits_since };
            self.blobs.entry(blob.digest).or_insert_with(new);
        }
    }

    /// Makes a commit's blobs, and those put before that it names, part of the store.
    pub(super) fn keep(&mut self, commit: &Commit<'_>) {
        self.put(&commit.blobs, None);
        for digest in named(commit) {
            if let Some(blob) = self.blobs.get_mut(&digest) {
                blob.waits_since = None;
            }
        }
    }

    /// Bytes of all blobs that are part of the store.
    pub(super) fn stored_bytes(&self) -> u64 {
        let kept = self.blobs.values().filter(|blob| blob.waits_since.is_none());
        kept.map(|blob| blob.bytes.len() as u64).sum()
    }

    /// By how much a commit would raise them.
    pub(super) fn new_bytes(&self, commit: &Commit<'_>) -> u64 {
        let given: BTreeMap<Digest, &[u8]> =
            commit.blobs.iter().map(|blob| (blob.digest, blob.bytes)).collect();
        let new = |digest: &Digest| match self.blobs.get(digest) {
            Some(blob) => blob.waits_since.map(|_| blob.bytes.len()),
            None => given.get(digest).map(|bytes| bytes.len()),
        };
        named(commit).iter().filter_map(new).map(|len| len as u64).sum()
    }

    fn has_whole(&self, digest: Digest) -> bool {
        self.blobs.get(&digest).is_some_and(|blob| blob.raw(digest).is_some())
    }

    fn body(&self, buffer: &Buffer) -> Result<Body> {
        let mut body = Vec::new();
        for chunk in &buffer.chunks {
            let blob = self.blobs.get(&chunk.digest).filter(|blob| blob.raw_len == chunk.len as usize);
            let raw = blob.and_then(|blob| blob.raw(chunk.digest));
            body.extend_from_slice(&raw.ok_or_else(|| damaged(chunk.digest))?);
        }
        Ok(Body::Owned(body))
    }
}

/// The blobs that come with a commit or that its versions need.
fn named(commit: &Commit<'_>) -> BTreeSet<Digest> {
    let given = commit.blobs.iter().map(|blob| blob.digest);
    given.chain(commit.versions.iter().flat_map(|version| version.digests())).collect()
}

fn damaged(digest: Digest) -> BackendError {
    let message = format!("a part of the value is missing or damaged: blob `{digest}`");
    BackendError::Corrupt { message, source: None }
}
