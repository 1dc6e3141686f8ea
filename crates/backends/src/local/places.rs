//! Where each of an owner's blobs lies: the `blobs` table, and the looks of packs in `packs`.

use rusqlite::{Connection, OptionalExtension, Row};
use stillroom_core::{Buffer, Digest, Owner, Timestamp};

use super::error::{self, CatalogError};
use super::hint::Run;
use super::pack::{PackId, Stat};
use super::row::integer;

/// The codec of blobs kept as they are; the only one of this layout.
const RAW: i64 = 0;

/// Where a blob lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// [`PackId::CATALOG`] for a blob that lies in the catalog.
    pub(super) pack: PackId,
    pub(super) offset: u64,
    pub(super) len: u32,
}

impl Place {
    pub(super) const fn in_catalog(len: u32) -> Self {
        Self { pack: PackId::CATALOG, offset: 0, len }
    }
}

/// What a commit notes of a pack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted {
    pub(super) id: PackId,
    pub(super) stat: Stat,
    /// The committed blob that ends last.
    pub(super) last: (Digest, Place),
}

/// Where the owner's blob lies; none when the owner has no such blob.
pub(super) fn find(
    connection: &Connection,
    owner: Owner,
    digest: Digest,
) -> Result<Option<Place>, CatalogError> {
    const FIND: &str = "SELECT codec, raw_len, pack, pack_offset FROM blobs WHERE owner = ?1 AND digest = ?2";
    let read = |row: &Row<'_>| -> rusqlite::Result<_> {
        Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<i64>>(3)?))
    };
    let mut statement = connection.prepare_cached(FIND)?;
    let Some((codec, len, pack, offset)) =
        statement.query_row((owner.id().as_bytes(), digest.as_bytes()), read).optional()?
    else {
        return Ok(None);
    };
    if codec != RAW {
        return Err(error::corrupt(format!("the entry of a blob is damaged: `{digest}`"), None).into());
    }
    Ok(Some(match (pack, offset) {
        (Some(pack), Some(offset)) => Place { pack: PackId(pack), offset: offset.unsigned_abs(), len },
        _ => Place::in_catalog(len),
    }))
}

/// The bytes of a blob that lies in the catalog.
pub(super) fn read(
    connection: &Connection,
    owner: Owner,
    digest: Digest,
) -> Result<Option<Vec<u8>>, CatalogError> {
    const READ: &str = "SELECT data FROM blobs WHERE owner = ?1 AND digest = ?2";
    let mut statement = connection.prepare_cached(READ)?;
    let found = statement.query_row((owner.id().as_bytes(), digest.as_bytes()), |row| row.get(0));
    Ok(found.optional()?.flatten())
}

/// Enters a blob unless the owner has it; whether it is new.
pub(super) fn insert(
    connection: &Connection,
    owner: Owner,
    digest: Digest,
    place: Place,
    data: Option<&[u8]>,
) -> Result<bool, CatalogError> {
    const INSERT: &str = "INSERT INTO blobs VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
    let (pack, offset) = match data {
        Some(_) => (None, None),
        None => (Some(place.pack.0), Some(integer(place.offset)?)),
    };
    let mut statement = connection.prepare_cached(INSERT)?;
    let owner = owner.id();
    let values = (owner.as_bytes(), digest.as_bytes(), RAW, place.len, pack, offset, data);
    Ok(statement.execute(values)? == 1)
}

/// The runs of a buffer whose chunks lie at `place_of` their digests.
pub(super) fn runs(
    buffer: &Buffer,
    mut place_of: impl FnMut(usize, Digest) -> Option<Place>,
) -> Option<Vec<Run>> {
    let mut runs = Runs::default();
    for (at, chunk) in buffer.chunks.iter().enumerate() {
        runs.add(place_of(at, chunk.digest).filter(|place| place.len == chunk.len)?);
    }
    Some(runs.list)
}

/// Places one after another, joined where they touch.
#[derive(Default)]
pub(super) struct Runs {
    pub(super) list: Vec<Run>,
    end: u64,
}

