//! What checks save: keys, values of every length, versions with every field set.

use bytes::Bytes;
use stillroom_format::{Buffer, CHUNK_LEN, Chunk, Codec, Digest};

use crate::layers::coded::form;
use crate::{NewVersion, PutBlob, ResultKey, Signature, Version};

/// `page/key`.
pub(super) fn key(at: &str) -> ResultKey {
    let (page, key) = at.split_once('/').expect("checks write page/key");
    ResultKey::parse(page, key).expect("checks use plain keys")
}

pub(super) fn number(number: u64) -> Version {
    Version::new(number).expect("checks count from 1")
}

/// A version of `page/key` that needs `buffers`, every field set.
pub(super) fn version(at: &str, buffers: &[Buffer]) -> NewVersion {
    let bytes = buffers.iter().map(|buffer| buffer.len).sum();
    NewVersion {
        key: key(at),
        digest: Digest::of(at.as_bytes()),
        root: Bytes::from(format!("root of {at} with {bytes} bytes")),
        buffers: buffers.to_vec(),
        kind: "DataFrame".to_owned(),
        shape: vec![3, u64::from(u32::MAX) + 1],
        bytes,
        label: Some("läbel \u{0}".to_owned()),
        metadata: Some(Bytes::from_static(&[0, 255])),
        summary: r#"{"rows":3}"#.to_owned(),
        provenance: r#"{"python":"3.13"}"#.to_owned(),
        ttl: None,
        pinned: false,
        signature: Some(Signature { key_id: [7; 8], mac: [9; 32] }),
    }
}

/// A value as one buffer, cut every 64 KiB.
pub(super) fn buffer(value: &[u8]) -> Buffer {
    let chunk = |bytes: &[u8]| Chunk {
        digest: Digest::of(bytes),
        len: u32::try_from(bytes.len()).expect("a chunk is at most 64 KiB"),
    };
    Buffer::new(value.chunks(CHUNK_LEN).map(chunk).collect())
}

/// A value's blobs, cut every 64 KiB.
pub(super) fn blobs(value: &[u8]) -> Vec<PutBlob<'_>> {
    value.chunks(CHUNK_LEN).map(blob).collect()
}

fn blob(bytes: &[u8]) -> PutBlob<'_> {
    PutBlob::raw(Digest::of(bytes), bytes, bytes.len() == CHUNK_LEN)
}

/// A value's blobs, coded, for [`coded_blobs`].
pub(super) fn coded(value: &[u8]) -> Vec<(Codec, Vec<u8>)> {
    value.chunks(CHUNK_LEN).map(form).collect()
}

/// A value's blobs as they are put coded.
pub(super) fn coded_blobs<'a>(value: &'a [u8], coded: &'a [(Codec, Vec<u8>)]) -> Vec<PutBlob<'a>> {
    let blob = |(raw, (codec, bytes)): (&'a [u8], &'a (Codec, Vec<u8>))| PutBlob {
        digest: Digest::of(raw),
        codec: *codec,
        raw_len: raw.len(),
        bytes,
        is_full_chunk: false,
    };
    value.chunks(CHUNK_LEN).zip(coded).map(blob).collect()
}

/// The digests of a value's blobs.
pub(super) fn digests(value: &[u8]) -> Vec<Digest> {
    value.chunks(CHUNK_LEN).map(Digest::of).collect()
}

/// `len` bytes that no two chunks share, told apart by `seed`. Codecs make them a little shorter.
pub(super) fn noise(seed: u64, len: usize) -> Vec<u8> {
    dense(seed, len).into_iter().map(|byte| byte & 0x3f).collect()
}

/// As [`noise`], but no codec makes them shorter.
pub(super) fn dense(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        bytes.extend_from_slice(&next());
    }
    bytes.truncate(len);
    bytes
}
