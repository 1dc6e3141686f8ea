//! Making a database ready: what it must hold, and a login for the app; and what its administrator does for owners.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use stillroom_backends::postgres as backend;
use stillroom_backends::{database_url, postgres};
use stillroom_core::{BackendError, Clock, Owner};

pub use backend::{
    Count, Forgotten, Login, LoginShape, LoginUrl, Migrated, Migration, Miscount, Notice, Recounted, Step,
    script,
};

use crate::clock::WallClock;
use crate::doctor::{Check, Checkup, Verdict};
use crate::{Error, ErrorKind, Result, Timestamp, date_text};

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// Applies what the database at `url` lacks, all of it or nothing; a dry run applies it too, and takes it back.
/// Without a URL it is that of `$STILLROOM_URL`.
///
/// # Errors
/// `unsupported` for a database of a newer release; `invalid` for one whose migrations are others than ours, and
/// for a store that is no database; `denied` when the login may not; `unauthenticated`; `unavailable`.
pub fn migrate(url: Option<&str>, dry_run: bool) -> Result<Migrated> {
    Ok(postgres::migrate(&database_url(url)?, dry_run)?)
}

/// Makes a login for an app in the database at `url`, or else `$STILLROOM_URL`, with a random password; one that
/// is there is left alone.
///
/// # Errors
/// `invalid` for a name that can't be a login's; `denied` when the asker may not make logins; as [`migrate`].
pub fn make_login(url: Option<&str>, name: &str, shape: LoginShape) -> Result<Login> {
    Ok(postgres::make_login(&database_url(url)?, name, shape)?)
}

/// Compares what every owner in the database at `url`, or else `$STILLROOM_URL`, is counted for with their rows, and
/// puts the counts right; a dry run only looks. As the login that ran [`migrate`].
///
/// # Errors
/// `denied` for a login that sees its own results only, and where policies may hide rows from the count; as
/// [`migrate`].
pub fn recount(url: Option<&str>, dry_run: bool) -> Result<Recounted> {
    Ok(postgres::recount(&database_url(url)?, dry_run)?)
}

/// The same as the one check of a checkup, without a change.
///
/// # Errors
/// As [`recount`].
pub fn check_counts(url: Option<&str>) -> Result<Checkup> {
    let Recounted { location, owners, wrong } = recount(url, true)?;
    let names: Vec<_> = wrong.iter().map(|one| one.owner.to_string()).collect();
    let check = match names.as_slice() {
        [] => Check {
            name: "counts",
            verdict: Verdict::Good(format!("owners are counted as their rows say: {owners} looked at")),
            fixes: Vec::new(),
        },
        names => {
            let message = format!(
                "owners are counted otherwise than their rows say, which were changed by hand; until that is put \
                 right their sweeps refuse, or their quota holds for something else: {}: `{location}`",
                names.join(", ")
            );
            let verdict = Verdict::Failed(BackendError::Invalid { message }.into());
            Check { name: "counts", verdict, fixes: vec!["stillroom recount".to_owned()] }
        }
    };
    Ok(Checkup { location, checks: vec![check] })
}

/// Erases for good everything that an owner has in the database at `url`, or else `$STILLROOM_URL`: what was deleted
/// too, their quota, and the names of their results. A dry run only says what that is. As the login that ran
/// [`migrate`].
///
/// Nothing keeps the owner from saving again; see to that first.
///
/// # Errors
/// `denied` for a login that sees its own results only; as [`migrate`].
pub fn forget(url: Option<&str>, owner: Owner, dry_run: bool) -> Result<Forgotten> {
    Ok(postgres::forget(&database_url(url)?, owner, dry_run)?)
}

/// Writes each migration as a file of Supabase's `migrations` folder, named after now so that it comes after
/// those that are there; one that is there is left alone. The files that were written.
///
/// # Errors
/// `invalid` for a folder that isn't there; `denied`, `unavailable` when it can't be written.
pub fn write_scripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| failed(error, folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    let mut written = Vec::new();
    for migration in postgres::migrations() {
        let suffix = format!("_stillroom_{:04}_{}.sql", migration.number, migration.name);
        if names.iter().any(|name| name.ends_with(&suffix)) {
            continue;
        }
        // A second apart, so that they are told in their order.
        let path = folder.join(format!("{}{suffix}", stamp(WallClock.now(), i64::from(migration.number))));
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(migration.script().as_bytes())).map_err(failed)?;
        written.push(path);
    }
    Ok(written)
}

/// Year to second, as digits.
fn stamp(now: Timestamp, later: i64) -> String {
    let micros = now.0 + later * 1_000_000;
    let seconds = micros.rem_euclid(MICROS_OF_DAY) / 1_000_000;
    let day = date_text(i128::from(micros.div_euclid(MICROS_OF_DAY))).replace('-', "");
    format!("{day}{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn failed(error: io::Error, folder: &Path) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ErrorKind::Invalid,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::Denied,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("can't write migrations into this folder: `{}`", folder.display()))
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_year_to_second() {
        assert_eq!(stamp(Timestamp(0), 1), "19700101000001");
        assert_eq!(stamp(Timestamp(1_772_373_723_000_004), 2), "20260301140205");
    }
}
