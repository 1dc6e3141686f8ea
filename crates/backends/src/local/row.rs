//! A version as a row of the catalog: read, sealed and checked.
//!
//! SQLite pages have no checksum, so each row carries a digest over all its
//! fields, and every read compares it. A row that fails it is [`Found`] all
//! the same, so that it can stand in a listing as damaged, and be deleted.

use bytes::Bytes;
use rusqlite::{Connection, Row};
use stillroom_core::{
    BackendError, Digest, KeyName, Owner, PageKey, Record, RequestId, ResultKey, Signature, Timestamp,
    Version,
};

use super::error::{self, CatalogError};

/// The columns [`Found::read`] takes, of `heads h` joined with `versions v`.
pub(super) const COLUMNS: &str = "h.page, h.key, v.version, v.id, v.record_digest, v.digest, v.kind, v.shape, \
    v.bytes, v.label, v.metadata, v.summary, v.provenance, v.created_at, v.expires_at, v.pinned, v.signature, \
    v.request_id, v.deleted_at, v.root_digest, v.blobs_digest";

/// The place of the digest among them.
pub(super) const DIGEST: usize = 5;

/// How many columns those are.
pub(super) const COLUMN_COUNT: usize = 21;

/// Which rows can be seen: what `?1`, the time it is, makes of them.
pub(super) const VISIBLE: &str =
    "v.deleted_at IS NULL AND (v.expires_at IS NULL OR v.pinned OR v.expires_at > ?1)";

const SEAL_CONTEXT: &[u8] = b"stillroom/record/1";

/// What a damaged row that someone deleted has in place of its seal: a sweep may take it.
const GIVEN_UP: [u8; 32] = [0; 32];

/// A row, whole or not.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) key: ResultKey,
    pub(super) version: Version,
    /// The row's own number.
    pub(super) id: i64,
    sealed: Option<SealedRow>,
    is_given_up: bool,
}

impl Found {
    /// Reads [`COLUMNS`] of a row that is `owner`'s.
    ///
    /// # Errors
    /// `Corrupt` when not even its key and version can be what was written.
    pub(super) fn read(row: &Row<'_>, owner: Owner) -> Result<Self, CatalogError> {
        let key = parse_key(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?;
        let version = u64::try_from(row.get::<_, i64>(2)?).ok().and_then(Version::new);
        let version = version.ok_or_else(|| damaged(&key))?;
        let seal: Option<[u8; 32]> = row.get(4).ok();
        // A field of another type or length than it was written with is damage like any other.
        let fields = SealedRow::read(row, key.clone(), version).ok().flatten();
        let sealed = fields.filter(|fields| seal == Some(*fields.seal(owner).as_bytes()));
        let is_given_up = seal == Some(GIVEN_UP);
        Ok(Self { key, version, id: row.get(3)?, sealed, is_given_up })
    }

    /// The row, when it is what was written.
    ///
    /// # Errors
    /// `Corrupt`.
    pub(super) fn sealed(self) -> Result<SealedRow, CatalogError> {
        self.sealed.ok_or_else(|| damaged(&self.key).into())
    }

    /// Its record, or what stands in the place of one that is damaged.
    pub(super) fn record(self) -> Record {
        match self.sealed {
            Some(row) => row.record,
            None => Record::damaged(self.key, self.version),
        }
    }

    /// Whether a sweep may go by what it says: it is whole, or someone deleted it as damaged.
    pub(super) fn can_be_erased(&self) -> bool {
        self.sealed.is_some() || self.is_given_up
    }

    /// Notes when the version was deleted, or that it is not. A damaged row that is deleted is given up.
    pub(super) fn set_deleted(
        self,
        connection: &Connection,
        owner: Owner,
        deleted_at: Option<Timestamp>,
    ) -> Result<(), CatalogError> {
        const GIVE_UP: &str = "UPDATE versions SET deleted_at = ?2, record_digest = ?3 WHERE id = ?1";
        match self.sealed {
            Some(row) if row.deleted_at == deleted_at => Ok(()),
            Some(row) => SealedRow { deleted_at, ..row }.update(connection, self.id, owner),
            None => {
                let values = (self.id, deleted_at.map(|at| at.0), GIVEN_UP);
                connection.prepare_cached(GIVE_UP)?.execute(values)?;
                Ok(())
            }
        }
    }

    /// Seals the row for a new place, to which its result was moved; a damaged one stays so.
    pub(super) fn set_key(
        self,
        connection: &Connection,
        owner: Owner,
        key: &ResultKey,
    ) -> Result<(), CatalogError> {
        let Some(mut row) = self.sealed else { return Ok(()) };
        row.record.key = key.clone();
        row.update(connection, self.id, owner)
    }
}

/// A row without its bytes, which two of its fields vouch for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SealedRow {
    pub(super) record: Record,
    /// The commit that wrote it, when that had a name.
    pub(super) request: Option<RequestId>,
    /// When the version was deleted, if it was.
    pub(super) deleted_at: Option<Timestamp>,
    /// Digest of the root.
    pub(super) root_digest: Digest,
    /// Digest of the list of blobs.
    pub(super) blobs_digest: Digest,
}

