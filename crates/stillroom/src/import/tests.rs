//! Imports that fail half-way.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use stillroom_core::layers::fault::{Fault, Faults, Moment, fault};
use stillroom_core::poll_now;
use stillroom_format::{Limits, Writer};
use tempfile::TempDir;

use super::*;
use crate::{OpenOptions, Save, Scope, keep_going};

/// A bundle of two results with three versions, one of them longer than a commit carries.
fn bundle() -> (TempDir, PathBuf) {
    let store = memory();
    for (key, byte) in [("a", 1), ("a", 2), ("b", 3)] {
        let mut writer = Writer::new(Limits::default());
        writer.bytes(Box::new(vec![byte; 100_000])).unwrap();
        let key = ResultKey::parse("page", key).unwrap();
        store.save(vec![Save::new(key, writer.finish().unwrap())], &mut keep_going).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");
    store.export_to(&path, &Scope::All, &mut keep_going).unwrap();
    (folder, path)
}

fn memory() -> Store {
    let url = Some("memory:".to_owned());
    Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap()
}

fn counts(store: &Store) -> (u64, u64) {
    let usage = store.usage().unwrap();
    (usage.results, usage.versions)
}

#[test]
fn an_import_that_failed_anywhere_shows_all_or_nothing_and_is_finished_by_importing_again() {
    let (_folder, path) = bundle();
    let mut struck = HashSet::new();
    for moment in [Moment::Before, Moment::After] {
        for after in 0.. {
            let (faults, store) = (Arc::new(Faults::default()), memory());
            let failing = store.clone().behind(|backend| fault(backend, Arc::clone(&faults)));
            faults.plan(Fault { operation: None, after, moment });

            let imported = failing.import_from(&path, &mut keep_going);

            let Some(operation) = faults.stop() else { break };
            struck.insert(operation);
            assert_eq!(imported.unwrap_err().kind(), ErrorKind::Unavailable, "{operation}");
            let is_there = operation == "catalog.commit" && moment == Moment::After;
            assert_eq!(counts(&store), if is_there { (2, 3) } else { (0, 0) }, "{operation}, {moment:?}");
            let again = store.import_from(&path, &mut keep_going).unwrap();
            assert_eq!(again.versions + again.present, 3, "{operation}, {moment:?}");
            assert_eq!(counts(&store), (2, 3), "{operation}, {moment:?}");
            assert!(store.verify(&mut keep_going).unwrap().problems.is_empty());
        }
    }
    assert_eq!(struck, HashSet::from(["blobs.missing", "blobs.put", "catalog.commit", "catalog.history"]));
}

#[test]
fn an_import_over_quota_shows_nothing_and_comes_in_once_there_is_room() {
    let (_folder, path) = bundle();
    let store = memory();
    let set_quota = |quota| poll_now(store.operator().unwrap().set_quota(store.owner(), quota)).unwrap();
    set_quota(Some(200_000));

    let error = store.import_from(&path, &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(counts(&store), (0, 0));
    set_quota(None);
    assert_eq!(store.import_from(&path, &mut keep_going).unwrap().versions, 3);
}
