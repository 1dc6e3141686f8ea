//! Quotas: how many bytes an owner may store.

use std::time::Duration;

use super::asker::{Asker, alice, bob, operator, set_of};
use super::values::{buffer, dense, version};
use super::{Check, Subject, checks};
use crate::{BackendError, Commit, Digest, Result, Sweep, limits};

checks![
    a_commit_that_would_bring_its_owner_over_quota_writes_nothing,
    blobs_that_were_put_before_count_when_they_are_committed,
    what_takes_no_more_bytes_can_be_saved_over_quota,
    a_sweep_makes_room_under_a_quota,
    a_quota_holds_for_its_owner_alone_until_it_is_taken_back,
];

async fn set_quota(asker: &Asker<'_>, quota: Option<u64>) {
    operator(asker.backend).set_quota(asker.who.owner(), quota).await.unwrap();
}

/// Whether an answer is that the quota does not allow so many bytes.
fn is_over<T>(answer: &Result<T>, quota: u64) -> bool {
    matches!(answer, Err(BackendError::TooLarge { what: limits::Limited::Quota, limit, actual })
        if *limit == quota && *actual > quota)
}

async fn a_commit_that_would_bring_its_owner_over_quota_writes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("a/x", &dense(1, 100)).await;
    let quota = alice.usage().await.stored_bytes + 50;
    set_quota(&alice, Some(quota)).await;
    let before = (alice.snapshot().await, alice.usage().await);
    let (over, fits) = (dense(2, 51), dense(3, 50));

    let refused = alice.commit(set_of(&[("a/x", b""), ("a/y", &over)])).await;

    assert!(is_over(&refused, quota), "{refused:?}");
    assert_eq!((alice.snapshot().await, alice.usage().await), before);
    assert_eq!(alice.missing(&[Digest::of(&over)]).await.len(), 1);
    alice.done(set_of(&[("a/y", &fits)])).await.unwrap();
    assert_eq!(alice.usage().await.stored_bytes, quota);
    assert!(is_over(&alice.commit(set_of(&[("a/z", b"1")])).await, quota));
}

async fn blobs_that_were_put_before_count_when_they_are_committed(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    set_quota(&alice, Some(200_000)).await;
    let (over, fits) = (dense(1, 200_001), dense(2, 200_000));
    let commit =
        |value: &[u8]| Commit { versions: vec![version("a/x", &[buffer(value)])], ..Commit::default() };
    alice.put(&over).await;

    assert!(is_over(&alice.commit(commit(&over)).await, 200_000));

    assert!(alice.list().await.is_empty());
    alice.put(&fits).await;
    alice.done(commit(&fits)).await.unwrap();
    assert_eq!(alice.load("a/x", &fits).await, fits);
}

async fn what_takes_no_more_bytes_can_be_saved_over_quota(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("a/x", b"1").await;
    set_quota(&alice, Some(0)).await;

    assert!(is_over(&alice.commit(set_of(&[("a/x", b"2")])).await, 0));

    alice.done(set_of(&[("a/x", b"1"), ("a/y", b"1")])).await.unwrap();
    alice.rename("a/y", "a/z").await.unwrap();
    assert_eq!(alice.delete("a/z", None).await.unwrap(), [1]);
    assert_eq!(alice.history("a/x").await, [2, 1]);
}

async fn a_sweep_makes_room_under_a_quota(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let (old, new) = (dense(1, 100), dense(2, 100));
    alice.save("a/old", &old).await;
    set_quota(&alice, Some(100)).await;
    alice.delete("a/old", None).await.unwrap();
    assert!(is_over(&alice.commit(set_of(&[("a/new", &new)])).await, 100), "it can still be undone");

    subject.clock().advance(Duration::from_secs(2 * 3600));
    alice.sweep(Sweep::default()).await;

    alice.done(set_of(&[("a/new", &new)])).await.unwrap();
}

async fn a_quota_holds_for_its_owner_alone_until_it_is_taken_back(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    bob.save("a/x", b"1").await;
    assert_eq!(alice.usage().await.quota, None);

    set_quota(&alice, Some(3)).await;

    assert_eq!((alice.usage().await.quota, bob.usage().await.quota), (Some(3), None));
    let reopened = subject.reopened();
    let again = super::asker::alice(&reopened);
    assert!(is_over(&again.commit(set_of(&[("a/x", b"four")])).await, 3));
    bob.done(set_of(&[("a/x", b"four")])).await.unwrap();
    set_quota(&alice, None).await;
    assert_eq!(alice.usage().await.quota, None);
    alice.done(set_of(&[("a/x", b"four")])).await.unwrap();
}
