//! Blobs that were copied to another place: their rows and the hints of versions follow.

use std::collections::BTreeMap;

use rusqlite::Connection;
use stillroom_core::{Digest, Hint, Owner};

use super::error::CatalogError;
use super::hint;
use super::pack::PackId;
use super::places::Place;
use super::row::integer;

/// A blob, where it was, and where a synced copy of it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) owner: Owner,
    pub(super) digest: Digest,
    pub(super) from: Place,
    pub(super) to: Place,
}

/// Enters where blobs are now, but for those that were erased or moved elsewhere meanwhile; how many bytes fewer
/// they are than before.
pub(super) fn follow(connection: &Connection, moves: &[Move]) -> Result<u64, CatalogError> {
    let mut by_pack: BTreeMap<PackId, BTreeMap<u64, Place>> = BTreeMap::new();
    let mut saved = 0;
    for moved in moves.iter() {
        if !move_row(connection, moved)? {
            continue;
        }
        saved += u64::from(moved.from.form.len.saturating_sub(moved.to.form.len));
        // Whoever goes by an old hint looks up a blob that is no longer in the catalog.
        if moved.from.pack != PackId::CATALOG {
            by_pack.entry(moved.from.pack).or_default().insert(moved.from.offset, moved.to);
        }
    }
    by_pack.iter().try_for_each(|(pack, places)| move_hints(connection, *pack, places))?;
    Ok(saved)
}

/// Whether the row was still as it was found.
fn move_row(connection: &Connection, moved: &Move) -> Result<bool, CatalogError> {
    const MOVE: &str = "UPDATE blobs SET pack = ?5, pack_offset = ?6, codec = ?7, stored_len = ?8, data = NULL \
        WHERE owner = ?1 AND digest = ?2 AND coalesce(pack, 0) = ?3 AND coalesce(pack_offset, 0) = ?4";
    let Move { owner, digest, from, to } = moved;
    let changed = connection.prepare_cached(MOVE)?.execute((
        owner.id().as_bytes(),
        digest.as_bytes(),
        from.pack.0,
        integer(from.offset)?,
        to.pack.0,
        integer(to.offset)?,
        to.form.codec.number(),
        to.form.len,
    ))?;
    Ok(changed == 1)
}

/// Lets the hints of versions follow, or each load of a long buffer would look up thousands of chunks.
fn move_hints(
    connection: &Connection,
    pack: PackId,
    places: &BTreeMap<u64, Place>,
) -> Result<(), CatalogError> {
    const FIND: &str = "SELECT id, hint FROM versions WHERE instr(hint, ?1) > 0";
    const MOVE: &str = "UPDATE versions SET hint = ?2 WHERE id = ?1";
    let mut statement = connection.prepare_cached(FIND)?;
    let found = statement.query_map((pack.0.to_le_bytes(),), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: Vec<(i64, Vec<u8>)> = found.collect::<rusqlite::Result<_>>()?;
    for (id, hint) in found {
        connection.prepare_cached(MOVE)?.execute((id, hint::moved(&Hint(hint.into()), pack, places)))?;
    }
    Ok(())
}
