//! Deleting, and bringing back.

use super::asker::{alice, condition, is_not_found};
use super::hidden::{assert_hidden, assert_version_hidden};
use super::values::number;
use super::{Check, Subject, checks};
use crate::Sweep;

checks![
    a_deleted_version_is_hidden_from_every_other_call_until_it_is_undeleted_or_swept,
    delete_answers_which_versions_went_newest_first,
    delete_of_a_version_hides_that_one_alone,
    when_the_newest_version_is_deleted_the_one_before_it_is_the_newest,
    a_pinned_version_can_be_deleted,
    undelete_brings_back_all_or_none,
    undelete_leaves_what_is_not_deleted_as_it_is,
    undelete_of_a_delete_brings_back_what_that_one_took,
    a_deletion_can_be_undone_after_newer_saves,
];

async fn a_deleted_version_is_hidden_from_every_other_call_until_it_is_undeleted_or_swept(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    let records = [alice.save("train/rmse", b"1").await, alice.save("train/rmse", b"two").await];
    let kept = alice.save("train/mae", b"3").await;
    let before = alice.usage().await;

    alice.delete("train/rmse", None).await.unwrap();

    assert_hidden(&alice, "train/rmse", &[1, 2]).await;
    assert_eq!(alice.list().await, [kept]);
    let during = alice.usage().await;
    assert_eq!((during.results, during.versions, during.value_bytes), (1, 1, 1));
    alice.undelete("train/rmse", &[1, 2]).await.unwrap();
    assert_eq!(alice.usage().await.value_bytes, before.value_bytes);
    assert_eq!(alice.get("train/rmse").await.unwrap().record, records[1]);
    assert_eq!(alice.get_version("train/rmse", Some(1)).await.unwrap().record, records[0]);
    assert_eq!(alice.load("train/rmse", b"two").await, b"two");
    alice.delete("train/rmse", None).await.unwrap();
    alice.sweep(Sweep::default()).await;
    assert!(is_not_found(&alice.undelete("train/rmse", &[2]).await));
    assert_hidden(&alice, "train/rmse", &[1, 2]).await;
}

async fn delete_answers_which_versions_went_newest_first(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("train/rmse", value).await;
    }

    assert_eq!(alice.delete("train/rmse", Some(2)).await.unwrap(), [2]);
    assert_eq!(alice.delete("train/rmse", None).await.unwrap(), [3, 1]);
    assert!(is_not_found(&alice.delete("train/rmse", None).await));
}

async fn delete_of_a_version_hides_that_one_alone(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("train/rmse", value).await;
    }

    alice.delete("train/rmse", Some(2)).await.unwrap();

    assert_version_hidden(&alice, "train/rmse", 2).await;
    assert_eq!(alice.history("train/rmse").await, [3, 1]);
    assert_eq!(alice.snapshot().await.len(), 2);
    assert_eq!(alice.usage().await.versions, 2);
}

async fn when_the_newest_version_is_deleted_the_one_before_it_is_the_newest(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let first = alice.save("train/rmse", b"1").await;
    alice.save("train/rmse", b"2").await;

    alice.delete("train/rmse", Some(2)).await.unwrap();

    assert_eq!(alice.get("train/rmse").await.unwrap().record, first);
    assert_eq!(alice.list().await, [first]);
    assert_eq!(alice.load("train/rmse", b"1").await, b"1");
    let based_on_it = vec![condition("train/rmse", Some(1))];
    let saved = alice.try_save(&[("train/rmse", b"3")], based_on_it, None).await.unwrap();
    assert_eq!(saved[0].version, number(3));
}

async fn a_pinned_version_can_be_deleted(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let pinned = alice.save_with("train/rmse", b"1", |new| new.pinned = true).await;

    assert_eq!(alice.delete("train/rmse", None).await.unwrap(), [1]);

    assert_hidden(&alice, "train/rmse", &[1]).await;
    alice.undelete("train/rmse", &[1]).await.unwrap();
    assert_eq!(alice.list().await, [pinned]);
}

async fn undelete_brings_back_all_or_none(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    alice.save("train/rmse", b"2").await;
    alice.delete("train/rmse", None).await.unwrap();

    let refused = alice.undelete("train/rmse", &[2, 3, 1]).await;

    assert!(is_not_found(&refused));
    assert_hidden(&alice, "train/rmse", &[1, 2]).await;
    alice.undelete("train/rmse", &[2, 1]).await.unwrap();
    assert_eq!(alice.history("train/rmse").await, [2, 1]);
}

async fn undelete_leaves_what_is_not_deleted_as_it_is(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("train/rmse", value).await;
    }
    alice.delete("train/rmse", Some(1)).await.unwrap();
    alice.delete("train/rmse", Some(3)).await.unwrap();

    alice.undelete("train/rmse", &[3, 2]).await.unwrap();
    alice.undelete("train/rmse", &[3, 2]).await.unwrap();
    alice.undelete("train/rmse", &[]).await.unwrap();

    assert_eq!(alice.history("train/rmse").await, [3, 2]);
}

async fn undelete_of_a_delete_brings_back_what_that_one_took(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("train/rmse", value).await;
    }
    alice.delete("train/rmse", Some(2)).await.unwrap();

    let taken = alice.delete("train/rmse", None).await.unwrap();
    alice.undelete("train/rmse", &taken).await.unwrap();

    assert_eq!(alice.history("train/rmse").await, [3, 1]);
}

async fn a_deletion_can_be_undone_after_newer_saves(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let first = alice.save("train/rmse", b"1").await;
    alice.delete("train/rmse", None).await.unwrap();

    for value in [b"2", b"3"] {
        alice.try_save(&[("train/rmse", value)], Vec::new(), Some(1)).await.unwrap();
    }

    alice.undelete("train/rmse", &[1]).await.unwrap();
    assert_eq!(alice.history("train/rmse").await, [3, 1]);
    let stored = alice.get_version("train/rmse", Some(1)).await.unwrap();
    assert_eq!(stored.record, first);
    let bodies = alice.bodies(&[super::values::buffer(b"1")], &stored.hint).await.unwrap();
    assert_eq!(bodies[0].as_slice(), b"1");
}
