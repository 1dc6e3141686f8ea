//! A version as a row of the catalog: read, sealed and checked.
//!
//! SQLite pages have no checksum, so each row carries a digest over all its
//! fields, and every read compares it.

use bytes::Bytes;
use rusqlite::{Connection, Row};
use stillroom_core::{Digest, KeyName, Owner, PageKey, Record, ResultKey, Signature, Timestamp, Version};

use super::error::{self, CatalogError};

/// The columns [`SealedRow::read`] takes, of `heads h` joined with `versions v`.
pub(super) const COLUMNS: &str = "h.page, h.key, v.version, v.digest, v.kind, v.shape, v.bytes, v.label, \
    v.metadata, v.summary, v.provenance, v.created_at, v.signature, v.deleted_at, v.root_digest, \
    v.blobs_digest, v.record_digest";

/// How many columns those are.
pub(super) const COLUMN_COUNT: usize = 17;

const SEAL_CONTEXT: &[u8] = b"stillroom/record/0";

/// A row without its bytes, which two of its fields vouch for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SealedRow {
    pub(super) record: Record,
    /// When the version was deleted, if it was.
    pub(super) deleted_at: Option<Timestamp>,
    /// Digest of the root.
    pub(super) root_digest: Digest,
    /// Digest of the list of blobs.
    pub(super) blobs_digest: Digest,
}

impl SealedRow {
    /// Reads [`COLUMNS`] of a row that is `owner`'s.
    ///
    /// # Errors
    /// `Corrupt` when the row is not what was written.
    pub(super) fn read(row: &Row<'_>, owner: Owner) -> Result<Self, CatalogError> {
        let key = parse_key(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?;
        let sealed: [u8; 32] = row.get(16)?;
        match Self::read_fields(row, key.clone())? {
            Some(row) if *row.seal(owner).as_bytes() == sealed => Ok(row),
            _ => Err(damaged(&key).into()),
        }
    }

    /// None where a field can't be what was written.
    fn read_fields(row: &Row<'_>, key: ResultKey) -> rusqlite::Result<Option<Self>> {
        let version = u64::try_from(row.get::<_, i64>(2)?).ok().and_then(Version::new);
        let shape = unpack_shape(row.get_ref(5)?.as_blob()?);
        let bytes = u64::try_from(row.get::<_, i64>(6)?);
        let signature = row.get::<_, Option<Vec<u8>>>(12)?.map(|bytes| unpack_signature(&bytes));
        let (Some(version), Some(shape), Ok(bytes), None | Some(Some(_))) =
            (version, shape, bytes, &signature)
        else {
            return Ok(None);
        };
        let record = Record {
            key,
            version,
            digest: Digest::from_bytes(row.get(3)?),
            kind: row.get(4)?,
            shape,
            bytes,
            label: row.get(7)?,
            metadata: row.get::<_, Option<Vec<u8>>>(8)?.map(Bytes::from),
            summary: row.get(9)?,
            provenance: row.get(10)?,
            created_at: Timestamp(row.get(11)?),
            signature: signature.flatten(),
        };
        Ok(Some(Self {
            record,
            deleted_at: row.get::<_, Option<i64>>(13)?.map(Timestamp),
            root_digest: Digest::from_bytes(row.get(14)?),
            blobs_digest: Digest::from_bytes(row.get(15)?),
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
        seal.bytes(&record.created_at.0.to_le_bytes());
        seal.option(record.signature.as_ref().map(pack_signature).as_deref());
        seal.option(self.deleted_at.map(|at| at.0.to_le_bytes()).as_ref().map(<[u8; 8]>::as_slice));
        seal.bytes(self.root_digest.as_bytes());
        seal.bytes(self.blobs_digest.as_bytes());
        Digest::from_bytes(*seal.0.finalize().as_bytes())
    }

    /// Writes the fields that can change: label, metadata and when it was deleted.
    pub(super) fn update(
        &self,
        connection: &Connection,
        head: i64,
        owner: Owner,
    ) -> Result<(), CatalogError> {
        const UPDATE: &str = "UPDATE versions SET label = ?3, metadata = ?4, deleted_at = ?5, \
            record_digest = ?6 WHERE head = ?1 AND version = ?2";
        connection.prepare_cached(UPDATE)?.execute((
            head,
            integer(self.record.version.get())?,
            &self.record.label,
            self.record.metadata.as_deref(),
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

pub(super) fn damaged(key: &ResultKey) -> stillroom_core::BackendError {
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
