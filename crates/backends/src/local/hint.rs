//! Where a version's buffers were put, in few bytes, so that a load need not look up each chunk.
//!
//! A hint vouches for itself: it ends in a digest of its bytes, and each
//! buffer in it is found by a mark of its owner, length and chunks. One that
//! is damaged, foreign or of an older layout is as good as none.
//!
//! Layout, integers little-endian: the number of buffers (4 bytes); per buffer
//! its mark (16), the number of its runs (4), per run pack (8), offset (8) and
//! count of chunks (4); then 16 bytes of BLAKE3 of all that. Of a run with
//! coded chunks, which a store of layout 2 may have, the highest bit of the
//! count is set, and for each chunk its length as kept (3) and its codec (1)
//! follow.

use std::collections::{BTreeMap, HashMap};

use stillroom_core::{Buffer, Codec, Digest, Hint, Owner, limits};
use stillroom_format::CHUNK_LEN;

use super::pack::PackId;
use super::places::{Form, Place, Runs};

/// Chunks of a buffer that lie one after another in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) pack: PackId,
    pub(super) offset: u64,
    pub(super) chunk_count: u32,
    /// How each chunk is kept, if any of them is coded; none when all are raw.
    pub(super) kept: Vec<Kept>,
}

/// How a chunk is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) codec: Codec,
    pub(super) len: u32,
}

impl Run {
    /// A chunk alone.
    pub(super) fn new(pack: PackId, offset: u64, form: Form) -> Self {
        let kept = if form.is_raw() { Vec::new() } else { vec![form.into()] };
        Self { pack, offset, chunk_count: 1, kept }
    }

    /// One more chunk; a raw one, or the run is coded.
    pub(super) fn push(&mut self, form: Form) {
        self.chunk_count += 1;
        if self.is_coded() {
            self.kept.push(form.into());
        }
    }

    pub(super) fn is_coded(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Whether its full chunks lie as the first of them, so that they can be mapped.
    pub(super) fn is_aligned(&self) -> bool {
        self.offset.is_multiple_of(CHUNK_LEN as u64)
    }
}

/// A buffer's mark.
pub(super) type Mark = [u8; 16];

/// A buffer in more runs than these is not mapped, and the look-ups are the smaller cost.
pub(super) const MAX_RUNS: usize = 256;

/// Set in a count of chunks that are coded.
const CODED: u32 = 1 << 31;

/// The mark of `owner`'s `buffer`: hashed in one go, since a long buffer has thousands of chunks.
pub(super) fn mark(owner: Owner, buffer: &Buffer) -> Mark {
    let mut bytes = Vec::with_capacity(24 + buffer.chunks.len() * (Digest::LEN + 4));
    bytes.extend_from_slice(owner.id().as_bytes());
    bytes.extend_from_slice(&buffer.len.to_le_bytes());
    for chunk in &buffer.chunks {
        bytes.extend_from_slice(chunk.digest.as_bytes());
        bytes.extend_from_slice(&chunk.len.to_le_bytes());
    }
    short(&bytes)
}

fn short(bytes: &[u8]) -> Mark {
    *Digest::of(bytes).as_bytes().first_chunk().expect("a digest is 32 bytes long")
}

/// Writes the runs of buffers that lie in packs.
pub(super) fn encode<'a>(buffers: impl Iterator<Item = (Mark, &'a [Run])>) -> Vec<u8> {
    let mut count = 0_u32;
    let mut out = vec![0; 4];
    for (mark, runs) in buffers.filter(|(_, runs)| !runs.is_empty() && runs.len() <= MAX_RUNS) {
        count += 1;
        out.extend_from_slice(&mark);
        out.extend_from_slice(&u32::try_from(runs.len()).expect("checked against 256").to_le_bytes());
        for run in runs {
            out.extend_from_slice(&run.pack.0.to_le_bytes());
            out.extend_from_slice(&run.offset.to_le_bytes());
            let flag = if run.is_coded() { CODED } else { 0 };
            out.extend_from_slice(&(run.chunk_count | flag).to_le_bytes());
            out.extend(run.kept.iter().flat_map(|kept| kept.pack().to_le_bytes()));
        }
    }
    if count == 0 {
        return Vec::new();
    }
    out[..4].copy_from_slice(&count.to_le_bytes());
    let check = short(&out);
    out.extend_from_slice(&check);
    out
}

