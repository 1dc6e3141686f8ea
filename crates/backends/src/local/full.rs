//! Tests of a disk that is full, at every point at which it can be.
//!
//! Two things take room: files, whose every call fails in turn, and the
//! catalog, which is denied every further page in turn. Each time what was
//! there is whole, the answer is `Full`, and with room again the same work
//! goes through.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use stillroom_core::{
    Access, Annotation, Backend, BackendError, Commit, Committed, Digest, Holder, LeaseKey, NewVersion,
    Principal, Record, Result, ResultKey, Scope, Stored, Sweep, Version, poll_now,
};
use stillroom_format::CHUNK_LEN;
use uuid::Uuid;

use super::Local;
use super::durability::{blobs, buffer, options, value, version};
use super::files::{Disk, Files};
use crate::Connected;

/// A disk that has room for so many calls, and is full from then on.
struct Filling {
    calls_left: AtomicU64,
    refused: AtomicU64,
}

const ROOMY: u64 = u64::MAX / 2;

impl Filling {
    fn full_after(&self, calls: u64) {
        self.refused.store(0, Ordering::Relaxed);
        self.calls_left.store(calls, Ordering::Relaxed);
    }

    /// Makes room; whether any call was refused.
    fn make_room(&self) -> bool {
        self.calls_left.store(ROOMY, Ordering::Relaxed);
        self.refused.load(Ordering::Relaxed) > 0
    }

    fn take(&self) -> io::Result<()> {
        let take = |left: u64| left.checked_sub(1);
        match self.calls_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => Ok(()),
            Err(_) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                Err(io::ErrorKind::StorageFull.into())
            }
        }
    }
}

impl Files for Filling {
    /// What still fits is written.
    fn write(&self, file: &File, offset: u64, parts: &[&[u8]]) -> io::Result<()> {
        if let Err(full) = self.take() {
            Disk.write(file, offset, &parts[..parts.len() / 2])?;
            return Err(full);
        }
        Disk.write(file, offset, parts)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.take()?;
        Disk.sync(file)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.take()?;
        Disk.sync_folder(folder)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }

    fn committed(&self, _: i64) {}
}

struct Store {
    temporary: tempfile::TempDir,
    files: Arc<Filling>,
    local: Arc<Local>,
    connected: Connected,
}

/// Work, and what it is called.
type Work = (&'static str, fn(&Store) -> Result<()>);

const SMALL_SAVE: Work = ("a small save", |store| store.save_small("small", &short(7)));
const LARGE_SAVE: Work = ("a large save", |store| store.save("large", &value(8)));
const SWEEP: Work =
    ("a sweep", |store| poll_now(store.backend().catalog.sweep(&store.who(), Sweep::default())).map(drop));
const ANNOTATION: Work = ("an annotation", |store| {
    let change = Annotation { metadata: Some(Some(Bytes::from(vec![1; 60_000]))), ..Annotation::default() };
    poll_now(store.backend().catalog.annotate(&store.who(), &key("small"), Version::FIRST, change)).map(drop)
});
const SET: Work = ("a set of many", |store| {
    let value = &short(7);
    let versions = (0..100).map(|number| version(&format!("small {number}"), value)).collect();
    store.commit(Commit { versions, blobs: blobs(value), ..Commit::default() })
});
const LEASES: Work = ("many leases", |store| {
    (0..30).try_for_each(|number| {
        let key = LeaseKey::parse(&format!("{number}{}", "long".repeat(100))).unwrap();
        let (holder, ttl) = (Holder(Uuid::nil()), Duration::from_secs(60));
        poll_now(store.backend().leases.acquire(&store.who(), &key, holder, ttl)).map(drop)
    })
});

fn key(at: &str) -> ResultKey {
    ResultKey::parse("train", at).unwrap()
}

/// The values that are saved here, by the digest that a record has of each.
static VALUES: LazyLock<HashMap<Digest, Vec<u8>>> = LazyLock::new(|| {
    let values = [short(1), value(2), value(3), value(4), short(7), value(8)];
    values.into_iter().map(|value| (Digest::of(&value), value)).collect()
});

/// A value that a commit can carry.
fn short(seed: u8) -> Vec<u8> {
    value(seed)[..60_000].to_vec()
}

impl Store {
    /// An empty one.
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let files = Arc::new(Filling { calls_left: ROOMY.into(), refused: 0.into() });
        let path = temporary.path().join("store");
        let (local, connected) = super::open_with(&path, options(), files.clone()).unwrap();
        Self { temporary, files, local, connected }
    }

    /// With a small result, a large one, and deleted ones around it in its pack, to be swept.
    fn furnished() -> Self {
        let store = Self::new();
        store.save_small("small", &short(1)).unwrap();
        for (at, seed) in [("deleted", 2), ("kept", 3), ("gone", 4)] {
            store.save(at, &value(seed)).unwrap();
        }
        for at in ["deleted", "gone"] {
            poll_now(store.backend().catalog.delete(&store.who(), &key(at), None)).unwrap();
        }
        store
    }

    fn backend(&self) -> &Backend {
        &self.connected.backend
    }

    fn who(&self) -> Principal {
        Principal::local(self.connected.local_owner.unwrap())
    }

    fn packs(&self) -> PathBuf {
        self.temporary.path().join("store/packs")
    }

    fn save_small(&self, at: &str, value: &[u8]) -> Result<()> {
        self.commit(Commit { blobs: blobs(value), ..commit_of(version(at, value)) })
    }

    /// As the facade does it: in batches, then the record.
    fn save(&self, at: &str, value: &[u8]) -> Result<()> {
        for batch in value.chunks(4 * CHUNK_LEN) {
            poll_now(self.backend().blobs.put(&self.who(), &blobs(batch)))?;
        }
        self.commit(commit_of(version(at, value)))
    }

    fn commit(&self, commit: Commit<'_>) -> Result<()> {
        let committed = poll_now(self.backend().catalog.commit(&self.who(), commit))?;
        assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
        Ok(())
    }

    /// Every record, its value loaded, by this store and by one that is opened anew.
    fn state(&self) -> Vec<Record> {
        let reopened = super::open(self.packs().parent().unwrap(), options()).unwrap();
        let state = self.seen_by(self.backend());
        assert_eq!(self.seen_by(&reopened.backend), state);
        state
    }

    fn seen_by(&self, backend: &Backend) -> Vec<Record> {
        let who = self.who();
        let whole = |stored: Stored| {
            let value = &VALUES[&stored.record.digest];
            let bodies =
                poll_now(backend.blobs.get(&who, &[buffer(value)], &stored.hint, Access::Mapped)).unwrap();
            let digests: Vec<_> = blobs(value).iter().map(|blob| blob.digest).collect();
            assert_eq!(poll_now(backend.blobs.damaged(&who, &digests)).unwrap(), []);
            assert_eq!(bodies[0].as_slice(), value);
            stored.record
        };
        poll_now(backend.catalog.snapshot(&who, &Scope::All)).unwrap().into_iter().map(whole).collect()
    }

    /// Lets the catalog grow by so many pages and no more.
    fn limit_catalog(&self, pages: i64) {
        let mut held = self.local.session().unwrap().connections.writing();
        let count: i64 = held.get().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        held.get().pragma_update(None, "max_page_count", count + pages).unwrap();
    }

    fn pack_bytes(&self) -> u64 {
        fs::read_dir(self.packs()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    }
}

fn commit_of(version: NewVersion) -> Commit<'static> {
    Commit { versions: vec![version], ..Commit::default() }
}

