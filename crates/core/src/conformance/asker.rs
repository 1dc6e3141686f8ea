//! Someone with a store, for checks that read as sentences.

use bytes::Bytes;
use stillroom_format::{Buffer, CHUNK_LEN, Chunk, Digest};
use uuid::Uuid;

use crate::{
    Backend, BackendError, Body, Commit, Committed, Condition, Hint, ListRange, NewVersion, Owner, Principal,
    PutBlob, Record, Result, ResultKey, Signature, Stored, Version,
};

/// An owner asking a store.
pub(super) struct Asker<'a> {
    pub(super) backend: &'a Backend,
    pub(super) who: Principal,
}

/// The first owner.
pub(super) fn alice(backend: &Backend) -> Asker<'_> {
    Asker { backend, who: Principal::local(Owner::new(Uuid::from_u128(0xA11CE))) }
}

/// The other owner.
pub(super) fn bob(backend: &Backend) -> Asker<'_> {
    Asker { backend, who: Principal::local(Owner::new(Uuid::from_u128(0xB0B))) }
}

impl Asker<'_> {
    /// Saves a small value: bytes that come with the commit.
    pub(super) async fn save(&self, at: &str, value: &[u8]) -> Record {
        self.save_set(&[(at, value)]).await.expect("a save without conditions succeeds").remove(0)
    }

    /// Saves small values as one set.
    pub(super) async fn save_set(&self, set: &[(&str, &[u8])]) -> Result<Vec<Record>> {
        self.try_save(set, Vec::new(), None).await
    }

    pub(super) async fn try_save(
        &self,
        set: &[(&str, &[u8])],
        conditions: Vec<Condition>,
        keep_versions: Option<u64>,
    ) -> Result<Vec<Record>> {
        let versions = set.iter().map(|(at, value)| version(at, &[buffer(value)])).collect();
        let blobs = set.iter().flat_map(|(_, value)| blobs(value)).collect();
        match self.commit(Commit { conditions, versions, blobs, keep_versions, request: None }).await? {
            Committed::Done(records) => Ok(records),
            Committed::Missing(_) => panic!("all blobs came with the commit"),
        }
    }

    /// Saves a value whose bytes are put ahead of the commit, as large ones are.
    pub(super) async fn save_put(&self, at: &str, value: &[u8]) -> Record {
        self.put(value).await;
        let commit = Commit { versions: vec![version(at, &[buffer(value)])], ..Commit::default() };
        match self.commit(commit).await.expect("a commit without conditions succeeds") {
            Committed::Done(mut records) => records.remove(0),
            Committed::Missing(_) => panic!("all blobs were put"),
        }
    }

    pub(super) async fn put(&self, value: &[u8]) {
        self.backend.blobs.put(&self.who, &blobs(value)).await.expect("a put of honest blobs succeeds");
    }

    pub(super) async fn commit(&self, commit: Commit<'_>) -> Result<Committed> {
        self.backend.catalog.commit(&self.who, commit).await
    }

    /// What [`save`](Self::save) saved, by way of the newest record.
    pub(super) async fn load(&self, at: &str, value: &[u8]) -> Vec<u8> {
        let stored = self.get(at).await.expect("what was saved is there");
        let bodies = self.bodies(&[buffer(value)], &stored.hint).await.expect("its bytes are there");
        bodies[0].as_slice().to_vec()
    }

    pub(super) async fn get(&self, at: &str) -> Result<Stored> {
        self.get_version(at, None).await
    }

    pub(super) async fn get_version(&self, at: &str, version: Option<u64>) -> Result<Stored> {
        let version = version.map(number);
        self.backend.catalog.get(&self.who, &key(at), version).await
    }

    pub(super) async fn bodies(&self, buffers: &[Buffer], hint: &Hint) -> Result<Vec<Body>> {
        self.backend.blobs.get(&self.who, buffers, hint).await
    }

    pub(super) async fn missing(&self, digests: &[Digest]) -> Vec<Digest> {
        self.backend.blobs.missing(&self.who, digests).await.expect("asking is always allowed")
    }

    pub(super) async fn list(&self) -> Vec<Record> {
        let part = self.backend.catalog.list(&self.who, ListRange::default()).await;
        part.expect("listing is always allowed").records
    }

    /// The numbers of a result's versions as its history has them.
    pub(super) async fn history(&self, at: &str) -> Vec<u64> {
        let part = self.backend.catalog.history(&self.who, &key(at), None).await;
        let part = part.expect("asking for a history is always allowed");
        part.records.iter().map(|record| record.version.get()).collect()
    }

    /// The numbers of the versions that went.
    pub(super) async fn delete(&self, at: &str, version: Option<u64>) -> Result<Vec<u64>> {
        let deleted = self.backend.catalog.delete(&self.who, &key(at), version.map(number)).await?;
        Ok(deleted.into_iter().map(Version::get).collect())
    }
}

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
    let blob = |bytes| PutBlob { digest: Digest::of(bytes), bytes, is_full_chunk: bytes.len() == CHUNK_LEN };
    value.chunks(CHUNK_LEN).map(blob).collect()
}

/// `len` bytes that no two chunks share, told apart by `seed`.
pub(super) fn noise(seed: u64, len: usize) -> Vec<u8> {
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

/// Whether an answer is that there is nothing.
pub(super) fn is_not_found<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(BackendError::NotFound { .. }))
}

/// The texts of an answer's error and of all its causes.
pub(super) fn texts<T>(answer: Result<T>) -> Vec<String> {
    let error = answer.err().expect("an error was to be answered");
    let mut texts = vec![error.to_string()];
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts
}
