//! Exports, verifies and sweeps of a store that is in use.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use stillroom::{ErrorKind, Save, Scope, Store, Value, Version, keep_going};

use crate::bundle::Shelf;
use crate::common::{array, int, key, memory, noise, on_each, save, value, versions};

/// How many sets each saver saves at least.
const SETS: i64 = 40;

/// Saves sets of two results that belong together, the one an int, the other longer than a record.
fn save_sets(store: &Store, name: &str, from: i64, to: i64) {
    for n in from..to {
        let long = (0..3).flat_map(|_| n.to_le_bytes()).cycle().take(150_000).collect();
        let set = vec![Save::new(key(&first(name)), int(n)), Save::new(key(&last(name)), array(long))];
        store.save(set, &mut keep_going).unwrap();
    }
}

/// Where the two of a set are: far apart, so that whoever does not read them as of one moment is found out.
fn first(name: &str) -> String {
    format!("a {name}")
}

fn last(name: &str) -> String {
    format!("z {name}")
}

/// What lies between them.
fn fill_up(store: &Store) {
    let between = |n: i64| Save::new(key(&format!("m {n}")), int(n));
    store.save((0..300).map(between).collect(), &mut keep_going).unwrap();
}

/// Does `work` again and again while two threads save and a third sweeps.
fn while_in_use(store: &Store, work: impl Fn()) {
    let is_done = AtomicBool::new(false);
    fill_up(store);
    save_sets(store, "a", 0, 1);
    thread::scope(|scope| {
        let saver = scope.spawn(|| save_sets(store, "a", 1, SETS));
        let other = scope.spawn(|| save_sets(store, "b", 0, SETS));
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                save(store, "gone", array(noise(100_000, 3)));
                store.delete(&key("gone"), None).unwrap();
                // While an export is under way it waits.
                store.gc(false).map_or_else(|busy| assert_eq!(busy.kind(), ErrorKind::Unavailable), drop);
            }
        });
        // However the work ends: the sweeper would go on, and the scope wait for it.
        let _end = AtEnd(|| is_done.store(true, Ordering::Relaxed));
        loop {
            let is_last = saver.is_finished() && other.is_finished();
            work();
            if is_last {
                break;
            }
        }
    });
}

struct AtEnd<F: Fn()>(F);

impl<F: Fn()> Drop for AtEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn an_export_of_a_running_store_has_every_set_whole_or_not_at_all() {
    on_each(|store| {
        while_in_use(store, || {
            let shelf = Shelf::new();
            shelf.export(store);
            let target = memory();

            target.import_from(&shelf.path(), &mut keep_going).unwrap();

            for name in ["a", "b"] {
                let (ints, arrays) = (first(name), last(name));
                assert_eq!(versions(&target, &ints), versions(&target, &arrays));
                for version in versions(&target, &ints) {
                    let number = value(&target, &ints, Some(version));
                    let array = target.load(&key(&arrays), Version::new(version), &mut keep_going).unwrap();
                    let written = array.bodies[0].as_slice()[..8].try_into().unwrap();
                    assert_eq!(number, Value::int(i64::from_le_bytes(written)), "{name}, version {version}");
                }
            }
            assert!(target.verify(&mut keep_going).unwrap().problems.is_empty());
        });
    });
}

#[test]
fn a_sweep_waits_for_an_export_so_that_it_finds_what_it_began_with() {
    on_each(|store| {
        save(store, "array", array(noise(300_000, 1)));
        let shelf = Shelf::new();
        let mut is_first = true;
        let mut delete_it = |_| {
            if std::mem::take(&mut is_first) {
                store.delete(&key("array"), None).unwrap();
                let error = store.gc(false).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unavailable);
                assert!(error.to_string().contains("try again when that is done"), "{error}");
                assert_eq!(store.gc(true).unwrap().versions, 1, "what would go can be told");
            }
            ControlFlow::Continue(())
        };

        let exported = store.export_to(&shelf.path(), &Scope::All, &mut delete_it).unwrap();

        assert_eq!(exported.versions, 1);
        assert_eq!(store.gc(false).unwrap().versions, 1, "and then it goes on");
    });
}

#[test]
fn a_verify_of_a_running_store_raises_no_false_alarm() {
    on_each(|store| {
        while_in_use(store, || {
            assert_eq!(store.verify(&mut keep_going).unwrap().problems, []);
        });
    });
}
