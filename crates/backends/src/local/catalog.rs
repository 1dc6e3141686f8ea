//! The catalog's calls: what there is, said from its rows.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};
use stillroom_core::{
    Annotation, BackendError, Catalog, Commit, Committed, Digest, Hint, Owner, PageKey, Principal, Record,
    Result, ResultKey, Stored, Usage, Version,
};

use super::error::CatalogError;
use super::row::{self, COLUMN_COUNT, COLUMNS, SealedRow};
use super::{Local, error};

#[async_trait]
impl Catalog for Local {
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Result<Committed> {
        self.commit_set(who.owner(), &commit)
    }

    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored> {
        self.read(|connection| get(connection, who.owner(), key, version))
    }

    async fn list(&self, who: &Principal, page: Option<&PageKey>) -> Result<Vec<Record>> {
        self.read(|connection| list(connection, who.owner(), page))
    }

    async fn history(&self, who: &Principal, key: &ResultKey) -> Result<Vec<Record>> {
        let rows = self.read(|connection| visible(connection, who.owner(), key))?;
        Ok(rows.into_iter().map(|(_, row)| row.record).collect())
    }

    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record> {
        self.write(|connection| annotate(connection, who.owner(), key, version, change))
    }

    async fn delete(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<u64> {
        self.write(|connection| self.mark_deleted(connection, who.owner(), key, version))
    }

    async fn usage(&self, who: &Principal) -> Result<Usage> {
        self.read(|connection| usage(connection, who.owner()))
    }
}

impl Local {
    fn read<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, CatalogError>) -> Result<T> {
        let session = self.session()?;
        let mut held = session.connections.reading();
        ask(held.get()).map_err(|error| error.at(self.folder.path()))
    }

    fn write<T>(&self, change: impl FnOnce(&Connection) -> Result<T, CatalogError>) -> Result<T> {
        if self.folder.is_read_only() {
            return Err(error::denied(error::read_only(self.folder.path().display()), None));
        }
        let session = self.session()?;
        let mut held = session.connections.writing();
        let changed = || -> Result<T, CatalogError> {
            let transaction = held.get().transaction_with_behavior(TransactionBehavior::Immediate)?;
            let changed = change(&transaction)?;
            transaction.commit()?;
            Ok(changed)
        };
        let changed = changed().map_err(|error| error.at(self.folder.path()))?;
        self.files.committed(self.synchronous);
        Ok(changed)
    }

