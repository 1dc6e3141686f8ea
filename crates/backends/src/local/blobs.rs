//! The calls for bytes: in by packs, out by maps and reads.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use rusqlite::Connection;
use stillroom_core::{Access, BlobStore, Body, Buffer, Digest, Hint, Principal, PutBlob, Recoder, Result};

use super::Local;
use super::connections::Held;
use super::error::CatalogError;
use super::pack::{Pack, Stat};
use super::pending::Extent;
use super::places::{self, Last, Noted};
use super::session::Session;
use super::writers::FULL_LEN;

#[async_trait]
impl BlobStore for Local {
    async fn missing(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let session = self.session()?;
        let mut held = session.connections.reading();
        let mut find = || -> Result<Vec<Digest>, CatalogError> {
            // One transaction for all: alone, each look-up would take and release the file's locks.
            let transaction = held.get().transaction()?;
            let mut missing = Vec::new();
            for digest in digests {
                let is_here = session.pending.contains(who.owner(), *digest)
                    || places::find(&transaction, who.owner(), *digest)?.is_some();
                if !is_here {
                    missing.push(*digest);
                }
            }
            Ok(missing)
        };
        find().map_err(|error| error.at(self.folder.path()))
    }

    /// Blobs of this process's saves under way are not written twice. Those that are in the catalog would
    /// be, and then not be entered: asking for each would cost as much as `missing` did.
    async fn put(&self, who: &Principal, blobs: &[PutBlob<'_>]) -> Result<()> {
        blobs.iter().try_for_each(PutBlob::check)?;
        self.folder.check_writable()?;
        let session = self.session()?;
        let new = |blob: &&PutBlob<'_>| !session.pending.contains(who.owner(), blob.digest);
        let new: Vec<PutBlob<'_>> = blobs.iter().filter(new).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let extents = self.append(session, &new)?;
        session.pending.add(who.owner(), new.iter().map(|blob| blob.digest).zip(extents));
        Ok(())
    }

    async fn get(
        &self,
        who: &Principal,
        buffers: &[Buffer],
        hint: &Hint,
        access: Access,
    ) -> Result<Vec<Body>> {
        self.fetch(who.owner(), buffers, hint, access)
    }

    async fn damaged(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        Ok(self.find_damaged(who.owner(), digests)?.into_iter().map(|damaged| damaged.digest).collect())
    }

    async fn discard(&self, who: &Principal, digests: &[Digest]) -> Result<()> {
        self.discard_damaged(who.owner(), digests)
    }

    async fn recode(&self, who: &Principal, digests: &[Digest], recoder: &dyn Recoder) -> Result<u64> {
        self.recode_raw(who.owner(), digests, recoder)
    }
}

impl Local {
    /// Appends blobs to this thread's pack.
    pub(super) fn append(&self, session: &Session, blobs: &[PutBlob<'_>]) -> Result<Vec<Extent>> {
        let pack = session.writers.claim(|| self.unfinished_pack(session))?;
        let offsets = pack.append(&*self.files, blobs)?;
        let len = blobs.iter().map(|blob| blob.bytes.len() as u64).sum();
        session.written.fetch_add(len, Ordering::Relaxed);
        let since = self.now_without_catalog();
        let extent = |(blob, offset): (&PutBlob<'_>, u64)| Extent::new(&pack, offset, blob, since);
        Ok(blobs.iter().zip(offsets).map(extent).collect())
    }

    /// A pack that another process left before it was full.
    pub(super) fn unfinished_pack(&self, session: &Session) -> Result<Option<Pack>> {
        let mut held = session.connections.reading();
        let ask = |held: &mut Held<'_, Connection>| {
            places::unfinished(held.get(), FULL_LEN).map_err(|error| error.at(self.folder.path()))
        };
        for candidate in ask(&mut held)? {
            let Some(pack) = Pack::open(&self.folder.packs(), candidate.id)? else { continue };
            // What was noted may have been overtaken before the lock was ours.
            let noted = ask(&mut held)?.into_iter().find(|noted| noted.id == candidate.id);
            if noted.is_some_and(|noted| can_continue(&pack, &noted)) {
                return Ok(Some(pack));
            }
        }
        Ok(None)
    }
}

/// Whether a pack is as its last commit left it, or longer by what a crash left behind.
fn can_continue(pack: &Pack, noted: &Noted) -> bool {
    let Last { offset, len, digest } = noted.last;
    let as_left = |stat: Stat| stat == noted.stat || stat.size > noted.stat.size;
    let last_is_there = || {
        let mut last = vec![0; len as usize];
        super::fetch::read_at(pack.file(), &mut last, offset).is_ok() && Digest::of(&last) == digest
    };
    Stat::of(pack.file()).is_ok_and(as_left) && last_is_there()
}
