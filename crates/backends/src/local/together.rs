//! A buffer that a save would leave in more runs than can be mapped is written again, in one.
//!
//! Each save of a long array adds what changed, so its chunks come to lie in
//! ever more places. A blob has one place: with the new copy its row moves,
//! and the hints of older versions follow or are looked up. The old bytes stay
//! in their pack until a sweep takes it.

use std::collections::{HashMap, HashSet};

use stillroom_core::{Buffer, Digest, Owner, PutBlob, Result};
use stillroom_format::CHUNK_LEN;

use super::Local;
use super::hint::{MAX_RUNS, Run};
use super::moves::Move;
use super::pack::PackId;
use super::places::{self, Place};
use super::session::Session;
use super::set::{Gathered, Placed};
use super::sorted::Sorted;

/// How many blobs are copied at a time: 4 MiB of full chunks.
const BATCH: usize = 64;

/// Stands for the pack that is not chosen yet; no pack has a negative number.
const SOMEWHERE: PackId = PackId(-1);

/// The raw blobs to write again, in order, each with its place, so that fewer of these buffers are scattered;
/// none when that changes nothing. Chunks that occur twice are in the way of one of their buffers, and the
/// ones `given` with the commit stay in the catalog.
pub(super) fn find(placed: &[Placed<'_>], places: &Sorted<Place>, given: &[Digest]) -> Vec<(Digest, Place)> {
    // What is coded is not mapped, wherever it lies.
    let raw_count = |runs: &[Run]| runs.iter().filter(|run| !run.is_coded()).count();
    let is_scattered = |buffer: &Buffer, runs: &[Run]| raw_count(runs) > MAX_RUNS && buffer.is_fixed();
    let buffers = || placed.iter().flatten();
    let scattered: Vec<&Buffer> =
        buffers().filter(|(buffer, runs)| is_scattered(buffer, runs)).map(|(buffer, _)| *buffer).collect();
    if scattered.is_empty() {
        return Vec::new();
    }
    let order = order(&scattered, given).into_iter();
    let order = order.filter_map(|digest| Some((digest, *places.get(&digest)?)));
    let order: Vec<(Digest, Place)> = order.filter(|(_, place)| place.form.is_raw()).collect();
    let mut moved: HashMap<Digest, Place> = places.iter().map(|(digest, place)| (*digest, *place)).collect();
    let mut offset = 0;
    for (digest, Place { form, .. }) in &order {
        moved.insert(*digest, Place { pack: SOMEWHERE, offset, form: *form });
        offset += u64::from(form.len);
    }
    let is_still = |(buffer, _): &&(&Buffer, Vec<Run>)| {
        let runs = places::runs(buffer, |_, digest| moved.get(&digest).copied());
        runs.is_none_or(|runs| is_scattered(buffer, &runs))
    };
    if buffers().filter(is_still).count() >= scattered.len() {
        return Vec::new();
    }
    order
}

/// The distinct chunks, full ones first so that they stay together, as in a save.
fn order(scattered: &[&Buffer], given: &[Digest]) -> Vec<Digest> {
    let mut seen: HashSet<Digest> = given.iter().copied().collect();
    let mut order = Vec::new();
    for is_full in [true, false] {
        let chunks = scattered.iter().flat_map(|buffer| &buffer.chunks);
        let chunks = chunks.filter(|chunk| (chunk.len as usize == CHUNK_LEN) == is_full);
        order.extend(chunks.map(|chunk| chunk.digest).filter(|digest| seen.insert(*digest)));
    }
    order
}

impl Local {
    /// Writes `blobs` again and syncs them. When one is damaged all stay where they are, to be found.
    pub(super) fn bring_together(
        &self,
        session: &Session,
        owner: Owner,
        blobs: &[(Digest, Place)],
        gathered: &mut Gathered,
    ) -> Result<()> {
        gathered.moves = Some(Vec::new());
        // Looked at before anything is copied, or each save would copy what comes before the damage.
        for batch in blobs.chunks(BATCH) {
            if self.read_whole_batch(session, owner, batch)?.is_none() {
                return Ok(());
            }
        }
        let mut copies = HashMap::with_capacity(blobs.len());
        for batch in blobs.chunks(BATCH) {
            let Some(bytes) = self.read_whole_batch(session, owner, batch)? else { return Ok(()) };
            let again: Vec<PutBlob<'_>> = batch.iter().zip(&bytes).map(as_blob).collect();
            let extents = self.append(session, &again)?;
            copies.extend(batch.iter().map(|(digest, _)| *digest).zip(extents));
        }
        let to = |(digest, from): &(Digest, Place)| Move {
            owner,
            digest: *digest,
            from: *from,
            to: copies[digest].place(),
        };
        gathered.moves = Some(blobs.iter().map(to).collect());
        for (digest, extent) in gathered.pending.iter_mut() {
            if let Some(copy) = copies.get(digest) {
                extent.clone_from(copy);
            }
        }
        gathered.packs = self.sync_packs(gathered.pending.iter().chain(&copies))?;
        Ok(())
    }

    fn read_whole_batch(
        &self,
        session: &Session,
        owner: Owner,
        batch: &[(Digest, Place)],
    ) -> Result<Option<Vec<Vec<u8>>>> {
        batch.iter().map(|(digest, place)| self.whole(session, owner, *digest, Some(*place))).collect()
    }
}

fn as_blob<'b>(((digest, _), bytes): (&(Digest, Place), &'b Vec<u8>)) -> PutBlob<'b> {
    PutBlob::raw(*digest, bytes, bytes.len() == CHUNK_LEN)
}
