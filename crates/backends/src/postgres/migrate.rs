//! Making a database ready: numbered SQL, each part applied once and never edited after that.

use std::fmt::Write as _;

use stillroom_core::{BackendError, Digest, Result};

use super::connection::{Connection, Notice};
use super::url::Target;
use crate::remote::{Failure, Refusal};

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
const MIGRATIONS: [Migration; 4] = [
    Migration { number: 1, name: "tables", sql: include_str!("migrations/0001_tables.sql") },
    Migration { number: 2, name: "functions", sql: include_str!("migrations/0002_functions.sql") },
    Migration { number: 3, name: "recipe", sql: include_str!("migrations/0003_recipe.sql") },
    Migration { number: 4, name: "quicker", sql: include_str!("migrations/0004_quicker.sql") },
];

/// What becomes of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was there before.
    Present(Migration),
    /// It was applied, or would be.
    Applied(Migration),
}

/// What a migration did, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Where the database is, without secrets.
    pub location: String,
    /// What became of each migration, in order.
    pub steps: Vec<Step>,
    /// What the database said by the way: how many rows were brought over, and what was set aside.
    pub notices: Vec<Notice>,
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

/// How often a migration is begun again that met one of another database of the same server: roles are the
/// server's, and two can't make or grant one at once.
const TRIES: usize = 5;

impl Migration {
    /// The digest of its statements, as hexadecimal.
    pub fn checksum(&self) -> String {
        Digest::of(self.sql.as_bytes()).to_string()
    }

    /// It as a script that can be run by hand, again and again: what is there is left alone.
    pub fn script(&self) -> String {
        let Self { number, name, sql } = self;
        let (checksum, noting) = (self.checksum(), noting(*self));
        format!(
            "-- stillroom {number:04}: {name}

{NOTES}
do $stillroom$
begin
    if exists (select from stillroom.migrations where number = {number} and checksum <> '{checksum}') then
        raise exception 'migration {number} of this database is another than this release''s';
    end if;
    if exists (select from stillroom.migrations where number = {number}) then
        return;
    end if;
    execute $stillroom_{number:04}$
{sql}
$stillroom_{number:04}$;
    {noting}
end $stillroom$;
"
        )
    }
}

/// All migrations, in order.
pub fn migrations() -> impl Iterator<Item = Migration> {
    MIGRATIONS.into_iter()
}

/// Applies what the database at `url` lacks, all of it or nothing; a dry run applies it too, and takes it back.
///
/// # Errors
/// `Newer` for a database of a newer release; `Invalid` for one whose migrations are others than ours; `Denied`
/// when the login may not, with what an administrator runs first.
pub fn migrate(url: &str, dry_run: bool) -> Result<Migrated> {
    let target = Target::parse(url)?;
    let connection = Connection::open(&target)?;
    let location = target.location;
    let steps = try_apply(&connection, dry_run, &location).map_err(|failure| told(failure, &location))?;
    Ok(Migrated { location, steps, notices: connection.take_notices() })
}

/// All migrations as one script, to be run by hand; those that a database has are left alone.
pub fn script() -> String {
    let mut script = "begin;\n\n".to_owned();
    for migration in MIGRATIONS {
        // Writing to a string can't fail.
        let _ = writeln!(script, "{}", migration.script());
    }
    script.push_str("commit;\n");
    script
}

fn try_apply(connection: &Connection, dry_run: bool, location: &str) -> Result<Vec<Step>, Failure> {
    for _ in 1..TRIES {
        match apply(connection, dry_run, location) {
            Err(Failure::Refused(refusal)) if is_race(&refusal) => connection.run("rollback")?,
            done => return done,
        }
        // What was taken back is not worth telling.
        connection.take_notices();
    }
    apply(connection, dry_run, location)
}

fn apply(connection: &Connection, dry_run: bool, location: &str) -> Result<Vec<Step>, Failure> {
    connection.run(&format!("begin; set local client_min_messages = notice; {LOCK}"))?;
    let found = if has_notes(connection)? { applied(connection)? } else { Vec::new() };
    compare(&found, location)?;
    let missing = MIGRATIONS.get(found.len()..).unwrap_or_default();
    if !missing.is_empty() {
        check_rights(connection, location)?;
        connection.run(NOTES)?;
    }
    for migration in missing {
        connection.run(migration.sql)?;
        connection.run(&noting(*migration))?;
    }
    connection.run(if dry_run { "rollback" } else { "commit" })?;
    let present = MIGRATIONS.into_iter().take(found.len()).map(Step::Present);
    Ok(present.chain(missing.iter().copied().map(Step::Applied)).collect())
}

/// Whether it failed because somebody else made or granted the same role.
fn is_race(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "23505" | "42710" | "40P01" | "40001")
        || (refusal.code == "XX000" && refusal.message.starts_with("tuple concurrently"))
}

