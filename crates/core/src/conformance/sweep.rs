//! Sweeps: what goes for good, and what never does.

use std::time::Duration;

use super::asker::{Asker, alice, bob, is_not_found};
use super::values::{buffer, dense, noise, version};
use super::{Check, Subject, checks};
use crate::{Commit, Digest, Sweep, Swept};

checks![
    a_sweep_takes_only_what_is_deleted_or_expired_and_blobs_that_no_version_names,
    a_dry_run_tells_what_would_go_and_takes_nothing,
    what_was_deleted_stays_for_the_time_in_which_it_can_be_undone,
    the_blobs_of_a_version_that_was_dropped_are_swept,
    a_blob_that_waits_for_its_commit_is_not_swept,
    what_was_swept_can_be_saved_again,
    a_sweep_of_one_owner_s_takes_nothing_of_another_s,
    a_step_takes_only_what_a_sweep_would,
];

const SECOND: Option<Duration> = Some(Duration::from_secs(1));

/// Longer than a blob may wait for its commit.
const HOURS: Duration = Duration::from_secs(2 * 3600);

/// Nine results, of which some are to go; their values' lengths tell them apart.
async fn save_all(alice: &Asker<'_>) {
    let shared = dense(1, 100_000);
    alice.save_put("kept/large", &shared).await;
    alice.save_put("gone/large", &[shared, dense(2, 70_000)].concat()).await;
    alice.save("kept/small", b"kept").await;
    alice.save("kept/versions", b"first").await;
    alice.save("kept/versions", b"second").await;
    alice.save("gone/same", b"kept").await;
    alice.save("gone/small", b"gone").await;
    alice.save_with("gone/expired", b"expired", |new| new.ttl = SECOND).await;
    alice.save_with("kept/pinned", b"pinned", |new| (new.ttl, new.pinned) = (SECOND, true)).await;
    for at in ["gone/large", "gone/same", "gone/small"] {
        alice.delete(at, None).await.unwrap();
    }
}

async fn a_sweep_takes_only_what_is_deleted_or_expired_and_blobs_that_no_version_names(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    save_all(&alice).await;
    subject.clock().advance(HOURS);
    let (records, before) = (alice.list().await, alice.usage().await);

    let swept = alice.sweep(Sweep::default()).await;

    // Of the large value that went, all but its first chunk was its own.
    let own = 170_000 - 65_536 + b"gone".len() + b"expired".len();
    assert_eq!((swept.versions, swept.blobs, swept.blob_bytes), (4, 4, own as u64));
    assert_eq!(alice.usage().await.stored_bytes, before.stored_bytes - swept.blob_bytes);
    assert_eq!(alice.list().await, records);
    assert_eq!(alice.history("kept/versions").await, [2, 1]);
    for value in [&b"kept"[..], b"first", b"second", b"pinned"] {
        assert!(alice.missing(&[Digest::of(value)]).await.is_empty());
    }
    assert_eq!(alice.load("kept/large", &dense(1, 100_000)).await, dense(1, 100_000));
    assert_eq!(alice.missing(&[Digest::of(b"gone"), Digest::of(b"expired")]).await.len(), 2);
    assert!(is_not_found(&alice.undelete("gone/small", &[1]).await));
    assert_eq!(alice.sweep(Sweep::default()).await, Swept { freed_bytes: 0, ..Swept::default() });
}

async fn a_dry_run_tells_what_would_go_and_takes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    save_all(&alice).await;
    subject.clock().advance(HOURS);
    let before = alice.usage().await;

    let told = alice.sweep(Sweep { dry_run: true, ..Sweep::default() }).await;

    assert_eq!(alice.usage().await, before);
    alice.undelete("gone/small", &[1]).await.unwrap();
    assert_eq!(alice.load("gone/small", b"gone").await, b"gone");
    alice.delete("gone/small", None).await.unwrap();
    let done = alice.sweep(Sweep::default()).await;
    assert_eq!((told.versions, told.blobs, told.blob_bytes), (done.versions, done.blobs, done.blob_bytes));
    assert_eq!(done.versions, 4);
}

