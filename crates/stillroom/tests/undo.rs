//! Deleting, taking that back, moving.

use stillroom::{ErrorKind, ResultKey};

use crate::common::{int, key, on_each, save, v, versions};

#[test]
fn what_was_deleted_comes_back_whole() {
    on_each(|store| {
        (1..=3).for_each(|n| drop(save(store, "n", int(n))));

        let deleted = store.delete(&key("n"), None).unwrap();

        assert_eq!((deleted.key.clone(), deleted.versions.clone()), (key("n"), vec![v(3), v(2), v(1)]));
        assert!(store.results(None).unwrap().is_empty());
        deleted.undo().unwrap();
        assert_eq!(versions(store, "n"), [3, 2, 1]);
    });
}

#[test]
fn one_version_can_be_deleted_and_brought_back() {
    on_each(|store| {
        (1..=3).for_each(|n| drop(save(store, "n", int(n))));

        let deleted = store.delete(&key("n"), Some(v(3))).unwrap();

        assert_eq!(store.record(&key("n"), None).unwrap().version, v(2));
        store.undelete(&deleted.key, &deleted.versions).unwrap();
        assert_eq!(versions(store, "n"), [3, 2, 1]);
    });
}

#[test]
fn after_a_gc_nothing_comes_back() {
    on_each(|store| {
        (1..=2).for_each(|n| drop(save(store, "n", int(n))));
        let deleted = store.delete(&key("n"), None).unwrap();

        let would = store.gc(true).unwrap();
        let did = store.gc(false).unwrap();

        assert_eq!((would.versions, did.versions), (2, 2));
        assert_eq!(deleted.undo().unwrap_err().kind(), ErrorKind::NotFound);
    });
}

#[test]
fn the_sweeps_that_go_with_saves_leave_time_to_undo() {
    on_each(|store| {
        save(store, "n", int(0));
        let deleted = store.delete(&key("n"), None).unwrap();

        (0..101).for_each(|n| drop(save(store, "other", int(n))));

        deleted.undo().unwrap();
        assert_eq!(versions(store, "n"), [1]);
    });
}

#[test]
fn a_result_moves_with_its_history_and_goes_on_counting() {
    on_each(|store| {
        (1..=2).for_each(|n| drop(save(store, "old", int(n))));
        let to = ResultKey::parse("another page", "new").unwrap();

        let newest = store.rename(&key("old"), &to).unwrap();

        assert_eq!((newest.key.clone(), newest.version), (to.clone(), v(2)));
        assert_eq!(store.history(&to).unwrap().len(), 2);
        assert!(versions(store, "old").is_empty());
        assert_eq!(save(store, "old", int(3)).record.version, v(3), "never again from 1");
    });
}

#[test]
fn a_move_onto_a_result_or_onto_itself_is_refused() {
    on_each(|store| {
        save(store, "a", int(1));
        save(store, "b", int(1));

        let cases = [
            ("a", "b", ErrorKind::Conflict),
            ("a", "a", ErrorKind::Invalid),
            ("nothing", "c", ErrorKind::NotFound),
        ];
        for (from, to, kind) in cases {
            assert_eq!(store.rename(&key(from), &key(to)).unwrap_err().kind(), kind, "{from} to {to}");
        }
    });
}
