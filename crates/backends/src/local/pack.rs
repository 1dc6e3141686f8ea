//! One append-only pack file: appended to by one process, read by all.
//!
//! Full 64 KiB chunks are aligned to 64 KiB so that they can be mapped; all
//! else follows unaligned. Nothing here knows digests or owners. A pack is
//! never edited, truncated or punched: a write that failed leaves bytes that
//! no record names.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use stillroom_core::{PutBlob, Result};
use stillroom_format::CHUNK_LEN;

use super::ahead::Ahead;
use super::error;
use super::files::Files;
use super::lock::Lock;

/// Names a pack: a random positive number, so that processes need not agree on the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PackId(pub(super) i64);

impl PackId {
    /// Stands for the catalog, where small blobs lie.
    pub(super) const CATALOG: Self = Self(0);

    pub(super) fn random() -> Result<Self> {
        let number = getrandom::u64().map_err(|source| stillroom_core::BackendError::Other {
            backend: "local",
            source: source.into(),
        })?;
        Ok(Self((number >> 1).max(1).cast_signed()))
    }

    /// The pack whose file has this name; none when it is no pack's.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let id = Self(i64::from_str_radix(name.strip_suffix(".pack")?, 16).ok()?);
        (id != Self::CATALOG && format!("{id}.pack") == name).then_some(id)
    }

    pub(super) fn path(self, packs: &Path) -> PathBuf {
        packs.join(format!("{self}.pack"))
    }
}

impl fmt::Display for PackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What tells whether a file is as it was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) size: i64,
    pub(super) inode: i64,
    pub(super) mtime_ns: i64,
    pub(super) ctime_ns: i64,
}

impl Stat {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let found = file.metadata()?;
        if found.nlink() == 0 {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the file was deleted while it was open"));
        }
        Ok(Self {
            size: found.size().cast_signed(),
            inode: found.ino().cast_signed(),
            mtime_ns: nanoseconds(found.mtime(), found.mtime_nsec()),
            ctime_ns: nanoseconds(found.ctime(), found.ctime_nsec()),
        })
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

/// A pack this process appends to, and nobody else meanwhile.
#[derive(Debug)]
pub(super) struct Pack {
    pub(super) id: PackId,
    path: PathBuf,
    lock: Lock,
    tail: Mutex<Tail>,
}

#[derive(Debug)]
struct Tail {
    /// Where the next byte goes.
    end: u64,
    /// Up to where bytes are on the disk.
    synced: u64,
    /// Whether the folder's entry for the file is on the disk.
    is_entered: bool,
    /// After a failed sync nobody knows what the disk holds: nothing of this pack is committed any more.
    is_broken: bool,
    ahead: Ahead,
}

impl Tail {
    fn new(end: u64, is_entered: bool) -> Mutex<Self> {
        Mutex::new(Self { end, synced: end, is_entered, is_broken: false, ahead: Ahead::new(end) })
    }
}

impl Pack {
    /// A new pack, locked.
    pub(super) fn create(packs: &Path) -> Result<Self> {
        loop {
            let id = PackId::random()?;
            let path = id.path(packs);
            let failed = |error| error::io("make", &path, error);
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .map_err(failed)?;
            let lock = Lock::take(file).map_err(failed)?;
            // Between the two a sweep may have found an empty pack that nobody had locked.
            if lock.file().metadata().map_err(failed)?.nlink() > 0 {
                return Ok(Self { id, path, lock, tail: Tail::new(0, false) });
            }
        }
    }

