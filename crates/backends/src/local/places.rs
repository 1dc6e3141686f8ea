//! Where each of an owner's blobs lies: the `blobs` table, and the looks of packs in `packs`.

use rusqlite::{Connection, OptionalExtension, Row};
use stillroom_core::{Buffer, Codec, Digest, Owner, PutBlob, Timestamp, limits};
use stillroom_format::{CHUNK_LEN, Decoder};

use super::error::{self, CatalogError};
use super::hint::Run;
use super::pack::{PackId, Stat};
use super::row::integer;

/// How a blob's bytes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) codec: Codec,
    pub(super) raw_len: u32,
    /// As kept.
    pub(super) len: u32,
}

/// Where a blob lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// [`PackId::CATALOG`] for a blob that lies in the catalog.
    pub(super) pack: PackId,
    pub(super) offset: u64,
    pub(super) form: Form,
}

impl Form {
    pub(super) const fn raw(len: u32) -> Self {
        Self { codec: Codec::Raw, raw_len: len, len }
    }

    /// The form of a blob that was checked against the limits.
    pub(super) fn of(blob: &PutBlob<'_>) -> Self {
        let len = |len: usize| u32::try_from(len).expect("checked against the limit of a blob");
        Self { codec: blob.codec, raw_len: len(blob.raw_len), len: len(blob.bytes.len()) }
    }

    /// A row's; none when no blob was ever entered so.
    fn from_row(codec: i64, raw_len: u32, len: u32) -> Option<Self> {
        let codec = Codec::from_number(u8::try_from(codec).ok()?)?;
        let fits = match codec {
            Codec::Raw => len == raw_len,
            _ => len < raw_len && u64::from(raw_len) <= limits::BLOB_LEN,
        };
        fits.then_some(Self { codec, raw_len, len })
    }

    pub(super) fn is_raw(self) -> bool {
        self.codec == Codec::Raw
    }

    /// A blob of this form, to be kept once more.
    pub(super) fn put(self, digest: Digest, kept: &[u8], is_full_chunk: bool) -> PutBlob<'_> {
        let Self { codec, raw_len, .. } = self;
        PutBlob { digest, codec, raw_len: raw_len as usize, bytes: kept, is_full_chunk }
    }

    /// Whether kept bytes are what the digest says.
    pub(super) fn is_whole(self, kept: &[u8], digest: Digest) -> bool {
        kept.len() == self.len as usize
            && if self.is_raw() { Digest::of(kept) == digest } else { self.decoded(kept, digest).is_some() }
    }

    /// The raw bytes that kept ones stand for; none when they are not what the digest says.
    pub(super) fn whole(self, kept: Vec<u8>, digest: Digest) -> Option<Vec<u8>> {
        if kept.len() != self.len as usize {
            return None;
        }
        if self.is_raw() {
            (Digest::of(&kept) == digest).then_some(kept)
        } else {
            self.decoded(&kept, digest)
        }
    }

    fn decoded(self, kept: &[u8], digest: Digest) -> Option<Vec<u8>> {
        let mut raw = vec![0; self.raw_len as usize];
        Decoder::new().decode(self.codec, kept, &mut raw).ok()?;
        (Digest::of(&raw) == digest).then_some(raw)
    }
}

impl Place {
    pub(super) const fn in_catalog(form: Form) -> Self {
        Self { pack: PackId::CATALOG, offset: 0, form }
    }

    /// Whether it is a full chunk that can be mapped.
    pub(super) fn is_full_chunk(self) -> bool {
        self.form == Form::raw(CHUNK_LEN as u32) && self.offset.is_multiple_of(CHUNK_LEN as u64)
    }
}

/// What a commit notes of a pack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted {
    pub(super) id: PackId,
    pub(super) stat: Stat,
    /// The committed blob that ends last.
    pub(super) last: Last,
}

/// The end of what was committed to a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) offset: u64,
    pub(super) len: u32,
    /// Of the blob's bytes as they lie there.
    pub(super) digest: Digest,
}

