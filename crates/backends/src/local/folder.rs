//! The store's folder: found or made, guarded, and its signing key.
//!
//! Whoever can write to the folder can replace results and the key that
//! vouches for opaque objects, so a folder that anyone else owns or can write
//! to is refused rather than opened with a warning.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use stillroom_core::{BackendError, Result};

use super::error;
use super::lock::Lock;

const CATALOG: &str = "catalog.sqlite";
const PACKS: &str = "packs";
const KEY: &str = "signing.key";
const KEY_DRAFT: &str = "signing.key.new";
const GITIGNORE: &str = ".gitignore";
const README: &str = "README.md";

const README_TEXT: &str = "This folder holds results that a data app or notebook keeps with stillroom.\n\
    Don't edit or commit it: it holds the results themselves and a signing key.\n\
    Look inside with `stillroom ls`; to be rid of all results, stop the app and delete the folder.\n";

/// A folder that may be a store, its owner and rights checked.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
    is_read_only: bool,
    /// Whether it can't be written, so that a catalog without a log stays as it is.
    is_sealed: bool,
}

impl Folder {
    /// The folder at `path`, made when it isn't there and `create` says so; never written when `read_only`.
    pub(super) fn open(path: &Path, create: bool, read_only: bool) -> Result<Self> {
        match fs::metadata(path) {
            Ok(found) if !found.is_dir() => {
                return Err(BackendError::Invalid {
                    message: format!("a store is a folder, and this is a file: `{}`", path.display()),
                });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !create {
                    return Err(no_store(path));
                }
                make_private(path)?;
            }
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename) =>
            {
                return Err(BackendError::Invalid {
                    message: format!("no folder can be at this path: `{}`", path.display()),
                });
            }
            Err(error) => return Err(error::io("open", path, error)),
        }
        let path = fs::canonicalize(path).map_err(|error| error::io("open", path, error))?;
        let mut folder = Self { path, is_read_only: read_only, is_sealed: false };
        folder.guard()?;
        folder.is_sealed = !may_write(&folder.path) || !may_write(&folder.catalog());
        folder.is_read_only |= folder.is_sealed;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Refuses to write where that can't be or isn't wanted.
    pub(super) fn check_writable(&self) -> Result<()> {
        if self.is_read_only {
            return Err(error::denied(error::read_only(self.path.display()), None));
        }
        Ok(())
    }

    /// Whether it can't be written, wanted or not.
    pub(super) fn is_sealed(&self) -> bool {
        self.is_sealed
    }

    pub(super) fn catalog(&self) -> PathBuf {
        self.path.join(CATALOG)
    }

    pub(super) fn packs(&self) -> PathBuf {
        self.path.join(PACKS)
    }

