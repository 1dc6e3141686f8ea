//! Reading everything once, to know that it is whole, and forgetting what is not so that it can heal.
//!
//! First the records and manifests, then every blob they name, each once
//! however many versions share it. Only when a blob is damaged are the
//! manifests read again, to say whose it is: the map from blobs to versions
//! would be far larger than the set of blobs.

use std::collections::{HashMap, HashSet};

use stillroom_core::{Chunk, Digest, ResultKey, Scope, Stored, Version, poll_now};
use stillroom_format::{Limits, Root};

use crate::parts::root_buffer;
use crate::{Error, ErrorKind, Progress, Result, Store, Watch};

/// How much is read between two looks at the watch.
const SLICE_LEN: u64 = 4 << 20;

/// What a verify read, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Versions looked at.
    pub versions: u64,
    /// Blobs read, each once.
    pub blobs: u64,
    /// Bytes those have.
    pub bytes: u64,
    /// What is wrong, by page, key and version; empty when all is well.
    pub problems: Vec<Problem>,
}

/// A version that is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which result.
    pub key: ResultKey,
    /// Which version of it.
    pub version: Version,
    /// What is wrong, in words.
    pub what: String,
    /// The newest version of the same result that is whole; none when there is none.
    pub whole: Option<Version>,
}

/// What a repair came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// What was found before anything was changed.
    pub verified: Verified,
    /// Damaged blobs that were forgotten: saving the same content again heals every version that needs them.
    pub discarded: u64,
}

impl Store {
    /// Reads and hashes everything this owner's versions consist of, whatever was read lately.
    ///
    /// # Errors
    /// `unavailable` when it was stopped or the store can't be read. Damage is no error but an answer.
    pub fn verify(&self, watch: Watch<'_>) -> Result<Verified> {
        Ok(self.look_over(watch)?.0)
    }

    /// Verifies, and forgets the blobs that are damaged, so that a later save of the same content writes
    /// them anew; every version that names them is whole again then.
    ///
    /// Whole bytes and records are never touched. A version whose record is damaged can only be deleted.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); `denied`.
    pub fn repair(&self, watch: Watch<'_>) -> Result<Repaired> {
        let (verified, damaged) = self.look_over(watch)?;
        if !damaged.is_empty() {
            let digests: Vec<_> = damaged.iter().copied().collect();
            poll_now(self.blobs().discard(self.who(), &digests))?;
        }
        Ok(Repaired { verified, discarded: damaged.len() as u64 })
    }

    /// What there is, and which blobs are damaged.
    fn look_over(&self, watch: Watch<'_>) -> Result<(Verified, HashSet<Digest>)> {
        let versions = poll_now(self.catalog().snapshot(self.who(), &Scope::All))?;
        let mut named = Named::default();
        let mut problems = Vec::new();
        for stored in &versions {
            let what = self.check_records(stored, &mut named)?;
            problems.extend(what.map(|what| Problem::new(stored, what)));
        }
        let damaged = self.damaged(&named, watch)?;
        if !damaged.is_empty() {
            for stored in &versions {
                let what = self.parts(stored).ok().and_then(|parts| {
                    let digests: HashSet<_> = parts.chunks().map(|need| need.chunk.digest).collect();
                    missing_words(digests.intersection(&damaged).count(), digests.len())
                });
                problems.extend(what.map(|what| Problem::new(stored, what)));
            }
        }
        let problems = self.settle(problems, &versions)?;
        let verified = Verified {
            versions: versions.len() as u64,
            blobs: named.chunks.len() as u64,
            bytes: named.len,
            problems,
        };
        Ok((verified, damaged))
    }

