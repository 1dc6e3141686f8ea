//! Versions: how they are counted.

use super::asker::{alice, condition};
use super::values::{number, version};
use super::{Check, Subject, checks};
use crate::{BackendError, Buffer, Chunk, Commit, Committed, Digest, Sweep, Timestamp};

checks![
    versions_of_a_result_are_counted_1_2_3_without_gaps_between_successful_commits_whatever_the_clock_says,
    several_versions_of_a_result_in_one_commit_are_counted_in_their_order,
    versions_are_never_counted_again_from_1_not_even_after_a_delete_or_a_rename,
    a_failed_commit_leaves_no_gap,
];

async fn versions_of_a_result_are_counted_1_2_3_without_gaps_between_successful_commits_whatever_the_clock_says(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());

    for (expected, now) in [(1, 500), (2, 100), (3, -7), (4, 100)] {
        subject.clock().set(Timestamp(now));
        assert_eq!(alice.save("train/rmse", b"0.5").await.version, number(expected));
    }

    assert_eq!(alice.history("train/rmse").await, [4, 3, 2, 1]);
}

async fn several_versions_of_a_result_in_one_commit_are_counted_in_their_order(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let set: [(&str, &[u8]); 4] = [("a/x", b"1"), ("a/y", b"2"), ("a/x", b"three"), ("a/x", b"fours")];

    let records = alice.save_set(&set).await.unwrap();

    let numbers: Vec<u64> = records.iter().map(|record| record.version.get()).collect();
    assert_eq!(numbers, [1, 1, 2, 3]);
    assert_eq!(alice.history("a/x").await, [3, 2, 1]);
    assert_eq!(alice.get("a/x").await.unwrap().record, records[3]);
}

async fn versions_are_never_counted_again_from_1_not_even_after_a_delete_or_a_rename(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    alice.save("train/rmse", b"2").await;

    alice.delete("train/rmse", None).await.unwrap();

    assert_eq!(alice.save("train/rmse", b"3").await.version, number(3));
    alice.delete("train/rmse", Some(3)).await.unwrap();
    assert_eq!(alice.save("train/rmse", b"4").await.version, number(4));
    assert_eq!(alice.history("train/rmse").await, [4]);
    alice.delete("train/rmse", None).await.unwrap();
    alice.sweep(Sweep::default()).await;
    assert_eq!(alice.save("train/rmse", b"5").await.version, number(5));
    alice.rename("train/rmse", "train/moved").await.unwrap();
    assert_eq!(alice.save("train/rmse", b"6").await.version, number(6));
}

async fn a_failed_commit_leaves_no_gap(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    let stale = vec![condition("train/rmse", None)];
    let nowhere = Buffer::new(vec![Chunk { digest: Digest::of(b"never put"), len: 9 }]);
    let unfounded = Commit { versions: vec![version("train/rmse", &[nowhere])], ..Commit::default() };

    let refused = alice.try_save(&[("train/rmse", b"2")], stale, None).await;
    let missing = alice.commit(unfounded).await.unwrap();

    assert!(matches!(refused, Err(BackendError::Conflict { .. })));
    assert!(matches!(missing, Committed::Missing(_)));
    assert_eq!(alice.save("train/rmse", b"3").await.version, number(2));
}
