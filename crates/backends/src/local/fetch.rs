//! How buffers are read: a long run of aligned chunks is mapped, all else is copied.
//!
//! Copied bytes are always compared with their digests. Mapped ones are when
//! the pack is not as it was left after its last sync, or always when the store
//! was opened so.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use rusqlite::Connection;
use stillroom_core::{Body, Buffer, Chunk, Digest, Hint, Owner, Region, Result};
use stillroom_format::CHUNK_LEN;

use super::Local;
use super::error::{self, CatalogError};
use super::hint::{self, Mark, Run};
use super::pack::{PackId, Stat};
use super::pending::Pending;
use super::places;
use super::session::Session;

/// Buffers shorter than this are copied: a map costs more than it saves.
const MAPPED_LEN: u64 = 256 * 1024;

/// Where a buffer's chunks are, and the bytes of those in the catalog.
struct Located<'a> {
    buffer: &'a Buffer,
    runs: Vec<Run>,
    in_catalog: HashMap<Digest, Vec<u8>>,
}

/// A pack to read from.
struct Source {
    file: Arc<File>,
    /// Whether it is as it was left, so that maps of it need no check.
    is_as_left: bool,
}

impl Local {
    pub(super) fn fetch(&self, owner: Owner, buffers: &[Buffer], hint: &Hint) -> Result<Vec<Body>> {
        let session = self.session()?;
        let mut hinted = hint::decode(hint);
        let mut before: Option<Vec<Vec<Run>>> = None;
        loop {
            let mut places = Vec::new();
            let fetched = self.try_fetch(session, owner, buffers, &hinted, &mut places);
            // A sweep may move blobs between the look into the catalog and the one into the pack: only an
            // error that comes again from the same places is one.
            if fetched.is_ok() || hinted.is_empty() && before.as_ref() == Some(&places) {
                return fetched;
            }
            before = hinted.is_empty().then_some(places);
            hinted.clear();
            session.readers.close_all();
        }
    }

    fn try_fetch(
        &self,
        session: &Session,
        owner: Owner,
        buffers: &[Buffer],
        hinted: &HashMap<Mark, Vec<Run>>,
        places: &mut Vec<Vec<Run>>,
    ) -> Result<Vec<Body>> {
        let at = |error: CatalogError| error.at(self.folder.path());
        let mut located = Vec::with_capacity(buffers.len());
        let mut noted = HashMap::new();
        {
            let mut held = session.connections.reading();
            let connection = held.get();
            for buffer in buffers {
                let asked = Asked { connection, pending: &session.pending, owner, buffer };
                let found = asked.locate(hinted).map_err(at)?;
                for run in &found.runs {
                    if run.pack != PackId::CATALOG && !noted.contains_key(&run.pack) {
                        noted.insert(run.pack, places::noted_stat(connection, run.pack).map_err(at)?);
                    }
                }
                places.push(found.runs.clone());
                located.push(found);
            }
        }
        let mut sources = HashMap::new();
        for (id, noted) in noted {
            sources.insert(id, self.open_pack(session, id, noted)?);
        }
        located.iter().map(|located| self.body(located, &sources)).collect()
    }

    fn open_pack(&self, session: &Session, id: PackId, noted: Option<Stat>) -> Result<Source> {
        let path = || id.path(&self.folder.packs());
        // The stat of a file that was unlinked while it was open is an error too: a sweep moved its blobs.
        let opened = session.readers.get(id).and_then(|file| Ok((Stat::of(&file)?, file)));
        let (stat, file) = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => error::corrupt(
                format!("a pack of the store is gone: `{}`", path().display()),
                Some(error.into()),
            ),
            _ => error::io("read", &path(), error),
        })?;
        Ok(Source { file, is_as_left: !self.verify_always && noted == Some(stat) })
    }

    fn body(&self, located: &Located<'_>, sources: &HashMap<PackId, Source>) -> Result<Body> {
        if let Some((run, full_count)) = located.mappable() {
            let source = &sources[&run.pack];
            if let Some(region) = self.map(located, run, full_count, source, sources)? {
                return Ok(Body::Mapped(region));
            }
        }
        let len = usize::try_from(located.buffer.len).map_err(|_| too_long(located.buffer))?;
        let mut bytes = vec![0; len];
        self.copy(located, 0, &mut bytes, sources)?;
        check(&located.buffer.chunks, &bytes)?;
        Ok(Body::Owned(bytes))
    }

    /// The buffer as a map; none when the system has no more maps to give.
    fn map(
        &self,
        located: &Located<'_>,
        run: Run,
        full_count: usize,
        source: &Source,
        sources: &HashMap<PackId, Source>,
    ) -> Result<Option<Region>> {
        let full_len = full_count * CHUNK_LEN;
        let tail_len = usize::try_from(located.buffer.len).map_err(|_| too_long(located.buffer))? - full_len;
        let mut region = match Region::map(&source.file, run.offset, full_len, tail_len) {
            Ok(region) => region,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.cut_short(run.pack));
            }
            Err(_) => return Ok(None),
        };
        let (full, tail) = located.buffer.chunks.split_at(full_count);
        self.copy(located, full_count, &mut region.as_mut_slice()[full_len..], sources)?;
        check(tail, &region.as_slice()[full_len..])?;
        if !source.is_as_left {
            check(full, &region.as_slice()[..full_len])?;
        }
        Ok(Some(region))
    }

    /// Copies the chunks from `first` on, a run at a time.
    fn copy(
        &self,
        located: &Located<'_>,
        first: usize,
        mut into: &mut [u8],
        sources: &HashMap<PackId, Source>,
    ) -> Result<()> {
        let mut at = 0;
        for run in &located.runs {
            let chunks = &located.buffer.chunks[at..at + run.chunk_count as usize];
            let (skipped, chunks) = chunks.split_at(first.saturating_sub(at).min(chunks.len()));
            at += run.chunk_count as usize;
            let (here, rest) = into.split_at_mut(len_of(chunks));
            into = rest;
            if chunks.is_empty() {
                continue;
            }
            if run.pack == PackId::CATALOG {
                let bytes = located.in_catalog.get(&chunks[0].digest);
                let bytes = bytes.filter(|bytes| bytes.len() == here.len());
                here.copy_from_slice(bytes.ok_or_else(|| not_there(chunks[0].digest))?);
                continue;
            }
            let offset = run.offset + len_of(skipped) as u64;
            read_at(&sources[&run.pack].file, here, offset).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => self.cut_short(run.pack),
                _ => error::io("read", &run.pack.path(&self.folder.packs()), error),
            })?;
        }
        Ok(())
    }

    fn cut_short(&self, pack: PackId) -> stillroom_core::BackendError {
        let path = pack.path(&self.folder.packs());
        error::corrupt(format!("a pack of the store was cut short: `{}`", path.display()), None)
    }
}

