//! Reading a bundle: all of it is checked before anything is written.
//!
//! Versions go in as sets, in the bundle's order: one set up to 10,000
//! versions, a million blobs or 64 MiB of roots, else several, each whole or not there. An
//! import that was stopped between two sets is finished by importing again,
//! since what is there is left out.

#[cfg(test)]
mod tests;

use std::path::Path;

use stillroom_core::limits::SET_LEN;
use stillroom_core::{Owner, ResultKey, Stored};

use crate::arrivals::{Arrived, Arriving, Entry, Origin, SetSize};
use crate::bundle::BundleReader;
use crate::parts::{Need, Parts};
use crate::{Error, ErrorKind, Progress, Result, SigningKey, Store, Watch};

/// How often an import looks anew at what is there because someone saved meanwhile.
const TRIES: usize = 5;
/// As large as a set may be: most bundles come in whole.
const SET: SetSize =
    SetSize { versions: SET_LEN as usize, blobs: 1_000_000, root_bytes: 64 << 20, blob_bytes: u64::MAX };

/// What a bundle holds, and what importing it here would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Whose results it was written from.
    pub owner: Owner,
    /// Results in it.
    pub results: u64,
    /// Their versions.
    pub versions: u64,
    /// How many of those are here already, by their digest: an import leaves them out.
    pub present: u64,
    /// How many of the others have expired meanwhile: an import leaves them out too.
    pub expired: u64,
    /// Results whose Python objects could not be opened here: no key in hand vouches for them.
    pub locked: Vec<ResultKey>,
    /// Length of the file.
    pub bytes: u64,
}

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Results that have new versions.
    pub results: u64,
    /// Versions written.
    pub versions: u64,
    /// Versions left out because their result has one of the same digest.
    pub present: u64,
    /// Others left out because their time is over.
    pub expired: u64,
    /// Results that arrived locked, as [`Bundle::locked`].
    pub locked: Vec<ResultKey>,
    /// Bytes of blobs that were new here.
    pub new_bytes: u64,
}

impl Store {
    /// Checks the whole of a bundle and says what importing it would do. Nothing is written.
    ///
    /// # Errors
    /// `invalid` when the file is no bundle; `unsupported` for one of a newer release; `corrupt` when it is
    /// cut short or changed; `not-found` when there is no file.
    pub fn inspect(&self, path: &Path, watch: Watch<'_>) -> Result<Bundle> {
        let bundle = BundleReader::open(path, watch)?;
        let arrivals = self.arrivals(bundle.entries(), &bundle, has_history)?;
        let done = Progress { done: 2 * bundle.len(), total: 2 * bundle.len() };
        done.tell(watch)?;
        let entries = bundle.entries();
        let key = |entry: &Entry| entry.stored.record.key.clone();
        Ok(Bundle {
            owner: bundle.owner(),
            results: entries.chunk_by(|one, other| key(one) == key(other)).count() as u64,
            versions: entries.len() as u64,
            present: arrivals.present,
            expired: arrivals.expired,
            locked: arrivals.locked(),
            bytes: bundle.len(),
        })
    }

    /// Brings the results of a bundle in, as this owner's. Importing twice changes nothing.
    ///
    /// Versions are counted anew after those that are there, so that the bundle's newest becomes the newest
    /// here; the old number and time stay in the provenance. What has a ttl still ends at its time, and
    /// stays out when that is over. Versions that the store's policy does not keep leave with the next save
    /// of their result.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect), before anything is written; `conflict` when results of the bundle are
    /// saved meanwhile again and again; `denied`, `too-large`, `unavailable`.
    pub fn import_from(&self, path: &Path, watch: Watch<'_>) -> Result<Imported> {
        let bundle = BundleReader::open(path, watch)?;
        let progress = Progress { done: bundle.len(), total: 2 * bundle.len() };
        let mut arriving = Arriving::new(self, &bundle, SET, progress);
        let judge = || self.arrivals(bundle.entries(), &bundle, has_history);
        let mut arrivals = judge()?;
        let (present, expired, locked) = (arrivals.present, arrivals.expired, arrivals.locked());
        for _ in 0..TRIES {
            match arriving.bring(&mut arrivals, watch) {
                Err(error) if error.kind() == ErrorKind::Conflict => arrivals = judge()?,
                Err(error) => return Err(error),
                Ok(()) => {
                    let Arrived { results, versions, new_bytes } = arriving.finish(watch);
                    return Ok(Imported { results, versions, present, expired, locked, new_bytes });
                }
            }
        }
        let message = "results of the bundle kept being saved meanwhile; import again";
        Err(Error::new(ErrorKind::Conflict, message))
    }
}

/// Any result of a bundle may be here.
fn has_history(_: &ResultKey) -> bool {
    false
}

impl Origin for BundleReader {
    fn owner(&self) -> Owner {
        self.owner()
    }

    /// A bundle holds none.
    fn signing_keys(&self) -> &[SigningKey] {
        &[]
    }

    fn parts(&self, stored: &Stored) -> Result<Parts> {
        self.parts(stored)
    }

    fn blobs(&self, needs: &[Need]) -> Result<Vec<Vec<u8>>> {
        needs.iter().map(|need| self.blob(&need.chunk)).collect()
    }
}
