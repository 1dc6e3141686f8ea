//! How long versions stay, what people say of them, and what all of it takes.

use std::time::Duration;

use stillroom::{
    Annotation, Durability, ErrorKind, OpenOptions, Operator, Owner, Save, Store, Timestamp, Uuid, Version,
    encode_metadata, keep_going, limits,
};

use crate::common::{array, draft, int, key, local, memory, noise, on_each, options, save, v, versions};

const HOUR: Duration = Duration::from_secs(3600);

fn save_with(store: &Store, value: i64, change: impl FnOnce(&mut Save)) -> stillroom::Receipt {
    let mut save = Save::new(key("n"), int(value));
    change(&mut save);
    store.save(vec![save], &mut keep_going).unwrap().remove(0)
}

#[test]
fn a_save_says_how_long_it_is_kept() {
    on_each(|store| {
        let kept = save_with(store, 1, |save| save.ttl = Some(HOUR)).record;
        let pinned = save_with(store, 2, |save| save.pinned = true).record;

        assert_eq!(kept.expires_at, Some(kept.created_at.after(HOUR)));
        assert_eq!((pinned.expires_at, pinned.pinned), (None, true));
    });
}

#[test]
fn what_is_said_with_an_equal_value_is_said_of_the_version_that_is_there() {
    on_each(|store| {
        save(store, "n", int(1));
        let metadata = encode_metadata(&draft(|writer| writer.int(7).unwrap())).unwrap();

        let receipt = save_with(store, 1, |save| {
            save.label = Some("best".to_owned());
            save.metadata = Some(metadata.clone());
            save.ttl = Some(HOUR);
            save.pinned = true;
        });

        let record = store.record(&key("n"), None).unwrap();
        assert!(receipt.unchanged);
        assert_eq!(receipt.record, record);
        assert_eq!((record.version, record.label.as_deref(), record.pinned), (v(1), Some("best"), true));
        assert_eq!(record.metadata, Some(metadata));
        assert!(record.expires_at > Some(Timestamp(record.created_at.0)));
    });
}

#[test]
fn an_equal_value_saved_without_words_takes_none_away() {
    on_each(|store| {
        save_with(store, 1, |save| (save.label, save.pinned) = (Some("best".to_owned()), true));

        let again = save(store, "n", int(1)).record;

        assert_eq!((again.label.as_deref(), again.pinned), (Some("best"), true));
    });
}

#[test]
fn words_about_a_version_can_change_and_its_value_does_not() {
    on_each(|store| {
        let first = save(store, "n", int(1)).record;
        save(store, "n", int(2));
        let label = |text: Option<&str>| Some(text.map(str::to_owned));

        let change =
            Annotation { label: label(Some("the first")), pinned: Some(true), ..Annotation::default() };
        let changed = store.update(&key("n"), Some(v(1)), change).unwrap();
        let change = Annotation { ttl: Some(Some(HOUR)), ..Annotation::default() };
        let newest = store.update(&key("n"), None, change).unwrap();
        let cleared = store
            .update(&key("n"), Some(v(1)), Annotation { label: label(None), ..Annotation::default() })
            .unwrap();

        assert_eq!((changed.label.as_deref(), changed.pinned), (Some("the first"), true));
        assert_eq!(changed.digest, first.digest);
        assert_eq!(newest.version, v(2));
        assert!(newest.expires_at.is_some());
        assert_eq!((cleared.label, cleared.pinned), (None, true));
    });
}

#[test]
fn words_over_a_limit_are_refused_before_a_byte_has_moved() {
    on_each(|store| {
        let long = "x".repeat(limits::LABEL_LEN as usize + 1);
        let mut saved = Save::new(key("array"), array(noise(300_000, 1)));
        saved.label = Some(long.clone());

        let error = store.save(vec![saved], &mut keep_going).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.to_string().contains("label"), "{error}");
        assert!(!error.to_string().contains("xxx"), "never contents");
        save(store, "n", int(1));
        let change = Annotation { label: Some(Some(long)), ..Annotation::default() };
        assert_eq!(store.update(&key("n"), None, change).unwrap_err().kind(), ErrorKind::TooLarge);
        let change = Annotation { ttl: Some(Some(Duration::ZERO)), ..Annotation::default() };
        assert_eq!(store.update(&key("n"), None, change).unwrap_err().kind(), ErrorKind::Invalid);
    });
}

