//! Writes a bundle beside its place and puts it there whole, or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind as IoKind, Seek, Write};
use std::path::{Path, PathBuf};

use blake3::Hasher;
use stillroom_core::{Owner, Stored};

use super::file::failed;
use super::{Kind, MAGIC, VERSION, record, temporary};
use crate::{Error, ErrorKind, Result};

/// How much is gathered before it goes to the file.
const BUFFER_LEN: usize = 1 << 20;

/// A bundle on its way to its place.
pub(crate) struct BundleWriter {
    file: BufWriter<File>,
    digest: Hasher,
    len: u64,
    target: PathBuf,
    folder: PathBuf,
    /// What is written to meanwhile; removed unless the bundle was finished.
    temporary: PathBuf,
}

impl BundleWriter {
    /// Begins a file beside `target`, readable by its user alone, as results are.
    ///
    /// # Errors
    /// `invalid` when there is something at `target`, or no folder to put it in.
    pub(crate) fn create(target: &Path) -> Result<Self> {
        let Some(name) = target.file_name() else {
            return Err(Error::new(ErrorKind::Invalid, format!("no file's name: `{}`", target.display())));
        };
        if fs::symlink_metadata(target).is_ok() {
            return Err(is_taken(target));
        }
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        let begins = [OsStr::new("."), name, OsStr::new(".")].join(OsStr::new(""));
        temporary::clean_up(&folder, &begins);
        let (file, temporary) = temporary::create(&folder, &begins).map_err(|error| match error.kind() {
            IoKind::NotFound => {
                let message = format!("no such folder; make it first: `{}`", folder.display());
                Error::new(ErrorKind::Invalid, message)
            }
            _ => failed("write", target, error),
        })?;
        let file = BufWriter::with_capacity(BUFFER_LEN, file);
        Ok(Self { file, digest: Hasher::new(), len: 0, target: target.to_owned(), folder, temporary })
    }

    /// Begins, or begins again: what was written before is dropped.
    pub(crate) fn begin(&mut self, owner: Owner) -> Result<()> {
        let rewound = self.file.rewind().and_then(|()| self.file.get_ref().set_len(0));
        rewound.map_err(|error| failed("write", &self.target, error))?;
        (self.digest, self.len) = (Hasher::new(), 0);
        self.write(&MAGIC)?;
        self.write(&VERSION.to_le_bytes())?;
        self.write(owner.id().as_bytes())
    }

    /// A version's record; all of them come before the first blob, by page, key and version.
    pub(crate) fn record(&mut self, stored: &Stored) -> Result<()> {
        self.item(Kind::Record, &record::encode(stored)?)
    }

    /// A blob.
    pub(crate) fn blob(&mut self, bytes: &[u8], is_full_chunk: bool) -> Result<()> {
        self.item(if is_full_chunk { Kind::FullChunk } else { Kind::Blob }, bytes)
    }

    /// Syncs the file and gives it its name; answers its length.
    pub(crate) fn finish(mut self) -> Result<u64> {
        self.head(Kind::End, blake3::OUT_LEN)?;
        let digest = self.digest.finalize();
        self.write(digest.as_bytes())?;
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|error| failed("write", &self.target, error))?;
        self.settle()?;
        Ok(self.len)
    }

    /// Never over a file that someone put there meanwhile, where the file system can tell.
    fn settle(&self) -> Result<()> {
        match fs::hard_link(&self.temporary, &self.target) {
            Ok(()) => {}
            Err(error) if error.kind() == IoKind::AlreadyExists => return Err(is_taken(&self.target)),
            // A file system without hard links.
            Err(_) if fs::symlink_metadata(&self.target).is_ok() => return Err(is_taken(&self.target)),
            Err(_) => fs::rename(&self.temporary, &self.target)
                .map_err(|error| failed("write", &self.target, error))?,
        }
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| failed("sync the folder of", &self.target, error))
    }

    fn item(&mut self, kind: Kind, body: &[u8]) -> Result<()> {
        self.head(kind, body.len())?;
        self.write(body)
    }

    fn head(&mut self, kind: Kind, len: usize) -> Result<()> {
        self.write(&[kind as u8])?;
        self.write(&(len as u64).to_le_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.len += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|error| failed("write", &self.target, error))
    }
}

impl Drop for BundleWriter {
    /// Whatever happened, nothing half written stays, and a finished bundle has its own name by now.
    fn drop(&mut self) {
        drop(fs::remove_file(&self.temporary));
    }
}

fn is_taken(target: &Path) -> Error {
    let message = format!("there is a file already; remove it or give another name: `{}`", target.display());
    Error::new(ErrorKind::Invalid, message)
}
