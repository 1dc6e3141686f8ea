//! Faults: what a store holds after a call that failed before it happened, or after, its answer lost.
//!
//! Each check lets one call fail after the other, until the work goes through
//! without a fault, and holds the store to these sentences:
//!
//! - After a fault a store is as it was before the call or as it is after it, and never in between.
//! - What is listed after a fault can be loaded, and none of it is damaged.
//! - Work that is done again after a fault ends as if there had been none; a save then is one version,
//!   and not two.
//!
//! A delete or rename that happened, its answer lost, finds nothing when it is done again; its checks
//! say so.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::asker::{Asker, is_not_found};
use super::values::{blobs, buffer, digests, key, noise, number, version};
use super::{Check, Subject, checks};
use crate::layers::fault::{Fault, Faults, Moment, fault};
use crate::{
    Acquired, Annotation, Backend, BackendError, Beat, Commit, Committed, Condition, Digest, Holder,
    LeaseKey, NewVersion, Owner, Principal, Record, RequestId, Result, Sweep, Usage,
};

checks![
    a_save_is_there_as_a_whole_or_not_at_all_after_a_fault_at_any_call,
    a_save_repeated_after_a_fault_is_one_version,
    a_set_is_there_as_a_whole_or_not_at_all_after_a_fault_at_any_call,
    a_load_changes_nothing_whatever_call_of_it_failed,
    an_annotation_is_there_as_a_whole_or_not_at_all_after_a_fault,
    a_delete_hides_all_of_a_result_or_nothing_of_it_after_a_fault,
    an_undelete_brings_all_versions_back_or_none_after_a_fault,
    a_rename_moves_all_versions_or_none_after_a_fault,
    a_sweep_takes_nothing_that_can_be_seen_after_a_fault,
    a_damaged_blob_can_be_put_anew_after_a_fault_at_any_call,
    a_lease_has_one_holder_or_none_after_a_fault_at_any_call,
];

/// What an owner can see.
#[derive(Debug, PartialEq, Eq)]
struct Picture {
    records: Vec<Record>,
    results: u64,
    value_bytes: u64,
}

/// The values that the stories save; a record's digest is its value's.
fn values() -> [Vec<u8>; 4] {
    [b"0.5".to_vec(), b"0.25".to_vec(), noise(1, 300_000), noise(2, 200_000)]
}

/// A version of `at` that holds one of the values.
fn holding(at: &str, value: &[u8]) -> NewVersion {
    NewVersion { digest: Digest::of(value), ..version(at, &[buffer(value)]) }
}

async fn picture(asker: &Asker<'_>) -> Picture {
    let records = asker.snapshot().await.into_iter().map(|stored| stored.record).collect();
    let Usage { results, value_bytes, .. } = asker.usage().await;
    Picture { records, results, value_bytes }
}

/// The same, after all of it was loaded and looked at for damage.
async fn whole_picture(asker: &Asker<'_>) -> Picture {
    for stored in asker.snapshot().await {
        let values = values();
        let value = values.iter().find(|value| Digest::of(value) == stored.record.digest).unwrap();
        let bodies = asker.bodies(&[buffer(value)], &stored.hint).await.unwrap();
        assert_eq!(bodies[0].as_slice(), value, "{} is what was saved", stored.record.key);
        assert_eq!(asker.backend.blobs.damaged(&asker.who, &digests(value)).await.unwrap(), []);
    }
    for listed in asker.list().await {
        let found = asker.backend.catalog.get(&asker.who, &listed.key, None).await.unwrap();
        assert_eq!(found.record, listed, "what is listed can be loaded");
    }
    picture(asker).await
}

/// A story told again and again, each time by another owner, with a fault at one call more.
struct Telling<'a> {
    plain: &'a Backend,
    faulty: Backend,
    faults: Arc<Faults>,
    owners: u128,
}

impl<'a> Telling<'a> {
    fn new(subject: &'a dyn Subject) -> Self {
        let faults = Arc::<Faults>::default();
        let faulty = fault(subject.backend().clone(), faults.clone());
        Self { plain: subject.backend(), faulty, faults, owners: 0 }
    }