#[test]
fn pinned_versions_stay_beside_those_that_are_kept() {
    let local = local();
    let store = Store::open(OpenOptions { keep_versions: Some(2), ..options(&local.folder) }).unwrap();
    save_with(&store, 1, |save| save.pinned = true);
    (2..=5).for_each(|n| drop(save(&store, "n", int(n))));

    assert_eq!(versions(&store, "n"), [5, 4, 1]);
}

#[test]
fn listings_and_histories_are_whole_however_long() {
    let store = Store::open(OpenOptions {
        url: Some("memory:".to_owned()),
        keep_versions: None,
        ..OpenOptions::default()
    })
    .unwrap();
    let count = limits::LISTING_LEN + 5;
    let set = (0..count).map(|n| Save::new(key(&format!("{n:05}")), int(0))).collect();
    store.save(set, &mut keep_going).unwrap();
    (1..=count as i64).for_each(|n| drop(save(&store, "00000", int(n))));

    let results = store.results(None).unwrap();
    let history = store.history(&key("00000")).unwrap();

    let names: Vec<_> = results.iter().map(|record| record.key.key.as_str().to_owned()).collect();
    assert_eq!(names, (0..count).map(|n| format!("{n:05}")).collect::<Vec<_>>());
    let numbers: Vec<_> = history.iter().map(|record| record.version.get()).collect();
    assert_eq!(numbers, (1..=count as u64 + 1).rev().collect::<Vec<_>>());
}

#[test]
fn a_receipt_says_how_long_a_save_lasts() {
    assert_eq!(save(&memory(), "n", int(1)).durability, Durability::Process);
    let local = local();
    let store = Store::open(OpenOptions { durable: Some(true), ..options(&local.folder) }).unwrap();
    assert_eq!(save(&store, "n", int(1)).durability, Durability::Durable);
}

#[test]
fn a_store_opened_for_reading_reads_and_changes_nothing() {
    let local = local();
    save(&local.store, "n", int(1));
    let deleted = save(&local.store, "gone", int(1)).record.version;
    local.store.delete(&key("gone"), None).unwrap();
    let store = Store::open(OpenOptions { read_only: true, ..options(&local.folder) }).unwrap();
    let label = Annotation { label: Some(Some("x".to_owned())), ..Annotation::default() };

    let kinds = [
        store.save(vec![Save::new(key("n"), int(2))], &mut keep_going).map(drop),
        store.save(vec![Save::new(key("big"), array(noise(300_000, 1)))], &mut keep_going).map(drop),
        store.update(&key("n"), None, label).map(drop),
        store.delete(&key("n"), None).map(drop),
        store.undelete(&key("gone"), &[deleted]).map(drop),
        store.rename(&key("n"), &key("m")).map(drop),
        store.gc(false).map(drop),
    ]
    .map(|answer| answer.unwrap_err().kind());

    assert_eq!(kinds, [ErrorKind::Denied; 7]);
    assert_eq!(versions(&store, "n"), [1]);
    assert!(store.verify(&mut keep_going).unwrap().problems.is_empty());
}

#[test]
fn an_owner_over_quota_is_told_before_anything_is_kept() {
    let local = local();
    let operator = Operator::open(&options(&local.folder)).unwrap();
    operator.set_quota(local.store.owner(), Some(100_000)).unwrap();

    let error =
        local.store.save(vec![Save::new(key("big"), array(noise(300_000, 1)))], &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(local.store.usage().unwrap().quota, Some(100_000));
    assert!(local.store.results(None).unwrap().is_empty());
}

#[test]
fn an_operator_sees_and_sweeps_all_owners() {
    let local = local();
    let stranger = local.store.as_owner(Owner::new(Uuid::from_u128(7)));
    for store in [&local.store, &stranger] {
        save(store, "n", int(1));
        store.delete(&key("n"), None).unwrap();
    }
    let operator = Operator::open(&options(&local.folder)).unwrap();

    let mut owners = vec![local.store.owner(), stranger.owner()];
    owners.sort_unstable();

    assert_eq!(operator.owners().unwrap(), owners);
    assert_eq!(operator.gc(true).unwrap().versions, 2);
    assert_eq!(operator.gc(false).unwrap().versions, 2);
    assert!(stranger.undelete(&key("n"), &[Version::FIRST]).is_err());
}

#[test]
fn a_store_of_this_machine_keeps_no_cache() {
    on_each(|store| assert_eq!(store.forget_cache().unwrap(), 0));
}
