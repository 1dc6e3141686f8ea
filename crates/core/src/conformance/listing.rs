//! Listings: everything that is there, in order, in parts that say when there is more.

use super::asker::alice;
use super::values::{key, number, version};
use super::{Check, Subject, checks};
use crate::limits::LISTING_LEN;
use crate::{Commit, ListRange, Listing, NewVersion, PageKey, Record, Scope};

checks![
    the_list_holds_the_newest_version_of_every_result_by_page_and_key,
    the_history_holds_every_version_newest_first_and_nothing_when_there_is_none,
    a_listing_is_never_cut_short_silently,
    a_history_is_never_cut_short_silently,
    a_listing_goes_on_after_a_result_that_is_gone,
    a_snapshot_holds_every_version_by_page_and_key_and_version,
];

fn shown<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<String> {
    records.into_iter().map(|record| format!("{} {}", record.key, record.version)).collect()
}

async fn the_list_holds_the_newest_version_of_every_result_by_page_and_key(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for at in ["b/x", "a/y", "a/x", "b/x", "a/X", "ä/x", "ab/x"] {
        alice.save(at, at.as_bytes()).await;
    }

    let page = PageKey::parse("a").unwrap();
    let of_page = alice.list_range(ListRange { page: Some(&page), after: None }).await;

    assert_eq!(shown(&alice.list().await), ["a/X 1", "a/x 1", "a/y 1", "ab/x 1", "b/x 2", "ä/x 1"]);
    assert_eq!(shown(&of_page.records), ["a/X 1", "a/x 1", "a/y 1"]);
}

async fn the_history_holds_every_version_newest_first_and_nothing_when_there_is_none(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for value in [b"1", b"2", b"3"] {
        alice.save("train/rmse", value).await;
    }

    assert_eq!(alice.history("train/rmse").await, [3, 2, 1]);
    assert!(alice.history("train/none").await.is_empty());
}

/// The name of the result of this number among many, in their order.
fn many(index: usize) -> String {
    format!("many/{index:05}")
}

async fn a_listing_is_never_cut_short_silently(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let others = ["before/x", "zero/x"].map(|at| version(at, &[]));
    let set: Vec<NewVersion> = (0..=LISTING_LEN).map(|index| version(&many(index), &[])).collect();
    let versions = [set, others.to_vec()].concat();
    alice.done(Commit { versions, ..Commit::default() }).await.unwrap();
    let page = PageKey::parse("many").unwrap();
    let of_page = ListRange { page: Some(&page), after: None };

    let first = alice.list_range(of_page).await;
    let after = key(&many(LISTING_LEN - 1));
    let rest = alice.list_range(ListRange { after: Some(&after), ..of_page }).await;
    let of_all = alice.list_range(ListRange { page: None, after: Some(&after) }).await;

    let expected: Vec<String> = (0..LISTING_LEN).map(|index| format!("{} 1", many(index))).collect();
    assert_eq!(shown(&first.records), expected);
    assert!(first.has_more);
    assert_eq!(shown(&rest.records), [format!("{} 1", many(LISTING_LEN))]);
    assert!(!rest.has_more);
    assert_eq!(shown(&of_all.records), [&format!("{} 1", many(LISTING_LEN)), "zero/x 1"]);
    alice.delete(&many(3), None).await.unwrap();
    let whole = alice.list_range(of_page).await;
    assert_eq!((whole.records.len(), whole.has_more), (LISTING_LEN, false), "exactly as many as fit");
}

async fn a_history_is_never_cut_short_silently(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let versions = vec![version("train/rmse", &[]); LISTING_LEN + 1];
    alice.done(Commit { versions, ..Commit::default() }).await.unwrap();
    let history = async |before: Option<u64>| -> Listing {
        let part = alice.backend.catalog.history(&alice.who, &key("train/rmse"), before.map(number)).await;
        part.unwrap()
    };

    let first = history(None).await;
    let rest = history(Some(2)).await;

    let count = LISTING_LEN as u64;
    let numbers: Vec<u64> = first.records.iter().map(|record| record.version.get()).collect();
    assert_eq!(numbers, (2..=count + 1).rev().collect::<Vec<u64>>());
    assert!(first.has_more);
    assert_eq!(shown(&rest.records), ["train/rmse 1"]);
    assert!(!rest.has_more);
    assert_eq!(history(Some(1)).await, Listing::default());
    let exact = history(Some(count + 1)).await;
    assert_eq!((exact.records.len(), exact.has_more), (LISTING_LEN, false), "exactly as many as fit");
}

async fn a_listing_goes_on_after_a_result_that_is_gone(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for at in ["a/1", "a/2", "a/3", "b/1"] {
        alice.save(at, b"1").await;
    }
    alice.delete("a/2", None).await.unwrap();

    for (after, expected) in
        [("a/2", &["a/3 1", "b/1 1"][..]), ("a/3", &["b/1 1"]), ("a/9", &["b/1 1"]), ("b/1", &[])]
    {
        let part = alice.list_range(ListRange { page: None, after: Some(&key(after)) }).await;
        assert_eq!(shown(&part.records), expected, "after {after}");
    }
}

async fn a_snapshot_holds_every_version_by_page_and_key_and_version(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    for at in ["b/x", "a/y", "b/x", "a/x", "b/x"] {
        alice.save(at, at.as_bytes()).await;
    }
    alice.delete("b/x", Some(2)).await.unwrap();
    let page = PageKey::parse("b").unwrap();

    let all = alice.snapshot().await;
    let of_page = alice.backend.catalog.snapshot(&alice.who, &Scope::Page(page)).await.unwrap();
    let of_result = alice.backend.catalog.snapshot(&alice.who, &Scope::Result(key("a/y"))).await.unwrap();

    assert_eq!(shown(all.iter().map(|stored| &stored.record)), ["a/x 1", "a/y 1", "b/x 1", "b/x 3"]);
    assert_eq!(of_page, all[2..]);
    assert_eq!(of_result, all[1..2]);
    for stored in all {
        let version = stored.record.version.get();
        let got = alice.get_version(&stored.record.key.to_string(), Some(version)).await.unwrap();
        assert_eq!((stored.record, stored.root), (got.record, got.root));
    }
}
