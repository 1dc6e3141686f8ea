//! Retention: which versions stay, and for how long.

use std::time::Duration;

use super::asker::{Asker, alice, condition, is_not_found};
use super::hidden::{assert_hidden, assert_version_hidden};
use super::values::number;
use super::{Check, Subject, checks};
use crate::{Annotation, Clock, Digest, Record, Sweep, Timestamp};

checks![
    the_newest_keep_versions_of_each_result_stay,
    one_version_always_stays,
    deleted_versions_do_not_count_among_those_that_stay,
    a_pinned_version_is_neither_expired_nor_dropped_in_favour_of_newer_ones,
    pinned_versions_do_not_count_among_those_that_stay,
    an_expired_version_is_hidden_from_every_other_call_unless_it_is_pinned,
    when_the_newest_version_has_expired_the_one_before_it_is_the_newest,
    expired_versions_do_not_count_among_those_that_stay,
    a_ttl_that_is_changed_counts_from_the_change,
    a_version_that_is_unpinned_after_its_time_is_expired,
    a_ttl_longer_than_time_itself_never_ends,
    a_clock_set_back_brings_back_nothing_that_had_expired_when_something_was_last_saved,
    nothing_is_dated_earlier_than_what_was_saved_before_it,
];

const SECOND: Option<Duration> = Some(Duration::from_secs(1));

async fn the_newest_keep_versions_of_each_result_stay(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3", b"4"] {
        alice.try_save(&[("train/rmse", value)], Vec::new(), Some(2)).await.unwrap();
        alice.save("train/all", value).await;
    }

    assert_eq!(alice.history("train/rmse").await, [4, 3]);
    assert!(is_not_found(&alice.get_version("train/rmse", Some(2)).await));
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

async fn a_pinned_version_is_neither_expired_nor_dropped_in_favour_of_newer_ones(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let pinned = alice.save_with("train/rmse", b"1", |new| (new.ttl, new.pinned) = (SECOND, true)).await;
    for value in [b"2", b"3"] {
        alice.try_save(&[("train/rmse", value)], Vec::new(), Some(1)).await.unwrap();
    }

    subject.clock().advance(Duration::from_secs(10_000));
    alice.sweep(Sweep::default()).await;

    assert_eq!(alice.history("train/rmse").await, [3, 1]);
    assert_eq!(alice.get_version("train/rmse", Some(1)).await.unwrap().record, pinned);
    assert!(alice.missing(&[Digest::of(b"1")]).await.is_empty());
}

async fn pinned_versions_do_not_count_among_those_that_stay(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let save =
        async |value: &[u8], pinned| alice.save_with("train/rmse", value, |new| new.pinned = pinned).await;
    save(b"1", false).await;
    save(b"2", true).await;
    save(b"3", true).await;

    alice.try_save(&[("train/rmse", b"4")], Vec::new(), Some(2)).await.unwrap();
    assert_eq!(alice.history("train/rmse").await, [4, 3, 2, 1]);
    alice.try_save(&[("train/rmse", b"5")], Vec::new(), Some(2)).await.unwrap();
    assert_eq!(alice.history("train/rmse").await, [5, 4, 3, 2]);
    unpin(&alice, 2).await;
    alice.try_save(&[("train/rmse", b"6")], Vec::new(), Some(2)).await.unwrap();
    assert_eq!(alice.history("train/rmse").await, [6, 5, 3]);
}

async fn unpin(alice: &Asker<'_>, version: u64) -> Record {
    let unpinned = Annotation { pinned: Some(false), ..Annotation::default() };
    alice.annotate("train/rmse", version, unpinned).await.unwrap()
}

async fn an_expired_version_is_hidden_from_every_other_call_unless_it_is_pinned(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let save = async |at: &str, pinned| {
        alice.save_with(at, b"1", |new| (new.ttl, new.pinned) = (SECOND, pinned)).await
    };
    let saved = save("train/rmse", false).await;
    let pinned = save("train/pinned", true).await;
    assert_eq!(saved.expires_at, Some(saved.created_at.after(Duration::from_secs(1))));

    subject.clock().advance(Duration::from_micros(999_999));
    assert_eq!(alice.get("train/rmse").await.unwrap().record, saved);
    assert_eq!(alice.list().await, [pinned.clone(), saved]);
    subject.clock().advance(Duration::from_micros(1));

    assert_hidden(&alice, "train/rmse", &[1]).await;
    assert_eq!(alice.list().await, [pinned]);
    let usage = alice.usage().await;
    assert_eq!((usage.results, usage.versions, usage.value_bytes), (1, 1, 1));
    let reopened = subject.reopened();
    assert_hidden(&super::asker::alice(&reopened), "train/rmse", &[1]).await;
}

