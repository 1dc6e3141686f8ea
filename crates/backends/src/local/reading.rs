//! Chunks brought into their places: read, decoded where they are coded, and compared with their digests; in
//! several threads when they are many.
//!
//! A thread compares what it has just read or decoded: that is in its core's cache then.

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
pub(super) struct Reading<'a> {
    pub(super) chunks: &'a [Chunk],
    pub(super) from: Origin<'a>,
    pub(super) into: &'a mut [u8],
}

/// Where chunks are; `kept` says how each is kept, and nothing of raw ones.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// In a pack, from an offset on.
    Pack { pack: PackId, file: &'a File, offset: u64, kept: &'a [Kept] },
    /// One chunk that lies in the catalog.
    Catalog { bytes: &'a [u8], kept: &'a [Kept] },
    /// In their places already, mapped, and only to be compared.
    Place,
}

/// What a thread keeps from one job to the next.
#[derive(Default)]
struct Memory {
    decoder: Decoder,
    kept: Vec<u8>,
}

impl<'a> Reading<'a> {
    /// The same in parts for threads to take.
    fn parts(self) -> impl Iterator<Item = Reading<'a>> {
        let Self { chunks, mut from, mut into } = self;
        chunks.chunks(CHUNKS).map(move |chunks| {
            let (here, origin);
            (here, into) = std::mem::take(&mut into).split_at_mut(len_of(chunks));
            (origin, from) = from.split_at(chunks);
            Reading { chunks, from: origin, into: here }
        })
    }
}

impl Origin<'_> {
    /// Where the first `chunks` are, and where those behind them.
    fn split_at(self, chunks: &[Chunk]) -> (Self, Self) {
        let Self::Pack { pack, file, offset, kept } = self else { return (self, self) };
        let (first, rest) = kept.split_at_checked(chunks.len()).unwrap_or((kept, &[]));
        let len = if kept.is_empty() { len_of(chunks) } else { kept_len(first) };
        let beyond = offset.saturating_add(len as u64);
        (
            Self::Pack { pack, file, offset, kept: first },
            Self::Pack { pack, file, offset: beyond, kept: rest },
        )
    }
}

impl Local {
    /// Brings all chunks into their places, and compares them.
    pub(super) fn read_all(&self, readings: Vec<Reading<'_>>) -> Result<()> {
        let total: usize = readings.iter().map(|reading| reading.into.len()).sum();
        let parts = Mutex::new(readings.into_iter().flat_map(Reading::parts));
        let failed = Mutex::new(None);
        let next = || {
            let has_failed = failed.lock().unwrap_or_else(PoisonError::into_inner).is_some();
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            if has_failed { None } else { parts.next() }
        };
        let work = || {
            let mut memory = Memory::default();
            while let Some(part) = next() {
                if let Err(error) = self.read_part(part, &mut memory) {
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

    fn read_part(&self, part: Reading<'_>, memory: &mut Memory) -> Result<()> {
        let Reading { chunks, from, into } = part;
        match from {
            Origin::Place => {}
            Origin::Pack { pack, file, offset, kept: [] } => {
                read_at(file, into, offset).map_err(|error| self.cant_read(pack, error))?;
            }
            Origin::Catalog { bytes, kept: [] } if bytes.len() == into.len() => into.copy_from_slice(bytes),
            Origin::Catalog { kept: [], .. } => return Err(not_there(chunks[0].digest)),
            Origin::Pack { pack, file, offset, kept } => {
                memory.kept.resize(kept_len(kept), 0);
                let read = read_at(file, &mut memory.kept, offset);
                read.map_err(|error| self.cant_read(pack, error))?;
                return decode(chunks, kept, &memory.kept, into, &mut memory.decoder);
            }
            Origin::Catalog { bytes, kept } => {
                return decode(chunks, kept, bytes, into, &mut memory.decoder);
            }
        }
        check(chunks, into)
    }
}

/// Decodes chunks that lie one after another, each to where it goes, and compares it.
fn decode(
    chunks: &[Chunk],
    kept: &[Kept],
    mut coded: &[u8],
    mut into: &mut [u8],
    decoder: &mut Decoder,
) -> Result<()> {
    for (number, chunk) in chunks.iter().enumerate() {
        let (here, first);
        (here, into) = std::mem::take(&mut into).split_at_mut(chunk.len as usize);
        let form = kept.get(number).ok_or_else(|| not_there(chunk.digest))?;
        let parted = coded.split_at_checked(form.len as usize);
        (first, coded) = parted.ok_or_else(|| not_there(chunk.digest))?;
        if decoder.decode(form.codec, first, here).is_err() || Digest::of(here) != chunk.digest {
            return Err(damaged(chunk.digest));
        }
    }
    Ok(())
}

/// Compares bytes that lie one after another with the digests they were asked by.
fn check(chunks: &[Chunk], mut bytes: &[u8]) -> Result<()> {
    for chunk in chunks {
        let (here, rest) = bytes.split_at(chunk.len as usize);
        if Digest::of(here) != chunk.digest {
            return Err(damaged(chunk.digest));
        }
        bytes = rest;
    }
    Ok(())
}

fn kept_len(kept: &[Kept]) -> usize {
    kept.iter().map(|kept| kept.len as usize).sum()
}

fn len_of(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|chunk| chunk.len as usize).sum()
}
