//! What an administrator does for single owners: counting anew what they have, and forgetting them.
//!
//! Both are done as whoever migrated, with the claims of the owner and the keeper's rights: policies bind that role
//! too, so that neither reaches another owner's rows.

use stillroom_core::{BackendError, Owner, Result};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::connection::Connection;
use super::operator;
use super::rules::{COMMON, POLICIES};
use crate::remote::Failure;

/// How long the database may work on one owner, in milliseconds: they may have millions of rows.
const OWNER_TIME: u64 = 600_000;

/// What an owner has, as it is counted or as the rows say. A count that went wrong may be below nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Versions, hidden ones included.
    pub versions: i64,
    /// Bytes of blobs that are part of the store, and of what the recipe wrote.
    pub bytes: i64,
    /// Bytes of blobs that wait for the commit that names them.
    pub waiting_bytes: i64,
    /// About how many bytes rows take beside these.
    pub record_bytes: i64,
}

/// An owner who is counted otherwise than their rows say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Miscount {
    /// Who it is.
    pub owner: Owner,
    /// What the store counted.
    pub counted: Count,
    /// What there is.
    pub actual: Count,
}

/// What a count of everyone found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recounted {
    /// Where the database is, without secrets.
    pub location: String,
    /// How many owners were looked at.
    pub owners: u64,
    /// Those who were counted wrongly, in the order of their ids.
    pub wrong: Vec<Miscount>,
}

/// What an owner had who was forgotten, or has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Where the database is, without secrets.
    pub location: String,
    /// Results, those included that are hidden altogether.
    pub results: u64,
    /// Versions, hidden ones included.
    pub versions: u64,
    /// Bytes of blobs, and of what the recipe wrote.
    pub bytes: u64,
    /// Rows of the recipe's table that were set aside when it was brought over.
    pub set_aside: u64,
    /// Whether there was anything: a quota, a count of results long gone.
    pub is_known: bool,
}

/// What the counting triggers would have counted, row by row (0001, 0003).
const ACTUAL: &str = "
    with blobs as (
        select count(*) as number,
            coalesce(sum(stored_bytes) filter (where waits_since is null), 0) as bytes,
            coalesce(sum(stored_bytes) filter (where waits_since is not null), 0) as waiting_bytes
        from public.app_result_blobs where user_id = $1::uuid
    ), versions as (
        select count(*) as number, coalesce(sum(row_bytes), 0) as bytes
        from public.app_result_versions where user_id = $1::uuid
    ), leases as (
        select count(*) as number from public.app_result_leases where user_id = $1::uuid
    ), counters as (
        select coalesce(sum(128 + 2 * (octet_length(page_key) + octet_length(result_key))), 0) as bytes
        from stillroom.counters where user_id = $1::uuid
    ), recipe as (
        select coalesce(sum(bytes), 0) as bytes
        from stillroom.recipe_values where user_id = $1::uuid
    ), actual as (
        select v.number as versions, (b.bytes + r.bytes)::bigint as bytes, b.waiting_bytes::bigint,
            (192 * b.number + v.bytes + 6144 * l.number + c.bytes)::bigint as record_bytes
        from blobs b, versions v, leases l, counters c, recipe r
    )";
const TOLD: &str = "
    select o.versions, o.bytes, o.waiting_bytes, o.record_bytes,
        a.versions, a.bytes, a.waiting_bytes, a.record_bytes
    from public.app_result_owners o, actual a where o.user_id = $1::uuid";
const CHANGED: &str = ", changed as (
        update public.app_result_owners o set versions = a.versions, bytes = a.bytes,
            waiting_bytes = a.waiting_bytes, record_bytes = a.record_bytes
        from actual a where o.user_id = $1::uuid
    )";

/// Compares what every owner is counted for with their rows, and puts the counts right; a dry run only looks.
///
/// # Errors
/// As for [`operator`](operator::operator); `Denied` where policies may hide rows from the count.
pub fn recount(url: &str, dry_run: bool) -> Result<Recounted> {
    let (connection, location) = operator::connect(url)?;
    let found = recount_all(&connection, dry_run, &location);
    let (owners, wrong) = found.map_err(|failure| failure.at(&location))?;
    Ok(Recounted { location, owners, wrong })
}

fn recount_all(
    connection: &Connection,
    dry_run: bool,
    location: &str,
) -> Result<(u64, Vec<Miscount>), Failure> {
    check_policies(connection, location)?;
    let owners = operator::owners(connection, "true")?;
    let mut wrong = Vec::new();
    for owner in &owners {
        let miscount = recount_one(connection, *owner, dry_run, location)?;
        wrong.extend(miscount.filter(|one| one.counted != one.actual));
    }
    Ok((owners.len() as u64, wrong))
}

/// None for an owner who is gone meanwhile.
fn recount_one(
    connection: &Connection,
    owner: Owner,
    dry_run: bool,
    location: &str,
) -> Result<Option<Miscount>, Failure> {
    let name = owner.to_string();
    let changed = if dry_run { "" } else { CHANGED };
    let sql = format!("{ACTUAL}{changed}{TOLD}");
    let rows = within(connection, owner, !dry_run, || connection.query(&sql, &[(&name, Type::TEXT)]))?;
    let Some(row) = rows.first() else {
        return if operator::owners(connection, &format!("user_id = '{owner}'"))?.is_empty() {
            Ok(None)
        } else {
            Err(hidden(location).into())
        };
    };
    Ok(Some(Miscount { owner, counted: count(row, 0), actual: count(row, 4) }))
}

