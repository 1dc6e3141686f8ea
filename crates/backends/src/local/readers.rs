//! Packs open for reading.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pack::PackId;

/// How many packs stay open; a process may have little more than 256 files.
const OPEN_PACKS: usize = 64;

/// The packs a process has open for reading, by id.
#[derive(Debug)]
pub(super) struct Readers {
    folder: PathBuf,
    open: Mutex<HashMap<PackId, Arc<File>>>,
}

impl Readers {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, open: Mutex::default() }
    }

    /// The pack's file; `NotFound` when it is gone.
    pub(super) fn get(&self, id: PackId) -> io::Result<Arc<File>> {
        if let Some(file) = self.open().get(&id) {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::open(id.path(&self.folder))?);
        let mut open = self.open();
        if open.len() >= OPEN_PACKS {
            open.clear();
        }
        open.insert(id, Arc::clone(&file));
        Ok(file)
    }

    /// Whatever is asked for next is opened anew: it may have been replaced.
    pub(super) fn close_all(&self) {
        self.open().clear();
    }

    fn open(&self) -> MutexGuard<'_, HashMap<PackId, Arc<File>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
