//! Results leave a store as one file and come into another.

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value as Json;
use stillroom::{
    Bundle, ErrorKind, Exported, Imported, OpenOptions, Owner, ResultKey, Save, Scope, SigningKey, Store,
    Trust, Uuid, Value, encode_metadata, keep_going,
};
use tempfile::TempDir;

use crate::common::{
    array, draft, int, key, load, local, memory, noise, on_each, opaque, options, save, v, value, versions,
};

/// A place for a bundle.
pub(crate) struct Shelf {
    folder: TempDir,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("results.bundle")
    }

    pub(crate) fn export(&self, store: &Store) -> Exported {
        store.export_to(&self.path(), &Scope::All, &mut keep_going).unwrap()
    }

    fn import(&self, store: &Store) -> Imported {
        store.import_from(&self.path(), &mut keep_going).unwrap()
    }

    fn inspect(&self, store: &Store) -> Bundle {
        store.inspect(&self.path(), &mut keep_going).unwrap()
    }

    /// What lies in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// A long list, whose manifest doesn't fit its record.
fn long_list() -> stillroom::Draft {
    draft(|writer| {
        writer.list(40_000).unwrap();
        (0..40_000).for_each(|n| writer.int(n).unwrap());
    })
}

/// A result of every form that is kept differently.
pub(crate) fn fill(store: &Store) {
    (1..=3).for_each(|n| drop(save(store, "n", int(n))));
    save(store, "array", array(noise(1_000_000, 1)));
    let mut edited = noise(1_000_000, 1);
    edited[500_000] ^= 1;
    save(store, "array", array(edited));
    save(store, "empty", array(Vec::new()));
    save(store, "list", long_list());
    let mut labelled = Save::new(ResultKey::parse("other", "../../etc/passwd").unwrap(), int(7));
    labelled.label = Some("best".to_owned());
    labelled.metadata = Some(encode_metadata(&draft(|writer| writer.float(f64::NAN).unwrap())).unwrap());
    labelled.provenance = r#"{"python":"3.13.0"}"#.to_owned();
    labelled.ttl = Some(Duration::from_secs(3600));
    labelled.pinned = true;
    store.save(vec![labelled], &mut keep_going).unwrap();
}

#[test]
fn a_bundle_brings_every_version_exactly() {
    on_each(|store| {
        fill(store);
        let shelf = Shelf::new();
        let exported = shelf.export(store);
        let target = local();

        let imported = shelf.import(&target.store);

        assert_eq!((exported.results, exported.versions), (5, 8));
        assert_eq!((imported.results, imported.versions, imported.present), (5, 8, 0));
        assert_eq!(exported.bytes, fs::metadata(shelf.path()).unwrap().len());
        assert_eq!(versions(&target.store, "n"), [3, 2, 1]);
        for (name, version) in [("n", 1), ("n", 3), ("array", 1), ("array", 2), ("empty", 1), ("list", 1)] {
            let version = Some(version);
            assert_eq!(value(&target.store, name, version), value(store, name, version), "{name}");
        }
        assert!(target.store.verify(&mut keep_going).unwrap().problems.is_empty());
    });
}

#[test]
fn a_version_says_where_it_came_from_and_keeps_what_was_said_of_it() {
    let source = local();
    fill(&source.store);
    let shelf = Shelf::new();
    shelf.export(&source.store);
    let target = memory();
    let place = ResultKey::parse("other", "../../etc/passwd").unwrap();
    let before = source.store.record(&place, None).unwrap();

    shelf.import(&target);

    let after = target.record(&place, None).unwrap();
    let moved = after.expires_at.unwrap().0 - before.expires_at.unwrap().0;
    assert!((0..60_000_000).contains(&moved), "it ends when it would have: {moved}");
    let provenance: Json = serde_json::from_str(&after.provenance).unwrap();
    assert_eq!(provenance["python"], "3.13.0");
    assert_eq!(provenance["imported"]["version"], 1);
    assert_eq!(provenance["imported"]["created_at"], before.created_at.0);
    let (created_at, expires_at) = (before.created_at, before.expires_at);
    let provenance = before.provenance.clone();
    assert_eq!(stillroom::Record { created_at, expires_at, provenance, ..after }, before);
}

#[test]
fn importing_twice_changes_nothing() {
    on_each(|store| {
        let source = memory();
        fill(&source);
        let shelf = Shelf::new();
        shelf.export(&source);
        shelf.import(store);
        let before = store.results(None).unwrap();

        let again = shelf.import(store);

        assert_eq!((again.results, again.versions, again.present, again.new_bytes), (0, 0, 8, 0));
        assert_eq!(store.results(None).unwrap(), before);
    });
}