fn told(failure: Failure, location: &str) -> BackendError {
    match failure {
        Failure::Refused(refusal) if refusal.code == "42501" => BackendError::Denied {
            message: format!("this login may not make the database ready: `{location}`"),
            source: Some(refusal.into()),
        },
        failure => failure.at(location),
    }
}

/// Refuses, before anything is changed, a login that could not finish.
fn check_rights(connection: &Connection, location: &str) -> Result<(), Failure> {
    // What an administrator has to run, a line each.
    const ASK: &str = "
        with me as (
            select rolname, rolsuper, rolcreaterole,
                pg_catalog.current_setting('server_version_num')::int >= 160000 as is_strict
            from pg_catalog.pg_roles where rolname = current_user
        ), wanted as (
            select w.name, r.oid
            from unnest(array['anon', 'authenticated', 'stillroom_app', 'stillroom_keeper']) w(name)
            left join pg_catalog.pg_roles r on r.rolname = w.name
        ), accounts as (
            select c.oid, n.oid as schema from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'auth' and c.relname = 'users'
        )
        select pg_catalog.format('create role %I nologin', name) from wanted, me
            where oid is null and not rolsuper and not rolcreaterole
        union all
        select pg_catalog.format('grant %I to %I with admin option', name, rolname) from wanted, me
            where name = 'stillroom_keeper' and not rolsuper
            and not (rolcreaterole and (oid is null or not is_strict))
            and not coalesce(pg_catalog.pg_has_role(current_user, oid, 'member with admin option'), false)
        union all
        select pg_catalog.format('grant create on database %I to %I', current_database(), rolname) from me
            where not pg_catalog.has_database_privilege(current_database(), 'create')
        union all
        select pg_catalog.format('grant create on schema public to %I', rolname) from me
            where not pg_catalog.has_schema_privilege('public', 'create')
        union all
        select pg_catalog.format('grant usage on schema auth to %I', rolname) from me, accounts
            where not pg_catalog.has_schema_privilege(schema, 'usage')
        union all
        select pg_catalog.format('grant references on auth.users to %I', rolname) from me, accounts
            where not pg_catalog.has_table_privilege(oid, 'references')";
    let lines: Vec<String> = connection.query(ASK, &[])?.iter().map(|row| row.get(0)).collect();
    if lines.is_empty() {
        return Ok(());
    }
    let message = format!(
        "this login may not make the database ready; an administrator runs this first, then migrate again: \
         `{};` at `{location}`",
        lines.join("; ")
    );
    Err(BackendError::Denied { message, source: None }.into())
}

/// Whether a store's database is one that this release knows; how many migrations that are.
pub(super) fn check(connection: &Connection, prologue: &str, location: &str) -> Result<usize> {
    let rows = connection.ask(prologue, "", ASK_NOTED, &[]).map_err(|failure| match failure {
        missing if missing.is("42P01") || missing.is("3F000") => not_ready(location),
        failure => failure.at(location),
    })?;
    let found: Vec<_> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    compare(&found, location)?;
    if found.len() < MIGRATIONS.len() {
        let message = format!(
            "this database is of an older release of stillroom; run `stillroom migrate`: `{location}`"
        );
        return Err(BackendError::Invalid { message });
    }
    Ok(found.len())
}

/// What a database without any migration gets to hear.
pub(super) fn not_ready(location: &str) -> BackendError {
    let message =
        format!("this database was not made ready for stillroom; run `stillroom migrate`: `{location}`");
    BackendError::Invalid { message }
}

const ASK_NOTED: &str = "select number, checksum from stillroom.migrations order by number";

type Noted = (i32, String);

fn has_notes(connection: &Connection) -> Result<bool, Failure> {
    const ASK: &str = "select exists (select from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'stillroom' and c.relname = 'migrations')";
    Ok(connection.query(ASK, &[])?.first().is_some_and(|row| row.get(0)))
}

fn applied(connection: &Connection) -> Result<Vec<Noted>, Failure> {
    let rows = connection.query(ASK_NOTED, &[])?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn compare(found: &[Noted], location: &str) -> Result<()> {
    if found.len() > MIGRATIONS.len() {
        return Err(BackendError::Newer { found: found.len() as u64, known: MIGRATIONS.len() as u64 });
    }
    let is_ours = |((number, checksum), migration): &(&Noted, Migration)| {
        *number == migration.number && *checksum == migration.checksum()
    };
    match found.iter().zip(MIGRATIONS).find(|pair| !is_ours(pair)) {
        None => Ok(()),
        Some((_, Migration { number, name, .. })) => Err(BackendError::Invalid {
            message: format!(
                "migration {number} ({name}) of this database is another than this release's: it was edited, or \
                 applied by a build that was never released: `{location}`"
            ),
        }),
    }
}

fn noting(migration: Migration) -> String {
    let Migration { number, name, .. } = migration;
    let checksum = migration.checksum();
    format!(
        "insert into stillroom.migrations (number, name, checksum) values ({number}, '{name}', '{checksum}');"
    )
}