    /// Lets each call of `story` fail in turn, at both moments; answers which those calls were.
    ///
    /// `prepare` makes what the story begins with; `check` looks at what it left, given how it is before
    /// and after a story without a fault, and when the fault was.
    async fn at_every_call(
        &mut self,
        prepare: impl AsyncFn(&Asker<'_>),
        story: impl AsyncFn(&Asker<'_>) -> Result<()>,
        check: impl AsyncFn(&Asker<'_>, &Picture, &Picture, Moment),
    ) -> Vec<&'static str> {
        let quiet = self.next_owner();
        let asker = ask(self.plain, quiet);
        prepare(&asker).await;
        let before = picture(&asker).await;
        story(&asker).await.unwrap();
        let after = picture(&asker).await;
        let mut failed = Vec::new();
        for moment in [Moment::Before, Moment::After] {
            failed.clear();
            loop {
                let owner = self.next_owner();
                prepare(&ask(self.plain, owner)).await;
                self.faults.plan(Fault { operation: None, after: failed.len() as u64, moment });
                let ended = story(&ask(&self.faulty, owner)).await;
                let Some(operation) = self.faults.stop() else {
                    ended.unwrap();
                    break;
                };
                assert!(matches!(ended, Err(BackendError::Unavailable { .. })), "{operation}: {ended:?}");
                check(&ask(self.plain, owner), &before, &after, moment).await;
                failed.push(operation);
            }
        }
        failed
    }

    /// As above, where a story that failed left all as it was or as it should be.
    async fn is_whole_or_not_at_all(
        &mut self,
        prepare: impl AsyncFn(&Asker<'_>),
        story: impl AsyncFn(&Asker<'_>) -> Result<()>,
    ) -> Vec<&'static str> {
        let check = async |asker: &Asker<'_>, before: &Picture, after: &Picture, moment: Moment| {
            let found = whole_picture(asker).await;
            assert!(found == *before || found == *after, "{moment:?}: {found:?}");
        };
        self.at_every_call(prepare, story, check).await
    }

    fn next_owner(&mut self) -> Owner {
        self.owners += 1;
        Owner::new(Uuid::from_u128(self.owners))
    }
}

fn ask(backend: &Backend, owner: Owner) -> Asker<'_> {
    Asker { backend, who: Principal::local(owner) }
}

/// Two versions of one result, and another result.
async fn some_results(asker: &Asker<'_>) {
    let [first, second, third, _] = values();
    for (at, value) in [("train/rmse", &first), ("train/rmse", &second), ("train/model", &third)] {
        let commit = Commit { versions: vec![holding(at, value)], blobs: blobs(value), ..Commit::default() };
        assert!(matches!(asker.commit(commit).await, Ok(Committed::Done(_))));
    }
}

/// A save as a large value's: its blobs first, then the commit, which can be repeated.
async fn save(asker: &Asker<'_>) -> Result<()> {
    let [.., value] = values();
    asker.backend.blobs.put(&asker.who, &blobs(&value)).await?;
    let versions = vec![holding("train/rmse", &value)];
    let request = Some(RequestId([7; 16]));
    let committed = asker.commit(Commit { versions, request, ..Commit::default() }).await?;
    assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    Ok(())
}

/// A set of small values whose bytes come with the commit, with a condition and a bound on versions.
async fn save_set(asker: &Asker<'_>) -> Result<()> {
    let [first, second, ..] = values();
    let set = [("train/rmse", &first), ("train/mae", &second), ("test/rmse", &second)];
    let commit = Commit {
        conditions: vec![Condition { key: key("train/rmse"), version: Some(number(2)) }],
        versions: set.iter().map(|(at, value)| holding(at, value)).collect(),
        blobs: set.iter().flat_map(|(_, value)| blobs(value)).collect(),
        keep_versions: Some(1),
        request: Some(RequestId([8; 16])),
        unless_same: false,
    };
    asker.commit(commit).await.map(drop)
}

async fn a_save_is_there_as_a_whole_or_not_at_all_after_a_fault_at_any_call(subject: &dyn Subject) {
    let failed = Telling::new(subject).is_whole_or_not_at_all(some_results, save).await;

    assert_eq!(failed, ["blobs.put", "catalog.commit"]);
}

async fn a_save_repeated_after_a_fault_is_one_version(subject: &dyn Subject) {
    let mut telling = Telling::new(subject);
    let save_again = async |asker: &Asker<'_>, _: &Picture, after: &Picture, _: Moment| {
        save(asker).await.unwrap();
        assert_eq!(whole_picture(asker).await, *after);
    };
    let save_set_again = async |asker: &Asker<'_>, _: &Picture, after: &Picture, _: Moment| {
        save_set(asker).await.unwrap();
        assert_eq!(whole_picture(asker).await, *after, "although its condition no longer holds");
    };

    telling.at_every_call(some_results, save, save_again).await;
    telling.at_every_call(some_results, save_set, save_set_again).await;
}

