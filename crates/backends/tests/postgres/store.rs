//! Saving and loading as a session of the store does, for one owner.

use bytes::Bytes;
use stillroom_core::{
    Access, Backend, Commit, Committed, Digest, NewVersion, Owner, Principal, PutBlob, Record, RequestId,
    Result, poll_now,
};

pub(crate) use crate::values::{blobs, buffer, key, noise};

/// An open store and who asks it.
pub(crate) struct Store {
    pub(crate) backend: Backend,
    pub(crate) who: Principal,
}

impl Store {
    pub(crate) fn of(backend: Backend, owner: &str) -> Self {
        Self { backend, who: Principal::local(Owner::new(owner.parse().unwrap())) }
    }

    /// Puts what is not there, then commits.
    pub(crate) fn save_large(&self, at: &str, value: &[u8], request: RequestId) -> Result<u64> {
        self.put(value)?;
        self.commit(Commit { request: Some(request), ..commit_of(at, value) })
    }

    /// Commits, and the bytes come along.
    pub(crate) fn save_small(&self, at: &str, value: &[u8], request: RequestId) -> Result<u64> {
        self.commit(Commit { request: Some(request), blobs: blobs(value), ..commit_of(at, value) })
    }

    pub(crate) fn put(&self, value: &[u8]) -> Result<()> {
        let blobs = blobs(value);
        let digests: Vec<Digest> = blobs.iter().map(|blob| blob.digest).collect();
        let missing = poll_now(self.backend.blobs.missing(&self.who, &digests))?;
        let lacking: Vec<PutBlob<'_>> =
            blobs.into_iter().filter(|blob| missing.contains(&blob.digest)).collect();
        poll_now(self.backend.blobs.put(&self.who, &lacking))
    }

    /// The number of the version that was written.
    pub(crate) fn commit(&self, commit: Commit<'_>) -> Result<u64> {
        match poll_now(self.backend.catalog.commit(&self.who, commit))? {
            Committed::Done(records) => Ok(records[0].version.get()),
            other => panic!("not committed: {other:?}"),
        }
    }

    pub(crate) fn history(&self, at: &str) -> Vec<Record> {
        poll_now(self.backend.catalog.history(&self.who, &key(at), None)).unwrap().records
    }

    /// Panics unless every version there is holds this value, and its record is whole.
    pub(crate) fn assert_holds(&self, at: &str, value: &[u8]) {
        for record in self.history(at) {
            let stored =
                poll_now(self.backend.catalog.get(&self.who, &key(at), Some(record.version))).unwrap();
            assert_eq!((stored.record.digest, stored.root.as_ref()), (Digest::of(value), at.as_bytes()));
            assert_eq!(self.load(&stored.hint, value), value, "{at}");
        }
    }

    fn load(&self, hint: &stillroom_core::Hint, value: &[u8]) -> Vec<u8> {
        let buffers = [buffer(value)];
        let bodies = self.backend.blobs.get(&self.who, &buffers, hint, Access::default());
        poll_now(bodies).unwrap()[0].as_slice().to_vec()
    }
}

/// A version of `page/key` whose digest is the value's.
pub(crate) fn version(at: &str, value: &[u8]) -> NewVersion {
    NewVersion {
        key: key(at),
        digest: Digest::of(value),
        root: Bytes::copy_from_slice(at.as_bytes()),
        buffers: vec![buffer(value)],
        kind: "bytes".to_owned(),
        shape: vec![value.len() as u64],
        bytes: value.len() as u64,
        label: None,
        metadata: None,
        summary: "{}".to_owned(),
        provenance: "{}".to_owned(),
        ttl: None,
        pinned: false,
        signature: None,
    }
}

pub(crate) fn commit_of(at: &str, value: &[u8]) -> Commit<'static> {
    Commit { versions: vec![version(at, value)], ..Commit::default() }
}

pub(crate) fn request(number: u64) -> RequestId {
    RequestId(u128::from(number).to_be_bytes())
}
