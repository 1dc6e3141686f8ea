//! Bodies of buffers from what is here: runs of full chunks mapped one after another, all else read.
//!
//! What is read is compared with its digest each time. What is mapped is when this process has not done so, or when
//! the file is not as it was then.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use stillroom_core::{Access, Body, Buffer, Chunk, Digest, Region};
use stillroom_format::CHUNK_LEN;
use stillroom_mapping::Stretch;

use super::part::{PackId, Place, Plan, Seen, Stat};

/// A buffer of which less than this can be mapped is copied: a map costs more than it saves.
const MAPPED_LEN: usize = 256 * 1024;
/// A buffer in more runs than these is copied: a process has only so many maps.
const MAX_RUNS: usize = 256;

/// A buffer that is filled as far as it is here.
pub(crate) struct Started {
    pub(crate) body: Body,
    /// Its chunks that are to be filled yet.
    pub(crate) lacking: Vec<usize>,
}

impl Started {
    /// A buffer of which nothing is here.
    pub(crate) fn empty(buffer: &Buffer) -> Self {
        Self {
            body: Body::Owned(vec![0; len_of(&buffer.chunks)]),
            lacking: (0..buffer.chunks.len()).collect(),
        }
    }
}

pub(super) fn start(buffers: &[Buffer], mut plan: Plan, access: Access) -> (Vec<Started>, Seen) {
    let mut seen = Seen::default();
    let mut started = Vec::with_capacity(buffers.len());
    for (buffer, mut places) in buffers.iter().zip(plan.places) {
        let body = loop {
            places
                .iter_mut()
                .for_each(|place| *place = place.filter(|place| plan.files.contains_key(&place.pack)));
            let parts = Parts { buffer, places: &places, files: &plan.files };
            match parts.body(access, &mut seen) {
                Ok(body) => break body,
                // It is not asked again, and what it had is fetched.
                Err(Damaged(pack)) => {
                    plan.files.remove(&pack);
                    seen.damaged.push(pack);
                }
            }
        };
        let lacking =
            places.iter().enumerate().filter(|(_, place)| place.is_none()).map(|(at, _)| at).collect();
        started.push(Started { body, lacking });
    }
    (started, seen)
}

/// A pack that does not hold what its list says.
struct Damaged(PackId);

/// A buffer and where its chunks are.
struct Parts<'a> {
    buffer: &'a Buffer,
    places: &'a [Option<Place>],
    files: &'a HashMap<PackId, (File, Stat)>,
}

/// Chunks that lie one after another in a pack.
struct Run {
    chunks: Range<usize>,
    pack: PackId,
    offset: u64,
    /// Where in the buffer they begin.
    at: usize,
    len: usize,
    /// Whether they are full and aligned.
    can_map: bool,
}

impl Parts<'_> {
    fn body(&self, access: Access, seen: &mut Seen) -> Result<Body, Damaged> {
        let runs = self.runs();
        let mappable: usize = runs.iter().filter(|run| run.can_map).map(|run| run.len).sum();
        let is_worth_it = mappable >= MAPPED_LEN && runs.len() <= MAX_RUNS;
        let region = if access != Access::Copied && is_worth_it { self.map(&runs) } else { None };
        let is_mapped = region.is_some();
        let mut body = region.map_or_else(|| Started::empty(self.buffer).body, Body::Mapped);
        let bytes = body.as_mut_slice();
        for run in &runs {
            let into = &mut bytes[run.at..run.at + run.len];
            if is_mapped && run.can_map {
                self.check(run, into, seen)?;
            } else {
                self.read(run, into)?;
            }
        }
        Ok(body)
    }

    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        for (number, (chunk, place)) in self.buffer.chunks.iter().zip(self.places).enumerate() {
            let len = chunk.len as usize;
            if let Some(Place { pack, offset, .. }) = *place {
                let can_map = len == CHUNK_LEN && offset.is_multiple_of(CHUNK_LEN as u64);
                let follows = |run: &&mut Run| {
                    run.pack == pack
                        && run.can_map == can_map
                        && run.chunks.end == number
                        && run.offset + run.len as u64 == offset
                };
                match runs.last_mut().filter(follows) {
                    Some(run) => {
                        run.chunks.end += 1;
                        run.len += len;
                    }
                    None => runs.push(Run { chunks: number..number + 1, pack, offset, at, len, can_map }),
                }
            }
            at += len;
        }
        runs
    }

    /// None when there is no map to have; reading finds out why, when it is the pack that is short.
    fn map(&self, runs: &[Run]) -> Option<Region> {
        let stretch = |run: &Run| {
            let Run { pack, offset, at, len, .. } = *run;
            Stretch { file: &self.files[&pack].0, offset, at, len }
        };
        let stretches: Vec<_> = runs.iter().filter(|run| run.can_map).map(stretch).collect();
        Region::map(len_of(&self.buffer.chunks), &stretches).ok()
    }

    /// Compares what is mapped with its digests, where that was not done before.
    fn check(&self, run: &Run, mut bytes: &[u8], seen: &mut Seen) -> Result<(), Damaged> {
        let stat = self.files[&run.pack].1;
        for number in run.chunks.clone() {
            let (here, rest) = bytes.split_at(CHUNK_LEN);
            bytes = rest;
            let Some(place) = self.places[number].filter(|place| !place.is_checked) else { continue };
            if Digest::of(here) != self.buffer.chunks[number].digest {
                return Err(Damaged(run.pack));
            }
            seen.whole.push((run.pack, stat, place.number));
        }
        Ok(())
    }

    fn read(&self, run: &Run, into: &mut [u8]) -> Result<(), Damaged> {
        let read = self.files[&run.pack].0.read_exact_at(into, run.offset);
        let mut rest = &into[..];
        let is_whole = |chunk: &Chunk| {
            let here;
            (here, rest) = rest.split_at(chunk.len as usize);
            Digest::of(here) == chunk.digest
        };
        if read.is_ok() && self.buffer.chunks[run.chunks.clone()].iter().all(is_whole) {
            return Ok(());
        }
        Err(Damaged(run.pack))
    }
}

fn len_of(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|chunk| chunk.len as usize).sum()
}
