//! Packs that are dead or mostly dead: unlinked whole, the live blobs copied out first.
//!
//! Why the order of steps is safe stands in sweep.rs.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use stillroom_core::{BackendError, Digest, Owner, PutBlob, Result};
use uuid::Uuid;

use super::error::{self, CatalogError};
use super::moves::{self, Move};
use super::pack::{Pack, PackId};
use super::places::{self, Last, Noted, Place};
use super::session::Session;
use super::{Local, fetch};

/// How many blobs are copied at a time: 4 MiB of full chunks.
const BATCH: usize = 64;

/// A pack of which less than half is live, or that holds damage.
#[derive(Debug)]
pub(super) struct Doomed {
    id: PackId,
    len: u64,
    live_bytes: u64,
}

/// A blob that some version may name.
#[derive(Debug, Clone, Copy)]
struct Live {
    owner: Owner,
    digest: Digest,
    place: Place,
}

/// What was copied out of a pack.
#[derive(Default)]
struct Moved {
    blobs: Vec<Move>,
    /// The pack they went to, when there were any. Its lock is held with it: until rows name the copies,
    /// another sweep would take the pack for dead.
    target: Option<(Arc<Pack>, Noted)>,
}

impl Live {
    fn to(self, pack: PackId, offset: u64) -> Move {
        let Self { owner, digest, place: from } = self;
        Move { owner, digest, from, to: Place { pack, offset, form: from.form } }
    }
}

impl Doomed {
    /// How much less the disk would hold.
    pub(super) fn gain(&self) -> u64 {
        self.len.saturating_sub(self.live_bytes)
    }
}

