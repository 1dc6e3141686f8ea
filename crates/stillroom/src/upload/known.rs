//! Which blobs the backend has to be given; any thread of a save may ask.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use stillroom_core::{BlobStore, Principal, poll_now};
use stillroom_format::Digest;

use super::batch::Batch;
use super::coding::Coder;
use crate::Result;

pub(super) struct Known<'a> {
    blobs: &'a dyn BlobStore,
    who: &'a Principal,
    /// What this save has asked for, so that equal chunks within it move once.
    seen: Mutex<HashSet<Digest>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(blobs: &'a dyn BlobStore, who: &'a Principal) -> Self {
        Self { blobs, who, seen: Mutex::default() }
    }

    /// Marks the new ones among a batch's blobs, and codes them.
    pub(super) fn prepare(&self, batch: &mut Batch, coder: &mut Coder<'_>) -> Result<()> {
        self.mark(batch)?;
        batch.code(coder);
        Ok(())
    }

    fn mark(&self, batch: &mut Batch) -> Result<()> {
        let fresh: Vec<Digest> = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            batch.blobs.iter().map(|blob| blob.digest).filter(|digest| seen.insert(*digest)).collect()
        };
        if fresh.is_empty() {
            return Ok(());
        }
        let mut missing: HashSet<Digest> =
            poll_now(self.blobs.missing(self.who, &fresh))?.into_iter().collect();
        for blob in &mut batch.blobs {
            blob.is_new = missing.remove(&blob.digest);
        }
        Ok(())
    }
}