    /// What is wrong with a version before its blobs are looked at; notes which blobs those are.
    fn check_records(&self, stored: &Stored, named: &mut Named) -> Result<Option<String>> {
        if stored.record.is_damaged {
            return Ok(Some("its record is damaged; delete this version".to_owned()));
        }
        // A manifest in blobs has to be whole to be read; that it isn't is found with the blobs.
        if let Ok(root) = Root::decode(stored.root.clone(), Limits::default()) {
            root_buffer(&root).into_iter().for_each(|buffer| named.add(buffer.chunks.iter().copied()));
        }
        let parts = match self.parts(stored) {
            Ok(parts) => parts,
            Err(error) => return words(error).map(Some),
        };
        named.add(parts.chunks().map(|need| need.chunk));
        match parts.check_tree() {
            Ok(_) => Ok(None),
            Err(error) => words(error.into()).map(Some),
        }
    }

    /// Which of the blobs are damaged.
    fn damaged(&self, named: &Named, watch: Watch<'_>) -> Result<HashSet<Digest>> {
        let mut progress = Progress { done: 0, total: named.len };
        let mut damaged = HashSet::new();
        let mut rest = named.chunks.as_slice();
        while !rest.is_empty() {
            progress.tell(watch)?;
            let mut len = 0;
            let fits = |chunk: &&Chunk| {
                len += u64::from(chunk.len);
                len <= SLICE_LEN
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let (slice, after) = rest.split_at(count);
            let digests: Vec<_> = slice.iter().map(|chunk| chunk.digest).collect();
            damaged.extend(poll_now(self.blobs().damaged(self.who(), &digests))?);
            progress.done += slice.iter().map(|chunk| u64::from(chunk.len)).sum::<u64>();
            rest = after;
        }
        progress.tell(watch)?;
        Ok(damaged)
    }

    /// Leaves out versions that a save or a gc took away meanwhile, and says which others are whole.
    fn settle(&self, problems: Vec<Problem>, versions: &[Stored]) -> Result<Vec<Problem>> {
        let mut of_result: HashMap<ResultKey, Vec<Problem>> = HashMap::new();
        for problem in problems {
            of_result.entry(problem.key.clone()).or_default().push(problem);
        }
        let mut settled = Vec::new();
        for (key, mut problems) in of_result {
            let there: HashSet<_> = self.history(&key)?.iter().map(|record| record.version).collect();
            let is_whole = |version: &Version| {
                there.contains(version) && problems.iter().all(|problem| problem.version != *version)
            };
            let of_key = versions.iter().map(|stored| &stored.record).filter(|record| record.key == key);
            let whole = of_key.map(|record| record.version).filter(is_whole).max();
            problems.retain(|problem| there.contains(&problem.version));
            settled.extend(problems.into_iter().map(|problem| Problem { whole, ..problem }));
        }
        settled.sort_by(|one, other| (&one.key, one.version).cmp(&(&other.key, other.version)));
        // A version whose tree no writer made may have lost blobs as well: what was found first is enough.
        settled.dedup_by(|next, first| (&next.key, next.version) == (&first.key, first.version));
        Ok(settled)
    }
}

impl Problem {
    fn new(stored: &Stored, what: String) -> Self {
        let record = &stored.record;
        Self { key: record.key.clone(), version: record.version, what, whole: None }
    }
}

/// Blobs that versions name, each once, in the order of the first that does.
#[derive(Default)]
struct Named {
    chunks: Vec<Chunk>,
    known: HashSet<Digest>,
    len: u64,
}

impl Named {
    fn add(&mut self, chunks: impl IntoIterator<Item = Chunk>) {
        for chunk in chunks {
            if self.known.insert(chunk.digest) {
                self.len += u64::from(chunk.len);
                self.chunks.push(chunk);
            }
        }
    }
}

/// What damage is in words; an error that is none ends the verify.
fn words(error: Error) -> Result<String> {
    match error.kind() {
        ErrorKind::Corrupt | ErrorKind::Unsupported | ErrorKind::TooLarge => Ok(error.to_string()),
        _ => Err(error),
    }
}

fn missing_words(damaged: usize, all: usize) -> Option<String> {
    (damaged > 0).then(|| format!("{damaged} of its {all} blobs are missing or damaged"))
}