/// Where the owner's blob lies; none when the owner has no such blob.
pub(super) fn find(
    connection: &Connection,
    owner: Owner,
    digest: Digest,
) -> Result<Option<Place>, CatalogError> {
    const FIND: &str = "SELECT codec, raw_len, stored_len, pack, pack_offset FROM blobs \
        WHERE owner = ?1 AND digest = ?2";
    let mut statement = connection.prepare_cached(FIND)?;
    let found = statement.query_row((owner.id().as_bytes(), digest.as_bytes()), read_place).optional()?;
    let damaged = || error::corrupt(format!("the entry of a blob is damaged: `{digest}`"), None);
    found.map_or(Ok(None), |place| Ok(Some(place.ok_or_else(damaged)?)))
}

/// The place in a row that begins with its columns; none when it can't be what was entered.
pub(super) fn read_place(row: &Row<'_>) -> rusqlite::Result<Option<Place>> {
    let form = Form::from_row(row.get(0)?, row.get(1)?, row.get(2)?);
    let at: (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
    Ok(form.map(|form| match at {
        (Some(pack), Some(offset)) => Place { pack: PackId(pack), offset: offset.unsigned_abs(), form },
        _ => Place::in_catalog(form),
    }))
}

/// The bytes of a blob that lies in the catalog, as they are kept.
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
    const INSERT: &str = "INSERT INTO blobs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    let (pack, offset) = match data {
        Some(_) => (None, None),
        None => (Some(place.pack.0), Some(integer(place.offset)?)),
    };
    let mut statement = connection.prepare_cached(INSERT)?;
    let owner = owner.id();
    let Form { codec, raw_len, len } = place.form;
    let values = (owner.as_bytes(), digest.as_bytes(), codec.number(), raw_len, len, pack, offset, data);
    Ok(statement.execute(values)? == 1)
}

/// The runs of a buffer whose chunks lie at `place_of` their digests.
pub(super) fn runs(
    buffer: &Buffer,
    mut place_of: impl FnMut(usize, Digest) -> Option<Place>,
) -> Option<Vec<Run>> {
    let mut runs = Runs::default();
    for (at, chunk) in buffer.chunks.iter().enumerate() {
        runs.add(place_of(at, chunk.digest).filter(|place| place.form.raw_len == chunk.len)?);
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
    /// A raw chunk goes on with a coded run, since a codec leaves what it makes no shorter; a coded one never
    /// with a raw run, which may be mapped.
    pub(super) fn add(&mut self, place: Place) {
        let Place { pack, offset, form } = place;
        let is_next = |run: &Run| {
            run.pack == pack
                && self.end == offset
                && pack != PackId::CATALOG
                && (run.is_coded() || form.is_raw())
        };
        match self.list.last_mut().filter(|run| is_next(run)) {
            Some(run) => run.push(form),
            None => self.list.push(Run::new(pack, offset, form)),
        }
        self.end = offset + u64::from(form.len);
    }
}

/// Notes how a pack looks. One in which a blob was found damaged stays marked.
pub(super) fn note_pack(connection: &Connection, noted: &Noted, now: Timestamp) -> Result<(), CatalogError> {
    const NOTE: &str = "INSERT INTO packs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL) \
        ON CONFLICT (id) DO UPDATE SET size = ?2, inode = ?3, mtime_ns = ?4, ctime_ns = ?5, checked_at = ?6, \
        last_offset = ?7, last_len = ?8, last_digest = ?9";
    let Last { offset, len, digest } = noted.last;
    let Stat { size, inode, mtime_ns, ctime_ns } = noted.stat;
    connection.prepare_cached(NOTE)?.execute((
        noted.id.0,
        size,
        inode,
        mtime_ns,
        ctime_ns,
        now.0,
        integer(offset)?,
        len,
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
        let (offset, digest) = (row.get::<_, i64>(5)?.unsigned_abs(), Digest::from_bytes(row.get(7)?));
        Ok(Noted { id, stat: read_stat(row)?, last: Last { offset, len: row.get(6)?, digest } })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn read_stat(row: &Row<'_>) -> rusqlite::Result<Stat> {
    Ok(Stat { size: row.get(0)?, inode: row.get(1)?, mtime_ns: row.get(2)?, ctime_ns: row.get(3)? })
}
