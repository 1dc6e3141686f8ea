//! Records: what is there, and what people wrote about it.

use bytes::Bytes;

use super::asker::{alice, is_not_found, key, number, version};
use super::{Check, Subject, checks};
use crate::{Annotation, Commit, ListRange, PageKey, Timestamp};

checks![
    a_record_that_can_be_listed_can_be_loaded,
    a_record_comes_back_as_it_went_in,
    the_newest_version_is_loaded_when_none_is_asked_for,
    the_list_holds_the_newest_version_of_every_result_by_page_and_key,
    the_history_holds_every_version_newest_first_and_nothing_when_there_is_none,
    a_record_is_dated_by_the_store,
    what_was_never_saved_is_not_found,
    annotate_changes_what_people_wrote_about_a_version_and_nothing_else,
    an_annotation_of_none_leaves_a_field_as_it_is,
    delete_hides_a_result_from_every_other_call,
    delete_of_a_version_hides_that_one_alone,
    when_the_newest_version_is_deleted_the_one_before_it_is_the_newest,
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

async fn the_list_holds_the_newest_version_of_every_result_by_page_and_key(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for at in ["b/x", "a/y", "a/x", "b/x", "a/X", "ä/x"] {
        alice.save(at, at.as_bytes()).await;
    }
    let shown = |records: &[crate::Record]| -> Vec<String> {
        records.iter().map(|record| format!("{} {}", record.key, record.version)).collect()
    };

    let all = alice.list().await;
    let page = PageKey::parse("a").unwrap();
    let of_page = ListRange { page: Some(&page), after: None };
    let of_page = alice.backend.catalog.list(&alice.who, of_page).await.unwrap().records;

    assert_eq!(shown(&all), ["a/X 1", "a/x 1", "a/y 1", "b/x 2", "ä/x 1"]);
    assert_eq!(shown(&of_page), ["a/X 1", "a/x 1", "a/y 1"]);
}

async fn the_history_holds_every_version_newest_first_and_nothing_when_there_is_none(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("train/rmse", value).await;
    }

    assert_eq!(alice.history("train/rmse").await, [3, 2, 1]);
    assert!(alice.history("train/none").await.is_empty());
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
    let catalog = &alice.backend.catalog;

    assert!(is_not_found(&alice.get("train/mae").await));
    assert!(is_not_found(&alice.get_version("train/rmse", Some(2)).await));
    assert!(is_not_found(&alice.get_version("train/rmse", Some(u64::MAX)).await));
    assert!(is_not_found(&alice.delete("train/mae", None).await));
    assert!(is_not_found(&alice.delete("train/rmse", Some(2)).await));
    assert!(is_not_found(&catalog.annotate(&alice.who, &key("train/mae"), number(1), nothing.clone()).await));
    assert!(is_not_found(&catalog.annotate(&alice.who, &key("train/rmse"), number(2), nothing).await));
}

async fn annotate_changes_what_people_wrote_about_a_version_and_nothing_else(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let first = alice.save("train/rmse", b"1").await;
    let second = alice.save("train/rmse", b"2").await;
    let metadata = Some(Bytes::from_static(b"\xf5"));
    let change = Annotation { label: Some(None), metadata: Some(metadata.clone()), ..Annotation::default() };

    let catalog = &alice.backend.catalog;
    let changed = catalog.annotate(&alice.who, &key("train/rmse"), number(1), change).await.unwrap();

    assert_eq!(changed, crate::Record { label: None, metadata, ..first });
    assert_eq!(alice.get_version("train/rmse", Some(1)).await.unwrap().record, changed);
    assert_eq!(alice.get_version("train/rmse", Some(2)).await.unwrap().record, second);
}

async fn an_annotation_of_none_leaves_a_field_as_it_is(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let saved = alice.save("train/rmse", b"1").await;
    let catalog = &alice.backend.catalog;
    let label = Some("kept".to_owned());
    let change = Annotation { label: Some(label.clone()), ..Annotation::default() };

    let nothing =
        catalog.annotate(&alice.who, &saved.key, saved.version, Annotation::default()).await.unwrap();
    let labelled = catalog.annotate(&alice.who, &saved.key, saved.version, change).await.unwrap();

    assert_eq!(nothing, saved);
    assert_eq!(labelled, crate::Record { label, ..saved });
}

async fn delete_hides_a_result_from_every_other_call(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("train/rmse", b"1").await;
    alice.save("train/rmse", b"2").await;
    let kept = alice.save("train/mae", b"3").await;

    assert_eq!(alice.delete("train/rmse", None).await.unwrap(), [2, 1]);

    let catalog = &alice.backend.catalog;
    let annotated = catalog.annotate(&alice.who, &key("train/rmse"), number(1), Annotation::default()).await;
    assert!(is_not_found(&annotated));
    assert!(is_not_found(&alice.get("train/rmse").await));
    assert!(is_not_found(&alice.get_version("train/rmse", Some(1)).await));
    assert!(is_not_found(&alice.delete("train/rmse", None).await));
    assert!(alice.history("train/rmse").await.is_empty());
    assert_eq!(alice.list().await, [kept]);
}

async fn delete_of_a_version_hides_that_one_alone(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("train/rmse", value).await;
    }

    assert_eq!(alice.delete("train/rmse", Some(2)).await.unwrap(), [2]);

    assert_eq!(alice.history("train/rmse").await, [3, 1]);
    assert!(is_not_found(&alice.get_version("train/rmse", Some(2)).await));
    assert!(is_not_found(&alice.delete("train/rmse", Some(2)).await));
}

async fn when_the_newest_version_is_deleted_the_one_before_it_is_the_newest(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let first = alice.save("train/rmse", b"1").await;
    alice.save("train/rmse", b"2").await;

    alice.delete("train/rmse", Some(2)).await.unwrap();

    assert_eq!(alice.get("train/rmse").await.unwrap().record, first);
    assert_eq!(alice.list().await, [first]);
    assert_eq!(alice.load("train/rmse", b"1").await, b"1");
}

async fn usage_counts_what_is_not_deleted(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let usage = async || alice.backend.catalog.usage(&alice.who).await.unwrap();
    assert_eq!(usage().await, crate::Usage::default());

    alice.save("train/rmse", b"four").await;
    alice.save("train/rmse", b"fives").await;
    alice.save("train/mae", b"four").await;

    let all = crate::Usage { results: 2, versions: 3, value_bytes: 13, stored_bytes: 9, quota: None };
    assert_eq!(usage().await, all);
    alice.delete("train/rmse", None).await.unwrap();
    let left = usage().await;
    assert_eq!((left.results, left.versions, left.value_bytes), (1, 1, 4));
}
