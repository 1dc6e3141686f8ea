//! Atomic sets: all of a commit, or nothing.

use super::asker::{alice, condition};
use super::values::{blobs, buffer, key, noise, number, version};
use super::{Check, Subject, checks};
use crate::{BackendError, Commit, Committed, Digest, NewVersion, Version};

checks![
    a_commit_is_one_atomic_set_all_of_its_versions_are_there_afterwards_or_none,
    a_commit_that_returned_is_durable_and_so_are_the_blobs_it_names,
    a_commit_whose_condition_does_not_hold_writes_nothing,
    a_condition_may_name_a_result_that_is_not_saved,
    the_conflict_is_the_first_condition_that_does_not_hold,
    a_deleted_result_meets_the_condition_of_none,
    a_commit_of_what_the_newest_version_is_writes_nothing_and_answers_that_version_where_it_asks_for_that,
    a_commit_that_names_a_blob_its_owner_doesn_t_have_writes_nothing_and_answers_which_are_missing,
    what_was_missing_can_be_put_and_committed_again,
    the_blobs_of_a_commit_become_part_of_the_store_with_it,
];

async fn a_commit_is_one_atomic_set_all_of_its_versions_are_there_afterwards_or_none(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let set: [(&str, &[u8]); 3] = [("b/y", b"1"), ("a/x", b"2"), ("a/z", b"3")];

    let records = alice.save_set(&set).await.unwrap();

    let keys: Vec<String> = records.iter().map(|record| record.key.to_string()).collect();
    assert_eq!(keys, ["b/y", "a/x", "a/z"], "in the order of the versions given");
    assert_eq!(alice.list().await, [records[1].clone(), records[2].clone(), records[0].clone()]);
    for (at, value) in set {
        assert_eq!(alice.load(at, value).await, value);
    }

    let unfounded = [version("a/x", &[]), version("a/new", &[]), version("a/z", &[buffer(b"never put")])];
    let commit = Commit { versions: unfounded.to_vec(), ..Commit::default() };
    assert!(matches!(alice.commit(commit).await.unwrap(), Committed::Missing(_)));
    assert_eq!(alice.list().await, [records[1].clone(), records[2].clone(), records[0].clone()]);
}

async fn a_commit_that_returned_is_durable_and_so_are_the_blobs_it_names(subject: &dyn Subject) {
    let large = noise(1, 700_000);
    let before = alice(subject.backend());
    let small = before.save("train/small", b"0.5").await;
    let put = before.save_put("train/large", &large).await;

    let reopened = subject.reopened();
    let after = alice(&reopened);

    assert_eq!(after.list().await, [put, small]);
    assert_eq!(after.load("train/small", b"0.5").await, b"0.5");
    assert_eq!(after.load("train/large", &large).await, large);
}

async fn a_commit_whose_condition_does_not_hold_writes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    let before = alice.list().await;
    let set: [(&str, &[u8]); 2] = [("train/rmse", b"2"), ("train/mae", b"3")];

    for wrong in [None, Some(2)] {
        let refused = alice.try_save(&set, vec![condition("train/rmse", wrong)], Some(1)).await;
        assert!(matches!(refused, Err(BackendError::Conflict { .. })), "{wrong:?}");
    }

    assert_eq!(alice.list().await, before);
    assert_eq!(alice.missing(&[Digest::of(b"2"), Digest::of(b"3")]).await.len(), 2);
    alice.try_save(&set, vec![condition("train/rmse", Some(1))], None).await.unwrap();
    assert_eq!(alice.history("train/rmse").await, [2, 1]);
}

async fn a_condition_may_name_a_result_that_is_not_saved(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    let save = async |condition| alice.try_save(&[("train/mae", b"2")], vec![condition], None).await.is_ok();

    assert!(!save(condition("train/rmse", Some(2))).await);
    assert!(save(condition("train/rmse", Some(1))).await);
    assert!(save(condition("train/none", None)).await);
}

async fn the_conflict_is_the_first_condition_that_does_not_hold(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    let conditions = vec![
        condition("train/rmse", Some(1)),
        condition("train/rmse", None),
        condition("train/mae", Some(4)),
    ];

    let refused = alice.try_save(&[("train/mae", b"2")], conditions, None).await;

    let Err(BackendError::Conflict { key: at, expected, found }) = refused else {
        panic!("a conflict was to be answered");
    };
    assert_eq!((at, expected, found), (key("train/rmse"), None, Some(Version::FIRST)));
}

