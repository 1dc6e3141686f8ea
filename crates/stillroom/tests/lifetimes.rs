//! What ends, what stays and what can be taken back, as a user meets it.

use std::time::Duration;

use stillroom::{Annotation, ErrorKind, OpenOptions, Save, Store, Value, keep_going};

use crate::common::{draft_of, int, key, on_each, options, save, v, value, versions};

/// Saves a version that is over as soon as the clock has gone on.
fn save_ending(store: &Store, name: &str, number: i64, pinned: bool) {
    let mut ending = Save::new(key(name), int(number));
    (ending.ttl, ending.pinned) = (Some(Duration::from_micros(1)), pinned);
    store.save(vec![ending], &mut keep_going).unwrap();
    if !pinned {
        while versions(store, name).first() == Some(&(number as u64)) {}
    }
}

fn save_if(store: &Store, name: &str, number: i64, version: Option<u64>) -> Result<u64, stillroom::Error> {
    let mut conditional = Save::new(key(name), draft_of(&Value::int(number)));
    conditional.if_version = Some(version.map(v));
    let receipts = store.save(vec![conditional], &mut keep_going)?;
    Ok(receipts[0].record.version.get())
}

#[test]
fn what_expired_after_it_was_listed_is_not_found_and_the_one_before_it_is_the_newest() {
    on_each(|store| {
        save(store, "n", int(1));
        save_ending(store, "n", 2, false);

        assert_eq!(versions(store, "n"), [1]);
        assert_eq!(value(store, "n", None), Value::int(1));
        let gone = [
            store.load(&key("n"), Some(v(2)), &mut keep_going).unwrap_err(),
            store.rollback(&key("n"), v(2)).unwrap_err(),
            store.update(&key("n"), Some(v(2)), Annotation::default()).unwrap_err(),
            store.delete(&key("n"), Some(v(2))).unwrap_err(),
        ];
        for error in gone {
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
            assert!(error.to_string().contains("2") && error.to_string().contains("`page/n`"), "{error}");
        }
        assert!(!save(store, "n", int(2)).unchanged, "what is over is not what a save is compared with");
        assert_eq!(versions(store, "n"), [3, 1]);
    });
}

#[test]
fn a_pinned_version_past_its_time_stays_and_goes_when_it_is_unpinned() {
    on_each(|store| {
        save_ending(store, "n", 1, true);
        save(store, "n", int(2));

        let copy = store.rollback(&key("n"), v(1)).unwrap().record;
        assert_eq!((copy.version, copy.pinned, copy.expires_at), (v(3), false, None), "kept for good");

        store
            .update(&key("n"), Some(v(1)), Annotation { pinned: Some(false), ..Annotation::default() })
            .unwrap();
        while versions(store, "n").contains(&1) {}
        assert_eq!(versions(store, "n"), [3, 2]);
    });
}

#[test]
fn a_condition_is_about_what_can_be_seen_and_says_so() {
    on_each(|store| {
        (1..=3).for_each(|n| drop(save(store, "n", int(n))));
        store.delete(&key("n"), Some(v(3))).unwrap();

        let error = save_if(store, "n", 9, Some(3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().starts_with("the newest is version 2, not your 3"), "{error}");
        assert_eq!(save_if(store, "n", 4, Some(2)).unwrap(), 4);

        store.delete(&key("n"), None).unwrap();
        let error = save_if(store, "n", 9, Some(4)).unwrap_err();
        assert!(error.to_string().starts_with("what your save is based on was deleted"), "{error}");
        assert_eq!(save_if(store, "n", 5, None).unwrap(), 5);
    });
}

#[test]
fn an_undo_after_a_rename_is_not_found_at_the_old_place_and_works_at_the_new_one() {
    on_each(|store| {
        (1..=2).for_each(|n| drop(save(store, "old", int(n))));
        let deleted = store.delete(&key("old"), Some(v(2))).unwrap();
        store.rename(&key("old"), &key("new")).unwrap();

        assert_eq!(deleted.undo().unwrap_err().kind(), ErrorKind::NotFound);
        store.undelete(&key("new"), &deleted.versions).unwrap();

        assert_eq!(versions(store, "new"), [2, 1]);
    });
}

#[test]
fn a_rename_takes_pins_along_and_keep_versions_leaves_them_there() {
    let folder = tempfile::tempdir().unwrap();
    let keeping = |url| Store::open(OpenOptions { keep_versions: Some(2), ..url }).unwrap();
    let in_memory = OpenOptions { url: Some("memory:".to_owned()), ..OpenOptions::default() };
    for store in [keeping(options(&folder)), keeping(in_memory)] {
        let mut pinned = Save::new(key("old"), int(1));
        pinned.pinned = true;
        store.save(vec![pinned], &mut keep_going).unwrap();
        store.rename(&key("old"), &key("new")).unwrap();

        (2..=5).for_each(|n| drop(save(&store, "new", int(n))));

        assert_eq!(versions(&store, "new"), [5, 4, 1]);
        assert!(store.record(&key("new"), Some(v(1))).unwrap().pinned);
    }
}