async fn a_set_is_there_as_a_whole_or_not_at_all_after_a_fault_at_any_call(subject: &dyn Subject) {
    let failed = Telling::new(subject).is_whole_or_not_at_all(some_results, save_set).await;

    assert_eq!(failed, ["catalog.commit"]);
}

async fn a_load_changes_nothing_whatever_call_of_it_failed(subject: &dyn Subject) {
    let [_, second, ..] = values();
    let load = async |asker: &Asker<'_>| {
        let stored = asker.get("train/rmse").await?;
        let bodies = asker.bodies(&[buffer(&second)], &stored.hint).await?;
        assert_eq!(bodies[0].as_slice(), second);
        Ok(())
    };
    let check = async |asker: &Asker<'_>, before: &Picture, _: &Picture, _: Moment| {
        assert_eq!(whole_picture(asker).await, *before);
        load(asker).await.unwrap();
    };

    let failed = Telling::new(subject).at_every_call(some_results, load, check).await;

    assert_eq!(failed, ["catalog.get", "blobs.get"]);
}

async fn an_annotation_is_there_as_a_whole_or_not_at_all_after_a_fault(subject: &dyn Subject) {
    let annotate = async |asker: &Asker<'_>| {
        let change = Annotation {
            label: Some(Some("best".to_owned())),
            metadata: Some(None),
            ttl: Some(Some(Duration::from_secs(60))),
            pinned: Some(true),
        };
        asker.annotate("train/rmse", 2, change).await.map(drop)
    };
    let again = async |asker: &Asker<'_>, before: &Picture, after: &Picture, _: Moment| {
        let found = whole_picture(asker).await;
        assert!(found == *before || found == *after, "{found:?}");
        annotate(asker).await.unwrap();
        assert_eq!(whole_picture(asker).await, *after);
    };

    let failed = Telling::new(subject).at_every_call(some_results, annotate, again).await;

    assert_eq!(failed, ["catalog.annotate"]);
}

async fn a_delete_hides_all_of_a_result_or_nothing_of_it_after_a_fault(subject: &dyn Subject) {
    let delete = async |asker: &Asker<'_>| asker.delete("train/rmse", None).await.map(drop);
    let check = async |asker: &Asker<'_>, before: &Picture, after: &Picture, moment: Moment| {
        let happened = moment == Moment::After;
        assert_eq!(whole_picture(asker).await, *if happened { after } else { before });
        assert_eq!(is_not_found(&delete(asker).await), happened, "there is nothing left to delete");
        asker.undelete("train/rmse", &[1, 2]).await.unwrap();
        assert_eq!(whole_picture(asker).await, *before);
    };

    let failed = Telling::new(subject).at_every_call(some_results, delete, check).await;

    assert_eq!(failed, ["catalog.delete"]);
}

async fn an_undelete_brings_all_versions_back_or_none_after_a_fault(subject: &dyn Subject) {
    let prepare = async |asker: &Asker<'_>| {
        some_results(asker).await;
        asker.delete("train/rmse", None).await.unwrap();
    };
    let undelete = async |asker: &Asker<'_>| asker.undelete("train/rmse", &[2, 1]).await;
    let again = async |asker: &Asker<'_>, before: &Picture, after: &Picture, _: Moment| {
        let found = whole_picture(asker).await;
        assert!(found == *before || found == *after, "{found:?}");
        undelete(asker).await.unwrap();
        assert_eq!(whole_picture(asker).await, *after);
    };

    let failed = Telling::new(subject).at_every_call(prepare, undelete, again).await;

    assert_eq!(failed, ["catalog.undelete"]);
}

async fn a_rename_moves_all_versions_or_none_after_a_fault(subject: &dyn Subject) {
    let rename = async |asker: &Asker<'_>| asker.rename("train/rmse", "test/rmse").await.map(drop);
    let check = async |asker: &Asker<'_>, before: &Picture, after: &Picture, moment: Moment| {
        let happened = moment == Moment::After;
        assert_eq!(whole_picture(asker).await, *if happened { after } else { before });
        assert_eq!(is_not_found(&rename(asker).await), happened, "there is nothing left at the old place");
        assert_eq!(whole_picture(asker).await, *after);
    };

    let failed = Telling::new(subject).at_every_call(some_results, rename, check).await;

    assert_eq!(failed, ["catalog.rename"]);
}