async fn a_deleted_result_meets_the_condition_of_none(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    alice.delete("train/rmse", None).await.unwrap();

    let saved = alice.try_save(&[("train/rmse", b"2")], vec![condition("train/rmse", None)], None).await;

    assert_eq!(saved.unwrap()[0].version, number(2));
}

async fn a_commit_of_what_the_newest_version_is_writes_nothing_and_answers_that_version_where_it_asks_for_that(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    let unless_same = |value: &'static [u8]| Commit {
        versions: vec![NewVersion { digest: Digest::of(value), ..version("a/x", &[buffer(value)]) }],
        blobs: blobs(value),
        unless_same: true,
        ..Commit::default()
    };
    let first = alice.done(unless_same(b"1")).await.unwrap().remove(0);

    assert_eq!(alice.commit(unless_same(b"1")).await.unwrap(), Committed::Same(Box::new(first.clone())));
    assert_eq!(alice.history("a/x").await, [1]);

    alice.done(unless_same(b"2")).await.unwrap();
    alice.done(unless_same(b"1")).await.unwrap();
    assert_eq!(alice.history("a/x").await, [3, 2, 1], "what is older is no matter");

    let based_on_another = Commit { conditions: vec![condition("a/x", Some(2))], ..unless_same(b"1") };
    assert!(matches!(alice.commit(based_on_another).await, Err(BackendError::Conflict { .. })));
    let not_asked = Commit { unless_same: false, ..unless_same(b"1") };
    assert_eq!(alice.done(not_asked).await.unwrap()[0].version, number(4));

    alice.delete("a/x", None).await.unwrap();
    assert_eq!(alice.done(unless_same(b"1")).await.unwrap()[0].version, number(5), "one that can be seen");

    let two = vec![version("a/x", &[]), version("a/y", &[])];
    let set = Commit { versions: two, unless_same: true, ..Commit::default() };
    assert!(matches!(alice.commit(set).await, Err(BackendError::Invalid { .. })));
}

async fn a_commit_that_names_a_blob_its_owner_doesn_t_have_writes_nothing_and_answers_which_are_missing(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    alice.put(b"there").await;
    let (here, gone, lost) = (buffer(b"there"), buffer(b"gone"), buffer(b"lost"));
    let versions = vec![version("a/x", &[here, gone.clone()]), version("a/y", &[lost, gone])];
    let given = blobs(b"given");

    let committed = alice.commit(Commit { versions, blobs: given, ..Commit::default() }).await.unwrap();

    let Committed::Missing(mut missing) = committed else { panic!("blobs are missing") };
    missing.sort_unstable();
    let mut expected = [Digest::of(b"gone"), Digest::of(b"lost")];
    expected.sort_unstable();
    assert_eq!(missing, expected);
    assert!(alice.list().await.is_empty());
    assert_eq!(alice.missing(&[Digest::of(b"given")]).await.len(), 1);
}

async fn what_was_missing_can_be_put_and_committed_again(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.put(b"there").await;
    let commit = || Commit {
        versions: vec![version("a/x", &[buffer(b"there"), buffer(b"gone")])],
        ..Commit::default()
    };
    assert_eq!(alice.commit(commit()).await.unwrap(), Committed::Missing(vec![Digest::of(b"gone")]));

    alice.put(b"gone").await;

    let Committed::Done(records) = alice.commit(commit()).await.unwrap() else {
        panic!("all blobs are there")
    };
    assert_eq!(alice.list().await, records);
    assert_eq!(alice.load("a/x", b"gone").await, b"gone");
}

async fn the_blobs_of_a_commit_become_part_of_the_store_with_it(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    assert_eq!(alice.missing(&[Digest::of(b"1")]).await.len(), 1);

    alice.save("train/rmse", b"1").await;

    assert!(alice.missing(&[Digest::of(b"1")]).await.is_empty());
    let again = Commit { versions: vec![version("train/mae", &[buffer(b"1")])], ..Commit::default() };
    assert!(matches!(alice.commit(again).await.unwrap(), Committed::Done(_)));
}