/// What there is after work that met no full disk.
fn after(work: Work) -> Vec<Record> {
    let store = Store::furnished();
    (work.1)(&store).unwrap();
    store.state()
}

fn is_full(ended: &Result<()>) -> bool {
    matches!(ended, Err(BackendError::Full { message, .. }) if message.starts_with("disk is full"))
}

#[test]
fn a_full_disk_at_any_call_of_a_file_leaves_the_store_as_it_was() {
    for (work, least) in [(LARGE_SAVE, 3), (SWEEP, 4)] {
        let after = after(work);
        let (name, work) = work;
        let refused = (0..).take_while(|calls| {
            let store = Store::furnished();
            let before = store.state();
            store.files.full_after(*calls);

            let ended = work(&store);

            if !store.files.make_room() {
                ended.unwrap();
                return false;
            }
            // A sweep that has no room to move a pack leaves it for the next one, and is done.
            assert!(is_full(&ended) || (name == SWEEP.0 && ended.is_ok()), "{name} after {calls}: {ended:?}");
            assert_eq!(store.state(), before, "{name} after {calls}");
            work(&store).unwrap();
            assert_eq!(store.state(), after, "{name} after {calls}, with room again");
            true
        });
        let count = refused.count();
        assert!(count >= least, "{name} was refused {count} calls");
    }
}

#[test]
fn a_full_catalog_at_any_page_leaves_the_store_as_it_was() {
    for (work, least) in [(SMALL_SAVE, 15), (SET, 20), (ANNOTATION, 15), (LEASES, 2)] {
        let after = after(work);
        let (name, work) = work;
        let store = Store::furnished();
        let before = store.state();
        let mut refused = 0;
        loop {
            store.limit_catalog(refused);

            let ended = work(&store);

            if ended.is_ok() {
                break;
            }
            assert!(is_full(&ended), "{name} with {refused} pages: {ended:?}");
            assert_eq!(store.state(), before, "{name} with {refused} pages");
            refused += 1;
        }
        assert!(refused >= least, "{name} was refused {refused} times");
        assert_eq!(store.state(), after, "{name} with {refused} pages");
    }
}

#[test]
fn a_save_that_no_room_was_left_for_gives_back_what_it_took() {
    for calls in 0..4 {
        let store = Store::new();
        store.files.full_after(calls);

        assert!(is_full(&store.save("large", &value(8))), "after {calls}");

        assert_eq!(store.pack_bytes(), 0, "after {calls}");
        assert!(store.files.make_room());
        store.save("large", &value(8)).unwrap();
        assert_eq!(store.state().len(), 1, "after {calls}");
    }
}
