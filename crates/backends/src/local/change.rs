//! What people decide about versions: annotated, deleted and brought back, moved.

use rusqlite::{OptionalExtension, Row};
use stillroom_core::{Annotation, BackendError, Record, Result, ResultKey, Version};

use super::catalog::not_found;
use super::error::CatalogError;
use super::records::Asked;
use super::row::{COLUMNS, Found};
use super::time;

impl Asked<'_> {
    pub(super) fn annotate(
        &self,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record, CatalogError> {
        let found = self.visible(key, Some(version))?.pop().ok_or_else(|| not_found(key, Some(version)))?;
        let id = found.id;
        let mut row = found.sealed()?;
        change.apply(&mut row.record, self.now);
        row.update(self.connection, id, self.owner)?;
        Ok(row.record)
    }

    pub(super) fn delete(
        &self,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<Vec<Version>, CatalogError> {
        let mut deleted = Vec::new();
        for found in self.visible(key, version)? {
            deleted.push(found.version);
            found.set_deleted(self.connection, self.owner, Some(self.now))?;
        }
        if deleted.is_empty() { Err(not_found(key, version)) } else { Ok(deleted) }
    }

    pub(super) fn undelete(&self, key: &ResultKey, versions: &[Version]) -> Result<(), CatalogError> {
        let there = self.all(key)?;
        let is_there = |version: &Version| there.iter().any(|found| found.version == *version);
        if let Some(gone) = versions.iter().find(|version| !is_there(version)) {
            return Err(not_found(key, Some(*gone)));
        }
        for found in there.into_iter().filter(|found| versions.contains(&found.version)) {
            found.set_deleted(self.connection, self.owner, None)?;
        }
        Ok(())
    }

    pub(super) fn rename(&self, from: &ResultKey, to: &ResultKey) -> Result<Record, CatalogError> {
        let newest = self.newest(from)?.ok_or_else(|| not_found(from, None))?;
        if let Some(found) = self.newest(to)? {
            return Err(BackendError::Conflict { key: to.clone(), expected: None, found: Some(found) }.into());
        }
        let moved = self.all(from)?;
        self.move_rows(from, to)?;
        for found in moved {
            found.set_key(self.connection, self.owner, to)?;
        }
        self.visible(to, Some(newest))?
            .pop()
            .ok_or_else(|| not_found(to, None))?
            .sealed()
            .map(|row| row.record)
    }

    /// Every version of a result, deleted and expired ones too.
    fn all(&self, key: &ResultKey) -> Result<Vec<Found>, CatalogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM heads h JOIN versions v ON v.head = h.id \
             WHERE h.owner = ?1 AND h.page = ?2 AND h.key = ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let id = self.owner.id();
        let mut rows = statement.query((id.as_bytes(), key.page.as_str(), key.key.as_str()))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Found::read(row, self.owner)?);
        }
        Ok(found)
    }

    /// Hangs the versions of one place on the other, in place of what is hidden there. Both keep the head
    /// that counts them, so that neither counts a number twice.
    fn move_rows(&self, from: &ResultKey, to: &ResultKey) -> Result<(), CatalogError> {
        const FROM: &str = "SELECT id, next_version FROM heads WHERE owner = ?1 AND page = ?2 AND key = ?3";
        const TO: &str = "INSERT INTO heads (owner, page, key, next_version) VALUES (?1, ?2, ?3, ?4) \
            ON CONFLICT (owner, page, key) DO UPDATE SET next_version = max(next_version, ?4) RETURNING id";
        const ERASE: &str = "DELETE FROM versions WHERE head = ?1";
        const MOVE: &str = "UPDATE versions SET head = ?2 WHERE head = ?1";
        let id = self.owner.id();
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let place = (id.as_bytes(), from.page.as_str(), from.key.as_str());
        let found = self.connection.prepare_cached(FROM)?.query_row(place, read).optional()?;
        let (old, next_version) = found.ok_or_else(|| not_found(from, None))?;
        let place = (id.as_bytes(), to.page.as_str(), to.key.as_str(), next_version);
        let new: i64 = self.connection.prepare_cached(TO)?.query_row(place, |row| row.get(0))?;
        if self.connection.prepare_cached(ERASE)?.execute((new,))? > 0 {
            time::note(self.connection, self.now)?;
        }
        self.connection.prepare_cached(MOVE)?.execute((old, new))?;
        Ok(())
    }
}