/// Reads what [`encode`] wrote; nothing for anything else.
pub(super) fn decode(hint: &Hint) -> HashMap<Mark, Vec<Run>> {
    let checked = |bytes: &[u8]| -> Option<HashMap<Mark, Vec<Run>>> {
        let (body, check) = bytes.split_last_chunk::<16>()?;
        if *check != short(body) {
            return None;
        }
        read(body)
    };
    checked(&hint.0).unwrap_or_default()
}

/// The hint after blobs of `pack` have moved; `places` says where the one from an offset on went. A buffer
/// with a run of which only some moved is left out, to be looked up.
pub(super) fn moved(hint: &Hint, pack: PackId, places: &BTreeMap<u64, Place>) -> Vec<u8> {
    let follow = |run: &Run| {
        if run.pack == pack && may_have_moved(run, places) {
            follow(run, places)
        } else {
            Some(vec![run.clone()])
        }
    };
    let follow_all = |runs: &[Run]| Some(runs.iter().map(follow).collect::<Option<Vec<_>>>()?.concat());
    let buffers: Vec<(Mark, Vec<Run>)> =
        decode(hint).into_iter().filter_map(|(mark, runs)| Some((mark, follow_all(&runs)?))).collect();
    encode(buffers.iter().map(|(mark, runs)| (*mark, runs.as_slice())))
}

/// Whether one of the offsets is in the run: a hint doesn't say how long its blobs are.
fn may_have_moved(run: &Run, places: &BTreeMap<u64, Place>) -> bool {
    let len_max = u64::from(run.chunk_count) * limits::BLOB_LEN;
    places.range(run.offset..run.offset.saturating_add(len_max)).next().is_some()
}

/// Where the blobs of a run are now.
fn follow(run: &Run, places: &BTreeMap<u64, Place>) -> Option<Vec<Run>> {
    let mut runs = Runs::default();
    let mut offset = run.offset;
    for at in 0..run.chunk_count as usize {
        let place = *places.get(&offset)?;
        runs.add(place);
        offset += u64::from(run.kept.get(at).map_or(place.form.raw_len, |kept| kept.len));
    }
    Some(runs.list)
}

fn read(mut body: &[u8]) -> Option<HashMap<Mark, Vec<Run>>> {
    let count = u32::from_le_bytes(take(&mut body)?);
    let mut buffers = HashMap::new();
    for _ in 0..count {
        let mark = take(&mut body)?;
        let run_count = u32::from_le_bytes(take(&mut body)?);
        let runs = (0..run_count).map(|_| read_run(&mut body));
        buffers.insert(mark, runs.collect::<Option<Vec<_>>>()?);
    }
    body.is_empty().then_some(buffers)
}

fn read_run(body: &mut &[u8]) -> Option<Run> {
    let pack = PackId(i64::from_le_bytes(take(body)?));
    let offset = u64::from_le_bytes(take(body)?);
    let count = u32::from_le_bytes(take(body)?);
    let chunk_count = count & !CODED;
    let kept_count = if chunk_count == count { 0 } else { chunk_count };
    let kept = (0..kept_count).map(|_| Kept::unpack(u32::from_le_bytes(take(body)?)));
    Some(Run { pack, offset, chunk_count, kept: kept.collect::<Option<_>>()? })
}

impl Kept {
    fn pack(self) -> u32 {
        self.len | u32::from(self.codec.number()) << 24
    }

    fn unpack(packed: u32) -> Option<Self> {
        let [.., codec] = packed.to_le_bytes();
        Some(Self { codec: Codec::from_number(codec)?, len: packed & 0xff_ffff })
    }
}

impl From<Form> for Kept {
    fn from(Form { codec, len, .. }: Form) -> Self {
        Self { codec, len }
    }
}

fn take<const LEN: usize>(body: &mut &[u8]) -> Option<[u8; LEN]> {
    let (taken, rest) = body.split_first_chunk()?;
    *body = rest;
    Some(*taken)
}
