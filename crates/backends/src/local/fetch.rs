//! How buffers are read: runs of aligned chunks are mapped one after another, all else is copied or decoded.
//!
//! Copied and decoded bytes are always compared with their digests. Mapped ones are when
//! the pack is not as it was left after its last sync, or always when the store
//! was opened so.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use rusqlite::Connection;
use stillroom_core::{Access, BackendError, Body, Buffer, Chunk, Digest, Hint, Owner, Region, Result};
use stillroom_format::CHUNK_LEN;
use stillroom_mapping::Stretch;

use super::Local;
use super::error::{self, CatalogError};
use super::hint::{self, Kept, MAX_RUNS, Mark, Run};
use super::pack::{PackId, Stat};
use super::pending::Pending;
use super::places;
use super::reading::{Origin, Reading};
use super::session::Session;

/// A buffer of which less than this can be mapped is copied: a map costs more than it saves.
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
    pub(super) fn fetch(
        &self,
        owner: Owner,
        buffers: &[Buffer],
        hint: &Hint,
        access: Access,
    ) -> Result<Vec<Body>> {
        let session = self.session()?;
        let mut hinted = hint::decode(hint);
        let mut before: Option<Vec<Vec<Run>>> = None;
        loop {
            let mut places = Vec::new();
            let asked = (owner, buffers, access);
            let fetched = self.try_fetch(session, asked, &hinted, &mut places);
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
        (owner, buffers, access): (Owner, &[Buffer], Access),
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
        let pieces: Vec<_> = located.iter().map(Located::pieces).collect();
        let bodies =
            located.iter().zip(&pieces).map(|(located, pieces)| located.body(pieces, &sources, access));
        let mut bodies = bodies.collect::<Result<Vec<_>>>()?;
        let readings = located.iter().zip(&pieces).zip(&mut bodies);
        let readings = readings.map(|((located, pieces), body)| located.readings(pieces, body, &sources));
        self.read_all(readings.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())?;
        Ok(bodies)
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

    pub(super) fn cant_read(&self, pack: PackId, error: io::Error) -> BackendError {
        let path = pack.path(&self.folder.packs());
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return error::corrupt(format!("a pack of the store was cut short: `{}`", path.display()), None);
        }
        error::io("read", &path, error)
    }
}

/// Chunks that are all mapped, all read or all decoded, in one go.
struct Piece<'a> {
    chunks: &'a [Chunk],
    /// How each is kept, where some are coded.
    kept: &'a [Kept],
    pack: PackId,
    offset: u64,
    /// Where in the buffer they begin.
    at: usize,
    len: usize,
    is_mapped: bool,
}

impl Piece<'_> {
    fn stretch<'s>(&self, sources: &'s HashMap<PackId, Source>) -> Stretch<'s> {
        Stretch { file: &sources[&self.pack].file, offset: self.offset, at: self.at, len: self.len }
    }
}

