//! Copying results from one store into another: looked at as a whole first, then brought in batch by batch.
//!
//! A batch is a page, or a few of them, each as of one moment; of a large page
//! it is one result. Memory holds a batch's records and some MiB of bytes,
//! however much is copied. What came in stays in, and what is there stays out,
//! so that a copy that was stopped is finished by copying again.

mod batch;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use stillroom_core::{Digest, Owner, ResultKey, Scope, Stored, Version, poll_now};

use self::batch::Batch;
use crate::arrivals::{Arrivals, Arrived, Arriving, Entry, Origin, SetSize};
use crate::export::check_may_be_empty;
use crate::hold::Hold;
use crate::parts::{Need, Parts};
use crate::recipe::Converted;
use crate::{Error, ErrorKind, Progress, Result, SigningKey, Store, Watch};

/// How often a batch is looked at anew because its results were saved there, or erased here, meanwhile.
const TRIES: usize = 5;
/// What a copy that is stopped has to do again at most, and what a database is given in one statement.
const SET: SetSize = SetSize { versions: 500, blobs: 16_384, root_bytes: 8 << 20, blob_bytes: 64 << 20 };

/// What a copy brought, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Results that have new versions there.
    pub results: u64,
    /// Versions written.
    pub versions: u64,
    /// Versions left out because their result has one of the same digest there.
    pub present: u64,
    /// Others left out because their time is over.
    pub expired: u64,
    /// Results whose Python objects can't be opened there: no key in hand vouches for them.
    pub locked: Vec<ResultKey>,
    /// Bytes of blobs that were new there; of a copy that is only planned, before they are coded.
    pub new_bytes: u64,
}

/// A copy that was looked at. Nothing is written before it is [`run`](Self::run).
pub struct CopyPlan<'a> {
    way: Way<'a>,
    batches: Vec<Batch>,
    expected: Copied,
    /// Bytes of the blobs of all that is to come in, whether they are there or not.
    len: u64,
    hold: Hold<'a>,
}

impl Store {
    /// Looks at what copying every version of the results that `scope` holds into `to` would do.
    ///
    /// Sweeps of this owner's results wait as long as the plan lives.
    ///
    /// # Errors
    /// `not-found` when the page has no results or there is no such result; `corrupt` when a version's record
    /// or manifest is damaged; `unavailable` when it was stopped.
    pub fn plan_copy<'a>(&'a self, to: &'a Self, scope: &Scope, watch: Watch<'_>) -> Result<CopyPlan<'a>> {
        let mut hold = Hold::take(self)?;
        let batches = Batch::all(self, scope)?;
        if batches.is_empty() {
            check_may_be_empty(scope)?;
        }
        let way = Way { from: Source::new(self)?, to, there: to.keys(scope)? };
        let (mut expected, mut len) = (Copied::default(), 0);
        let mut progress = Progress { done: 0, total: batches.iter().map(|batch| batch.bytes).sum() };
        progress.tell(watch)?;
        for batch in &batches {
            hold.renew();
            len += way.look(batch, &mut expected)?;
            progress.done += batch.bytes;
            progress.tell(watch)?;
        }
        Ok(CopyPlan { way, batches, expected, len, hold })
    }

    /// Which results there are.
    fn keys(&self, scope: &Scope) -> Result<HashSet<ResultKey>> {
        Ok(self.results(scope.page())?.into_iter().map(|record| record.key).collect())
    }
}

impl CopyPlan<'_> {
    /// What running it would bring, as far as nobody saves meanwhile.
    pub fn expected(&self) -> &Copied {
        &self.expected
    }

    /// Copies, as results of the other store's owner. Copying again changes nothing.
    ///
    /// Versions are counted anew after those that are there, in their order, so that the newest here becomes
    /// the newest there; the old number and time stay in the provenance. What has a ttl still ends at its time.
    /// Objects are signed again, by the first of the other store's keys, where a key of either store verifies
    /// the signature that they have; else they arrive locked. Versions that the other store's policy does not
    /// keep leave with the next save of their result.
    ///
    /// # Errors
    /// `corrupt` when bytes of a version are not what was saved; `conflict` when results are saved there
    /// meanwhile again and again; `denied`, `too-large`; `unavailable` when it was stopped or the disk is full.
    /// What came in before that stays, and copying again goes on there.
    pub fn run(self, watch: Watch<'_>) -> Result<Copied> {
        let Self { way, batches, len, mut hold, .. } = self;
        let mut arriving = Arriving::new(way.to, &way.from, SET, Progress { done: 0, total: len });
        let mut watch = |progress: Progress| {
            hold.renew();
            watch(progress)
        };
        let mut copied = Copied::default();
        for batch in &batches {
            way.bring(batch, &mut arriving, &mut copied, &mut watch)?;
        }
        let Arrived { results, versions, new_bytes } = arriving.finish(&mut watch);
        Ok(Copied { results, versions, new_bytes, ..copied })
    }
}

/// Between two stores.
struct Way<'a> {
    from: Source<'a>,
    to: &'a Store,
    /// The results that were in the other store when the copy was planned.
    there: HashSet<ResultKey>,
}

