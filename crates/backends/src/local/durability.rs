//! Tests of what is on the disk when: the order of file calls, and disks that fail.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rusqlite::Connection;
use stillroom_core::{
    Access, BackendError, Buffer, Chunk, Commit, Committed, Digest, Hint, ListRange, ManualClock, NewVersion,
    Principal, PutBlob, ResultKey, Sweep, Swept, poll_now,
};
use stillroom_format::CHUNK_LEN;

use super::files::{Disk, Files};
use crate::{CacheOptions, ConnectOptions, Connected};

/// What happened to the disk, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    PackWritten,
    PackSynced,
    FolderSynced(String),
    PackRemoved,
    Committed { synchronous: i64 },
    Returned,
}

/// The operating system, watched, and failing when told to.
struct Watched {
    catalog: PathBuf,
    steps: Mutex<Vec<Step>>,
    has_committed: AtomicBool,
    write_fails: Mutex<Option<io::ErrorKind>>,
    sync_fails: Mutex<Option<io::ErrorKind>>,
}

impl Watched {
    fn new(folder: &Path) -> Arc<Self> {
        Arc::new(Self {
            catalog: folder.join("catalog.sqlite"),
            steps: Mutex::default(),
            has_committed: AtomicBool::default(),
            write_fails: Mutex::default(),
            sync_fails: Mutex::default(),
        })
    }

    fn note(&self, step: Step) {
        self.steps.lock().unwrap().push(step);
    }

    fn steps(&self) -> Vec<Step> {
        std::mem::take(&mut self.steps.lock().unwrap())
    }

    /// No record can be seen by others before its bytes are synced.
    fn assert_nothing_committed(&self) {
        let catalog = Connection::open(&self.catalog).unwrap();
        let count = "SELECT count(*) FROM versions";
        assert_eq!(catalog.query_row(count, (), |row| row.get::<_, i64>(0)).unwrap(), 0);
    }
}

impl Files for Watched {
    fn write(&self, file: &File, offset: u64, parts: &[&[u8]]) -> io::Result<()> {
        self.note(Step::PackWritten);
        if let Some(kind) = *self.write_fails.lock().unwrap() {
            Disk.write(file, offset, &parts[..parts.len() / 2])?;
            return Err(kind.into());
        }
        Disk.write(file, offset, parts)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.note(Step::PackSynced);
        match *self.sync_fails.lock().unwrap() {
            Some(kind) => Err(kind.into()),
            None => Disk.sync(file),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        if !self.has_committed.load(Ordering::Relaxed) {
            self.assert_nothing_committed();
        }
        self.note(Step::FolderSynced(folder.file_name().unwrap().to_string_lossy().into_owned()));
        Disk.sync_folder(folder)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.note(Step::PackRemoved);
        Disk.remove(path)
    }

    fn committed(&self, synchronous: i64) {
        self.has_committed.store(true, Ordering::Relaxed);
        self.note(Step::Committed { synchronous });
    }
}

struct Store {
    temporary: tempfile::TempDir,
    files: Arc<Watched>,
    connected: Connected,
}

impl Store {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("store");
        let files = Watched::new(&path);
        let (_, connected) = super::open_with(&path, options(), files.clone()).unwrap();
        Self { temporary, files, connected }
    }

    fn path(&self) -> PathBuf {
        self.temporary.path().join("store")
    }

    fn who(&self) -> Principal {
        Principal::local(self.connected.local_owner.unwrap())
    }

    fn put(&self, value: &[u8]) -> Result<(), BackendError> {
        poll_now(self.connected.backend.blobs.put(&self.who(), &blobs(value)))
    }

    fn missing(&self, value: &[u8]) -> Vec<Digest> {
        let digests: Vec<Digest> = blobs(value).iter().map(|blob| blob.digest).collect();
        poll_now(self.connected.backend.blobs.missing(&self.who(), &digests)).unwrap()
    }

    fn commit(&self, at: &str, value: &[u8], blobs: Vec<PutBlob<'_>>) -> Result<Committed, BackendError> {
        let commit = Commit { versions: vec![version(at, value)], blobs, ..Commit::default() };
        poll_now(self.connected.backend.catalog.commit(&self.who(), commit))
    }

    /// As the facade does it: in batches, then the record.
    fn save(&self, at: &str, value: &[u8]) -> Result<Committed, BackendError> {
        for batch in value.chunks(4 * CHUNK_LEN) {
            self.put(batch)?;
        }
        let committed = self.commit(at, value, Vec::new());
        self.files.note(Step::Returned);
        committed
    }

    fn record_count(&self) -> usize {
        poll_now(self.connected.backend.catalog.list(&self.who(), ListRange::default()))
            .unwrap()
            .records
            .len()
    }
}

pub(super) fn options() -> ConnectOptions {
    ConnectOptions {
        create: true,
        read_only: false,
        verify_always: false,
        durable: None,
        key: None,
        cache: CacheOptions::default(),
        clock: Arc::new(ManualClock::default()),
    }
}

