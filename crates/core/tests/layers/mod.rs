//! A layer keeps every promise of what it is around, and adds its own.

#![expect(clippy::unwrap_used, reason = "a test says that a promise is broken by panicking")]

mod fault;
mod retry;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stillroom_core::layers::fault::{Fault, Faults, Moment};
use stillroom_core::{
    Backend, Buffer, Chunk, Commit, Digest, Holder, LeaseKey, NewVersion, Owner, Principal, PutBlob,
    ResultKey, layers, poll_now,
};
use uuid::Uuid;

use crate::in_memory;

stillroom_core::layered_conformance_tests!(crate::in_memory, stillroom_core::poll_now);

const VALUE: &[u8] = b"the value itself";
const TTL: Duration = Duration::from_secs(60);

fn who() -> Principal {
    Principal::local(Owner::new(Uuid::from_u128(0x0A11_CE0A_11CE)))
}

fn key(key: &str) -> ResultKey {
    ResultKey::parse("train", key).unwrap()
}

fn lease() -> LeaseKey {
    LeaseKey::parse("fit").unwrap()
}

fn holder() -> Holder {
    Holder(Uuid::from_u128(1))
}

fn blob() -> PutBlob<'static> {
    PutBlob::raw(Digest::of(VALUE), VALUE, false)
}

fn buffer() -> Buffer {
    Buffer::new(vec![Chunk { digest: Digest::of(VALUE), len: VALUE.len() as u32 }])
}

/// A save of the value, bytes included.
fn commit(at: &str) -> Commit<'static> {
    let version = NewVersion {
        key: key(at),
        digest: Digest::of(VALUE),
        root: Bytes::from_static(b"the root"),
        buffers: vec![buffer()],
        kind: "dict".to_owned(),
        shape: vec![3],
        bytes: VALUE.len() as u64,
        label: Some("the label".to_owned()),
        metadata: Some(Bytes::from_static(b"the metadata")),
        summary: "the summary".to_owned(),
        provenance: "the provenance".to_owned(),
        ttl: None,
        pinned: false,
        signature: None,
    };
    Commit { versions: vec![version], blobs: vec![blob()], ..Commit::default() }
}

/// A store with a result, a deleted one, and a lease that is held.
fn furnished() -> Backend {
    let backend = in_memory().backend;
    for at in ["rmse", "rmse", "deleted"] {
        poll_now(backend.catalog.commit(&who(), commit(at))).unwrap();
    }
    poll_now(backend.catalog.delete(&who(), &key("deleted"), None)).unwrap();
    poll_now(backend.leases.acquire(&who(), &lease(), holder(), TTL)).unwrap();
    backend
}

/// The next call fails.
fn failing(backend: Backend, moment: Moment) -> Backend {
    let faults = Arc::<Faults>::default();
    faults.plan(Fault { operation: None, after: 0, moment });
    layers::fault(backend, faults)
}