/// Refuses where rows may be hidden from a count. An owner with too low a count would have a sweep take the bytes of
/// hidden versions for nobody's.
fn check_policies(connection: &Connection, location: &str) -> Result<(), Failure> {
    connection.run("begin; set local search_path = pg_catalog, pg_temp")?;
    let broken = connection.query(&format!("{COMMON} {POLICIES}"), &[]);
    connection.run("rollback")?;
    if broken?.is_empty() { Ok(()) } else { Err(hidden(location).into()) }
}

fn hidden(location: &str) -> BackendError {
    let message = format!(
        "the policies may hide rows from a count; put right what `stillroom doctor` says of them first: `{location}`"
    );
    BackendError::Denied { message, source: None }
}

fn count(row: &Row, first: usize) -> Count {
    let [versions, bytes, waiting_bytes, record_bytes] =
        std::array::from_fn(|column| row.get(first + column));
    Count { versions, bytes, waiting_bytes, record_bytes }
}

/// Erases everything an owner has for good, what was deleted and the names of what was included; a dry run only says
/// what that is.
///
/// # Errors
/// As for [`operator`](operator::operator); `Denied` where policies may hide rows; `Invalid` where rows would stay.
pub fn forget(url: &str, owner: Owner, dry_run: bool) -> Result<Forgotten> {
    let (connection, location) = operator::connect(url)?;
    let forgotten = check_policies(&connection, &location).and_then(|()| {
        within(&connection, owner, !dry_run, || forget_one(&connection, owner, dry_run, &location))
    });
    let forgotten = forgotten.map_err(|failure| failure.at(&location))?;
    Ok(Forgotten { location, ..forgotten })
}

/// Within the transaction of [`within`].
fn forget_one(
    connection: &Connection,
    owner: Owner,
    dry_run: bool,
    location: &str,
) -> Result<Forgotten, Failure> {
    // What refers to an owner goes with them, by the hand of the tables' owner, who has the row too.
    const GO: &str = "delete from public.app_result_owners where user_id = $1::uuid returning 1";
    const IS: &str = "select 1 from public.app_result_owners where user_id = $1::uuid";
    let name = owner.to_string();
    let has = holdings(connection, &name)?;
    connection.run("reset role")?;
    let verb = if dry_run { IS } else { GO };
    let is_known = !connection.query(verb, &[(&name, Type::TEXT)])?.is_empty();
    if !dry_run {
        connection.run("set local role stillroom_keeper")?;
        if holdings(connection, &name)? != [0; 4] {
            let message = format!(
                "rows would stay that refer to this owner, so nothing was erased; put right what `stillroom doctor` \
                 says of triggers first: `{location}`"
            );
            return Err(BackendError::Invalid { message }.into());
        }
    }
    let set_aside = forget_set_aside(connection, &name, dry_run)?;
    let [results, versions, bytes, _] = has;
    let is_known = is_known || set_aside > 0;
    Ok(Forgotten { location: String::new(), results, versions, bytes, set_aside, is_known })
}

/// Results, versions, bytes, and rows of any other kind.
fn holdings(connection: &Connection, name: &str) -> Result<[u64; 4], Failure> {
    const HAS: &str = "select
        (select count(distinct (page_key, result_key)) from public.app_result_versions where user_id = $1::uuid),
        (select count(*) from public.app_result_versions where user_id = $1::uuid),
        (select coalesce(sum(stored_bytes), 0)::bigint from public.app_result_blobs where user_id = $1::uuid)
            + (select coalesce(sum(bytes), 0)::bigint from stillroom.recipe_values where user_id = $1::uuid),
        (select count(*) from public.app_results where user_id = $1::uuid)
            + (select count(*) from public.app_result_blobs where user_id = $1::uuid)
            + (select count(*) from public.app_result_leases where user_id = $1::uuid)
            + (select count(*) from stillroom.counters where user_id = $1::uuid)";
    let rows = connection.query(HAS, &[(&name, Type::TEXT)])?;
    let number = |column| rows.first().and_then(|row| u64::try_from(row.get::<_, i64>(column)).ok());
    Ok(std::array::from_fn(|column| number(column).unwrap_or(0)))
}

/// The owner's rows of tables that a migration kept, as whoever migrated; an error where that one doesn't see all.
fn forget_set_aside(connection: &Connection, name: &str, dry_run: bool) -> Result<u64, Failure> {
    const KEPT: &str = "select a.attrelid::regclass::text
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'stillroom' and c.relname in ('recipe_orphans', 'recipe_results')
            and a.attname = 'user_id' and not a.attisdropped";
    connection.run("reset role; set local row_security = off")?;
    let verb = if dry_run { "select 1 from" } else { "delete from" };
    let end = if dry_run { "" } else { "returning 1" };
    let mut rows = 0;
    for table in connection.query(KEPT, &[])? {
        let table: &str = table.get(0);
        let sql = format!("{verb} {table} where lower(user_id::text) = $1 {end}");
        rows += connection.query(&sql, &[(&name, Type::TEXT)])?.len() as u64;
    }
    Ok(rows)
}

/// Does something in a transaction as the keeper, for one owner. What changes anything locks the owner's row first,
/// as every save does; else nothing stays.
fn within<T>(
    connection: &Connection,
    owner: Owner,
    is_change: bool,
    ask: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let lock = match is_change {
        true => format!("; select from public.app_result_owners where user_id = '{owner}' for update"),
        false => String::new(),
    };
    let begin = format!(
        "begin; set local search_path = pg_catalog, pg_temp; set local statement_timeout = {OWNER_TIME}; \
         set local role stillroom_keeper; \
         select set_config('request.jwt.claims', '{{\"sub\":\"{owner}\"}}', true), \
         set_config('request.jwt.claim.sub', '', true){lock}"
    );
    let done = connection.run(&begin).and_then(|()| ask());
    connection.run(if is_change && done.is_ok() { "commit" } else { "rollback" })?;
    done
}
