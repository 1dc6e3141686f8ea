//! Making a database ready: numbered SQL, each part applied once and never edited after that.

use std::fmt::Write as _;

use stillroom_core::{BackendError, Digest, Result};

use super::connection::Connection;
use super::url::Target;

/// A part of what a database must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Counted from 1, without gaps.
    pub number: i32,
    /// What it is about.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
}

/// All of them, in order.
const MIGRATIONS: [Migration; 3] = [
    Migration { number: 1, name: "tables", sql: include_str!("migrations/0001_tables.sql") },
    Migration { number: 2, name: "functions", sql: include_str!("migrations/0002_functions.sql") },
    Migration { number: 3, name: "recipe", sql: include_str!("migrations/0003_recipe.sql") },
];

/// What becomes of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was there before.
    Present(Migration),
    /// It was applied, or would be.
    Applied(Migration),
}

/// Where it is noted which migrations a database has; made before the first of them.
const NOTES: &str = "create schema if not exists stillroom;
create table if not exists stillroom.migrations (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
);
";

/// Lets one migrate at a time: a number of our own among advisory locks.
const LOCK: &str = "select pg_catalog.pg_advisory_xact_lock(8319102436731510881)";

impl Migration {
    /// The digest of its statements, as hexadecimal.
    pub fn checksum(&self) -> String {
        Digest::of(self.sql.as_bytes()).to_string()
    }
}

/// Applies what the database at `url` lacks, all of it or nothing; a dry run applies it too, and takes it back.
///
/// # Errors
/// `Newer` for a database of a newer release; `Invalid` for one whose migrations are others than ours; `Denied`
/// when the login may not.
pub fn migrate(url: &str, dry_run: bool) -> Result<Vec<Step>> {
    let target = Target::parse(url)?;
    let location = target.location.clone();
    let connection = Connection::open(&target)?;
    let told = |failure: crate::remote::Failure| failure.at(&location);
    connection.run(&format!("begin; {LOCK}; {NOTES}")).map_err(told)?;
    let found = applied(&connection).map_err(told)?;
    compare(&found, &location)?;
    let mut steps = Vec::new();
    for migration in MIGRATIONS {
        if migration.number <= i32::try_from(found.len()).unwrap_or(i32::MAX) {
            steps.push(Step::Present(migration));
            continue;
        }
        connection.run(migration.sql).map_err(told)?;
        connection.run(&noting(migration)).map_err(told)?;
        steps.push(Step::Applied(migration));
    }
    connection.run(if dry_run { "rollback" } else { "commit" }).map_err(told)?;
    Ok(steps)
}

/// All migrations as one script, to be run by hand on a database that has none of them.
pub fn script() -> String {
    let mut script = format!("begin;\n\n{NOTES}\n");
    for migration in MIGRATIONS {
        let Migration { number, name, sql } = migration;
        // Writing to a string can't fail.
        let _ = writeln!(script, "-- {number:04}: {name}\n\n{sql}\n{}\n", noting(migration));
    }
    script.push_str("commit;\n");
    script
}

/// Whether a store's database is one that this release knows.
pub(super) fn check(connection: &Connection, prologue: &str, location: &str) -> Result<()> {
    const ASK: &str = "select number, checksum from stillroom.migrations order by number";
    let rows = connection.ask(prologue, "", ASK, &[]).map_err(|failure| failure.at(location))?;
    let found: Vec<_> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    compare(&found, location)?;
    if found.len() < MIGRATIONS.len() {
        let message = format!(
            "this database is of an older release of stillroom; run `stillroom migrate`: `{location}`"
        );
        return Err(BackendError::Invalid { message });
    }
    Ok(())
}

type Noted = (i32, String);

fn applied(connection: &Connection) -> Result<Vec<Noted>, crate::remote::Failure> {
    let rows = connection.query("select number, checksum from stillroom.migrations order by number", &[])?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn compare(found: &[Noted], location: &str) -> Result<()> {
    if found.len() > MIGRATIONS.len() {
        return Err(BackendError::Newer { found: found.len() as u64, known: MIGRATIONS.len() as u64 });
    }
    let is_ours = |((number, checksum), migration): (&Noted, &Migration)| {
        *number == migration.number && *checksum == migration.checksum()
    };
    if found.iter().zip(&MIGRATIONS).all(is_ours) {
        return Ok(());
    }
    let message = format!("the migrations of this database are others than this release's: `{location}`");
    Err(BackendError::Invalid { message })
}

fn noting(migration: Migration) -> String {
    let Migration { number, name, .. } = migration;
    let checksum = migration.checksum();
    format!(
        "insert into stillroom.migrations (number, name, checksum) values ({number}, '{name}', '{checksum}');"
    )
}