pub(super) fn blobs(value: &[u8]) -> Vec<PutBlob<'_>> {
    value.chunks(CHUNK_LEN).map(blob).collect()
}

fn blob(bytes: &[u8]) -> PutBlob<'_> {
    PutBlob::raw(Digest::of(bytes), bytes, bytes.len() == CHUNK_LEN)
}

pub(super) fn buffer(value: &[u8]) -> Buffer {
    let chunk = |blob: &PutBlob<'_>| Chunk { digest: blob.digest, len: blob.bytes.len() as u32 };
    Buffer::new(blobs(value).iter().map(chunk).collect())
}

pub(super) fn version(at: &str, value: &[u8]) -> NewVersion {
    NewVersion {
        key: ResultKey::parse("train", at).unwrap(),
        digest: Digest::of(value),
        root: Bytes::new(),
        buffers: vec![buffer(value)],
        kind: String::new(),
        shape: Vec::new(),
        bytes: value.len() as u64,
        label: None,
        metadata: None,
        summary: String::new(),
        provenance: String::new(),
        ttl: None,
        pinned: false,
        signature: None,
    }
}

pub(super) fn value(seed: u8) -> Vec<u8> {
    (0..6 * CHUNK_LEN + 5).map(|at| (at / CHUNK_LEN) as u8 + 16 * seed).collect()
}

/// `synchronous=FULL`.
const FULL: Step = Step::Committed { synchronous: 2 };

#[test]
fn a_save_is_written_synced_entered_committed_and_only_then_returns() {
    let store = Store::new();

    store.save("first", &value(1)).unwrap();

    let entered = Step::FolderSynced("packs".to_owned());
    let expected = [Step::PackWritten, Step::PackWritten, Step::PackSynced, entered, FULL, Step::Returned];
    assert_eq!(store.files.steps(), expected);
}

#[test]
fn a_later_save_into_the_same_pack_does_not_sync_its_folder_again() {
    let store = Store::new();
    store.save("first", &value(1)).unwrap();
    store.files.steps();

    store.save("second", &value(2)).unwrap();

    let expected = [Step::PackWritten, Step::PackWritten, Step::PackSynced, FULL, Step::Returned];
    assert_eq!(store.files.steps(), expected);
}

#[test]
fn a_small_save_is_one_commit() {
    let store = Store::new();

    store.commit("small", b"0.5", blobs(b"0.5")).unwrap();

    assert_eq!(store.files.steps(), [FULL]);
}

#[test]
fn every_change_of_records_is_committed_with_synchronous_full() {
    let store = Store::new();
    store.commit("small", b"0.5", blobs(b"0.5")).unwrap();
    let catalog = &store.connected.backend.catalog;
    let key = ResultKey::parse("train", "small").unwrap();
    store.files.steps();

    poll_now(catalog.annotate(&store.who(), &key, stillroom_core::Version::FIRST, Default::default()))
        .unwrap();
    poll_now(catalog.delete(&store.who(), &key, None)).unwrap();

    assert_eq!(store.files.steps(), [FULL, FULL]);
    let journal = Connection::open(store.path().join("catalog.sqlite")).unwrap();
    assert_eq!(
        journal.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0)).unwrap(),
        "wal"
    );
}

/// A store whose one pack is mostly dead: of three saves two are deleted.
fn mostly_dead() -> Store {
    let store = Store::new();
    for (at, seed) in [("first", 1), ("second", 2), ("third", 3)] {
        store.save(at, &value(seed)).unwrap();
    }
    for at in ["first", "third"] {
        let key = ResultKey::parse("train", at).unwrap();
        poll_now(store.connected.backend.catalog.delete(&store.who(), &key, None)).unwrap();
    }
    store.files.steps();
    store
}

impl Store {
    fn sweep(&self) -> Result<Swept, BackendError> {
        poll_now(self.connected.backend.catalog.sweep(&self.who(), Sweep::default()))
    }

    fn assert_holds(&self, value: &[u8]) {
        let bodies = poll_now(self.connected.backend.blobs.get(
            &self.who(),
            &[buffer(value)],
            &Hint::default(),
            Access::Mapped,
        ));
        assert_eq!(bodies.unwrap()[0].as_slice(), value);
    }
}

#[test]
fn a_sweep_erases_copies_syncs_enters_moves_the_rows_and_only_then_unlinks() {
    let store = mostly_dead();

    store.sweep().unwrap();

    let entered = || Step::FolderSynced("packs".to_owned());
    let copied = [FULL, Step::PackWritten, Step::PackSynced, entered()];
    let moved = [FULL, Step::PackRemoved, entered()];
    assert_eq!(store.files.steps(), [&copied[..], &moved].concat());
    store.assert_holds(&value(2));
}

