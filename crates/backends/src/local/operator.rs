//! The whole store: everyone in it, and how much each may keep.

use async_trait::async_trait;
use stillroom_core::{Operator, Owner, Result, Sweep, Swept};
use uuid::Uuid;

use super::Local;
use super::row::integer;

#[async_trait]
impl Operator for Local {
    async fn owners(&self) -> Result<Vec<Owner>> {
        const OWNERS: &str = "SELECT DISTINCT h.owner FROM heads h \
            WHERE EXISTS (SELECT 1 FROM versions v WHERE v.head = h.id) ORDER BY h.owner";
        self.find_owners(OWNERS)
    }

    async fn set_quota(&self, owner: Owner, quota: Option<u64>) -> Result<()> {
        const SET: &str = "INSERT OR REPLACE INTO owners VALUES (?1, ?2)";
        // More than SQLite's integers hold is more than any disk does.
        let quota = quota.map(|quota| integer(quota).unwrap_or(i64::MAX));
        self.write(|connection, _| {
            connection.prepare_cached(SET)?.execute((owner.id().as_bytes(), quota))?;
            Ok(())
        })
    }

    async fn sweep_all(&self, sweep: Sweep) -> Result<Swept> {
        let owners = self.everyone()?;
        self.sweep_owners(&owners, sweep)
    }
}

impl Local {
    /// Everyone who has anything here, even if it is only a blob that no version names.
    fn everyone(&self) -> Result<Vec<Owner>> {
        // From one owner's blobs straight to the next one's: there can be millions of each.
        const EVERYONE: &str = "WITH RECURSIVE o(owner) AS (SELECT min(owner) FROM blobs UNION ALL \
            SELECT (SELECT min(owner) FROM blobs WHERE owner > o.owner) FROM o WHERE o.owner IS NOT NULL) \
            SELECT owner FROM o WHERE owner IS NOT NULL UNION SELECT owner FROM heads \
            UNION SELECT owner FROM leases";
        self.find_owners(EVERYONE)
    }

    fn find_owners(&self, sql: &str) -> Result<Vec<Owner>> {
        self.read(|connection, _| {
            let mut statement = connection.prepare_cached(sql)?;
            let owners = statement.query_map((), |row| Ok(Owner::new(Uuid::from_bytes(row.get(0)?))))?;
            Ok(owners.collect::<rusqlite::Result<_>>()?)
        })
    }
}
