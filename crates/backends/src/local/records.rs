//! What there is: records found, listed and counted.

use bytes::Bytes;
use rusqlite::{Connection, Params, Row, Statement};
use stillroom_core::limits::LISTING_LEN;
use stillroom_core::{
    Digest, Hint, KeyName, ListRange, Listing, Owner, PageKey, Record, ResultKey, Scope, Stored, Timestamp,
    Usage, Version,
};

use super::Local;
use super::catalog::not_found;
use super::error::CatalogError;
use super::row::{self, COLUMN_COUNT, COLUMNS, Found, VISIBLE, integer};

/// A call of the catalog: who asks, and at what time.
pub(super) struct Asked<'a> {
    pub(super) connection: &'a Connection,
    pub(super) now: Timestamp,
    pub(super) owner: Owner,
}

impl Local {
    /// A version with its root, in one statement: where nothing expires the time is not asked for.
    pub(super) fn find(
        &self,
        connection: &Connection,
        owner: Owner,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<Stored, CatalogError> {
        let (oldest, newest) = between(version);
        let sql = format!(
            "SELECT {COLUMNS}, v.root, v.hint FROM heads h JOIN versions v ON v.head = h.id \
             WHERE h.owner = ?1 AND h.page = ?2 AND h.key = ?3 AND v.deleted_at IS NULL \
             AND v.version BETWEEN ?4 AND ?5 ORDER BY v.version DESC"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let id = owner.id();
        let mut rows =
            statement.query((id.as_bytes(), key.page.as_str(), key.key.as_str(), oldest, newest))?;
        while let Some(row) = rows.next()? {
            let stored = read_stored(row, owner)?;
            if stored.record.is_damaged {
                return Err(row::damaged(key).into());
            }
            if stored.record.expires_at.is_none() || !stored.record.is_expired(self.now(connection)?) {
                return Ok(stored);
            }
        }
        Err(not_found(key, version))
    }
}

impl Asked<'_> {
    pub(super) fn list(&self, asked: ListRange<'_>) -> Result<Listing, CatalogError> {
        let of_page = if asked.page.is_some() { "h.page = ?3" } else { "?3 IS NULL" };
        let after =
            if asked.after.is_some() { "(h.page, h.key) > (?4, ?5)" } else { "?4 IS NULL AND ?5 IS NULL" };
        let sql = format!(
            "SELECT {COLUMNS} FROM heads h JOIN versions v ON v.id = ( \
             SELECT v.id FROM versions v WHERE v.head = h.id AND {VISIBLE} ORDER BY v.version DESC LIMIT 1) \
             WHERE h.owner = ?2 AND {of_page} AND {after} ORDER BY h.page, h.key LIMIT {LISTING_LEN} + 1"
        );
        let id = self.owner.id();
        let page = asked.page.map(PageKey::as_str);
        let (after_page, after_key) =
            asked.after.map(|after| (after.page.as_str(), after.key.as_str())).unzip();
        let mut statement = self.connection.prepare_cached(&sql)?;
        self.part(&mut statement, (self.now.0, id.as_bytes(), page, after_page, after_key))
    }

    pub(super) fn history(&self, key: &ResultKey, before: Option<Version>) -> Result<Listing, CatalogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM heads h JOIN versions v ON v.head = h.id \
             WHERE h.owner = ?2 AND h.page = ?3 AND h.key = ?4 AND v.version < ?5 AND {VISIBLE} \
             ORDER BY v.version DESC LIMIT {LISTING_LEN} + 1"
        );
        let id = self.owner.id();
        let before = before.map_or(i64::MAX, number);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let asked = (self.now.0, id.as_bytes(), key.page.as_str(), key.key.as_str(), before);
        self.part(&mut statement, asked)
    }

    /// As much as one answer holds of a statement that asks for one row more.
    fn part(&self, statement: &mut Statement<'_>, asked: impl Params) -> Result<Listing, CatalogError> {
        let mut records: Vec<Record> = Vec::new();
        let mut rows = statement.query(asked)?;
        while let Some(row) = rows.next()? {
            if records.len() == LISTING_LEN {
                return Ok(Listing { records, has_more: true });
            }
            records.push(Found::read(row, self.owner)?.record());
        }
        Ok(Listing { records, has_more: false })
    }

    pub(super) fn snapshot(&self, scope: &Scope) -> Result<Vec<Stored>, CatalogError> {
        let (page, key) = (scope.page().map(PageKey::as_str), scope.key().map(KeyName::as_str));
        let of_page = if page.is_some() { "h.page = ?3" } else { "?3 IS NULL" };
        let of_key = if key.is_some() { "h.key = ?4" } else { "?4 IS NULL" };
        let sql = format!(
            "SELECT {COLUMNS}, v.root, v.hint FROM heads h JOIN versions v ON v.head = h.id \
             WHERE h.owner = ?2 AND {of_page} AND {of_key} AND {VISIBLE} ORDER BY h.page, h.key, v.version"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let id = self.owner.id();
        let mut rows = statement.query((self.now.0, id.as_bytes(), page, key))?;
        let mut versions = Vec::new();
        while let Some(row) = rows.next()? {
            versions.push(read_stored(row, self.owner)?);
        }
        Ok(versions)
    }

    /// The versions of a result that can be seen, or one of them, newest first.
    pub(super) fn visible(
        &self,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<Vec<Found>, CatalogError> {
        let (oldest, newest) = between(version);
        let sql = format!(
            "SELECT {COLUMNS} FROM heads h JOIN versions v ON v.head = h.id \
             WHERE h.owner = ?2 AND h.page = ?3 AND h.key = ?4 AND v.version BETWEEN ?5 AND ?6 AND {VISIBLE} \
             ORDER BY v.version DESC"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let id = self.owner.id();
        let asked = (self.now.0, id.as_bytes(), key.page.as_str(), key.key.as_str(), oldest, newest);
        let mut rows = statement.query(asked)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Found::read(row, self.owner)?);
        }
        Ok(found)
    }

    /// The number of the newest version that can be seen; reads no row in full.
    pub(super) fn newest(&self, key: &ResultKey) -> Result<Option<Version>, CatalogError> {
        let sql = format!(
            "SELECT v.version FROM heads h JOIN versions v ON v.head = h.id \
             WHERE h.owner = ?2 AND h.page = ?3 AND h.key = ?4 AND {VISIBLE} ORDER BY v.version DESC LIMIT 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let id = self.owner.id();
        let mut rows = statement.query((self.now.0, id.as_bytes(), key.page.as_str(), key.key.as_str()))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Version::new(row.get::<_, i64>(0)?.unsigned_abs()))
    }

    /// The newest version that can be seen, when it has this digest and is whole. One that has another is not
    /// read in full.
    pub(super) fn newest_as(&self, key: &ResultKey, digest: Digest) -> Result<Option<Record>, CatalogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM heads h JOIN versions v ON v.head = h.id \
             WHERE h.owner = ?2 AND h.page = ?3 AND h.key = ?4 AND {VISIBLE} ORDER BY v.version DESC LIMIT 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let id = self.owner.id();
        let mut rows = statement.query((self.now.0, id.as_bytes(), key.page.as_str(), key.key.as_str()))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        if row.get_ref(row::DIGEST)?.as_blob_or_null().ok().flatten() != Some(&digest.as_bytes()[..]) {
            return Ok(None);
        }
        Ok(Found::read(row, self.owner).and_then(Found::sealed).ok().map(|sealed| sealed.record))
    }

    pub(super) fn usage(&self) -> Result<Usage, CatalogError> {
        let sql = format!(
            "SELECT count(DISTINCT v.head), count(*), coalesce(sum(v.bytes), 0) \
             FROM heads h JOIN versions v ON v.head = h.id WHERE h.owner = ?2 AND {VISIBLE}"
        );
        let id = self.owner.id();
        let count =
            |row: &Row<'_>, at: usize| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.unsigned_abs());
        let (results, versions, value_bytes) =
            self.connection.prepare_cached(&sql)?.query_row((self.now.0, id.as_bytes()), |row| {
                Ok((count(row, 0)?, count(row, 1)?, count(row, 2)?))
            })?;
        let (stored_bytes, quota) = (self.stored_bytes()?, self.quota()?);
        Ok(Usage { results, versions, value_bytes, stored_bytes, quota })
    }

    /// Bytes of the owner's blobs as they are kept.
    pub(super) fn stored_bytes(&self) -> Result<u64, CatalogError> {
        const SUM: &str = "SELECT coalesce(sum(stored_len), 0) FROM blobs WHERE owner = ?1";
        let id = self.owner.id();
        let sum =
            self.connection.prepare_cached(SUM)?.query_row((id.as_bytes(),), |row| row.get::<_, i64>(0))?;
        Ok(sum.unsigned_abs())
    }

    /// How many of those the owner may have.
    pub(super) fn quota(&self) -> Result<Option<u64>, CatalogError> {
        const QUOTA: &str = "SELECT (SELECT quota FROM owners WHERE owner = ?1)";
        let id = self.owner.id();
        let quota = self
            .connection
            .prepare_cached(QUOTA)?
            .query_row((id.as_bytes(),), |row| row.get::<_, Option<i64>>(0))?;
        Ok(quota.map(i64::unsigned_abs))
    }
}

/// The lowest and highest number of the versions that are asked for.
fn between(version: Option<Version>) -> (i64, i64) {
    version.map_or((1, i64::MAX), |version| (number(version), number(version)))
}

/// A version's number as SQLite keeps it; one that is beyond it is no version's.
fn number(version: Version) -> i64 {
    integer(version.get()).unwrap_or(i64::MAX)
}

/// Reads [`COLUMNS`], root and hint; a damaged record comes without its root.
fn read_stored(row: &Row<'_>, owner: Owner) -> Result<Stored, CatalogError> {
    let found = Found::read(row, owner)?;
    let (key, version) = (found.key.clone(), found.version);
    let root: Vec<u8> = row.get(COLUMN_COUNT)?;
    let hint: Vec<u8> = row.get(COLUMN_COUNT + 1)?;
    match found.sealed() {
        Ok(sealed) if Digest::of(&root) == sealed.root_digest => {
            Ok(Stored { record: sealed.record, root: root.into(), is_recipe: false, hint: Hint(hint.into()) })
        }
        _ => {
            let record = Record::damaged(key, version);
            Ok(Stored { record, root: Bytes::new(), is_recipe: false, hint: Hint::default() })
        }
    }
}