#[test]
fn a_bundle_comes_on_top_of_what_is_there() {
    on_each(|store| {
        let source = memory();
        (1..=3).for_each(|n| drop(save(&source, "n", int(n))));
        let shelf = Shelf::new();
        shelf.export(&source);
        save(store, "n", int(2));
        save(store, "n", int(10));

        let inspected = shelf.inspect(store);
        let imported = shelf.import(store);

        assert_eq!((inspected.versions, inspected.present), (3, 1));
        assert_eq!((imported.versions, imported.present), (2, 1));
        let values: Vec<_> = (1..=4).map(|version| value(store, "n", Some(version))).collect();
        assert_eq!(values, [2, 10, 1, 3].map(Value::int));
    });
}

#[test]
fn a_value_that_was_gone_back_to_is_the_newest_there_too() {
    on_each(|store| {
        let source = memory();
        [1, 2, 1].into_iter().for_each(|n| drop(save(&source, "n", int(n))));
        let shelf = Shelf::new();
        shelf.export(&source);
        save(store, "n", int(1));

        let imported = shelf.import(store);

        // Left out for each version of the same digest, both 1s would stand for the one that is here, and the
        // newest here would be 2.
        assert_eq!((imported.versions, imported.present), (2, 1));
        let values: Vec<_> = (1..=3).map(|version| value(store, "n", Some(version))).collect();
        assert_eq!(values, [1, 2, 1].map(Value::int));
        assert_eq!(shelf.import(store).present, 3);
    });
}

#[test]
fn one_page_can_be_taken_alone() {
    on_each(|store| {
        fill(store);
        let shelf = Shelf::new();
        let page = Scope::parse(Some("other"), None).unwrap();

        let exported = store.export_to(&shelf.path(), &page, &mut keep_going).unwrap();

        assert_eq!((exported.results, exported.versions, exported.blobs), (1, 1, 0));
    });
}

#[test]
fn one_result_can_be_taken_alone_with_all_its_versions() {
    on_each(|store| {
        fill(store);
        let (shelf, target) = (Shelf::new(), memory());

        let exported = store.export_to(&shelf.path(), &Scope::Result(key("array")), &mut keep_going).unwrap();

        assert_eq!((exported.results, exported.versions), (1, 2));
        assert_eq!(shelf.import(&target).versions, 2);
        assert_eq!(value(&target, "array", Some(1)), value(store, "array", Some(1)));
        assert_eq!(versions(&target, "array"), [2, 1]);
    });
}

#[test]
fn what_is_not_there_makes_no_bundle() {
    on_each(|store| {
        fill(store);
        let shelf = Shelf::new();
        for (page, key) in [("nowhere", None), ("nowhere", Some("n")), ("other", Some("n"))] {
            let scope = Scope::parse(Some(page), key).unwrap();

            let error = store.export_to(&shelf.path(), &scope, &mut keep_going).unwrap_err();

            assert_eq!(error.kind(), ErrorKind::NotFound, "{page} {key:?}");
            assert!(shelf.names().is_empty(), "{page} {key:?}");
        }
    });
}

#[test]
fn equal_stores_give_equal_bundles_but_for_times() {
    let source = memory();
    let shelf = Shelf::new();
    fill(&source);
    shelf.export(&source);
    let again = shelf.path().with_extension("again");

    source.export_to(&again, &Scope::All, &mut keep_going).unwrap();

    assert_eq!(fs::read(shelf.path()).unwrap(), fs::read(again).unwrap());
}