async fn when_the_newest_version_has_expired_the_one_before_it_is_the_newest(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let first = alice.save("train/rmse", b"1").await;
    alice.save_with("train/rmse", b"2", |new| new.ttl = SECOND).await;

    subject.clock().advance(Duration::from_secs(1));

    assert_version_hidden(&alice, "train/rmse", 2).await;
    assert_eq!(alice.get("train/rmse").await.unwrap().record, first);
    let based_on_it = vec![condition("train/rmse", Some(1))];
    let saved = alice.try_save(&[("train/rmse", b"3")], based_on_it, None).await.unwrap();
    assert_eq!(saved[0].version, number(3));
}

async fn expired_versions_do_not_count_among_those_that_stay(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    alice.save_with("train/rmse", b"2", |new| new.ttl = SECOND).await;
    subject.clock().advance(Duration::from_secs(1));

    alice.try_save(&[("train/rmse", b"3")], Vec::new(), Some(2)).await.unwrap();

    assert_eq!(alice.history("train/rmse").await, [3, 1]);
}

async fn a_ttl_that_is_changed_counts_from_the_change(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let ttl = |ttl| Annotation { ttl: Some(ttl), ..Annotation::default() };
    for value in [b"1", b"2", b"3"] {
        alice.save_with("train/rmse", value, |new| new.ttl = SECOND).await;
    }
    subject.clock().advance(Duration::from_micros(600_000));

    let longer = alice.annotate("train/rmse", 2, ttl(SECOND)).await.unwrap();
    let good = alice.annotate("train/rmse", 3, ttl(None)).await.unwrap();

    assert_eq!(longer.expires_at, Some(longer.created_at.after(Duration::from_micros(1_600_000))));
    assert_eq!(good.expires_at, None);
    subject.clock().advance(Duration::from_micros(600_000));
    assert_eq!(alice.history("train/rmse").await, [3, 2]);
    subject.clock().advance(Duration::from_micros(400_000));
    assert_eq!(alice.history("train/rmse").await, [3]);
}

async fn a_version_that_is_unpinned_after_its_time_is_expired(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save_with("train/rmse", b"1", |new| (new.ttl, new.pinned) = (SECOND, true)).await;
    subject.clock().advance(Duration::from_secs(2));

    assert!(!unpin(&alice, 1).await.pinned);

    assert_hidden(&alice, "train/rmse", &[1]).await;
}

async fn a_ttl_longer_than_time_itself_never_ends(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let saved = alice.save_with("train/rmse", b"1", |new| new.ttl = Some(Duration::MAX)).await;

    subject.clock().advance(Duration::from_secs(1 << 40));

    assert_eq!(alice.get("train/rmse").await.unwrap().record, saved);
}

async fn a_clock_set_back_brings_back_nothing_that_had_expired_when_something_was_last_saved(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    alice.save_with("train/rmse", b"1", |new| new.ttl = SECOND).await;
    let start = subject.clock().now();
    subject.clock().advance(Duration::from_secs(1));
    let last = alice.save("train/mae", b"2").await;

    subject.clock().set(start);

    assert_hidden(&alice, "train/rmse", &[1]).await;
    let reopened = subject.reopened();
    let after = super::asker::alice(&reopened);
    assert_hidden(&after, "train/rmse", &[1]).await;
    assert_eq!(after.save("train/mae", b"3").await.created_at, last.created_at, "time goes on from there");
}

async fn nothing_is_dated_earlier_than_what_was_saved_before_it(subject: &dyn Subject) {
    let alice = alice(subject.backend());

    for (now, expected) in [(500, 500), (100, 500), (-7, 500), (501, 501)] {
        subject.clock().set(Timestamp(now));
        assert_eq!(alice.save("train/rmse", b"1").await.created_at, Timestamp(expected), "at {now}");
    }
}
