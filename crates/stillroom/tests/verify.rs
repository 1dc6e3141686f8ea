//! Everything is read once, damage is said in words, and what can heal heals.

use std::fs;
use std::path::{Path, PathBuf};

use stillroom::{ErrorKind, Problem, Save, Store, keep_going};

use crate::common::{Local, array, draft, int, key, load, local, noise, on_each, open_at, save, v, versions};

/// The packs of a store, in no order.
fn packs(local: &Local) -> Vec<PathBuf> {
    let packs = local.folder.path().join("store").join("packs");
    let files = fs::read_dir(packs).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).collect()
}

/// Flips a bit of every place in a store's packs where `bytes` lie.
fn damage(local: &Local, bytes: &[u8]) {
    let hit = packs(local).iter().filter(|pack| flip(pack, bytes)).count();
    assert!(hit > 0, "the bytes are in a pack");
}

fn flip(path: &Path, bytes: &[u8]) -> bool {
    let mut held = fs::read(path).unwrap();
    let Some(at) = held.windows(bytes.len()).position(|window| window == bytes) else { return false };
    held[at] ^= 1;
    fs::write(path, held).unwrap();
    true
}

fn problems(store: &Store) -> Vec<Problem> {
    store.verify(&mut keep_going).unwrap().problems
}

#[test]
fn a_whole_store_has_no_problems_and_each_blob_is_read_once() {
    on_each(|store| {
        save(store, "n", int(1));
        save(store, "array", array(noise(1 << 20, 1)));
        save(store, "same array", array(noise(1 << 20, 1)));
        let mut last = None;
        let mut watch = |progress| {
            last = Some(progress);
            std::ops::ControlFlow::Continue(())
        };

        let verified = store.verify(&mut watch).unwrap();

        assert_eq!((verified.versions, verified.blobs, verified.bytes), (3, 16, 1 << 20));
        assert_eq!(verified.problems, []);
        let last = last.unwrap();
        assert_eq!((last.done, last.total), (1 << 20, 1 << 20));
    });
}

#[test]
fn damage_is_said_of_each_version_that_needs_the_bytes() {
    let local = local();
    let shared = noise(1 << 20, 1);
    let mut edited = shared.clone();
    edited[0] ^= 1;
    save(&local.store, "array", array(shared.clone()));
    save(&local.store, "array", array(edited));
    save(&local.store, "array", array(noise(1 << 20, 9)));
    save(&local.store, "alone", array(shared.clone()));

    damage(&local, &shared[500_000..500_100]);

    let found = problems(&local.store);
    let what = "1 of its 16 blobs are missing or damaged".to_owned();
    let problem =
        |name, version, whole| Problem { key: key(name), version: v(version), what: what.clone(), whole };
    assert_eq!(
        found,
        [problem("alone", 1, None), problem("array", 1, Some(v(3))), problem("array", 2, Some(v(3)))]
    );
}

#[test]
fn a_damaged_manifest_in_blobs_is_found() {
    let local = local();
    let list = || {
        draft(|writer| {
            writer.list(100_000).unwrap();
            (0..100_000).for_each(|n| writer.int(n * 7919).unwrap());
        })
    };
    save(&local.store, "list", list());
    let manifest = load(&local.store, "list").manifest.bytes().clone();

    damage(&local, &manifest[200_000..200_100]);

    let found = problems(&local.store);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].key, found[0].version), (&key("list"), v(1)));
}

#[test]
fn after_a_repair_the_same_content_heals_every_version_that_names_it() {
    let local = local();
    let shared = noise(1 << 20, 1);
    save(&local.store, "array", array(shared.clone()));
    save(&local.store, "alone", array(shared.clone()));
    damage(&local, &shared[500_000..500_100]);
    let same = || vec![Save::new(key("array"), array(shared.clone()))];
    local.store.save(same(), &mut keep_going).unwrap();
    assert_eq!(problems(&local.store).len(), 2, "nobody knew of it when it was saved again");

    let repaired = local.store.repair(&mut keep_going).unwrap();
    let receipt = local.store.save(same(), &mut keep_going).unwrap().remove(0);

    assert_eq!((repaired.discarded, repaired.verified.problems.len()), (1, 2));
    assert!(!receipt.unchanged, "a version anew, so that its blobs are kept");
    assert_eq!(problems(&local.store), []);
    assert_eq!(load(&local.store, "alone").bodies[0].as_slice(), shared);
}

#[test]
fn a_repair_touches_nothing_that_is_whole() {
    on_each(|store| {
        save(store, "array", array(noise(1 << 20, 1)));

        let repaired = store.repair(&mut keep_going).unwrap();

        assert_eq!(repaired.discarded, 0);
        assert_eq!(load(store, "array").bodies[0].as_slice(), noise(1 << 20, 1));
    });
}

#[test]
fn one_damaged_record_hides_no_other() {
    let Local { folder, store } = local();
    let mut labelled = Save::new(key("n"), int(2));
    labelled.label = Some("the label whose bits flip".to_owned());
    save(&store, "a", int(1));
    save(&store, "n", int(1));
    store.save(vec![labelled], &mut keep_going).unwrap();
    save(&store, "z", int(1));
    // The last one out writes everything into the catalog's own file.
    drop(store);
    assert!(flip(&folder.path().join("store/catalog.sqlite"), b"the label whose bits flip"));
    let store = open_at(&folder);

    let listed = store.results(None).unwrap();
    let told: Vec<_> = listed.iter().map(|r| (r.key.key.as_str(), r.version.get(), r.is_damaged)).collect();
    assert_eq!(told, [("a", 1, false), ("n", 2, true), ("z", 1, false)]);
    let history = store.history(&key("n")).unwrap();
    assert_eq!(history.iter().map(|record| record.is_damaged).collect::<Vec<_>>(), [true, false]);
    let error = store.load(&key("n"), None, &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let found = problems(&store);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].version, found[0].whole), (v(2), Some(v(1))));
    assert!(found[0].what.contains("delete this version"), "{}", found[0].what);

    store.delete(&key("n"), Some(v(2))).unwrap();

    assert_eq!(problems(&store), []);
    assert_eq!(versions(&store, "n"), [1]);
    assert_eq!(save(&store, "n", int(3)).record.version, v(3));
}