    /// Refuses what another user owns or can write to.
    fn guard(&self) -> Result<()> {
        let own = rustix::process::geteuid().as_raw();
        for path in [self.path.clone(), self.packs(), self.catalog(), self.path.join(KEY)] {
            let found = match fs::symlink_metadata(&path) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error::io("open", &path, error)),
            };
            let path = path.display();
            if found.uid() != own {
                let message = format!("another user owns this store; open it as that user: `{path}`");
                return Err(error::denied(message, None));
            }
            if !found.is_symlink() && found.mode() & 0o022 != 0 {
                let message =
                    format!("others can write to this store; run `chmod go-w` on it first: `{path}`");
                return Err(error::denied(message, None));
            }
        }
        Ok(())
    }

    /// Holds off every other process that is about to furnish this folder, until dropped.
    pub(super) fn lock(&self) -> Result<Lock> {
        let failed = |error| error::io("lock", &self.path, error);
        File::open(&self.path).and_then(Lock::take).map_err(failed)
    }

    /// Whether there is a catalog that holds something.
    pub(super) fn has_catalog(&self) -> Result<bool> {
        match fs::metadata(self.catalog()) {
            Ok(found) => Ok(found.len() > 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error::io("open", &self.catalog(), error)),
        }
    }

    /// Refuses to write where that isn't wanted, and to become a store on top of other things.
    pub(super) fn check_can_become_store(&self) -> Result<()> {
        self.check_writable()?;
        let failed = |error| error::io("read", &self.path, error);
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_string_lossy();
            let is_ours = [PACKS, KEY, KEY_DRAFT, GITIGNORE, README].contains(&&*name);
            if !is_ours && !name.starts_with(CATALOG) {
                return Err(BackendError::Invalid {
                    message: format!(
                        "this folder holds other things; name a new one, such as `{}`",
                        self.path.join(".stillroom").display()
                    ),
                });
            }
        }
        Ok(())
    }

    /// Refuses to make a catalog where one was lost: what lies in packs would be taken for garbage.
    ///
    /// The signing key and packs only ever come after the catalog.
    pub(super) fn check_was_no_store(&self) -> Result<()> {
        let has_packs = fs::read_dir(self.packs()).is_ok_and(|mut entries| entries.next().is_some());
        if has_packs || self.path.join(KEY).exists() {
            let message = format!(
                "the store's catalog is gone; put it back from a copy, or delete the folder to begin anew: `{}`",
                self.path.display()
            );
            return Err(error::corrupt(message, None));
        }
        Ok(())
    }

    /// Puts everything in place, the catalog as an empty file; what is there stays.
    pub(super) fn furnish(&self) -> Result<()> {
        make_private(&self.packs())?;
        self.write_new(GITIGNORE, "*\n")?;
        self.write_new(README, README_TEXT)?;
        self.write_new(CATALOG, "")?;
        let sync = |folder: &Path| File::open(folder).and_then(|folder| folder.sync_all());
        // The folder above may be one we may pass through and not read; then its own sync has to do.
        let _ = self.path.parent().map(sync);
        sync(&self.path).map_err(|error| error::io("sync", &self.path, error))
    }

    /// What is there stays, unless a crash or a full disk left it empty: an empty `.gitignore` ignores nothing.
    fn write_new(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path.join(name);
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file() || found.len() > 0) {
            return Ok(());
        }
        let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        made.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| error::io("write", &path, error))
    }

    /// The store's signing key, made when there is none and the folder can be written.
    pub(super) fn signing_key(&self) -> Result<Option<[u8; 32]>> {
        if let Some(key) = self.read_key()? {
            return Ok(Some(key));
        }
        if self.is_read_only {
            return Ok(None);
        }
        let _lock = self.lock()?;
        match self.read_key()? {
            Some(key) => Ok(Some(key)),
            None => self.make_key().map(Some),
        }
    }

    fn read_key(&self) -> Result<Option<[u8; 32]>> {
        let path = self.path.join(KEY);
        let mut text = String::new();
        match File::open(&path).and_then(|file| file.take(1024).read_to_string(&mut text)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error::io("read", &path, error)),
            Ok(_) => {}
        }
        parse_key(text.trim()).map(Some).ok_or_else(|| BackendError::Invalid {
            message: format!("not a signing key of 64 hexadecimal digits: `{}`", path.display()),
        })
    }

    /// Written aside and renamed, so that no crash leaves half a key.
    fn make_key(&self) -> Result<[u8; 32]> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|source| BackendError::Other { backend: "local", source: source.into() })?;
        let draft = self.path.join(KEY_DRAFT);
        let write = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(file, "{digits}")?;
            file.sync_all()?;
            fs::rename(&draft, self.path.join(KEY))?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(|error| error::io("write", &draft, error))?;
        Ok(key)
    }
}

/// There is no store at `path`.
pub(super) fn no_store(path: &Path) -> BackendError {
    BackendError::NoStore { location: path.display().to_string() }
}

/// A folder only its owner can look into; missing parents are made as usual.
fn make_private(path: &Path) -> Result<()> {
    let failed = |error| error::io("make", path, error);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

/// Whether a file or folder can be written; one marked read-only can't, not even by root.
fn may_write(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(found) => found.mode() & 0o200 != 0 && access(path, Access::WRITE_OK).is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn parse_key(digits: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
    }
    Some(key)
}