    /// A pack that is there, locked; none when another writer has it or it is gone.
    pub(super) fn open(packs: &Path, id: PackId) -> Result<Option<Self>> {
        let path = id.path(packs);
        let failed = |error| error::io("open", &path, error);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let Some(lock) = Lock::try_take(file).map_err(failed)? else { return Ok(None) };
        let found = lock.file().metadata().map_err(failed)?;
        if found.nlink() == 0 {
            return Ok(None);
        }
        Ok(Some(Self { id, path, lock, tail: Tail::new(found.len(), true) }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> &File {
        self.lock.file()
    }

    pub(super) fn len(&self) -> u64 {
        self.tail().end
    }

    pub(super) fn is_broken(&self) -> bool {
        self.tail().is_broken
    }

    /// Appends blobs in the order given; the offset of each.
    pub(super) fn append(&self, files: &dyn Files, blobs: &[PutBlob<'_>]) -> Result<Vec<u64>> {
        let mut tail = self.tail();
        let mut offsets = Vec::with_capacity(blobs.len());
        let mut rest = blobs;
        while !rest.is_empty() {
            let start =
                if rest[0].is_full_chunk { tail.end.next_multiple_of(CHUNK_LEN as u64) } else { tail.end };
            let (stretch, after) = rest.split_at(stretch_count(start, rest));
            let parts: Vec<&[u8]> = stretch.iter().map(|blob| blob.bytes).collect();
            if let Err(error) = files.write(self.file(), start, &parts) {
                self.make_room(files, &mut tail, &error);
                return Err(error::io("write", &self.path, error));
            }
            tail.end = start;
            for part in parts {
                offsets.push(tail.end);
                tail.end += part.len() as u64;
            }
            rest = after;
        }
        let end = tail.end;
        tail.ahead.appended(&self.path, end);
        Ok(offsets)
    }

    /// On a full disk, unlinks a pack that no commit has named yet: the machine needs the room more than a
    /// later try of this save needs the bytes. What other saves under way had in it they will put again.
    fn make_room(&self, files: &dyn Files, tail: &mut Tail, error: &io::Error) {
        if !tail.is_entered && error::is_full(error) {
            tail.is_broken = true;
            // The save has failed already, and a pack that stays is a sweep's to take.
            let _ = files.remove(&self.path);
        }
    }

    /// Puts all that was appended, and the file's name, on the disk; how the file looks then.
    pub(super) fn sync(&self, files: &dyn Files) -> Result<Stat> {
        let mut tail = self.tail();
        self.try_sync(files, &mut tail).map_err(|error| {
            tail.is_broken = true;
            self.make_room(files, &mut tail, &error);
            error::io("sync", &self.path, error)
        })
    }

    fn try_sync(&self, files: &dyn Files, tail: &mut Tail) -> io::Result<Stat> {
        if tail.is_broken {
            return Err(io::Error::other("an earlier sync failed"));
        }
        if tail.synced < tail.end {
            let synced = files.sync(self.file());
            tail.ahead.synced(tail.end);
            synced?;
            tail.synced = tail.end;
        }
        if !tail.is_entered {
            files.sync_folder(self.path.parent().expect("a pack lies in a folder"))?;
            tail.is_entered = true;
        }
        Stat::of(self.file())
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of `blobs` can follow one another from `start` on without a gap.
fn stretch_count(start: u64, blobs: &[PutBlob<'_>]) -> usize {
    let mut end = start;
    let gap = blobs.iter().position(|blob| {
        let needs_gap = blob.is_full_chunk && !end.is_multiple_of(CHUNK_LEN as u64);
        end += blob.bytes.len() as u64;
        needs_gap
    });
    gap.unwrap_or(blobs.len())
}

#[cfg(test)]
mod tests {
    use stillroom_core::Digest;

    use super::super::files::Disk;
    use super::*;

    #[test]
    fn a_long_append_is_on_its_way_before_it_is_synced() {
        let folder = tempfile::tempdir().unwrap();
        let pack = Pack::create(folder.path()).unwrap();
        let bytes = vec![7; CHUNK_LEN];
        let blob = PutBlob::raw(Digest::of(&bytes), &bytes, true);

        pack.append(&Disk, &[blob]).unwrap();
        assert!(!pack.tail().ahead.is_under_way());
        pack.append(&Disk, &[blob; 64]).unwrap();
        assert!(pack.tail().ahead.is_under_way());
        let stat = pack.sync(&Disk).unwrap();

        assert!(!pack.tail().ahead.is_under_way());
        assert_eq!(stat.size, 65 * CHUNK_LEN as i64);
    }
}
