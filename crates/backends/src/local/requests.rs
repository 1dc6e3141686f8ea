//! Commits that come again because their answer was lost.
//!
//! There is no index of requests: a repetition comes soon, so it is looked for
//! among the newest versions of the first result it names, where all or none
//! of its set are. An ordinary save pays for that one look.

use std::collections::BTreeMap;

use rusqlite::Connection;
use stillroom_core::limits::REQUESTS_KEPT;
use stillroom_core::{Commit, Owner, Record, RequestId, ResultKey, Timestamp, Version};

use super::error::CatalogError;

/// What the commit wrote when it was here before; none when it is new.
pub(super) fn find(
    connection: &Connection,
    owner: Owner,
    commit: &Commit<'_>,
) -> Result<Option<Vec<Record>>, CatalogError> {
    let Some(request) = commit.request else { return Ok(None) };
    let mut last_versions: BTreeMap<&ResultKey, (Version, Timestamp)> = BTreeMap::new();
    for version in &commit.versions {
        if !last_versions.contains_key(&version.key) {
            let Some(last) = find_last(connection, owner, &version.key, request)? else { return Ok(None) };
            last_versions.insert(&version.key, last);
        }
    }
    Ok(records(commit, &last_versions).filter(|records| !records.is_empty()))
}

/// The last version of a result that the request wrote, and when.
fn find_last(
    connection: &Connection,
    owner: Owner,
    key: &ResultKey,
    request: RequestId,
) -> Result<Option<(Version, Timestamp)>, CatalogError> {
    const NEWEST: &str = "SELECT v.version, v.created_at, v.request_id FROM heads h \
        JOIN versions v ON v.head = h.id WHERE h.owner = ?1 AND h.page = ?2 AND h.key = ?3 \
        ORDER BY v.version DESC LIMIT ?4";
    let mut statement = connection.prepare_cached(NEWEST)?;
    let id = owner.id();
    let mut rows =
        statement.query((id.as_bytes(), key.page.as_str(), key.key.as_str(), REQUESTS_KEPT.cast_signed()))?;
    while let Some(row) = rows.next()? {
        if row.get_ref(2)?.as_blob_or_null().ok().flatten() == Some(&request.0[..]) {
            let version = Version::new(row.get::<_, i64>(0)?.unsigned_abs());
            return Ok(version.map(|version| (version, Timestamp(row.get(1).unwrap_or_default()))));
        }
    }
    Ok(None)
}

/// The records as the commit made them: versions of one result were counted one after another.
fn records(
    commit: &Commit<'_>,
    last_versions: &BTreeMap<&ResultKey, (Version, Timestamp)>,
) -> Option<Vec<Record>> {
    let mut later: BTreeMap<&ResultKey, u64> = BTreeMap::new();
    let mut records = Vec::with_capacity(commit.versions.len());
    for version in commit.versions.iter().rev() {
        let (last, created_at) = last_versions.get(&version.key)?;
        let later = later.entry(&version.key).or_default();
        records.push(version.record(Version::new(last.get().checked_sub(*later)?)?, *created_at));
        *later += 1;
    }
    records.reverse();
    Some(records)
}