async fn a_sweep_takes_nothing_that_can_be_seen_after_a_fault(subject: &dyn Subject) {
    let prepare = async |asker: &Asker<'_>| {
        some_results(asker).await;
        asker.delete("train/rmse", Some(1)).await.unwrap();
    };
    let sweep =
        async |asker: &Asker<'_>| asker.backend.catalog.sweep(&asker.who, Sweep::default()).await.map(drop);
    let again = async |asker: &Asker<'_>, before: &Picture, _: &Picture, moment: Moment| {
        assert_eq!(whole_picture(asker).await, *before);
        let swept = asker.sweep(Sweep::default()).await;
        assert_eq!(swept.versions, if moment == Moment::Before { 1 } else { 0 });
        assert_eq!(whole_picture(asker).await, *before);
    };

    let failed = Telling::new(subject).at_every_call(prepare, sweep, again).await;

    assert_eq!(failed, ["catalog.sweep"]);
}

async fn a_damaged_blob_can_be_put_anew_after_a_fault_at_any_call(subject: &dyn Subject) {
    let [_, _, model, _] = values();
    let prepare = async |asker: &Asker<'_>| {
        some_results(asker).await;
        subject.damage(blobs(&model)[1].bytes);
    };
    let repair = async |asker: &Asker<'_>| {
        let Asker { backend, who } = asker;
        let damaged = backend.blobs.damaged(who, &digests(&model)).await?;
        backend.blobs.discard(who, &damaged).await?;
        let mut anew = blobs(&model);
        let missing = backend.blobs.missing(who, &digests(&model)).await?;
        anew.retain(|blob| missing.contains(&blob.digest));
        backend.blobs.put(who, &anew).await?;
        // What is put counts once a commit names it.
        let versions = vec![holding("train/repaired", &model)];
        let request = Some(RequestId([9; 16]));
        asker.commit(Commit { versions, request, ..Commit::default() }).await.map(drop)
    };
    let again = async |asker: &Asker<'_>, _: &Picture, after: &Picture, _: Moment| {
        repair(asker).await.unwrap();
        assert_eq!(whole_picture(asker).await, *after);
    };

    let failed = Telling::new(subject).at_every_call(prepare, repair, again).await;

    assert_eq!(failed, ["blobs.damaged", "blobs.discard", "blobs.missing", "blobs.put", "catalog.commit"]);
}

async fn a_lease_has_one_holder_or_none_after_a_fault_at_any_call(subject: &dyn Subject) {
    let lease = LeaseKey::parse("fit").unwrap();
    let [mine, other] = [1, 2].map(|id| Holder(Uuid::from_u128(id)));
    let ttl = Duration::from_secs(60);
    let work = async |asker: &Asker<'_>| {
        let Asker { backend, who } = asker;
        let acquired = backend.leases.acquire(who, &lease, mine, ttl).await?;
        assert!(matches!(acquired, Acquired::Yours(_)), "{acquired:?}");
        let beat = Beat { ttl, progress: Some(0.5), message: None };
        backend.leases.beat(who, &lease, mine, beat).await?;
        backend.leases.release(who, &lease, mine).await.map(drop)
    };
    let check = async |asker: &Asker<'_>, _: &Picture, _: &Picture, _: Moment| {
        let Asker { backend, who } = asker;
        let held = backend.leases.lease(who, &lease).await.unwrap();
        assert!(held.as_ref().is_none_or(|lease| lease.holder == mine), "{held:?}");
        let asked = backend.leases.acquire(who, &lease, other, ttl).await.unwrap();
        assert_eq!(matches!(asked, Acquired::Held(_)), held.is_some());
        backend.leases.release(who, &lease, other).await.unwrap();
        work(asker).await.unwrap();
        assert_eq!(backend.leases.lease(who, &lease).await.unwrap(), None);
    };

    let failed = Telling::new(subject).at_every_call(async |_: &Asker<'_>| {}, work, check).await;

    assert_eq!(failed, ["leases.acquire", "leases.beat", "leases.release"]);
}
