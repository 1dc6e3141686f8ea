//! Copies that fail half-way, and stores that change under them.

use std::collections::HashSet;
use std::sync::Arc;

use stillroom_core::layers::fault::{Fault, Faults, Moment, fault};
use stillroom_format::{Limits, Writer};

use super::*;
use crate::tampered::{Tampered, place, replace, save_bytes, tampered};
use crate::{OpenOptions, Save, keep_going};

fn memory() -> Store {
    let url = Some("memory:".to_owned());
    Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap()
}

fn save(store: &Store, name: &str, byte: u8) {
    let mut writer = Writer::new(Limits::default());
    writer.bytes(Box::new(vec![byte; 100_000])).unwrap();
    let key = ResultKey::parse("page", name).unwrap();
    store.save(vec![Save::new(key, writer.finish().unwrap())], &mut keep_going).unwrap();
}

fn copy(from: &Store, to: &Store) -> Result<Copied> {
    from.plan_copy(to, &Scope::All, &mut keep_going)?.run(&mut keep_going)
}

fn counts(store: &Store) -> (u64, u64) {
    let usage = store.usage().unwrap();
    (usage.results, usage.versions)
}

#[test]
fn a_copy_that_failed_anywhere_is_finished_by_copying_again() {
    let from = memory();
    [("a", 1), ("a", 2), ("b", 3)].iter().for_each(|(name, byte)| save(&from, name, *byte));
    let mut struck = HashSet::new();
    for is_there_that_fails in [true, false] {
        for moment in [Moment::Before, Moment::After] {
            for after in 0.. {
                let (faults, to) = (Arc::new(Faults::default()), memory());
                let failing = |store: &Store| store.clone().behind(|backend| fault(backend, faults.clone()));
                let (this, that) = (from.clone(), to.clone());
                let (this, that) =
                    if is_there_that_fails { (this, failing(&that)) } else { (failing(&this), that) };
                faults.plan(Fault { operation: None, after, moment });

                let copied = copy(&this, &that);

                let Some(operation) = faults.stop() else { break };
                struck.insert(operation);
                // Holding sweeps away is a courtesy.
                let is_courtesy = operation.starts_with("leases.");
                assert_eq!(copied.is_ok(), is_courtesy, "{operation}");
                let again = copy(&from, &to).unwrap();
                assert_eq!(again.versions + again.present, 3, "{operation}, {moment:?}");
                assert_eq!(counts(&to), (2, 3), "{operation}, {moment:?}");
                assert!(to.verify(&mut keep_going).unwrap().problems.is_empty());
            }
        }
    }
    let there = ["catalog.list", "catalog.commit", "blobs.missing", "blobs.put"];
    let here = ["catalog.snapshot", "blobs.get", "leases.acquire", "leases.release"];
    assert_eq!(struck, there.into_iter().chain(here).collect());
}

#[test]
fn a_version_that_is_erased_under_a_copy_is_left_behind() {
    let (work, from, untouched) = tampered(Tampered::default());
    save_bytes(&from, 1).unwrap();
    work.before_gets.lock().unwrap().push(Box::new(move || replace(&untouched, 2)));
    let to = memory();

    let copied = copy(&from, &to).unwrap();

    assert_eq!((copied.versions, counts(&to)), (1, (1, 1)));
    assert_eq!(to.load(&place(), None, &mut keep_going).unwrap().bodies[0].as_slice(), [2; 200_000]);
}

#[test]
fn a_copy_whose_versions_keep_being_erased_says_so() {
    let (work, from, untouched) = tampered(Tampered::default());
    save_bytes(&from, 0).unwrap();
    for byte in 1..=TRIES as u8 {
        let store = untouched.clone();
        work.before_gets.lock().unwrap().push(Box::new(move || replace(&store, byte)));
    }

    let error = copy(&from, &memory()).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[test]
fn what_is_saved_there_meanwhile_stays_below_what_comes() {
    let (from, to) = (memory(), memory());
    save(&from, "a", 1);
    let plan = from.plan_copy(&to, &Scope::All, &mut keep_going).unwrap();
    save(&to, "a", 2);

    let copied = plan.run(&mut keep_going).unwrap();

    assert_eq!((copied.versions, counts(&to)), (1, (1, 2)));
    let key = ResultKey::parse("page", "a").unwrap();
    assert_eq!(to.load(&key, None, &mut keep_going).unwrap().bodies[0].as_slice(), [1; 100_000]);
}

#[test]
fn sweeps_wait_while_a_copy_is_planned_or_made() {
    let (from, to) = (memory(), memory());
    save(&from, "a", 1);

    let plan = from.plan_copy(&to, &Scope::All, &mut keep_going).unwrap();

    assert_eq!(from.gc(false).unwrap_err().kind(), ErrorKind::Unavailable);
    plan.run(&mut keep_going).unwrap();
    from.gc(false).unwrap();
}
