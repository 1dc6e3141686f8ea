//! Values as bytes, and where they are saved: what tests of every backend say them with.

use stillroom_core::{Buffer, Chunk, Digest, PutBlob, ResultKey};
use stillroom_format::CHUNK_LEN;

/// `page/key`.
pub(crate) fn key(at: &str) -> ResultKey {
    let (page, key) = at.split_once('/').unwrap();
    ResultKey::parse(page, key).unwrap()
}

/// A value as one buffer, cut every 64 KiB.
pub(crate) fn buffer(value: &[u8]) -> Buffer {
    let chunk = |bytes: &[u8]| Chunk { digest: Digest::of(bytes), len: bytes.len() as u32 };
    Buffer::new(value.chunks(CHUNK_LEN).map(chunk).collect())
}

pub(crate) fn blobs(value: &[u8]) -> Vec<PutBlob<'_>> {
    value.chunks(CHUNK_LEN).map(blob).collect()
}

fn blob(bytes: &[u8]) -> PutBlob<'_> {
    PutBlob::raw(Digest::of(bytes), bytes, bytes.len() == CHUNK_LEN)
}

/// `len` bytes that no two chunks share, told apart by `seed`.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
