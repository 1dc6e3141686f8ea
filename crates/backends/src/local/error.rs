//! How the local backend fails, said as the contract says it.

use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::Path;

use rusqlite::ErrorCode;
use stillroom_core::BackendError;

/// SQLite's code for a database file that is no longer the one at its path.
const READONLY_DBMOVED: i32 = 1032;
/// SQLite's code when the index of its log, 32 KiB beside the catalog, finds no room: even readers need it.
const IOERR_SHMSIZE: i32 = 4874;

/// What goes wrong inside a call of the catalog, where the store's place isn't at hand.
#[derive(Debug)]
pub(super) enum CatalogError {
    /// SQLite's.
    Sqlite(rusqlite::Error),
    /// One that is complete.
    Contract(BackendError),
}

impl From<rusqlite::Error> for CatalogError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<BackendError> for CatalogError {
    fn from(error: BackendError) -> Self {
        Self::Contract(error)
    }
}

impl CatalogError {
    /// The contract's error, naming the store at `folder`.
    pub(super) fn at(self, folder: &Path) -> BackendError {
        match self {
            Self::Sqlite(error) => sqlite(folder, error),
            Self::Contract(error) => error,
        }
    }
}

/// The contract's word for an error of SQLite in the store at `folder`.
pub(super) fn sqlite(folder: &Path, error: rusqlite::Error) -> BackendError {
    match meaning(&error, &folder.display()) {
        Some((make, message)) => make(message, Some(error.into())),
        None => BackendError::Other { backend: "local", source: error.into() },
    }
}

type Make = fn(String, Source) -> BackendError;

fn meaning(error: &rusqlite::Error, folder: &dyn Display) -> Option<(Make, String)> {
    use rusqlite::Error as E;
    if matches!(
        error,
        E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..)
    ) {
        return Some((corrupt, format!("a row of the catalog is damaged: `{folder}`")));
    }
    if error.sqlite_error()?.extended_code == IOERR_SHMSIZE {
        return Some((full, format!("disk is full; free some space, then open the store again: `{folder}`")));
    }
    if error.sqlite_error()?.extended_code == READONLY_DBMOVED {
        return Some((unavailable, format!("the store was moved while it was open: `{folder}`")));
    }
    Some(match error.sqlite_error_code()? {
        ErrorCode::DiskFull => (full, disk_full(folder)),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => (denied, read_only(folder)),
        // Without a code of its own: a table or column that every catalog has is not there.
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown => {
            (corrupt, damaged_catalog(folder))
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            (unavailable, format!("another process kept the store busy too long; try again: `{folder}`"))
        }
        ErrorCode::CannotOpen | ErrorCode::SystemIoFailure => {
            (unavailable, format!("can't read or write the catalog: `{folder}`"))
        }
        _ => return None,
    })
}

/// The contract's word for an error of a file at `path`; `doing` is `read`, `write`, …
pub(super) fn io(doing: &str, path: &Path, error: io::Error) -> BackendError {
    let kind = error.kind();
    let path = path.display();
    let is_full = is_full(&error);
    let source = Some(error.into());
    match kind {
        _ if is_full => full(disk_full(path), source),
        ErrorKind::ReadOnlyFilesystem if doing != "read" => denied(read_only(path), source),
        ErrorKind::PermissionDenied => denied(format!("not allowed to {doing} `{path}`"), source),
        _ => unavailable(format!("can't {doing} `{path}`"), source),
    }
}

/// Whether there is no room, on the disk or for this user or in one file.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// A save into a store that can't be written to.
pub(super) fn read_only(path: impl Display) -> String {
    format!("the store is read-only: `{path}`")
}

pub(super) fn damaged_catalog(folder: impl Display) -> String {
    format!("the catalog is damaged: `{folder}`")
}

fn disk_full(path: impl Display) -> String {
    format!("disk is full, nothing was saved; free some space and save again: `{path}`")
}

type Source = Option<Box<dyn std::error::Error + Send + Sync>>;

pub(super) fn denied(message: String, source: Source) -> BackendError {
    BackendError::Denied { message, source }
}

fn full(message: String, source: Source) -> BackendError {
    BackendError::Full { message, source }
}

pub(super) fn corrupt(message: String, source: Source) -> BackendError {
    BackendError::Corrupt { message, source }
}

pub(super) fn unavailable(message: String, source: Source) -> BackendError {
    BackendError::Unavailable { message, source }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn kind(error: &BackendError) -> &'static str {
        match error {
            BackendError::Denied { .. } => "denied",
            BackendError::Corrupt { .. } => "corrupt",
            BackendError::Full { .. } => "full",
            BackendError::Unavailable { .. } => "unavailable",
            _ => "other",
        }
    }

    #[test]
    fn an_error_of_sqlite_is_what_the_caller_can_do_about_it() {
        let cases = [
            (ffi::SQLITE_FULL, "full", "disk is full, nothing was saved"),
            (IOERR_SHMSIZE, "full", "disk is full; free some space"),
            (ffi::SQLITE_READONLY, "denied", "read-only"),
            (ffi::SQLITE_READONLY_DIRECTORY, "denied", "read-only"),
            (ffi::SQLITE_PERM, "denied", "read-only"),
            (READONLY_DBMOVED, "unavailable", "moved"),
            (ffi::SQLITE_CORRUPT, "corrupt", "catalog is damaged"),
            (ffi::SQLITE_NOTADB, "corrupt", "catalog is damaged"),
            (ffi::SQLITE_ERROR, "corrupt", "catalog is damaged"),
            (ffi::SQLITE_BUSY, "unavailable", "try again"),
            (ffi::SQLITE_IOERR_FSYNC, "unavailable", "can't read or write"),
            (ffi::SQLITE_CANTOPEN, "unavailable", "can't read or write"),
            (ffi::SQLITE_MISUSE, "other", "local"),
        ];

        for (code, expected, words) in cases {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let error = sqlite(Path::new("/data/kept"), error);
            assert_eq!(kind(&error), expected, "{code}");
            assert!(error.to_string().contains(words), "{code}: {error}");
        }
    }

    #[test]
    fn an_error_of_a_file_names_it_and_what_the_caller_can_do_about_it() {
        let cases = [
            (ErrorKind::StorageFull, "full", "disk is full, nothing was saved"),
            (ErrorKind::QuotaExceeded, "full", "disk is full, nothing was saved"),
            (ErrorKind::FileTooLarge, "full", "disk is full, nothing was saved"),
            (ErrorKind::PermissionDenied, "denied", "not allowed to write"),
            (ErrorKind::ReadOnlyFilesystem, "denied", "read-only"),
            (ErrorKind::NotFound, "unavailable", "can't write"),
        ];

        for (code, expected, words) in cases {
            let error = io("write", Path::new("/data/kept/packs"), code.into());
            assert_eq!(kind(&error), expected, "{code}");
            assert!(error.to_string().contains(words), "{code}: {error}");
            assert!(error.to_string().contains("`/data/kept/packs`"), "{error}");
        }
    }
}
