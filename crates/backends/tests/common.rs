//! A store in a folder of its own, for tests.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use stillroom_backends::{CacheOptions, ConnectOptions, Connected, connect};
use stillroom_core::conformance::Subject;
use stillroom_core::{
    Access, Backend, Body, Buffer, Commit, Committed, Digest, Hint, ManualClock, NewVersion, Principal,
    Result, Stored, poll_now,
};
use stillroom_format::CHUNK_LEN;
use tempfile::TempDir;

pub(crate) use crate::values::{blobs, buffer, key, noise};

/// A folder for a store that isn't there yet.
pub(crate) struct Place {
    temporary: TempDir,
    clock: Arc<ManualClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { temporary: tempfile::tempdir().unwrap(), clock: Arc::default() }
    }

    /// Where the store is or will be.
    pub(crate) fn path(&self) -> PathBuf {
        self.temporary.path().join("store")
    }

    pub(crate) fn open(&self) -> Store {
        self.try_open().unwrap()
    }

    pub(crate) fn try_open(&self) -> Result<Store> {
        open(&self.path(), self.options())
    }

    /// Opens the store as one that compares all bytes at every load.
    pub(crate) fn open_verifying(&self) -> Store {
        open(&self.path(), ConnectOptions { verify_always: true, ..self.options() }).unwrap()
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        ConnectOptions { clock: self.clock.clone(), ..options() }
    }

    /// A connection to its catalog, to look at it or to damage it.
    pub(crate) fn catalog(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path().join("catalog.sqlite")).unwrap()
    }

    /// Flips a bit of a blob, in the catalog or wherever it lies in a pack.
    pub(crate) fn damage(&self, blob: &[u8]) {
        let mut flipped = blob.to_vec();
        flipped[0] ^= 1;
        let digest = Digest::of(blob);
        let values = (&flipped, digest.as_bytes());
        self.catalog()
            .execute("UPDATE blobs SET data = ?1 WHERE digest = ?2 AND pack IS NULL", values)
            .unwrap();
        for pack in self.packs() {
            let bytes = fs::read(&pack).unwrap();
            let file = File::options().write(true).open(&pack).unwrap();
            let places = bytes.windows(blob.len()).enumerate().filter(|(_, window)| *window == blob);
            for (at, _) in places {
                file.write_all_at(&flipped, at as u64).unwrap();
            }
        }
    }

    /// Makes the catalog believe that its packs are as they were left: rot that shows in no stat.
    pub(crate) fn note_stat(&self) {
        let nanoseconds = |seconds: i64, rest: i64| seconds * 1_000_000_000 + rest;
        for pack in self.packs() {
            let found = fs::metadata(&pack).unwrap();
            let id = i64::from_str_radix(pack.file_stem().unwrap().to_str().unwrap(), 16).unwrap();
            let values = (
                id,
                found.size() as i64,
                found.ino() as i64,
                nanoseconds(found.mtime(), found.mtime_nsec()),
                nanoseconds(found.ctime(), found.ctime_nsec()),
            );
            let noted = "UPDATE packs SET size = ?2, inode = ?3, mtime_ns = ?4, ctime_ns = ?5 WHERE id = ?1";
            assert_eq!(self.catalog().execute(noted, values).unwrap(), 1);
        }
    }

    /// How many rows a table of its catalog has.
    pub(crate) fn count(&self, table: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {table}");
        self.catalog().query_row(&count, (), |row| row.get(0)).unwrap()
    }

    /// The time for it.
    pub(crate) fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Its packs.
    pub(crate) fn packs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path().join("packs")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

/// Options of a store that tells no particular time.
pub(crate) fn options() -> ConnectOptions {
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

pub(crate) fn open(path: &Path, options: ConnectOptions) -> Result<Store> {
    connect(Some(path.to_str().unwrap()), options).map(Store)
}

/// An open store, asked by its own owner.
pub(crate) struct Store(pub(crate) Connected);

impl Store {
    pub(crate) fn who(&self) -> Principal {
        Principal::local(self.0.local_owner.unwrap())
    }

    /// Saves a value whose bytes come with the commit.
    pub(crate) fn save_small(&self, at: &str, value: &[u8]) -> Result<()> {
        let versions = vec![version(at, &[buffer(value)])];
        self.commit(Commit { versions, blobs: blobs(value), ..Commit::default() })
    }

    /// Saves a value whose bytes are put in batches, full chunks first.
    pub(crate) fn save(&self, at: &str, value: &[u8]) -> Result<()> {
        self.put(value)?;
        self.commit(Commit { versions: vec![version(at, &[buffer(value)])], ..Commit::default() })
    }

    pub(crate) fn put(&self, value: &[u8]) -> Result<()> {
        for batch in value.chunks(16 * CHUNK_LEN) {
            poll_now(self.0.backend.blobs.put(&self.who(), &blobs(batch)))?;
        }
        Ok(())
    }

    pub(crate) fn commit(&self, commit: Commit<'_>) -> Result<()> {
        match poll_now(self.0.backend.catalog.commit(&self.who(), commit))? {
            Committed::Done(_) => Ok(()),
            other => panic!("all blobs are there: {other:?}"),
        }
    }

    pub(crate) fn get(&self, at: &str) -> Result<Stored> {
        poll_now(self.0.backend.catalog.get(&self.who(), &key(at), None))
    }

    /// The bytes of a buffer that `at` was saved with.
    pub(crate) fn body(&self, at: &str, buffer: Buffer) -> Result<Body> {
        let hint = self.get(at)?.hint;
        self.body_by(&hint, buffer)
    }

    pub(crate) fn body_by(&self, hint: &Hint, buffer: Buffer) -> Result<Body> {
        let bodies = poll_now(self.0.backend.blobs.get(&self.who(), &[buffer], hint, Access::Mapped))?;
        Ok(bodies.into_iter().next().unwrap())
    }

    /// Loads a value that [`save`](Self::save) saved and compares it.
    pub(crate) fn assert_holds(&self, at: &str, value: &[u8]) {
        assert_eq!(self.body(at, buffer(value)).unwrap().as_slice(), value, "{at}");
    }
}

pub(crate) fn version(at: &str, buffers: &[Buffer]) -> NewVersion {
    NewVersion {
        key: key(at),
        digest: Digest::of(at.as_bytes()),
        root: Bytes::from_static(b"the root"),
        buffers: buffers.to_vec(),
        kind: "dict".to_owned(),
        shape: vec![3],
        bytes: buffers.iter().map(|buffer| buffer.len).sum(),
        label: Some("the label".to_owned()),
        metadata: Some(Bytes::from_static(b"the metadata")),
        summary: "the summary".to_owned(),
        provenance: "the provenance".to_owned(),
        ttl: None,
        pinned: false,
        signature: None,
    }
}

/// A folder's store under the suite.
pub(crate) struct Local {
    place: Place,
    store: Store,
}

pub(crate) fn local() -> Local {
    let place = Place::new();
    let store = place.open();
    Local { place, store }
}

impl Subject for Local {
    fn backend(&self) -> &Backend {
        &self.store.0.backend
    }

    fn reopened(&self) -> Backend {
        self.place.open().0.backend
    }

    fn clock(&self) -> &ManualClock {
        &self.place.clock
    }

    fn damage(&self, blob: &[u8]) {
        self.place.damage(blob);
    }
}
