//! Writing results into one file that can be checked and imported anywhere: a bundle.
//!
//! What is written is one moment's versions; the store goes on meanwhile, but
//! for sweeps, which wait. Should a version be erased all the same before its
//! bytes were read, the export begins again from a later moment. Memory holds the records and
//! some forty bytes per blob, never values.

use std::collections::HashSet;
use std::path::Path;

use stillroom_core::{BackendError, Record, Scope, Stored, poll_now};
use stillroom_format::{CHUNK_LEN, Digest};

use crate::bundle::{BundleWriter, check};
use crate::hold::Hold;
use crate::load::name_the_version;
use crate::parts::{Need, Parts};
use crate::recipe::Converted;
use crate::{Error, ErrorKind, Progress, Result, Store, Watch};

/// How often an export begins again because versions were erased under it.
const TRIES: usize = 5;
/// How much is read at a time.
const SLICE_LEN: u64 = 16 * CHUNK_LEN as u64;

/// What an export wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Results in the bundle.
    pub results: u64,
    /// Their versions.
    pub versions: u64,
    /// Blobs those need, each once.
    pub blobs: u64,
    /// Length of the file.
    pub bytes: u64,
}

impl Store {
    /// Writes every version of the results that `scope` holds, as of one moment, into a new file at `path`.
    ///
    /// The store may be in use meanwhile. The file is there whole or not at all.
    ///
    /// # Errors
    /// `invalid` when there is something at `path` or its folder is missing; `not-found` when the page has
    /// no results or there is no such result; `corrupt` when a version is damaged; `unavailable` when it was
    /// stopped or the disk is full.
    pub fn export_to(&self, path: &Path, scope: &Scope, watch: Watch<'_>) -> Result<Exported> {
        let mut file = BundleWriter::create(path)?;
        let mut hold = Hold::take(self)?;
        let mut shown = 0;
        let mut never_back = |progress: Progress| {
            hold.renew();
            shown = progress.done.max(shown).min(progress.total);
            watch(Progress { done: shown, ..progress })
        };
        for _ in 0..TRIES {
            file.begin(self.owner())?;
            if let Some(exported) = self.write_bundle(&mut file, scope, &mut never_back)? {
                return Ok(Exported { bytes: file.finish()?, ..exported });
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "versions kept being erased under the export; try again"))
    }

    /// None when a version was erased under it.
    fn write_bundle(
        &self,
        file: &mut BundleWriter,
        scope: &Scope,
        watch: Watch<'_>,
    ) -> Result<Option<Exported>> {
        let mut versions = poll_now(self.catalog().snapshot(self.who(), scope))?;
        if versions.is_empty() {
            check_may_be_empty(scope)?;
        }
        let recipes = Converted::new()?;
        let stores: Vec<&Store> =
            versions.iter().map(|stored| if stored.is_recipe { recipes.store() } else { self }).collect();
        let mut plan = Plan::default();
        for (at, stored) in versions.iter_mut().enumerate() {
            if stored.is_recipe {
                match recipes.version(stored) {
                    Ok(made) => *stored = made,
                    Err(error) => return self.is_erased(&stored.record, error),
                }
            }
            match stores[at].whole_parts(stored) {
                Ok((parts, _)) => plan.add(at, parts.chunks()),
                Err(error) => return self.is_erased(&stored.record, error),
            }
        }
        let mut progress = Progress { done: 0, total: plan.len };
        progress.tell(watch)?;
        versions.iter().try_for_each(|stored| file.record(stored))?;
        for needed in plan.slices() {
            if let Err(error) = stores[needed[0].version].copy(file, needed) {
                return self.is_erased(&versions[needed[0].version].record, error);
            }
            progress.done += needed.iter().map(Needed::len).sum::<u64>();
            progress.tell(watch)?;
        }
        let results = versions.chunk_by(|one, other| one.record.key == other.record.key).count() as u64;
        let (versions, blobs) = (versions.len() as u64, plan.needed.len() as u64);
        Ok(Some(Exported { results, versions, blobs, bytes: 0 }))
    }