impl Way<'_> {
    /// Adds what a batch would bring; answers how many bytes of blobs it needs.
    fn look(&self, batch: &Batch, expected: &mut Copied) -> Result<u64> {
        let entries = self.entries(batch)?;
        let arrivals = self.to.arrivals(&entries, &self.from, |key| !self.there.contains(key))?;
        expected.left_out(&arrivals);
        expected.results += arrivals.results();
        expected.versions += arrivals.versions();
        let needs = arrivals.needs(&self.from)?;
        for asked in needs.chunks(SET.blobs) {
            let (missing, _) = self.to.missing_of(asked)?;
            expected.new_bytes += missing.iter().map(Need::len).sum::<u64>();
        }
        Ok(needs.iter().map(Need::len).sum())
    }

    /// Brings in what is not there of a batch.
    fn bring(
        &self,
        batch: &Batch,
        arriving: &mut Arriving<'_, Source<'_>>,
        copied: &mut Copied,
        watch: Watch<'_>,
    ) -> Result<()> {
        for tried in 0..TRIES {
            let entries = self.entries(batch)?;
            let is_new = |key: &ResultKey| tried == 0 && !self.there.contains(key);
            let mut arrivals = self.to.arrivals(&entries, &self.from, is_new)?;
            // Later, what this copy brought is there too.
            if tried == 0 {
                copied.left_out(&arrivals);
            }
            match arriving.bring(&mut arrivals, watch) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) if error.kind() == ErrorKind::Corrupt => self.explain(&entries, error)?,
                Err(error) => return Err(error),
            }
        }
        let message = "results kept being saved there, or erased here, meanwhile; copy again";
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// The versions of a batch, by page, key and version.
    fn entries(&self, batch: &Batch) -> Result<Vec<Entry>> {
        for _ in 0..TRIES {
            if let Some(entries) = self.try_entries(batch)? {
                return Ok(entries);
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "versions kept being erased under the copy; try again"))
    }

    /// None when one was erased under it.
    fn try_entries(&self, batch: &Batch) -> Result<Option<Vec<Entry>>> {
        let mut entries = Vec::new();
        for scope in &batch.scopes {
            let from = self.from.store;
            for stored in poll_now(from.catalog().snapshot(from.who(), scope))? {
                let record = stored.record.clone();
                match self.from.entry(stored) {
                    Ok(entry) => entries.push(entry),
                    Err(error) => return from.is_erased(&record, error),
                }
            }
        }
        Ok(Some(entries))
    }

    /// Says which version is damaged; nothing when what is missing was erased meanwhile.
    fn explain(&self, entries: &[Entry], error: Error) -> Result<()> {
        for Entry { stored, .. } in entries {
            let from = self.from.holder(stored);
            let is_whole = match from.whole_parts(stored) {
                Ok((parts, _)) => {
                    let digests: Vec<_> = parts.chunks().map(|need| need.chunk.digest).collect();
                    poll_now(from.blobs().damaged(from.who(), &digests))?.is_empty()
                }
                Err(_) => false,
            };
            if !is_whole {
                return self.from.store.is_erased(&stored.record, error).map(|_: Option<()>| ());
            }
        }
        Err(error)
    }
}

impl Copied {
    /// Adds what stays out, and what is going to be locked.
    fn left_out(&mut self, arrivals: &Arrivals<'_>) {
        self.present += arrivals.present;
        self.expired += arrivals.expired;
        self.locked.extend(arrivals.locked());
    }
}

/// What is copied from: a store, and what the recipe wrote there, made values like any others in memory.
struct Source<'a> {
    store: &'a Store,
    recipes: Converted,
    /// Which versions those are.
    converted: RefCell<HashSet<(ResultKey, Version)>>,
}

impl<'a> Source<'a> {
    fn new(store: &'a Store) -> Result<Self> {
        Ok(Self { store, recipes: Converted::new()?, converted: RefCell::default() })
    }

    /// A version, sound in all it says.
    fn entry(&self, mut stored: Stored) -> Result<Entry> {
        if stored.is_recipe {
            stored = self.recipes.version(&stored)?;
            self.converted.borrow_mut().insert((stored.record.key.clone(), stored.record.version));
        }
        let (_, has_opaque) = self.holder(&stored).whole_parts(&stored)?;
        Ok(Entry { stored, has_opaque })
    }

    /// The store that holds the bytes of a version.
    fn holder(&self, stored: &Stored) -> &Store {
        let place = (stored.record.key.clone(), stored.record.version);
        if self.converted.borrow().contains(&place) { self.recipes.store() } else { self.store }
    }
}

impl Origin for Source<'_> {
    fn owner(&self) -> Owner {
        self.store.owner()
    }

    fn signing_keys(&self) -> &[SigningKey] {
        self.store.signing_keys()
    }

    fn parts(&self, stored: &Stored) -> Result<Parts> {
        self.holder(stored).parts(stored)
    }

    fn blobs(&self, needs: &[Need]) -> Result<Vec<Vec<u8>>> {
        let digests: Vec<Digest> = needs.iter().map(|need| need.chunk.digest).collect();
        let made = self.recipes.store();
        let elsewhere: HashSet<Digest> =
            poll_now(made.blobs().missing(made.who(), &digests))?.into_iter().collect();
        let mut found = HashMap::new();
        for (store, is_here) in [(made, true), (self.store, false)] {
            let here = |need: &&Need| elsewhere.contains(&need.chunk.digest) != is_here;
            let asked: Vec<Need> = needs.iter().filter(here).copied().collect();
            store.each_blob(&asked, |need, bytes| {
                found.insert(need.chunk.digest, bytes.to_vec());
                Ok(())
            })?;
        }
        let lost = || Error::new(ErrorKind::Corrupt, "a part of the value is not what was saved");
        needs.iter().map(|need| found.get(&need.chunk.digest).cloned().ok_or_else(lost)).collect()
    }
}
