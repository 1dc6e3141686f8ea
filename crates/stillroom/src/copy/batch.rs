//! What of a copy is looked at together: few enough versions to be held in memory and asked for at once.

use stillroom_core::{Record, Scope};

use crate::{Result, Store};

/// The most versions in a batch, but for those of a single result.
const VERSIONS: u64 = 1_000;

/// Some results of a store.
pub(super) struct Batch {
    /// Which they are; each is read as of one moment.
    pub(super) scopes: Vec<Scope>,
    /// How many versions they have at most.
    versions: u64,
    /// Bytes of the newest ones: how much of the work this is, as far as a listing tells.
    pub(super) bytes: u64,
}

impl Batch {
    /// All results of a scope, in their order; none when there are none.
    pub(super) fn all(store: &Store, scope: &Scope) -> Result<Vec<Self>> {
        if let Scope::Result(key) = scope {
            let newest = store.record(key, None)?;
            return Ok(vec![Self::of(scope.clone(), &[newest])]);
        }
        let results = store.results(scope.page())?;
        let mut batches = Vec::new();
        for page in results.chunk_by(|one, other| one.key.page == other.key.page) {
            let Some(first) = page.first() else { continue };
            let whole = Self::of(Scope::Page(first.key.page.clone()), page);
            if whole.versions <= VERSIONS {
                join(&mut batches, whole);
                continue;
            }
            for result in page {
                let alone = Self::of(Scope::Result(result.key.clone()), std::slice::from_ref(result));
                join(&mut batches, alone);
            }
        }
        Ok(batches)
    }

    /// Versions are counted from 1, so that the newest one's number is at least how many there are.
    fn of(scope: Scope, newest: &[Record]) -> Self {
        let versions = newest.iter().map(|record| record.version.get()).fold(0, u64::saturating_add);
        let bytes = newest.iter().map(|record| record.bytes).fold(0, u64::saturating_add);
        Self { scopes: vec![scope], versions, bytes }
    }
}

/// Adds results to the last batch while it has room.
fn join(batches: &mut Vec<Batch>, next: Batch) {
    match batches.last_mut() {
        Some(last) if last.versions.saturating_add(next.versions) <= VERSIONS => {
            last.scopes.extend(next.scopes);
            last.versions += next.versions;
            last.bytes = last.bytes.saturating_add(next.bytes);
        }
        _ => batches.push(next),
    }
}

#[cfg(test)]
mod tests {
    use stillroom_core::{ResultKey, Version};

    use super::*;

    /// A listing of results by page and newest version, as batches of so many scopes and versions.
    fn batches(newest: &[(&str, u64)]) -> Vec<(usize, u64)> {
        let mut batches = Vec::new();
        for (number, (page, version)) in newest.iter().enumerate() {
            let key = ResultKey::parse(page, &number.to_string()).unwrap();
            let record = Record::damaged(key.clone(), Version::new(*version).unwrap());
            join(&mut batches, Batch::of(Scope::Result(key), &[record]));
        }
        batches.iter().map(|batch| (batch.scopes.len(), batch.versions)).collect()
    }

    #[test]
    fn results_of_few_versions_go_together_and_one_of_many_alone() {
        assert_eq!(batches(&[("a", 400), ("a", 600), ("b", 1)]), [(2, 1000), (1, 1)]);
        assert_eq!(batches(&[("a", 1), ("a", 5000), ("b", 1), ("b", 2)]), [(1, 1), (1, 5000), (2, 3)]);
        assert_eq!(batches(&[]), []);
    }
}
