//! Records: what is there, and what people decided about it.

use std::time::Duration;

use bytes::Bytes;

use super::asker::{alice, is_not_found};
use super::values::{number, version};
use super::{Check, Subject, checks};
use crate::{Annotation, Commit, Record, Timestamp, Usage};

checks![
    a_record_that_can_be_listed_can_be_loaded,
    a_record_comes_back_as_it_went_in,
    the_newest_version_is_loaded_when_none_is_asked_for,
    a_record_is_dated_by_the_store,
    what_was_never_saved_is_not_found,
    annotate_changes_what_people_decided_about_a_version_and_nothing_else,
    an_annotation_of_none_leaves_a_field_as_it_is,
    usage_counts_what_is_not_deleted,
];

async fn a_record_that_can_be_listed_can_be_loaded(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"0.5").await;
    alice.save("train/mae", b"0.4").await;

    for record in alice.list().await {
        let stored = alice.backend.catalog.get(&alice.who, &record.key, Some(record.version)).await.unwrap();
        assert_eq!(stored.record, record);
    }
    assert_eq!(alice.load("train/rmse", b"0.5").await, b"0.5");
    assert_eq!(alice.load("train/mae", b"0.4").await, b"0.4");
}

async fn a_record_comes_back_as_it_went_in(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let full = version("train/full", &[]);
    let mut bare = version("train/bare", &[]);
    (bare.label, bare.metadata, bare.signature) = (None, None, None);
    (bare.root, bare.shape, bare.kind) = (Bytes::new(), Vec::new(), String::new());
    (bare.ttl, bare.pinned) = (Some(Duration::from_micros(1_500_000)), true);

    let versions = vec![full.clone(), bare.clone()];
    alice.commit(Commit { versions, ..Commit::default() }).await.unwrap();

    for (at, new) in [("train/full", full), ("train/bare", bare)] {
        let stored = alice.get(at).await.unwrap();
        assert_eq!(stored.record, new.record(number(1), stored.record.created_at));
        assert_eq!(stored.root, new.root);
    }
}

async fn the_newest_version_is_loaded_when_none_is_asked_for(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"first").await;
    let second = alice.save("train/rmse", b"second").await;

    assert_eq!(alice.get("train/rmse").await.unwrap().record, second);
    assert_eq!(alice.get_version("train/rmse", Some(1)).await.unwrap().record.version, number(1));
}

async fn a_record_is_dated_by_the_store(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    subject.clock().set(Timestamp(1_767_225_600_000_001));

    let record = alice.save("train/rmse", b"0.5").await;

    assert_eq!(record.created_at, Timestamp(1_767_225_600_000_001));
    assert_eq!(alice.get("train/rmse").await.unwrap().record, record);
}

async fn what_was_never_saved_is_not_found(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"0.5").await;
    let nothing = Annotation::default();

    assert!(is_not_found(&alice.get("train/mae").await));
    assert!(is_not_found(&alice.get_version("train/rmse", Some(2)).await));
    assert!(is_not_found(&alice.get_version("train/rmse", Some(u64::MAX)).await));
    assert!(is_not_found(&alice.delete("train/mae", None).await));
    assert!(is_not_found(&alice.delete("train/rmse", Some(2)).await));
    assert!(is_not_found(&alice.annotate("train/mae", 1, nothing.clone()).await));
    assert!(is_not_found(&alice.annotate("train/rmse", 2, nothing).await));
    assert!(is_not_found(&alice.rename("train/mae", "train/other").await));
    assert!(is_not_found(&alice.undelete("train/mae", &[1]).await));
    assert!(is_not_found(&alice.undelete("train/rmse", &[1, 2]).await));
}

async fn annotate_changes_what_people_decided_about_a_version_and_nothing_else(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let first = alice.save("train/rmse", b"1").await;
    let second = alice.save("train/rmse", b"2").await;
    let metadata = Some(Bytes::from_static(b"\xf5"));
    let (ttl, pinned) = (Duration::from_secs(60), true);
    let change = Annotation {
        label: Some(None),
        metadata: Some(metadata.clone()),
        ttl: Some(Some(ttl)),
        pinned: Some(pinned),
    };

    subject.clock().advance(Duration::from_secs(5));
    let changed = alice.annotate("train/rmse", 1, change).await.unwrap();

    let expires_at = Some(first.created_at.after(Duration::from_secs(5) + ttl));
    assert_eq!(changed, Record { label: None, metadata, expires_at, pinned, ..first });
    assert_eq!(alice.get_version("train/rmse", Some(1)).await.unwrap().record, changed);
    assert_eq!(alice.get_version("train/rmse", Some(2)).await.unwrap().record, second);
}

async fn an_annotation_of_none_leaves_a_field_as_it_is(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let ttl = Some(Duration::from_secs(60));
    let saved = alice.save_with("train/rmse", b"1", |new| (new.ttl, new.pinned) = (ttl, true)).await;
    let label = Some("kept".to_owned());
    let change = Annotation { label: Some(label.clone()), ..Annotation::default() };

    let nothing = alice.annotate("train/rmse", 1, Annotation::default()).await.unwrap();
    let labelled = alice.annotate("train/rmse", 1, change).await.unwrap();

    assert_eq!(nothing, saved);
    assert_eq!(labelled, Record { label, ..saved });
}

async fn usage_counts_what_is_not_deleted(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    assert_eq!(alice.usage().await, Usage::default());

    alice.save("train/rmse", b"four").await;
    alice.save("train/rmse", b"fives").await;
    alice.save("train/mae", b"four").await;

    let all = Usage { results: 2, versions: 3, value_bytes: 13, stored_bytes: 9, quota: None };
    assert_eq!(alice.usage().await, all);
    alice.delete("train/rmse", None).await.unwrap();
    let left = alice.usage().await;
    assert_eq!((left.results, left.versions, left.value_bytes), (1, 1, 4));
}
