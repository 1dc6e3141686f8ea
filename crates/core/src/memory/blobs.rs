//! Bytes in memory.

use async_trait::async_trait;
use bytes::Bytes;
use stillroom_format::{Buffer, Digest};

use super::{Holdings, Memory};
use crate::{BackendError, BlobStore, Body, Hint, Principal, PutBlob, Result};

#[async_trait]
impl BlobStore for Memory {
    async fn missing(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let missing = |holdings: &mut Holdings| {
            digests.iter().filter(|digest| !holdings.blobs.contains_key(digest)).copied().collect()
        };
        Ok(self.with(who.owner(), missing))
    }

    async fn put(&self, who: &Principal, blobs: &[PutBlob<'_>]) -> Result<()> {
        self.with(who.owner(), |holdings| holdings.put(blobs));
        Ok(())
    }

    async fn get(&self, who: &Principal, buffers: &[Buffer], _: &Hint) -> Result<Vec<Body>> {
        self.with(who.owner(), |holdings| buffers.iter().map(|buffer| holdings.body(buffer)).collect())
    }
}

impl Holdings {
    pub(super) fn put(&mut self, blobs: &[PutBlob<'_>]) {
        for blob in blobs {
            self.blobs.entry(blob.digest).or_insert_with(|| Bytes::copy_from_slice(blob.bytes));
        }
    }

    fn body(&self, buffer: &Buffer) -> Result<Body> {
        let mut body = Vec::new();
        for chunk in &buffer.chunks {
            let bytes = self.blobs.get(&chunk.digest);
            let bytes = bytes.filter(|bytes| bytes.len() == chunk.len as usize);
            let bytes = bytes.filter(|bytes| Digest::of(bytes) == chunk.digest);
            body.extend_from_slice(bytes.ok_or_else(|| damaged(chunk.digest))?);
        }
        Ok(Body::Owned(body))
    }
}

fn damaged(digest: Digest) -> BackendError {
    let message = format!("a part of the value is missing or damaged: blob `{digest}`");
    BackendError::Corrupt { message, source: None }
}