impl SealedRow {
    /// None where a field can't be what was written.
    fn read(row: &Row<'_>, key: ResultKey, version: Version) -> rusqlite::Result<Option<Self>> {
        let shape = unpack_shape(row.get_ref(7)?.as_blob()?);
        let bytes = u64::try_from(row.get::<_, i64>(8)?);
        let signature = row.get::<_, Option<Vec<u8>>>(16)?.map(|bytes| unpack_signature(&bytes));
        let (Some(shape), Ok(bytes), None | Some(Some(_))) = (shape, bytes, &signature) else {
            return Ok(None);
        };
        let record = Record {
            key,
            version,
            digest: Digest::from_bytes(row.get(DIGEST)?),
            kind: row.get(6)?,
            shape,
            bytes,
            label: row.get(9)?,
            metadata: row.get::<_, Option<Vec<u8>>>(10)?.map(Bytes::from),
            summary: row.get(11)?,
            provenance: row.get(12)?,
            created_at: Timestamp(row.get(13)?),
            expires_at: row.get::<_, Option<i64>>(14)?.map(Timestamp),
            pinned: row.get(15)?,
            signature: signature.flatten(),
            is_damaged: false,
        };
        Ok(Some(Self {
            record,
            request: row.get::<_, Option<[u8; 16]>>(17)?.map(RequestId),
            deleted_at: row.get::<_, Option<i64>>(18)?.map(Timestamp),
            root_digest: Digest::from_bytes(row.get(19)?),
            blobs_digest: Digest::from_bytes(row.get(20)?),
        }))
    }

    /// The digest over all fields: each in order, texts and bytes behind their length, what may be absent
    /// behind a byte that says whether it is there, integers as 8 bytes, little-endian.
    pub(super) fn seal(&self, owner: Owner) -> Digest {
        let record = &self.record;
        let mut seal = Seal(blake3::Hasher::new());
        seal.bytes(SEAL_CONTEXT);
        seal.bytes(owner.id().as_bytes());
        seal.bytes(record.key.page.as_str().as_bytes());
        seal.bytes(record.key.key.as_str().as_bytes());
        seal.number(record.version.get());
        seal.bytes(record.digest.as_bytes());
        seal.bytes(record.kind.as_bytes());
        seal.bytes(&pack_shape(&record.shape));
        seal.number(record.bytes);
        seal.option(record.label.as_deref().map(str::as_bytes));
        seal.option(record.metadata.as_deref());
        seal.bytes(record.summary.as_bytes());
        seal.bytes(record.provenance.as_bytes());
        seal.time(Some(record.created_at));
        seal.time(record.expires_at);
        seal.number(u64::from(record.pinned));
        seal.option(record.signature.as_ref().map(pack_signature).as_deref());
        seal.option(self.request.as_ref().map(|request| request.0.as_slice()));
        seal.time(self.deleted_at);
        seal.bytes(self.root_digest.as_bytes());
        seal.bytes(self.blobs_digest.as_bytes());
        Digest::from_bytes(*seal.0.finalize().as_bytes())
    }

    /// Writes the fields that can change: what people decided, and when it was deleted.
    pub(super) fn update(&self, connection: &Connection, id: i64, owner: Owner) -> Result<(), CatalogError> {
        const UPDATE: &str = "UPDATE versions SET label = ?2, metadata = ?3, expires_at = ?4, pinned = ?5, \
            deleted_at = ?6, record_digest = ?7 WHERE id = ?1";
        connection.prepare_cached(UPDATE)?.execute((
            id,
            &self.record.label,
            self.record.metadata.as_deref(),
            self.record.expires_at.map(|at| at.0),
            self.record.pinned,
            self.deleted_at.map(|at| at.0),
            self.seal(owner).as_bytes(),
        ))?;
        Ok(())
    }
}

struct Seal(blake3::Hasher);

impl Seal {
    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn time(&mut self, at: Option<Timestamp>) {
        self.option(at.map(|at| at.0.to_le_bytes()).as_ref().map(<[u8; 8]>::as_slice));
    }

    fn option(&mut self, bytes: Option<&[u8]>) {
        self.0.update(&[u8::from(bytes.is_some())]);
        if let Some(bytes) = bytes {
            self.bytes(bytes);
        }
    }
}

/// A number as SQLite keeps it.
pub(super) fn integer(number: u64) -> Result<i64, CatalogError> {
    i64::try_from(number).map_err(|_| rusqlite::Error::ToSqlConversionFailure("over 2^63".into()).into())
}

pub(super) fn damaged(key: &ResultKey) -> BackendError {
    error::corrupt(format!("the record of `{key}` is damaged; load another version"), None)
}

pub(super) fn pack_shape(shape: &[u64]) -> Vec<u8> {
    shape.iter().flat_map(|len| len.to_le_bytes()).collect()
}

fn unpack_shape(bytes: &[u8]) -> Option<Vec<u64>> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    rest.is_empty().then(|| numbers.iter().map(|number| u64::from_le_bytes(*number)).collect())
}

/// The key's id, then the signature.
pub(super) fn pack_signature(signature: &Signature) -> Vec<u8> {
    [&signature.key_id[..], &signature.mac].concat()
}

fn unpack_signature(bytes: &[u8]) -> Option<Signature> {
    let (key_id, mac) = bytes.split_first_chunk()?;
    Some(Signature { key_id: *key_id, mac: mac.try_into().ok()? })
}

fn parse_key(page: &str, key: &str) -> Result<ResultKey, CatalogError> {
    let parse = || -> Option<ResultKey> {
        Some(ResultKey { page: PageKey::parse(page).ok()?, key: KeyName::parse(key).ok()? })
    };
    parse().ok_or_else(|| error::corrupt("a key in the catalog is damaged".to_owned(), None).into())
}