#[test]
fn a_bundle_is_its_users_own_and_nothing_else_is_left_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let source = memory();
    fill(&source);
    let shelf = Shelf::new();

    shelf.export(&source);

    assert_eq!(shelf.names(), ["results.bundle"]);
    assert_eq!(fs::metadata(shelf.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let source = memory();
    fill(&source);
    let shelf = Shelf::new();
    fs::write(shelf.path(), "mine").unwrap();

    let error = source.export_to(&shelf.path(), &Scope::All, &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("another name"), "{error}");
    assert_eq!(fs::read(shelf.path()).unwrap(), b"mine");
}

#[test]
fn an_export_to_no_folder_is_refused_with_the_folder() {
    let source = memory();
    let shelf = Shelf::new();
    let path = shelf.path().with_file_name("nowhere").join("results.bundle");

    let error = source.export_to(&path, &Scope::All, &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("nowhere`"), "{error}");
}

#[test]
fn a_stopped_export_leaves_no_file() {
    let source = memory();
    fill(&source);
    let shelf = Shelf::new();
    let mut calls = 0;
    let mut stop = |_| {
        calls += 1;
        if calls == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };

    let error = source.export_to(&shelf.path(), &Scope::All, &mut stop).unwrap_err();

    assert!(error.is_stopped());
    assert!(shelf.names().is_empty());
}

#[test]
fn a_stopped_import_is_finished_by_importing_again() {
    let source = memory();
    fill(&source);
    let shelf = Shelf::new();
    shelf.export(&source);
    let target = local();
    let mut stop_half_way = |progress: stillroom::Progress| {
        if progress.done * 2 > progress.total { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };

    let error = target.store.import_from(&shelf.path(), &mut stop_half_way).unwrap_err();

    assert!(error.is_stopped());
    assert!(target.store.results(None).unwrap().is_empty());
    assert_eq!(shelf.import(&target.store).versions, 8);
}

#[test]
fn progress_of_both_never_falls_and_ends_at_the_total() {
    let source = memory();
    fill(&source);
    let shelf = Shelf::new();
    let mut seen = Vec::new();
    let mut watch = |progress: stillroom::Progress| {
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };

    source.export_to(&shelf.path(), &Scope::All, &mut watch).unwrap();
    let exported = std::mem::take(&mut seen);
    let mut watch = |progress: stillroom::Progress| {
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };
    memory().import_from(&shelf.path(), &mut watch).unwrap();

    for seen in [exported, seen] {
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen.last().map(|(done, total)| done == total), Some(true), "{seen:?}");
    }
}

fn keyed(line: &str, owner: u128) -> Store {
    Store::open(OpenOptions {
        url: Some("memory:".to_owned()),
        owner: Some(Uuid::from_u128(owner)),
        signing_keys: Some(vec![SigningKey::parse(line).unwrap()]),
        ..OpenOptions::default()
    })
    .unwrap()
}

#[test]
fn objects_stay_signed_are_signed_again_or_arrive_locked() {
    let (line, other_line) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let source = keyed(&line, 1);
    save(&source, "model", opaque());
    save(&source, "n", int(1));
    let shelf = Shelf::new();
    shelf.export(&source);

    let cases = [
        ("the same owner and key", keyed(&line, 1), Trust::Trusted),
        ("another owner with the key", keyed(&line, 2), Trust::Trusted),
        ("the same owner with another key", keyed(&other_line, 1), Trust::Untrusted),
        ("another owner with another key", keyed(&other_line, 2), Trust::Untrusted),
    ];
    for (case, target, trust) in cases {
        let inspected = shelf.inspect(&target);
        let imported = shelf.import(&target);

        assert_eq!(load(&target, "model").trust, trust, "{case}");
        let locked: &[_] = if trust == Trust::Trusted { &[] } else { &[key("model")] };
        assert_eq!((&*inspected.locked, &*imported.locked), (locked, locked), "{case}");
        assert_eq!(inspected.owner, Owner::new(Uuid::from_u128(1)), "{case}");
    }
}

#[test]
fn what_arrived_locked_opens_when_it_comes_with_the_key() {
    let (line, other_line) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let source = keyed(&line, 1);
    save(&source, "model", opaque());
    let shelf = Shelf::new();
    shelf.export(&source);
    let folder = tempfile::tempdir().unwrap();
    let with = |lines: &[&str]| {
        let keys = lines.iter().map(|line| SigningKey::parse(line).unwrap()).collect();
        Store::open(OpenOptions { signing_keys: Some(keys), ..options(&folder) }).unwrap()
    };
    shelf.import(&with(&[&other_line]));

    let imported = shelf.import(&with(&[&other_line, &line]));

    assert_eq!((imported.versions, imported.locked), (1, vec![]));
    assert_eq!(load(&with(&[&other_line]), "model").trust, Trust::Trusted);
}

#[test]
fn a_damaged_version_is_not_exported_as_if_it_were_whole() {
    let local = local();
    save(&local.store, "array", array(noise(2_000_000, 1)));
    let packs = local.folder.path().join("store").join("packs");
    for pack in fs::read_dir(packs).unwrap() {
        let path = pack.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let shelf = Shelf::new();

    let error = local.store.export_to(&shelf.path(), &Scope::All, &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("version 1 of `page/array`"), "{error}");
    assert!(shelf.names().is_empty());
}

#[test]
fn an_empty_store_gives_an_empty_bundle() {
    on_each(|store| {
        let shelf = Shelf::new();

        let exported = shelf.export(store);

        assert_eq!((exported.results, exported.blobs), (0, 0));
        assert_eq!(shelf.import(&memory()).versions, 0);
    });
}

#[test]
fn more_versions_than_a_set_holds_come_in_as_several() {
    let count = stillroom::limits::SET_LEN as usize + 1;
    let source = memory();
    let set =
        |from: usize, to: usize| (from..to).map(|n| Save::new(key(&n.to_string()), int(n as i64))).collect();
    source.save(set(0, count - 1), &mut keep_going).unwrap();
    source.save(set(count - 1, count), &mut keep_going).unwrap();
    let shelf = Shelf::new();
    shelf.export(&source);

    let imported = shelf.import(&memory());

    assert_eq!(imported.versions, count as u64);
    assert_eq!(v(1), source.record(&key("7"), None).unwrap().version);
}