impl Located<'_> {
    /// The run that holds all full chunks, and how many those are, when they can be mapped.
    fn mappable(&self) -> Option<(Run, usize)> {
        let run = *self.runs.first()?;
        let full_count = usize::try_from(self.buffer.len).ok()? / CHUNK_LEN;
        let can = self.buffer.len >= MAPPED_LEN
            && self.buffer.is_fixed()
            && run.pack != PackId::CATALOG
            && run.chunk_count as usize >= full_count
            && run.offset.is_multiple_of(CHUNK_LEN as u64);
        can.then_some((run, full_count))
    }
}

/// A buffer being looked for.
struct Asked<'a, 'b> {
    connection: &'a Connection,
    pending: &'a Pending,
    owner: Owner,
    buffer: &'b Buffer,
}

impl<'b> Asked<'_, 'b> {
    fn locate(&self, hinted: &HashMap<Mark, Vec<Run>>) -> Result<Located<'b>, CatalogError> {
        let buffer = self.buffer;
        if buffer.len != len_of(&buffer.chunks) as u64 {
            return Err(error::corrupt("a buffer is not as long as its parts".to_owned(), None).into());
        }
        let covers = |runs: &&Vec<Run>| {
            runs.iter().map(|run| run.chunk_count as usize).sum::<usize>() == buffer.chunks.len()
        };
        let runs = match hinted.get(&hint::mark(self.owner, buffer)).filter(covers) {
            Some(runs) => runs.clone(),
            None => self.look_up()?,
        };
        let mut in_catalog = HashMap::new();
        let mut at = 0;
        for run in &runs {
            if run.pack == PackId::CATALOG {
                let digest = buffer.chunks[at].digest;
                let bytes = places::read(self.connection, self.owner, digest)?;
                in_catalog.insert(digest, bytes.ok_or_else(|| not_there(digest))?);
            }
            at += run.chunk_count as usize;
        }
        Ok(Located { buffer, runs, in_catalog })
    }

    fn look_up(&self) -> Result<Vec<Run>, CatalogError> {
        let mut found = Vec::with_capacity(self.buffer.chunks.len());
        for chunk in &self.buffer.chunks {
            let place = match self.pending.place(self.owner, chunk.digest) {
                Some(place) => Some(place),
                None => places::find(self.connection, self.owner, chunk.digest)?,
            };
            let place = place.filter(|place| place.len == chunk.len);
            found.push(place.ok_or_else(|| not_there(chunk.digest))?);
        }
        Ok(places::runs(self.buffer, |at, _| Some(found[at])).expect("each chunk was found with its length"))
    }
}

/// Compares bytes that lie one after another with the digests they were asked by.
fn check(chunks: &[Chunk], mut bytes: &[u8]) -> Result<()> {
    for chunk in chunks {
        let (here, rest) = bytes.split_at(chunk.len as usize);
        if Digest::of(here) != chunk.digest {
            let message = format!("stored bytes are damaged; load another version: blob `{}`", chunk.digest);
            return Err(error::corrupt(message, None));
        }
        bytes = rest;
    }
    Ok(())
}

/// Reads all of `into` from `offset` on.
pub(super) fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(into, offset)
}

fn len_of(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|chunk| chunk.len as usize).sum()
}

fn not_there(digest: Digest) -> stillroom_core::BackendError {
    error::corrupt(format!("a part of the value is not in the store: blob `{digest}`"), None)
}

fn too_long(buffer: &Buffer) -> stillroom_core::BackendError {
    error::corrupt(format!("longer than memory can be: {} bytes", buffer.len), None)
}