impl Runs {
    pub(super) fn add(&mut self, place: Place) {
        match self.list.last_mut() {
            Some(run)
                if run.pack == place.pack && self.end == place.offset && place.pack != PackId::CATALOG =>
            {
                run.chunk_count += 1;
            }
            _ => self.list.push(Run { pack: place.pack, offset: place.offset, chunk_count: 1 }),
        }
        self.end = place.offset + u64::from(place.len);
    }
}

/// Notes how a pack looks. One in which a blob was found damaged stays marked.
pub(super) fn note_pack(connection: &Connection, noted: &Noted, now: Timestamp) -> Result<(), CatalogError> {
    const NOTE: &str = "INSERT INTO packs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL) \
        ON CONFLICT (id) DO UPDATE SET size = ?2, inode = ?3, mtime_ns = ?4, ctime_ns = ?5, checked_at = ?6, \
        last_offset = ?7, last_len = ?8, last_digest = ?9";
    let (digest, place) = noted.last;
    let Stat { size, inode, mtime_ns, ctime_ns } = noted.stat;
    connection.prepare_cached(NOTE)?.execute((
        noted.id.0,
        size,
        inode,
        mtime_ns,
        ctime_ns,
        now.0,
        integer(place.offset)?,
        place.len,
        digest.as_bytes(),
    ))?;
    Ok(())
}

/// Marks a pack in which a blob was found damaged: its stat vouches for nothing any more, nothing is
/// appended to it, and the next sweep empties it.
pub(super) fn mark_damaged(connection: &Connection, id: PackId, now: Timestamp) -> Result<(), CatalogError> {
    const MARK: &str = "UPDATE packs SET damaged_at = ?2 WHERE id = ?1";
    connection.prepare_cached(MARK)?.execute((id.0, now.0))?;
    Ok(())
}

/// Whether a blob of a pack was found damaged.
pub(super) fn is_damaged(connection: &Connection, id: PackId) -> Result<bool, CatalogError> {
    const FIND: &str = "SELECT 1 FROM packs WHERE id = ?1 AND damaged_at IS NOT NULL";
    Ok(connection.prepare_cached(FIND)?.exists((id.0,))?)
}

/// Forgets a pack that holds no blob any more.
pub(super) fn forget_pack(connection: &Connection, id: PackId) -> Result<(), CatalogError> {
    connection.prepare_cached("DELETE FROM packs WHERE id = ?1")?.execute((id.0,))?;
    Ok(())
}

/// How a pack looked after its last sync; none when that vouches for nothing.
pub(super) fn noted_stat(connection: &Connection, id: PackId) -> Result<Option<Stat>, CatalogError> {
    const FIND: &str =
        "SELECT size, inode, mtime_ns, ctime_ns FROM packs WHERE id = ?1 AND damaged_at IS NULL";
    let mut statement = connection.prepare_cached(FIND)?;
    Ok(statement.query_row((id.0,), read_stat).optional()?)
}

/// Packs shorter than `full_len`, to be continued.
pub(super) fn unfinished(connection: &Connection, full_len: u64) -> Result<Vec<Noted>, CatalogError> {
    const FIND: &str = "SELECT size, inode, mtime_ns, ctime_ns, id, last_offset, last_len, last_digest \
        FROM packs WHERE size < ?1 AND damaged_at IS NULL ORDER BY size DESC LIMIT 16";
    let mut statement = connection.prepare_cached(FIND)?;
    let found = statement.query_map((integer(full_len)?,), |row| {
        let id = PackId(row.get(4)?);
        let place = Place { pack: id, offset: row.get::<_, i64>(5)?.unsigned_abs(), len: row.get(6)? };
        Ok(Noted { id, stat: read_stat(row)?, last: (Digest::from_bytes(row.get(7)?), place) })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn read_stat(row: &Row<'_>) -> rusqlite::Result<Stat> {
    Ok(Stat { size: row.get(0)?, inode: row.get(1)?, mtime_ns: row.get(2)?, ctime_ns: row.get(3)? })
}