impl Local {
    /// Takes every doomed pack that nobody has locked; how many bytes went back to the disk.
    pub(super) fn compact(&self, session: &Session) -> Result<u64> {
        // What this thread may have begun to save it has given up.
        session.writers.release();
        let packs = self.folder.packs();
        let mut doomed = self.read(|connection, _| doomed(connection, &packs))?;
        // Those that need no room go first: they may make it.
        doomed.sort_by_key(|pack| pack.live_bytes);
        let (mut gain, mut removed) = (0, false);
        for Doomed { id, .. } in &doomed {
            session.writers.let_go(*id);
            let Some(pack) = Pack::open(&packs, *id)? else { continue };
            match self.empty(session, &pack) {
                Ok(None) => {}
                Ok(Some(copied)) => (gain, removed) = (gain + pack.len().saturating_sub(copied), true),
                // Nothing is lost and nothing half done: the pack stays for the next sweep.
                Err(BackendError::Full { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        if removed {
            session.readers.close_all();
            self.files.sync_folder(&packs).map_err(|error| error::io("sync", &packs, error))?;
        }
        Ok(gain)
    }

    /// Empties a pack whose lock is ours and unlinks it; how many bytes had to be copied, none when it has
    /// to stay.
    fn empty(&self, session: &Session, pack: &Pack) -> Result<Option<u64>> {
        let (live, is_damaged) = self.read(|connection, _| {
            Ok((live(connection, pack.id)?, places::is_damaged(connection, pack.id)?))
        })?;
        let Some(live) = live else { return Ok(None) };
        let live_bytes = live.iter().map(|blob| u64::from(blob.place.form.len)).sum();
        if !is_doomed(pack.len(), live_bytes, is_damaged) {
            return Ok(None);
        }
        let moved = self.copy_out(session, pack, live);
        session.writers.release();
        let Some(moved) = moved? else { return Ok(None) };
        self.write(|connection, now| {
            moves::follow(connection, &moved.blobs)?;
            if let Some((_, noted)) = &moved.target {
                places::note_pack(connection, noted, now)?;
            }
            places::forget_pack(connection, pack.id)
        })?;
        self.files.remove(pack.path()).map_err(|error| error::io("remove", pack.path(), error))?;
        Ok(Some(live_bytes))
    }

    /// Copies blobs to this thread's own pack and syncs it. None when one is damaged, which then stays where
    /// it is, to be found.
    fn copy_out(&self, session: &Session, from: &Pack, mut live: Vec<Live>) -> Result<Option<Moved>> {
        if live.is_empty() {
            return Ok(Some(Moved::default()));
        }
        // Looked at before anything is copied, or each sweep would copy what comes before the damage.
        if !live.chunks(BATCH).all(|batch| read_whole(from, batch).is_some()) {
            return Ok(None);
        }
        // As in a save: full chunks first, so that they stay together and can be mapped.
        live.sort_by_key(|blob| (!blob.place.is_full_chunk(), blob.place.offset));
        let target = session.writers.claim(|| self.unfinished_pack(session))?;
        let (mut blobs, mut last) = (Vec::with_capacity(live.len()), None);
        for batch in live.chunks(BATCH) {
            let Some(bytes) = read_whole(from, batch) else { return Ok(None) };
            let copies: Vec<PutBlob<'_>> = batch.iter().zip(&bytes).map(as_blob).collect();
            let offsets = target.append(&*self.files, &copies)?;
            blobs.extend(batch.iter().zip(&offsets).map(|(blob, offset)| blob.to(target.id, *offset)));
            last = offsets.last().zip(bytes.last()).map(|(offset, bytes)| last_of(*offset, bytes));
        }
        let stat = target.sync(&*self.files)?;
        let noted = last.map(|last| Noted { id: target.id, stat, last });
        Ok(Some(Moved { blobs, target: noted.map(|noted| (target, noted)) }))
    }
}

fn as_blob<'a>((blob, bytes): (&Live, &'a Vec<u8>)) -> PutBlob<'a> {
    blob.place.form.put(blob.digest, bytes, blob.place.is_full_chunk())
}

/// What was appended last. Blobs are appended in the order given.
fn last_of(offset: u64, bytes: &[u8]) -> Last {
    let len = u32::try_from(bytes.len()).expect("as long as the place it was read from");
    Last { offset, len, digest: Digest::of(bytes) }
}

/// The bytes of blobs of a pack as they are kept; none when any is not what its digest says.
fn read_whole(pack: &Pack, blobs: &[Live]) -> Option<Vec<Vec<u8>>> {
    let read = |blob: &Live| {
        let mut kept = vec![0; blob.place.form.len as usize];
        fetch::read_at(pack.file(), &mut kept, blob.place.offset).ok()?;
        blob.place.form.is_whole(&kept, blob.digest).then_some(kept)
    };
    blobs.iter().map(read).collect()
}

fn is_doomed(len: u64, live_bytes: u64, is_damaged: bool) -> bool {
    live_bytes == 0 || live_bytes < len / 2 || is_damaged
}

/// The packs in the folder that ought to go, by what the catalog says of them now.
pub(super) fn doomed(connection: &Connection, packs: &Path) -> Result<Vec<Doomed>, CatalogError> {
    const LIVE: &str = "SELECT pack, sum(stored_len) FROM blobs WHERE pack IS NOT NULL GROUP BY pack";
    let mut statement = connection.prepare_cached(LIVE)?;
    let sums =
        statement.query_map((), |row| Ok((PackId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs())))?;
    let live: HashMap<PackId, u64> = sums.collect::<rusqlite::Result<_>>()?;
    let mut doomed = Vec::new();
    for (id, len) in files(packs)? {
        let live_bytes = live.get(&id).copied().unwrap_or(0);
        if is_doomed(len, live_bytes, places::is_damaged(connection, id)?) {
            doomed.push(Doomed { id, len, live_bytes });
        }
    }
    Ok(doomed)
}

/// The packs in the folder with their lengths; other files there are not ours to touch.
fn files(packs: &Path) -> Result<Vec<(PackId, u64)>> {
    let failed = |error| error::io("read", packs, error);
    let mut files = Vec::new();
    for entry in fs::read_dir(packs).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let id = entry.file_name().to_str().and_then(PackId::parse);
        // One that is gone by now was another sweep's.
        if let (Some(id), Ok(found)) = (id, entry.metadata()) {
            files.push((id, found.len()));
        }
    }
    Ok(files)
}

/// The blobs in a pack that rows name, in its order; none when a row can't be what was entered.
fn live(connection: &Connection, pack: PackId) -> Result<Option<Vec<Live>>, CatalogError> {
    const LIVE: &str = "SELECT codec, raw_len, stored_len, pack, pack_offset, owner, digest FROM blobs \
        WHERE pack = ?1 ORDER BY pack_offset";
    let mut statement = connection.prepare_cached(LIVE)?;
    let mut rows = statement.query((pack.0,))?;
    let mut live = Vec::new();
    while let Some(row) = rows.next()? {
        let (owner, digest) = (Owner::new(Uuid::from_bytes(row.get(5)?)), Digest::from_bytes(row.get(6)?));
        let Some(place) = places::read_place(row)? else { return Ok(None) };
        live.push(Live { owner, digest, place });
    }
    Ok(Some(live))
}