impl Located<'_> {
    /// Room for the buffer: what can be mapped is there, all else is to be read.
    fn body(&self, pieces: &[Piece<'_>], sources: &HashMap<PackId, Source>, access: Access) -> Result<Body> {
        let len = usize::try_from(self.buffer.len).map_err(|_| too_long(self.buffer))?;
        let mapped = pieces.iter().filter(|piece| piece.is_mapped);
        if access != Access::Copied && mapped.clone().map(|piece| piece.len as u64).sum::<u64>() >= MAPPED_LEN
        {
            let stretches: Vec<_> = mapped.map(|piece| piece.stretch(sources)).collect();
            // A pack cut short is one of the reasons for none; reading it finds that out.
            if let Ok(region) = Region::map(len, &stretches) {
                return Ok(Body::Mapped(region));
            }
        }
        Ok(Body::Owned(vec![0; len]))
    }

    /// What of the body is to be read, and what of its maps to be compared.
    fn readings<'a>(
        &'a self,
        pieces: &'a [Piece<'a>],
        body: &'a mut Body,
        sources: &'a HashMap<PackId, Source>,
    ) -> Result<Vec<Reading<'a>>> {
        let (mut rest, has_maps) = match body {
            Body::Owned(bytes) => (&mut bytes[..], false),
            Body::Mapped(region) => (region.as_mut_slice(), true),
        };
        let mut readings = Vec::new();
        for piece in pieces {
            let into;
            (into, rest) = rest.split_at_mut(piece.len);
            let from = if has_maps && piece.is_mapped {
                if sources[&piece.pack].is_as_left {
                    continue;
                }
                Origin::Place
            } else {
                self.origin(piece, sources)?
            };
            readings.push(Reading { chunks: piece.chunks, from, into });
        }
        Ok(readings)
    }

    fn origin<'a>(&'a self, piece: &Piece<'a>, sources: &'a HashMap<PackId, Source>) -> Result<Origin<'a>> {
        let Piece { kept, pack, offset, .. } = *piece;
        if pack == PackId::CATALOG {
            let digest = piece.chunks[0].digest;
            let bytes = self.in_catalog.get(&digest).ok_or_else(|| not_there(digest))?;
            return Ok(Origin::Catalog { bytes, kept });
        }
        Ok(Origin::Pack { pack, file: &sources[&pack].file, offset, kept })
    }

    /// The buffer's runs, each parted where its full chunks end. None is to be mapped when there are too
    /// many, or when the buffer is not one that is cut at fixed steps.
    fn pieces(&self) -> Vec<Piece<'_>> {
        let can_map = self.runs.len() <= MAX_RUNS && self.buffer.is_fixed();
        let mut pieces = Vec::with_capacity(self.runs.len() + 1);
        let (mut rest, mut at) = (&self.buffer.chunks[..], 0);
        for run in &self.runs {
            let chunks;
            (chunks, rest) = rest.split_at(run.chunk_count as usize);
            let is_full = |chunk: &&Chunk| chunk.len as usize == CHUNK_LEN;
            let full_count = chunks.iter().take_while(is_full).count();
            let can_map = can_map && run.pack != PackId::CATALOG && run.is_aligned() && !run.is_coded();
            let (mapped, read) = chunks.split_at(if can_map { full_count } else { 0 });
            let mut offset = run.offset;
            for (chunks, is_mapped) in [(mapped, true), (read, false)] {
                let len = len_of(chunks);
                if len > 0 {
                    let (kept, pack) = (&run.kept[..], run.pack);
                    pieces.push(Piece { chunks, kept, pack, offset, at, len, is_mapped });
                }
                (at, offset) = (at + len, offset.saturating_add(len as u64));
            }
        }
        pieces
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
        let runs = match hinted.get(&hint::mark(self.owner, buffer)).filter(|runs| covers(runs, buffer)) {
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
            let place = place.filter(|place| place.form.raw_len == chunk.len);
            found.push(place.ok_or_else(|| not_there(chunk.digest))?);
        }
        Ok(places::runs(self.buffer, |at, _| Some(found[at])).expect("each chunk was found with its length"))
    }
}

/// Whether a hint speaks of each of the buffer's chunks, and no coded one would take more than its raw length.
fn covers(runs: &[Run], buffer: &Buffer) -> bool {
    let mut rest = &buffer.chunks[..];
    let fits = runs.iter().all(|run| {
        let Some((chunks, after)) = rest.split_at_checked(run.chunk_count as usize) else { return false };
        rest = after;
        let is_some = run.chunk_count > 0 && (run.chunk_count == 1 || run.pack != PackId::CATALOG);
        is_some && run.kept.iter().zip(chunks).all(|(kept, chunk)| kept.len <= chunk.len)
    });
    fits && rest.is_empty()
}

/// Reads all of `into` from `offset` on.
pub(super) fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(into, offset)
}

fn len_of(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|chunk| chunk.len as usize).sum()
}

pub(super) fn damaged(digest: Digest) -> BackendError {
    error::corrupt(format!("stored bytes are damaged; load another version: blob `{digest}`"), None)
}

pub(super) fn not_there(digest: Digest) -> BackendError {
    error::corrupt(format!("a part of the value is not in the store: blob `{digest}`"), None)
}

fn too_long(buffer: &Buffer) -> BackendError {
    error::corrupt(format!("longer than memory can be: {} bytes", buffer.len), None)
}
