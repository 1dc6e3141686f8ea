//! What the tests share: writing a value in memory, buffers and all.

use std::cell::RefCell;

use bytes::Bytes;
use stillroom_format::{Buffer, Chunk, Cuts, Digest, FormatError, Leaf, Limits, Manifest, Writer};

/// A manifest with the bytes of its buffers.
pub(crate) struct Written {
    pub(crate) manifest: Manifest,
    pub(crate) buffers: Vec<Bytes>,
}

/// Writes what `write` drives a writer to.
pub(crate) fn written(write: impl FnOnce(&mut Writer) -> Result<(), FormatError>) -> Written {
    try_written(write).unwrap()
}

/// As [`written`], or the first error.
pub(crate) fn try_written(
    write: impl FnOnce(&mut Writer) -> Result<(), FormatError>,
) -> Result<Written, FormatError> {
    let mut writer = Writer::new(Limits::default());
    write(&mut writer)?;
    let draft = writer.finish()?;
    let buffers: Vec<_> = draft.leaves().iter().map(cut).collect();
    let manifest = draft.seal(buffers.iter().map(|(buffer, _)| buffer.clone()).collect())?;
    Ok(Written { manifest, buffers: buffers.into_iter().map(|(_, bytes)| bytes).collect() })
}

/// A leaf's chunks by digest, and all its bytes.
fn cut(leaf: &Leaf) -> (Buffer, Bytes) {
    let mut cuts = Cuts::new(&*leaf.source, leaf.layout);
    let (mut chunks, mut bytes) = (Vec::new(), Vec::new());
    while let Some(chunk) = cuts.next() {
        chunks.push(Chunk { digest: Digest::of(chunk), len: chunk.len() as u32 });
        bytes.extend_from_slice(chunk);
    }
    (Buffer::new(chunks), bytes.into())
}

/// Bytes lent to a writer.
pub(crate) fn source(bytes: impl Into<Bytes>) -> Box<Bytes> {
    Box::new(bytes.into())
}

/// Little-endian bytes of float64s.
pub(crate) fn f64s(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A writer's methods called in a row, stopping at the first error.
pub(crate) fn steps(
    writer: &mut Writer,
    steps: &[&dyn Fn(&mut Writer) -> Result<(), FormatError>],
) -> Result<(), FormatError> {
    steps.iter().try_for_each(|step| step(writer))
}

/// Numbers that look random and are the same every time (SplitMix64).
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let state = RefCell::new(seed);
    let word = || {
        let mut state = state.borrow_mut();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    std::iter::repeat_with(word).flat_map(u64::to_le_bytes).take(len).collect()
}
