//! Saving one value.

use std::ops::ControlFlow;

use stillroom::{ErrorKind, Limits, Save, Version, Writer, encode_metadata, keep_going};

use crate::common::{array, draft, int, key, load, local, noise, open_at, save};

#[test]
fn a_saved_value_is_there_after_reopening() {
    let local = local();
    let bytes = noise(3 << 20, 1);
    save(&local.store, "array", array(bytes.clone()));

    let loaded = load(&open_at(&local.folder), "array");

    assert_eq!(loaded.bodies[0].as_slice(), bytes);
}

#[test]
fn versions_count_up_and_each_can_be_loaded() {
    let local = local();
    for value in 1..=3 {
        assert_eq!(save(&local.store, "n", int(value)).record.version.get(), value as u64);
    }

    let first = local.store.load(&key("n"), Version::new(1), &mut keep_going).unwrap();

    assert_eq!(first.record.version.get(), 1);
    assert_eq!(local.store.history(&key("n")).unwrap().len(), 3);
}

#[test]
fn an_equal_value_makes_no_version_and_stores_nothing() {
    let local = local();
    save(&local.store, "array", array(noise(200_000, 1)));

    let receipt = save(&local.store, "array", array(noise(200_000, 1)));

    assert!(receipt.unchanged);
    assert_eq!((receipt.record.version.get(), receipt.new_bytes), (1, 0));
}

#[test]
fn a_label_given_with_an_equal_value_goes_to_the_version_that_is_there() {
    let local = local();
    save(&local.store, "n", int(1));
    let mut again = Save::new(key("n"), int(1));
    again.label = Some("first".to_owned());

    let receipt = local.store.save(vec![again], &mut keep_going).unwrap().remove(0);

    assert!(receipt.unchanged);
    assert_eq!(local.store.record(&key("n"), None).unwrap().label.as_deref(), Some("first"));
}

#[test]
fn only_new_chunks_are_stored() {
    let local = local();
    let mut bytes = noise(1 << 20, 1);
    save(&local.store, "array", array(bytes.clone()));
    bytes[0] ^= 1;

    let receipt = save(&local.store, "array", array(bytes));

    assert!(receipt.new_bytes < 70_000, "one chunk and the manifest: {}", receipt.new_bytes);
}

#[test]
fn a_stale_save_conflicts_and_writes_nothing() {
    let local = local();
    save(&local.store, "n", int(1));
    save(&local.store, "n", int(2));
    let mut stale = Save::new(key("n"), int(3));
    stale.if_version = Some(Version::new(1));

    let error = local.store.save(vec![stale], &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(local.store.history(&key("n")).unwrap().len(), 2);
}

#[test]
fn a_condition_holds_for_an_equal_value_too() {
    let local = local();
    save(&local.store, "n", int(1));
    let mut stale = Save::new(key("n"), int(1));
    stale.if_version = Some(None);

    let error = local.store.save(vec![stale], &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[test]
fn a_stopped_save_leaves_nothing_visible_and_the_next_is_whole() {
    let local = local();
    let bytes = noise(4 << 20, 1);
    let mut calls = 0;
    let mut stop_at_second = |_| {
        calls += 1;
        if calls == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };

    let error = local
        .store
        .save(vec![Save::new(key("array"), array(bytes.clone()))], &mut stop_at_second)
        .unwrap_err();

    assert!(error.is_stopped());
    assert!(local.store.results(None).unwrap().is_empty());
    save(&local.store, "array", array(bytes.clone()));
    assert_eq!(load(&local.store, "array").bodies[0].as_slice(), bytes);
}

#[test]
fn progress_never_falls_and_ends_at_the_total() {
    let local = local();
    let mut seen = Vec::new();
    let mut watch = |progress: stillroom::Progress| {
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };

    local.store.save(vec![Save::new(key("array"), array(noise(3 << 20, 1)))], &mut watch).unwrap();

    assert!(seen.is_sorted());
    let (done, total) = *seen.last().unwrap();
    assert!(done <= total && done >= 3 << 20);
}

#[test]
fn a_long_manifest_comes_back() {
    let local = local();
    let count = 40_000;
    save(
        &local.store,
        "list",
        draft(|writer| {
            writer.list(count).unwrap();
            (0..count).for_each(|n| writer.int(n as i64).unwrap());
        }),
    );

    let loaded = load(&local.store, "list");

    assert!(loaded.manifest.bytes().len() > 64 * 1024);
    assert_eq!(loaded.record.shape, [count]);
}

#[test]
fn metadata_over_64_kib_is_refused() {
    let mut writer = Writer::without_buffers(Limits::default());
    writer.str(&"x".repeat(70_000)).unwrap();

    let error = encode_metadata(&writer.finish().unwrap()).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge);
}
