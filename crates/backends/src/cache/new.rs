//! A pack being written, while what goes into it is fetched.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

use stillroom_core::{Digest, Owner};
use stillroom_format::CHUNK_LEN;

use super::list::{self, Listed};
use super::part::{Pack, PackId, Stat, disk_len};
use super::{Cache, lock};

/// Takes blobs one by one; dropped before it is sealed, it leaves nothing.
pub(crate) struct NewPack<'c> {
    cache: &'c Cache,
    owner: Owner,
    file: Option<(PackId, File)>,
    blobs: Vec<Listed>,
    end: u64,
    /// After a failure nothing more is tried: the disk is full, say.
    has_failed: bool,
}

impl<'c> NewPack<'c> {
    pub(super) fn new(cache: &'c Cache, owner: Owner) -> Self {
        Self { cache, owner, file: None, blobs: Vec::new(), end: 0, has_failed: false }
    }

    /// Adds the raw bytes of a blob, which are what its digest says.
    pub(crate) fn add(&mut self, digest: Digest, raw: &[u8]) {
        if !self.has_failed {
            self.has_failed = self.try_add(digest, raw).is_err();
        }
    }

    fn try_add(&mut self, digest: Digest, raw: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(create(&self.cache.folder(self.owner))?);
        }
        let Some((_, file)) = &self.file else { return Ok(()) };
        // What is skipped before an aligned chunk is a gap, which takes no room.
        let is_full = raw.len() == CHUNK_LEN;
        let offset = if is_full { self.end.next_multiple_of(CHUNK_LEN as u64) } else { self.end };
        file.write_all_at(raw, offset)?;
        self.end = offset + raw.len() as u64;
        let len = u32::try_from(raw.len()).map_err(io::Error::other)?;
        self.blobs.push(Listed { digest, offset, len });
        Ok(())
    }

    /// Puts the list in place: from now on there are these blobs.
    pub(crate) fn seal(mut self) {
        if self.has_failed || self.try_seal().is_err() {
            return;
        }
        let Some((id, file)) = self.file.take() else { return };
        let Ok(found) = file.metadata() else { return };
        let blobs = std::mem::take(&mut self.blobs);
        let pack = Pack { checked: vec![true; blobs.len()], blobs, stat: Some(Stat::of(&found)) };
        lock(&self.cache.part(self.owner)).enter(id, pack);
        self.cache.added(disk_len(&found));
    }

    fn try_seal(&self) -> io::Result<()> {
        let Some((id, _)) = &self.file else { return Ok(()) };
        let folder = self.cache.folder(self.owner);
        let draft = id.path(&folder, "new");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all_at(&list::encode(&self.blobs), 0)?;
        fs::rename(&draft, id.path(&folder, "list"))
    }
}

impl Drop for NewPack<'_> {
    fn drop(&mut self) {
        if let Some((id, _)) = &self.file {
            id.remove(&self.cache.folder(self.owner));
        }
    }
}

/// A new pack, locked while it is written: without a list and a lock it would be a crash's.
fn create(folder: &Path) -> io::Result<(PackId, File)> {
    let made = DirBuilder::new().mode(0o700).create(folder);
    if let Err(error) = made
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(error);
    }
    let id = PackId(getrandom::u64().map_err(io::Error::other)?);
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).mode(0o600).open(id.path(folder, "pack"))?;
    file.try_lock()?;
    Ok((id, file))
}
