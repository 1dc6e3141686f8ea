//! Making a database ready: what it must hold, and a login for the app.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use stillroom_backends::postgres as backend;
use stillroom_backends::{database_url, postgres};
use stillroom_core::Clock;

pub use backend::{Login, LoginShape, LoginUrl, Migration, Step, script};

use crate::clock::WallClock;
use crate::{Error, ErrorKind, Result, Timestamp, date_text};

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Where the database is, without secrets.
    pub location: String,
    /// What became of each migration, in order.
    pub steps: Vec<Step>,
}

/// Applies what the database at `url` lacks, all of it or nothing; a dry run applies it too, and takes it back.
/// Without a URL it is that of `$STILLROOM_URL`.
///
/// # Errors
/// `unsupported` for a database of a newer release; `invalid` for one whose migrations are others than ours, and
/// for a store that is no database; `denied` when the login may not; `unauthenticated`; `unavailable`.
pub fn migrate(url: Option<&str>, dry_run: bool) -> Result<Migrated> {
    let url = database_url(url)?;
    Ok(Migrated { location: postgres::location(&url)?, steps: postgres::migrate(&url, dry_run)? })
}

/// Makes a login for an app in the database at `url`, or else `$STILLROOM_URL`, with a random password; one that
/// is there is left alone.
///
/// # Errors
/// `invalid` for a name that can't be a login's; `denied` when the asker may not make logins; as [`migrate`].
pub fn make_login(url: Option<&str>, name: &str, shape: LoginShape) -> Result<Login> {
    Ok(postgres::make_login(&database_url(url)?, name, shape)?)
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
