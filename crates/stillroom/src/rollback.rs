//! Going back: an older version saved again as the newest. No bytes move, but those of what the recipe wrote, and
//! no key is needed.

use stillroom_core::{Commit, Committed, Record, ResultKey, Stored, Version, poll_now};

use crate::load::name_the_version;
use crate::save::random_request;
use crate::{Error, ErrorKind, Receipt, Result, Save, Store, Trust, keep_going, provenance, recipe};

/// A gc may take the version away once between being read and being saved; the second time it is damage.
const TRIES: usize = 2;

impl Store {
    /// Saves version `version` of a result again as its newest, with its label, metadata and signature.
    ///
    /// Nothing is lost by it: what was the newest stays in the history. When the newest holds the same
    /// value already, nothing is written and the receipt says `unchanged`.
    ///
    /// # Errors
    /// `not-found`; `corrupt` when bytes of that version are missing; `denied`.
    pub fn rollback(&self, key: &ResultKey, version: Version) -> Result<Receipt> {
        for _ in 0..TRIES {
            if let Some(receipt) = self.try_rollback(key, version)? {
                return Ok(receipt);
            }
        }
        let message = format!("version {version} of `{key}` is damaged; load another version");
        let cause = Error::new(ErrorKind::Corrupt, "some of its blobs are missing");
        Err(Error::new(ErrorKind::Corrupt, message).with_source(cause))
    }

    /// None when the commit found blobs missing.
    fn try_rollback(&self, key: &ResultKey, version: Version) -> Result<Option<Receipt>> {
        let old = poll_now(self.catalog().get(self.who(), key, Some(version)))?;
        if let Some(newest) = self.newest(key)?
            && self.is_as_good(&newest, &old.record)
        {
            return Ok(Some(self.receipt(newest, true, 0)));
        }
        if old.is_recipe {
            return self.save_again(&old).map(Some);
        }
        let parts = self.parts(&old).map_err(|error| name_the_version(error, &old.record))?;
        let provenance = provenance::with(&old.record.provenance, "rolled_back_from", version.get());
        let new = parts.again(&old.record, provenance);
        let new_bytes = new.root.len() as u64;
        let commit = Commit {
            versions: vec![new],
            keep_versions: self.keep_versions(),
            request: Some(random_request()?),
            ..Commit::default()
        };
        match poll_now(self.catalog().commit(self.who(), commit))? {
            Committed::Done(mut records) => {
                let record = records.pop().ok_or_else(Error::unconfirmed)?;
                Ok(Some(self.receipt(record, false, new_bytes)))
            }
            // It did not ask for `Same`.
            Committed::Missing(_) | Committed::Same(_) => Ok(None),
        }
    }

    /// What the recipe wrote becomes a value like any other: its bytes do move.
    fn save_again(&self, old: &Stored) -> Result<Receipt> {
        let save = recipe::save(old).map_err(|error| name_the_version(error, &old.record))?;
        let provenance = provenance::with(&save.provenance, "rolled_back_from", old.record.version.get());
        let receipt = self.save(vec![Save { provenance, ..save }], &mut keep_going)?.pop();
        receipt.ok_or_else(Error::unconfirmed)
    }

    /// Whether the newest version is the same value, its objects no more locked than those of the old one.
    fn is_as_good(&self, newest: &Record, old: &Record) -> bool {
        let opens = newest.signature == old.signature || self.trust(newest) == Trust::Trusted;
        newest.digest == old.digest && opens
    }
}
