//! Moving a result to another place.

use super::asker::{alice, condition, is_not_found};
use super::hidden::assert_hidden;
use super::values::{key, number};
use super::{Check, Subject, checks};
use crate::{BackendError, Record, Sweep, Version};

checks![
    a_renamed_result_is_at_the_new_place_with_all_its_versions,
    what_was_deleted_moves_along_and_can_be_brought_back_there,
    nothing_is_renamed_to_where_something_is,
    nothing_is_renamed_to_itself,
    what_was_deleted_at_the_new_place_is_gone_for_good,
    both_places_go_on_counting,
    a_rename_back_is_as_if_nothing_had_been,
];

async fn a_renamed_result_is_at_the_new_place_with_all_its_versions(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let first = alice.save("train/rmse", b"1").await;
    let second = alice.save_with("train/rmse", b"two", |new| new.pinned = true).await;
    let before = alice.usage().await;
    let at = key("test/error");

    let renamed = alice.rename("train/rmse", "test/error").await.unwrap();

    assert_eq!(renamed, Record { key: at.clone(), ..second });
    assert_eq!(alice.list().await, std::slice::from_ref(&renamed));
    assert_eq!(alice.usage().await, before);
    assert_hidden(&alice, "train/rmse", &[1, 2]).await;
    let reopened = subject.reopened();
    let after = super::asker::alice(&reopened);
    assert_eq!(after.get("test/error").await.unwrap().record, renamed);
    let stored = after.get_version("test/error", Some(1)).await.unwrap();
    assert_eq!(stored.record, Record { key: at, ..first });
    assert_eq!(after.load("test/error", b"two").await, b"two");
    after.sweep(Sweep::default()).await;
    assert_eq!(after.load("test/error", b"two").await, b"two");
}

async fn what_was_deleted_moves_along_and_can_be_brought_back_there(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("a/x", value).await;
    }
    alice.delete("a/x", Some(2)).await.unwrap();

    alice.rename("a/x", "a/y").await.unwrap();

    assert_eq!(alice.history("a/y").await, [3, 1]);
    assert!(is_not_found(&alice.undelete("a/x", &[2]).await));
    alice.undelete("a/y", &[2]).await.unwrap();
    assert_eq!(alice.history("a/y").await, [3, 2, 1]);
}

async fn nothing_is_renamed_to_where_something_is(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("a/x", b"1").await;
    alice.save("a/y", b"2").await;
    alice.save("a/y", b"3").await;
    let before = alice.snapshot().await;

    let refused = alice.rename("a/x", "a/y").await;

    let Err(BackendError::Conflict { key: at, expected, found }) = refused else {
        panic!("a conflict was to be answered");
    };
    assert_eq!((at, expected, found), (key("a/y"), None, Version::new(2)));
    assert_eq!(alice.snapshot().await, before);
}

async fn nothing_is_renamed_to_itself(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let saved = alice.save("a/x", b"1").await;

    let refused = alice.rename("a/x", "a/x").await;

    assert!(matches!(refused, Err(BackendError::Conflict { .. })));
    assert_eq!(alice.get("a/x").await.unwrap().record, saved);
}

async fn what_was_deleted_at_the_new_place_is_gone_for_good(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("a/x", b"1").await;
    for value in [b"2", b"3"] {
        alice.save("a/y", value).await;
    }
    alice.delete("a/y", None).await.unwrap();

    alice.rename("a/x", "a/y").await.unwrap();

    assert!(is_not_found(&alice.undelete("a/y", &[2]).await));
    assert_eq!(alice.history("a/y").await, [1]);
    assert_eq!(alice.load("a/y", b"1").await, b"1");
}

async fn both_places_go_on_counting(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2"] {
        alice.save("a/few", value).await;
    }
    for value in [b"1", b"2", b"3", b"4"] {
        alice.save("a/many", value).await;
    }
    alice.delete("a/many", None).await.unwrap();

    alice.rename("a/few", "a/many").await.unwrap();
    assert_eq!(alice.save("a/few", b"3").await.version, number(3));
    assert_eq!(alice.save("a/many", b"5").await.version, number(5));
    alice.delete("a/few", None).await.unwrap();
    alice.rename("a/many", "a/few").await.unwrap();

    assert_eq!(alice.save("a/few", b"6").await.version, number(6));
    assert_eq!(alice.save("a/many", b"6").await.version, number(6));
}

async fn a_rename_back_is_as_if_nothing_had_been(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("a/x", b"1").await;
    alice.save("a/x", b"2").await;
    let before = alice.list().await;

    alice.rename("a/x", "b/x").await.unwrap();
    alice.rename("b/x", "a/x").await.unwrap();

    assert_eq!(alice.list().await, before);
    assert_eq!(alice.load("a/x", b"2").await, b"2");
    let based_on_it = vec![condition("a/x", Some(2)), condition("b/x", None)];
    let saved = alice.try_save(&[("a/x", b"3")], based_on_it, None).await.unwrap();
    assert_eq!(saved[0].version, number(3));
}