async fn what_was_deleted_stays_for_the_time_in_which_it_can_be_undone(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let sweep = Sweep { undo_time: Duration::from_secs(100_000), ..Sweep::default() };
    alice.save("train/rmse", b"1").await;
    subject.clock().advance(sweep.undo_time);
    alice.delete("train/rmse", None).await.unwrap();

    subject.clock().advance(sweep.undo_time - Duration::from_micros(1));
    assert_eq!(alice.sweep(sweep).await.versions, 0);
    alice.undelete("train/rmse", &[1]).await.unwrap();
    assert_eq!(alice.load("train/rmse", b"1").await, b"1");

    alice.delete("train/rmse", None).await.unwrap();
    subject.clock().advance(sweep.undo_time);
    assert_eq!(alice.sweep(sweep).await.versions, 1);
    assert!(is_not_found(&alice.undelete("train/rmse", &[1]).await));
}

async fn the_blobs_of_a_version_that_was_dropped_are_swept(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"first").await;
    alice.try_save(&[("train/rmse", b"second")], Vec::new(), Some(1)).await.unwrap();
    subject.clock().advance(HOURS);

    let swept = alice.sweep(Sweep::default()).await;

    assert_eq!((swept.versions, swept.blobs, swept.blob_bytes), (0, 1, 5));
    assert_eq!(alice.missing(&[Digest::of(b"first"), Digest::of(b"second")]).await, [Digest::of(b"first")]);
}

async fn a_blob_that_waits_for_its_commit_is_not_swept(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(3, 200_000);
    alice.put(&value).await;
    subject.clock().advance(Duration::from_secs(3599));

    let swept = alice.sweep(Sweep::default()).await;

    assert_eq!(swept, Swept::default());
    let versions = vec![version("train/rmse", &[buffer(&value)])];
    alice.done(Commit { versions, ..Commit::default() }).await.unwrap();
    assert_eq!(alice.load("train/rmse", &value).await, value);
}

async fn what_was_swept_can_be_saved_again(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let large = noise(4, 300_000);
    let save =
        async || (alice.save("a/small", b"1").await.version.get(), alice.save_put("a/large", &large).await);
    save().await;
    alice.delete("a/small", None).await.unwrap();
    alice.delete("a/large", None).await.unwrap();
    subject.clock().advance(HOURS);
    alice.sweep(Sweep::default()).await;
    assert_eq!(alice.usage().await.stored_bytes, 0);

    let (version, _) = save().await;

    assert_eq!(version, 2);
    let reopened = subject.reopened();
    let after = super::asker::alice(&reopened);
    assert_eq!(after.load("a/small", b"1").await, b"1");
    assert_eq!(after.load("a/large", &large).await, large);
}

async fn a_sweep_of_one_owner_s_takes_nothing_of_another_s(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    for asker in [&alice, &bob] {
        asker.save("train/rmse", b"the same").await;
        asker.delete("train/rmse", None).await.unwrap();
    }
    subject.clock().advance(HOURS);

    assert_eq!(alice.sweep(Sweep::default()).await.versions, 1);

    bob.undelete("train/rmse", &[1]).await.unwrap();
    assert_eq!(bob.load("train/rmse", b"the same").await, b"the same");
}

async fn a_step_takes_only_what_a_sweep_would(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    save_all(&alice).await;
    subject.clock().advance(HOURS);
    let records = alice.list().await;
    let told = alice.sweep(Sweep { dry_run: true, ..Sweep::default() }).await;

    let step = alice.sweep(Sweep { is_step: true, ..Sweep::default() }).await;

    let rest = alice.sweep(Sweep::default()).await;
    assert_eq!((step.versions + rest.versions, step.blobs + rest.blobs), (told.versions, told.blobs));
    assert_eq!(alice.list().await, records);
    assert_eq!(alice.load("kept/large", &dense(1, 100_000)).await, dense(1, 100_000));
}
