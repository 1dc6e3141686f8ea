//! Blobs compared with their digests, whatever the stat of their pack says, and those that fail forgotten.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::sync::Arc;

use rusqlite::Connection;
use stillroom_core::{BackendError, Digest, Owner, Result};

use super::error::{self, CatalogError};
use super::pack::PackId;
use super::places::{self, Form, Place};
use super::session::Session;
use super::{Local, fetch};

/// A blob that is not there or not what it says, and where it was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged {
    pub(super) digest: Digest,
    /// None when nothing says where it is.
    place: Option<Place>,
}

impl Local {
    /// Those of `digests` that are damaged, in the order asked.
    pub(super) fn find_damaged(&self, owner: Owner, digests: &[Digest]) -> Result<Vec<Damaged>> {
        let session = self.session()?;
        let mut before: Option<Vec<Damaged>> = None;
        loop {
            // What is open may have been unlinked since: it is there for us and for nobody after us.
            session.readers.close_all();
            let doubtful: Option<Vec<Digest>> =
                before.as_ref().map(|found| found.iter().map(|damaged| damaged.digest).collect());
            let found = self.compare(session, owner, doubtful.as_deref().unwrap_or(digests))?;
            // A sweep may have moved them between the look into the catalog and the one into the pack: only
            // what is damaged where it was before is.
            let is_moved = |damaged: &Damaged| !before.as_ref().is_some_and(|known| known.contains(damaged));
            if !found.iter().any(is_moved) {
                return Ok(found);
            }
            before = Some(found);
        }
    }

    /// Forgets those of `digests` that are damaged, and trusts their packs no further.
    pub(super) fn discard_damaged(&self, owner: Owner, digests: &[Digest]) -> Result<()> {
        self.folder.check_writable()?;
        let damaged = self.find_damaged(owner, digests)?;
        if damaged.is_empty() {
            return Ok(());
        }
        let packs: BTreeSet<PackId> =
            damaged.iter().filter_map(|damaged| Some(damaged.place?.pack)).collect();
        self.write(|connection, now| {
            for damaged in &damaged {
                forget(connection, owner, damaged)?;
            }
            packs.iter().try_for_each(|pack| places::mark_damaged(connection, *pack, now))
        })?;
        let session = self.session()?;
        session.pending.remove(owner, damaged.iter().map(|damaged| &damaged.digest));
        packs.iter().for_each(|pack| session.writers.let_go(*pack));
        Ok(())
    }

    fn compare(&self, session: &Session, owner: Owner, digests: &[Digest]) -> Result<Vec<Damaged>> {
        let mut found = self.locate(session, owner, digests)?;
        let mut in_order: Vec<usize> = (0..found.len()).collect();
        in_order.sort_by_key(|at| found[*at].1.map(|place| (place.pack, place.offset)));
        let mut damaged = vec![false; found.len()];
        for at in in_order {
            let (digest, place) = found[at];
            damaged[at] = self.whole(session, owner, digest, place)?.is_none();
        }
        let mut damaged = damaged.into_iter();
        found.retain(|_| damaged.next().unwrap_or(true));
        Ok(found.into_iter().map(|(digest, place)| Damaged { digest, place }).collect())
    }

    /// Where each blob is; an entry that can't be what was written says nothing.
    fn locate(
        &self,
        session: &Session,
        owner: Owner,
        digests: &[Digest],
    ) -> Result<Vec<(Digest, Option<Place>)>> {
        self.read(|connection, _| {
            let locate = |digest: &Digest| {
                if let Some(place) = session.pending.place(owner, *digest) {
                    return Ok((*digest, Some(place)));
                }
                match places::find(connection, owner, *digest) {
                    Ok(place) => Ok((*digest, place)),
                    Err(CatalogError::Contract(BackendError::Corrupt { .. })) => Ok((*digest, None)),
                    Err(error) => Err(error),
                }
            };
            digests.iter().map(locate).collect()
        })
    }

    /// The raw bytes of a blob; none when they are not at its place or not what it says.
    pub(super) fn whole(
        &self,
        session: &Session,
        owner: Owner,
        digest: Digest,
        place: Option<Place>,
    ) -> Result<Option<Vec<u8>>> {
        let bytes = match place {
            None => None,
            Some(Place { pack: PackId::CATALOG, .. }) => {
                self.read(|connection, _| places::read(connection, owner, digest))?
            }
            Some(place) => self.read_kept(session, place)?,
        };
        Ok(place.zip(bytes).and_then(|(place, kept)| place.form.whole(kept, digest)))
    }

    /// The bytes at a place of a pack, as they are kept; none when the disk doesn't have them.
    pub(super) fn read_kept(&self, session: &Session, place: Place) -> Result<Option<Vec<u8>>> {
        let read = |file: Arc<File>| {
            let mut bytes = vec![0; place.form.len as usize];
            fetch::read_at(&file, &mut bytes, place.offset)?;
            Ok(bytes)
        };
        match session.readers.get(place.pack).and_then(read) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if is_lost(&error) => Ok(None),
            Err(error) => Err(error::io("read", &place.pack.path(&self.folder.packs()), error)),
        }
    }
}

/// Whether a read failed because the bytes are not there, or not on a sound part of the disk.
fn is_lost(error: &io::Error) -> bool {
    let is_unreadable = error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error());
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) || is_unreadable
}

/// Takes the entry of a damaged blob, unless it has been put anew since.
fn forget(connection: &Connection, owner: Owner, damaged: &Damaged) -> Result<(), CatalogError> {
    const FORGET: &str = "DELETE FROM blobs WHERE owner = ?1 AND digest = ?2 \
        AND (?3 OR (coalesce(pack, 0) = ?4 AND coalesce(pack_offset, 0) = ?5))";
    let owner = owner.id();
    let place = damaged.place.unwrap_or(Place::in_catalog(Form::raw(0)));
    let offset = place.offset.cast_signed();
    let is_unknown = damaged.place.is_none();
    connection.prepare_cached(FORGET)?.execute((
        owner.as_bytes(),
        damaged.digest.as_bytes(),
        is_unknown,
        place.pack.0,
        offset,
    ))?;
    Ok(())
}
