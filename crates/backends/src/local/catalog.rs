//! The catalog's calls, and how each gets its connection: one moment to read in, one transaction to write in.

use async_trait::async_trait;
use rusqlite::Connection;
use stillroom_core::{
    Annotation, BackendError, Catalog, Commit, Committed, ListRange, Listing, Principal, Record, Result,
    ResultKey, Scope, Stored, Sweep, Swept, Timestamp, Usage, Version,
};

use super::Local;
use super::error::CatalogError;
use super::group::Change;
use super::records::Asked;

#[async_trait]
impl Catalog for Local {
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Result<Committed> {
        commit.check()?;
        self.commit_set(who.owner(), &commit)
    }

    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored> {
        let session = self.session()?;
        let mut held = session.connections.reading();
        self.find(held.get(), who.owner(), key, version).map_err(|error| error.at(self.folder.path()))
    }

    async fn list(&self, who: &Principal, asked: ListRange<'_>) -> Result<Listing> {
        self.read(|connection, now| Asked { connection, now, owner: who.owner() }.list(asked))
    }

    async fn history(&self, who: &Principal, key: &ResultKey, before: Option<Version>) -> Result<Listing> {
        self.read(|connection, now| Asked { connection, now, owner: who.owner() }.history(key, before))
    }

    async fn snapshot(&self, who: &Principal, scope: &Scope) -> Result<Vec<Stored>> {
        self.read(|connection, now| Asked { connection, now, owner: who.owner() }.snapshot(scope))
    }

    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record> {
        change.check()?;
        self.write(|connection, now| {
            Asked { connection, now, owner: who.owner() }.annotate(key, version, change)
        })
    }

    async fn delete(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<Vec<Version>> {
        self.write(|connection, now| Asked { connection, now, owner: who.owner() }.delete(key, version))
    }

    async fn undelete(&self, who: &Principal, key: &ResultKey, versions: &[Version]) -> Result<()> {
        self.write(|connection, now| Asked { connection, now, owner: who.owner() }.undelete(key, versions))
    }

    async fn rename(&self, who: &Principal, from: &ResultKey, to: &ResultKey) -> Result<Record> {
        self.write(|connection, now| Asked { connection, now, owner: who.owner() }.rename(from, to))
    }

    async fn sweep(&self, who: &Principal, sweep: Sweep) -> Result<Swept> {
        self.sweep_owners(&[who.owner()], sweep)
    }

    async fn usage(&self, who: &Principal) -> Result<Usage> {
        self.read(|connection, now| Asked { connection, now, owner: who.owner() }.usage())
    }
}

impl Local {
    /// Asks the catalog as it is at one moment, and told which.
    pub(super) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection, Timestamp) -> Result<T, CatalogError>,
    ) -> Result<T> {
        let session = self.session()?;
        let mut held = session.connections.reading();
        let asked = || {
            let moment = held.get().transaction()?;
            ask(&moment, self.now(&moment)?)
        };
        asked().map_err(|error| error.at(self.folder.path()))
    }

    /// Changes the catalog in one transaction, or not at all.
    pub(super) fn write<T>(
        &self,
        change: impl FnOnce(&Connection, Timestamp) -> Result<T, CatalogError>,
    ) -> Result<T> {
        self.folder.check_writable()?;
        let session = self.session()?;
        let change = |connection: &Connection| Ok(Change::Keep(change(connection, self.now(connection)?)?));
        let changed =
            session.connections.change(change).map_err(|error: CatalogError| error.at(self.folder.path()))?;
        self.files.committed(self.synchronous);
        Ok(changed)
    }
}

pub(super) fn not_found(key: &ResultKey, version: Option<Version>) -> CatalogError {
    BackendError::NotFound { key: key.clone(), version }.into()
}