#[test]
fn a_sweep_whose_copy_is_not_on_the_disk_unlinks_nothing() {
    let store = mostly_dead();
    let pack = std::fs::read_dir(store.path().join("packs")).unwrap().next().unwrap().unwrap().path();
    *store.files.sync_fails.lock().unwrap() = Some(io::ErrorKind::Other);

    assert!(matches!(store.sweep(), Err(BackendError::Unavailable { .. })));

    assert_eq!(store.files.steps(), [FULL, Step::PackWritten, Step::PackSynced]);
    assert!(pack.exists());
    store.assert_holds(&value(2));
    *store.files.sync_fails.lock().unwrap() = None;
    assert!(store.sweep().unwrap().freed_bytes > 0);
    assert!(!pack.exists());
    store.assert_holds(&value(2));
}

#[test]
fn a_sweep_on_a_full_disk_frees_what_needs_no_room() {
    let store = mostly_dead();
    let dead = store.path().join("packs/00000000000000ab.pack");
    std::fs::write(&dead, b"what a crash left").unwrap();
    *store.files.write_fails.lock().unwrap() = Some(io::ErrorKind::StorageFull);

    let swept = store.sweep().unwrap();

    assert!(!dead.exists());
    assert_eq!((swept.versions, swept.freed_bytes), (2, b"what a crash left".len() as u64));
    store.assert_holds(&value(2));
}

#[test]
fn on_a_full_disk_nothing_is_saved_and_the_next_save_is_whole() {
    let store = Store::new();
    *store.files.write_fails.lock().unwrap() = Some(io::ErrorKind::StorageFull);

    let error = store.save("first", &value(1)).unwrap_err();

    assert!(matches!(error, BackendError::Full { .. }));
    assert!(error.to_string().starts_with("disk is full, nothing was saved"), "{error}");
    assert_eq!(store.record_count(), 0);
    *store.files.write_fails.lock().unwrap() = None;
    store.save("first", &value(1)).unwrap();
    let loaded = poll_now(store.connected.backend.blobs.get(
        &store.who(),
        &[buffer(&value(1))],
        &Hint::default(),
        Access::Mapped,
    ));
    assert_eq!(loaded.unwrap()[0].as_slice(), value(1));
}

#[test]
fn after_a_failed_sync_nothing_of_that_pack_is_believed() {
    let store = Store::new();
    *store.files.sync_fails.lock().unwrap() = Some(io::ErrorKind::Other);

    assert!(matches!(store.save("first", &value(1)), Err(BackendError::Unavailable { .. })));

    *store.files.sync_fails.lock().unwrap() = None;
    assert_eq!(store.missing(&value(1)).len(), 7, "all is to be put again");
    assert!(matches!(store.commit("first", &value(1), Vec::new()), Ok(Committed::Missing(_))));
    store.save("first", &value(1)).unwrap();
    assert_eq!(store.record_count(), 1);
    assert_eq!(std::fs::read_dir(store.path().join("packs")).unwrap().count(), 2);
}

#[test]
fn a_pack_deleted_under_a_save_fails_it_and_the_next_save_is_whole() {
    let store = Store::new();
    store.put(&value(1)).unwrap();
    let pack = std::fs::read_dir(store.path().join("packs")).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&pack).unwrap();

    let error = store.commit("first", &value(1), Vec::new()).unwrap_err();

    assert!(matches!(error, BackendError::Unavailable { .. }));
    assert!(error.to_string().contains(pack.to_str().unwrap()), "{error}");
    assert_eq!(store.record_count(), 0);
    store.save("first", &value(1)).unwrap();
}

/// A value that was put in more runs than are mapped: each chunk by itself, the last first.
fn scattered(store: &Store) -> Vec<u8> {
    let mut value = vec![0; 257 * CHUNK_LEN];
    for (number, chunk) in value.chunks_mut(CHUNK_LEN).enumerate() {
        chunk[..4].copy_from_slice(&(number as u32).to_le_bytes());
    }
    value.chunks(CHUNK_LEN).rev().for_each(|chunk| store.put(chunk).unwrap());
    value
}

#[test]
fn a_buffer_that_is_written_again_is_on_the_disk_before_the_commit() {
    let store = Store::new();
    let value = scattered(&store);
    store.files.steps();

    store.commit("scattered", &value, Vec::new()).unwrap();

    let steps = store.files.steps();
    let entered = Step::FolderSynced("packs".to_owned());
    assert_eq!(steps[..2], [Step::PackSynced, entered]);
    assert!(steps[2..steps.len() - 2].iter().all(|step| *step == Step::PackWritten), "{steps:?}");
    assert_eq!(steps[steps.len() - 2..], [Step::PackSynced, FULL]);
    store.assert_holds(&value);
}

#[test]
fn a_buffer_whose_copy_is_not_on_the_disk_is_not_committed() {
    let store = Store::new();
    let value = scattered(&store);
    *store.files.write_fails.lock().unwrap() = Some(io::ErrorKind::StorageFull);

    assert!(matches!(store.commit("scattered", &value, Vec::new()), Err(BackendError::Full { .. })));

    assert_eq!(store.record_count(), 0);
    *store.files.write_fails.lock().unwrap() = None;
    store.commit("scattered", &value, Vec::new()).unwrap();
    store.assert_holds(&value);
}
