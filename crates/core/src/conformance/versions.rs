//! Versions: how they are counted, and which stay.

use super::asker::{alice, key, number, version};
use super::{Check, Subject, checks};
use crate::{BackendError, Buffer, Chunk, Commit, Committed, Condition, Digest, Timestamp};

checks![
    versions_are_counted_without_gaps_whatever_the_clock_says,
    versions_are_never_counted_again_from_1_not_even_after_a_delete,
    a_failed_commit_leaves_no_gap,
    the_newest_keep_versions_of_each_result_stay,
    one_version_always_stays,
    deleted_versions_do_not_count_among_those_that_stay,
];

async fn versions_are_counted_without_gaps_whatever_the_clock_says(subject: &dyn Subject) {
    let alice = alice(subject.backend());

    for (expected, now) in [(1, 500), (2, 100), (3, -7), (4, 100)] {
        subject.clock().set(Timestamp(now));
        assert_eq!(alice.save("train/rmse", b"0.5").await.version, number(expected));
    }

    assert_eq!(alice.history("train/rmse").await, [4, 3, 2, 1]);
}

async fn versions_are_never_counted_again_from_1_not_even_after_a_delete(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    alice.save("train/rmse", b"2").await;

    alice.delete("train/rmse", None).await.unwrap();

    assert_eq!(alice.save("train/rmse", b"3").await.version, number(3));
    alice.delete("train/rmse", Some(3)).await.unwrap();
    assert_eq!(alice.save("train/rmse", b"4").await.version, number(4));
    assert_eq!(alice.history("train/rmse").await, [4]);
}

async fn a_failed_commit_leaves_no_gap(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    let stale = vec![Condition { key: key("train/rmse"), version: None }];
    let nowhere = Buffer::new(vec![Chunk { digest: Digest::of(b"never put"), len: 9 }]);
    let unfounded = Commit { versions: vec![version("train/rmse", &[nowhere])], ..Commit::default() };

    let refused = alice.try_save(&[("train/rmse", b"2")], stale, None).await;
    let missing = alice.commit(unfounded).await.unwrap();

    assert!(matches!(refused, Err(BackendError::Conflict { .. })));
    assert!(matches!(missing, Committed::Missing(_)));
    assert_eq!(alice.save("train/rmse", b"3").await.version, number(2));
}

async fn the_newest_keep_versions_of_each_result_stay(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3", b"4"] {
        alice.try_save(&[("train/rmse", value)], Vec::new(), Some(2)).await.unwrap();
        alice.save("train/all", value).await;
    }

    assert_eq!(alice.history("train/rmse").await, [4, 3]);
    assert!(super::asker::is_not_found(&alice.get_version("train/rmse", Some(2)).await));
    assert_eq!(alice.history("train/all").await, [4, 3, 2, 1]);
}

async fn one_version_always_stays(subject: &dyn Subject) {
    let alice = alice(subject.backend());

    for value in [b"1", b"2"] {
        alice.try_save(&[("train/rmse", value)], Vec::new(), Some(0)).await.unwrap();
    }

    assert_eq!(alice.history("train/rmse").await, [2]);
}

async fn deleted_versions_do_not_count_among_those_that_stay(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("train/rmse", value).await;
    }
    alice.delete("train/rmse", Some(3)).await.unwrap();

    alice.try_save(&[("train/rmse", b"4")], Vec::new(), Some(2)).await.unwrap();

    assert_eq!(alice.history("train/rmse").await, [4, 2]);
}