    fn mark_deleted(
        &self,
        connection: &Connection,
        owner: Owner,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<u64, CatalogError> {
        let now = self.clock.now();
        let mut count = 0;
        for (head, mut row) in visible(connection, owner, key)? {
            if version.is_none_or(|version| version == row.record.version) {
                row.deleted_at = Some(now);
                row.update(connection, head, owner)?;
                count += 1;
            }
        }
        if count == 0 {
            return Err(not_found(key, version));
        }
        Ok(count)
    }
}

fn not_found(key: &ResultKey, version: Option<Version>) -> CatalogError {
    BackendError::NotFound { key: key.clone(), version }.into()
}

fn get(
    connection: &Connection,
    owner: Owner,
    key: &ResultKey,
    version: Option<Version>,
) -> Result<Stored, CatalogError> {
    let number = |version: Version| i64::try_from(version.get()).unwrap_or(i64::MAX);
    let (oldest, newest) = version.map_or((1, i64::MAX), |version| (number(version), number(version)));
    let sql = format!(
        "SELECT {COLUMNS}, v.root, v.hint FROM heads h JOIN versions v ON v.head = h.id \
         WHERE h.owner = ?1 AND h.page = ?2 AND h.key = ?3 AND v.deleted_at IS NULL \
         AND v.version BETWEEN ?4 AND ?5 ORDER BY v.version DESC LIMIT 1"
    );
    let read = |row: &Row<'_>| Ok(read_stored(row, owner, key));
    let mut statement = connection.prepare_cached(&sql)?;
    let owner = owner.id();
    let values = (owner.as_bytes(), key.page.as_str(), key.key.as_str(), oldest, newest);
    statement.query_row(values, read).optional()?.unwrap_or_else(|| Err(not_found(key, version)))
}

fn read_stored(row: &Row<'_>, owner: Owner, key: &ResultKey) -> Result<Stored, CatalogError> {
    let sealed = SealedRow::read(row, owner)?;
    let root: Vec<u8> = row.get(COLUMN_COUNT)?;
    let hint: Vec<u8> = row.get(COLUMN_COUNT + 1)?;
    if Digest::of(&root) != sealed.root_digest {
        return Err(row::damaged(key).into());
    }
    Ok(Stored { record: sealed.record, root: root.into(), hint: Hint(hint.into()) })
}

fn list(connection: &Connection, owner: Owner, page: Option<&PageKey>) -> Result<Vec<Record>, CatalogError> {
    let of_page = if page.is_some() { "AND h.page = ?2" } else { "AND ?2 IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS} FROM heads h JOIN versions v ON v.head = h.id AND v.version = ( \
         SELECT max(version) FROM versions WHERE head = h.id AND deleted_at IS NULL) \
         WHERE h.owner = ?1 {of_page} ORDER BY h.page, h.key"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let id = owner.id();
    let mut rows = statement.query((id.as_bytes(), page.map(PageKey::as_str)))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(SealedRow::read(row, owner)?.record);
    }
    Ok(records)
}

/// The versions of a result that are not deleted, newest first, each with the result's row.
fn visible(
    connection: &Connection,
    owner: Owner,
    key: &ResultKey,
) -> Result<Vec<(i64, SealedRow)>, CatalogError> {
    let sql = format!(
        "SELECT {COLUMNS}, h.id FROM heads h JOIN versions v ON v.head = h.id \
         WHERE h.owner = ?1 AND h.page = ?2 AND h.key = ?3 AND v.deleted_at IS NULL ORDER BY v.version DESC"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let id = owner.id();
    let mut rows = statement.query((id.as_bytes(), key.page.as_str(), key.key.as_str()))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(COLUMN_COUNT)?, SealedRow::read(row, owner)?));
    }
    Ok(found)
}

fn annotate(
    connection: &Connection,
    owner: Owner,
    key: &ResultKey,
    version: Version,
    change: Annotation,
) -> Result<Record, CatalogError> {
    let rows = visible(connection, owner, key)?;
    let found = rows.into_iter().find(|(_, row)| row.record.version == version);
    let (head, mut row) = found.ok_or_else(|| not_found(key, Some(version)))?;
    if let Some(label) = change.label {
        row.record.label = label;
    }
    if let Some(metadata) = change.metadata {
        row.record.metadata = metadata.map(|metadata| Bytes::copy_from_slice(&metadata));
    }
    row.update(connection, head, owner)?;
    Ok(row.record)
}

fn usage(connection: &Connection, owner: Owner) -> Result<Usage, CatalogError> {
    const VERSIONS: &str = "SELECT count(DISTINCT v.head), count(*), coalesce(sum(v.bytes), 0) \
        FROM heads h JOIN versions v ON v.head = h.id WHERE h.owner = ?1 AND v.deleted_at IS NULL";
    const BLOBS: &str = "SELECT coalesce(sum(stored_len), 0) FROM blobs WHERE owner = ?1";
    let id = owner.id();
    let count = |row: &Row<'_>, at: usize| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.unsigned_abs());
    let mut usage = connection.prepare_cached(VERSIONS)?.query_row((id.as_bytes(),), |row| {
        let (results, versions, value_bytes) = (count(row, 0)?, count(row, 1)?, count(row, 2)?);
        Ok(Usage { results, versions, value_bytes, stored_bytes: 0 })
    })?;
    usage.stored_bytes =
        connection.prepare_cached(BLOBS)?.query_row((id.as_bytes(),), |row| count(row, 0))?;
    Ok(usage)
}
