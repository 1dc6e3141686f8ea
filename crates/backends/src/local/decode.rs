//! Coded chunks, read and decoded straight into their places, in several threads when they are many.
//!
//! What was decoded is compared with its digest here, in the same thread: it
//! is in that core's cache then.

use std::fs::File;
use std::sync::{Mutex, PoisonError};
use std::thread;

use stillroom_core::{Chunk, Digest, Result, thread_count};
use stillroom_format::{CHUNK_LEN, Decoder};

use super::Local;
use super::fetch::{damaged, not_there, read_at};
use super::hint::Kept;
use super::pack::PackId;

/// Raw bytes from which threads are worth their start.
const LEN: usize = 16 * CHUNK_LEN;
/// How many chunks a thread takes at a time.
const CHUNKS: usize = 16;

/// Chunks that lie one after another, and where they go.
pub(super) struct Coded<'a> {
    pub(super) chunks: &'a [Chunk],
    pub(super) kept: &'a [Kept],
    pub(super) from: Origin<'a>,
    pub(super) into: &'a mut [u8],
}

/// Where coded bytes are.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    Pack(PackId, &'a File, u64),
    Catalog(&'a [u8]),
}

/// What a thread keeps from one job to the next.
#[derive(Default)]
struct Memory {
    decoder: Decoder,
    kept: Vec<u8>,
}

impl<'a> Coded<'a> {
    /// The same in parts for threads to take.
    fn parts(self) -> impl Iterator<Item = Coded<'a>> {
        let Self { chunks, kept, mut from, mut into } = self;
        let parts = chunks.chunks(CHUNKS).zip(kept.chunks(CHUNKS));
        parts.map(move |(chunks, kept)| {
            let (here, rest) =
                std::mem::take(&mut into).split_at_mut(len(chunks.iter().map(|chunk| chunk.len)));
            into = rest;
            let part = Coded { chunks, kept, from, into: here };
            if let Origin::Pack(_, _, offset) = &mut from {
                *offset = offset.saturating_add(kept_len(kept) as u64);
            }
            part
        })
    }
}

impl Local {
    /// Fills the places of all `coded` chunks.
    pub(super) fn decode(&self, coded: Vec<Coded<'_>>) -> Result<()> {
        let total: usize = coded.iter().map(|coded| coded.into.len()).sum();
        let parts = Mutex::new(coded.into_iter().flat_map(Coded::parts));
        let failed = Mutex::new(None);
        let next = || {
            let has_failed = failed.lock().unwrap_or_else(PoisonError::into_inner).is_some();
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            if has_failed { None } else { parts.next() }
        };
        let work = || {
            let mut memory = Memory::default();
            while let Some(part) = next() {
                if let Err(error) = self.decode_part(part, &mut memory) {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            }
        };
        thread::scope(|scope| {
            let count = if total < LEN { 1 } else { thread_count() };
            for _ in 1..count {
                // Without it this thread does the more.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn decode_part(&self, part: Coded<'_>, memory: &mut Memory) -> Result<()> {
        let Memory { decoder, kept } = memory;
        let mut rest = match part.from {
            Origin::Pack(pack, file, offset) => {
                kept.resize(kept_len(part.kept), 0);
                read_at(file, kept, offset).map_err(|error| self.cant_read(pack, error))?;
                &kept[..]
            }
            Origin::Catalog(bytes) => bytes,
        };
        let mut into = part.into;
        for (chunk, kept) in part.chunks.iter().zip(part.kept) {
            let here;
            (here, into) = into.split_at_mut(chunk.len as usize);
            let coded;
            (coded, rest) =
                rest.split_at_checked(kept.len as usize).ok_or_else(|| not_there(chunk.digest))?;
            let decoded = decoder.decode(kept.codec, coded, here);
            if decoded.is_err() || Digest::of(here) != chunk.digest {
                return Err(damaged(chunk.digest));
            }
        }
        Ok(())
    }
}

fn kept_len(kept: &[Kept]) -> usize {
    len(kept.iter().map(|kept| kept.len))
}

fn len(lens: impl Iterator<Item = u32>) -> usize {
    lens.map(|len| len as usize).sum()
}
