//! What was loaded from a store far away, kept on this computer so that a second load maps it.
//!
//! ```text
//! ~/.cache/stillroom/        mode 0700; not used when anyone else owns it or can write to it (place.rs)
//!   CACHEDIR.TAG             tells programs that make backups to pass it by
//!   <store and owner>/       an owner's part, named by a digest of both
//!     <id>.pack              raw bytes of blobs; full 64 KiB chunks aligned, so that they can be mapped (new.rs)
//!     <id>.list              which blobs those are; its time is when they were last used (list.rs)
//! ```
//!
//! Nothing here is ever the only copy, so nothing is synced, and no error of a file is the caller's: what can't be
//! had is fetched again. A pack is written once and then only read or unlinked; its list is put in place last, so a
//! pack without one is what a crash left over. A process believes no byte that it has not compared with its digest
//! itself, and of a pack whose file is no longer as it was then, none (part.rs, body.rs). What is used least goes
//! when there is too much (trim.rs).
//!
//! Who asks for digests has been given them, in a manifest that the store answered with for the same owner: nothing
//! here says whether there is such a result.

mod body;
mod list;
mod new;
mod part;
mod place;
mod trim;

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stillroom_core::{Access, BackendError, Buffer, Digest, Held, NearCache, Owner, Principal, Result};

pub(crate) use body::Started;
pub(crate) use new::NewPack;
use part::Part;
pub(crate) use place::{Choice, choose};

use crate::ConnectOptions;

/// How much is kept unless somebody says otherwise: a few loads of large tables, on any disk that an app runs on.
const LIMIT: u64 = 1 << 30;
/// The parts of how many owners are remembered; whoever comes then is looked up on the disk again.
const MAX_PARTS: usize = 256;

/// The cache of one store.
pub(crate) struct Cache {
    /// Where all stores have theirs.
    root: PathBuf,
    /// What tells this store's from others'.
    location: String,
    /// How many bytes all stores together may take.
    limit: u64,
    /// Whether bytes are compared with their digests whenever they are used.
    verify_always: bool,
    parts: Mutex<HashMap<Owner, Arc<Mutex<Part>>>>,
    /// How many bytes came in since there was last looked for too much; at first as if it had long been.
    unlooked: AtomicU64,
}

impl Cache {
    /// The cache of the store at `location`, at the place chosen; else what there is to say of there being none.
    pub(crate) fn open(
        choice: &Choice,
        location: &str,
        options: &ConnectOptions,
    ) -> Result<Arc<Self>, Vec<String>> {
        let root = match choice {
            Choice::Off => return Err(Vec::new()),
            Choice::Nowhere => {
                Err(("no home folder", "it is not known which folder is for such things".to_owned()))
            }
            Choice::At(folder) => place::open(folder).map_err(|why| (folder.to_str().unwrap_or("?"), why)),
        };
        let root = root.map_err(|(place, why)| vec![place::notice(place, &why)])?;
        let limit = options.cache.limit.unwrap_or(LIMIT);
        Ok(Arc::new(Self {
            root,
            location: location.to_owned(),
            limit,
            verify_always: options.verify_always,
            parts: Mutex::default(),
            unlooked: AtomicU64::new(limit),
        }))
    }

    /// A body for each buffer, filled with what is here, and which of its chunks are to be filled yet.
    pub(crate) fn start(&self, owner: Owner, buffers: &[Buffer], access: Access) -> Vec<Started> {
        let part = self.part(owner);
        let plan = lock(&part).plan(buffers, self.verify_always);
        let (started, seen) = body::start(buffers, plan, access);
        lock(&part).note(seen);
        started
    }

    /// For the `len` bytes that an owner's load fetches; none for more than is worth keeping.
    pub(crate) fn begin(&self, owner: Owner, len: u64) -> Option<NewPack<'_>> {
        // What takes most of the room would drive out everything else, and then itself.
        (len <= self.limit / 2).then(|| NewPack::new(self, owner))
    }

    fn part(&self, owner: Owner) -> Arc<Mutex<Part>> {
        let mut parts = lock(&self.parts);
        if parts.len() >= MAX_PARTS && !parts.contains_key(&owner) {
            parts.clear();
        }
        let part = parts.entry(owner).or_insert_with(|| Arc::new(Mutex::new(Part::new(self.folder(owner)))));
        Arc::clone(part)
    }

    /// Where an owner's part is. Its name tells nobody whose it is.
    fn folder(&self, owner: Owner) -> PathBuf {
        let name = [self.location.as_bytes(), owner.id().as_bytes()].concat();
        let name =
            Digest::of(&name).as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.root.join(name)
    }

    /// Lets go of what was used least, once enough has come in to be worth looking.
    fn added(&self, len: u64) {
        let step = self.limit / 64;
        if self.unlooked.fetch_add(len, Ordering::Relaxed).saturating_add(len) >= step {
            self.unlooked.store(0, Ordering::Relaxed);
            trim::trim(&self.root, self.limit);
        }
    }
}

impl NearCache for Cache {
    fn held(&self, who: &Principal) -> Result<Held> {
        let folder = self.folder(who.owner());
        let bytes = size(&folder).map_err(|error| failed("read", &folder, error))?;
        Ok(Held { folder: self.root.clone(), bytes, limit: self.limit })
    }

    fn forget(&self, who: &Principal) -> Result<u64> {
        let folder = self.folder(who.owner());
        let bytes = size(&folder).map_err(|error| failed("read", &folder, error))?;
        lock(&self.parts).remove(&who.owner());
        // Aside first, so that a load that is under way puts nothing into what is being removed.
        let aside = folder.with_extension("gone");
        let gone = || {
            remove(&aside)?;
            fs::rename(&folder, &aside).or_else(absent)?;
            remove(&aside)
        };
        gone().map_err(|error| failed("remove", &folder, error))?;
        Ok(bytes)
    }
}

/// How many bytes of the disk a folder's files take.
fn size(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    for entry in entries {
        // One that went meanwhile takes nothing.
        bytes += entry?.metadata().map_or(0, |found| part::disk_len(&found));
    }
    Ok(bytes)
}

fn remove(folder: &Path) -> io::Result<()> {
    fs::remove_dir_all(folder).or_else(absent)
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn failed(verb: &str, folder: &Path, error: io::Error) -> BackendError {
    let message = format!("can't {verb} the cache of what was loaded: `{}`", folder.display());
    BackendError::Unavailable { message, source: Some(error.into()) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