    /// A version's root and manifest, sound in all they say, and whether it holds opaque objects.
    pub(crate) fn whole_parts(&self, stored: &Stored) -> Result<(Parts, bool)> {
        if stored.record.is_damaged {
            return Err(Error::new(ErrorKind::Corrupt, "its record is damaged"));
        }
        let parts = self.parts(stored)?;
        match check(&stored.record, &parts) {
            // What nobody saves through here was put there past us: it is damage, whatever it is called.
            Err(error) if error.kind() != ErrorKind::Unsupported => {
                Err(Error::new(ErrorKind::Corrupt, "no store would keep it so").with_source(error))
            }
            checked => checked.map(|has_opaque| (parts, has_opaque)),
        }
    }

    /// Copies blobs of one version.
    fn copy(&self, file: &mut BundleWriter, needed: &[Needed]) -> Result<()> {
        let needs: Vec<Need> = needed.iter().map(|needed| needed.need).collect();
        self.each_blob(&needs, |need, bytes| file.blob(bytes, need.is_full_chunk))
    }

    /// None when damage was none: the version is no longer there. Else the damage.
    pub(crate) fn is_erased<T>(&self, record: &Record, error: Error) -> Result<Option<T>> {
        if error.kind() != ErrorKind::Corrupt {
            return Err(error);
        }
        match self.record(&record.key, Some(record.version)) {
            Err(gone) if gone.kind() == ErrorKind::NotFound => Ok(None),
            _ => Err(name_the_version(error, record)),
        }
    }
}

/// An export of a whole store may hold nothing; who names a page or a result wants that.
pub(crate) fn check_may_be_empty(scope: &Scope) -> Result<()> {
    let missing = match scope {
        Scope::All => return Ok(()),
        Scope::Page(page) => format!("no results on page `{page}`"),
        Scope::Result(key) => return Err(BackendError::NotFound { key: key.clone(), version: None }.into()),
    };
    Err(Error::new(ErrorKind::NotFound, missing))
}

/// Every blob of a bundle once, in the order of the versions that name it first.
#[derive(Default)]
struct Plan {
    needed: Vec<Needed>,
    known: HashSet<Digest>,
    len: u64,
}

/// A blob, and the first version that needs it.
struct Needed {
    need: Need,
    version: usize,
}

impl Needed {
    fn len(&self) -> u64 {
        self.need.len()
    }
}

impl Plan {
    fn add(&mut self, version: usize, needs: impl Iterator<Item = Need>) {
        for need in needs {
            if self.known.insert(need.chunk.digest) {
                self.len += need.len();
                self.needed.push(Needed { need, version });
            }
        }
    }

    /// What is read at a time: blobs of one version that follow one another.
    fn slices(&self) -> impl Iterator<Item = &[Needed]> {
        let mut len = 0;
        self.needed.chunk_by(move |one, other| {
            len = if len == 0 { one.len() } else { len } + other.len();
            let is_together = one.version == other.version && len <= SLICE_LEN;
            if !is_together {
                len = 0;
            }
            is_together
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keep_going;
    use crate::tampered::{Tampered, replace, save_bytes, tampered};

    /// Exports a store of one result while it is erased and saved anew `sweeps` times.
    fn export_while_swept(sweeps: u8) -> (Result<Exported>, Result<Exported>) {
        let (work, store, untouched) = tampered(Tampered::default());
        save_bytes(&store, 0).unwrap();
        for byte in 1..=sweeps {
            let store = untouched.clone();
            work.before_gets.lock().unwrap().push(Box::new(move || replace(&store, byte)));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        let exported = store.export_to(&path, &Scope::All, &mut keep_going);
        let imported = untouched.inspect(&path, &mut keep_going);
        (exported, imported.map(|bundle| Exported { versions: bundle.versions, ..Exported::default() }))
    }

    #[test]
    fn an_export_whose_versions_are_erased_begins_again_from_a_later_moment() {
        let (exported, inspected) = export_while_swept(TRIES as u8 - 1);

        assert_eq!((exported.unwrap().versions, inspected.unwrap().versions), (1, 1));
    }

    #[test]
    fn an_export_whose_versions_keep_being_erased_says_so_and_leaves_no_file() {
        let (exported, inspected) = export_while_swept(TRIES as u8);

        assert_eq!(exported.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(inspected.unwrap_err().kind(), ErrorKind::NotFound);
    }
}
