//! What the local catalog takes to commit a small version, to give it back, and to list a page.
//!
//! `cargo bench -p stillroom-backends`; on the disk of the target folder, since /tmp may be memory.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use stillroom_backends::{CacheOptions, ConnectOptions, Connected, connect};
use stillroom_core::{
    Backend, Commit, Digest, ListRange, ManualClock, NewVersion, Principal, RequestId, ResultKey, poll_now,
};

/// As long as the manifest of 50 metrics.
const ROOT_LEN: usize = 1500;
/// As long as the summary of 50 metrics.
const SUMMARY_LEN: usize = 1200;

struct Store {
    backend: Backend,
    who: Principal,
    commits: u128,
}

impl Store {
    fn open(folder: &Path) -> Self {
        let options = ConnectOptions {
            create: true,
            read_only: false,
            verify_always: false,
            durable: Some(true),
            key: None,
            cache: CacheOptions::default(),
            clock: Arc::new(ManualClock::default()),
        };
        let Connected { backend, local_owner, .. } =
            connect(folder.to_str(), options).expect("the folder is new");
        Self { backend, who: Principal::local(local_owner.expect("a folder has an owner")), commits: 0 }
    }

    /// Commits a version whose manifest lies in its record, as that of every small value does.
    fn commit(&mut self, key: &ResultKey) {
        self.commits += 1;
        let root = Bytes::from(vec![7; ROOT_LEN]);
        let version = NewVersion {
            key: key.clone(),
            digest: Digest::of(&self.commits.to_le_bytes()),
            root,
            buffers: Vec::new(),
            kind: "dict".to_owned(),
            shape: vec![50],
            bytes: ROOT_LEN as u64,
            label: None,
            metadata: None,
            summary: format!("\"{}\"", "m".repeat(SUMMARY_LEN)),
            provenance: "{}".to_owned(),
            ttl: None,
            pinned: false,
            signature: None,
        };
        let request = Some(RequestId(self.commits.to_le_bytes()));
        let commit =
            Commit { versions: vec![version], keep_versions: Some(20), request, ..Commit::default() };
        poll_now(self.backend.catalog.commit(&self.who, commit)).expect("the disk has room");
    }
}

fn key(number: usize) -> ResultKey {
    ResultKey::parse("train_models", &format!("run {number}")).expect("a key like others")
}

fn catalog(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder can be written");
    let mut store = Store::open(&folder.path().join("store"));
    let keys: Vec<ResultKey> = (0..100).map(key).collect();
    keys.iter().for_each(|key| store.commit(key));

    let mut group = criterion.benchmark_group("catalog");
    group.bench_function("commit", |bencher| bencher.iter(|| store.commit(&keys[0])));
    let Store { backend, who, .. } = &store;
    group.bench_function("get", |bencher| {
        bencher
            .iter(|| poll_now(backend.catalog.get(who, black_box(&keys[50]), None)).expect("it was saved"));
    });
    group.bench_function("list 100", |bencher| {
        bencher.iter(|| poll_now(backend.catalog.list(who, ListRange::default())).expect("all are whole"));
    });
}

criterion_group!(benches, catalog);
criterion_main!(benches);
