//! Bytes and rows that are not what was written are an error, never a value.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use stillroom_core::{BackendError, Body, Hint, ListRange, Record, Result, Scope, poll_now};
use stillroom_format::CHUNK_LEN;

use crate::common::{Place, Store, buffer, key, noise};

const LARGE: usize = 6 * CHUNK_LEN + 1000;

fn is_corrupt<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(BackendError::Corrupt { .. }))
}

/// Flips the first byte of the only place where `pattern` is, and makes sure that it shows in the stat.
fn flip(path: &Path, pattern: &[u8]) {
    let bytes = fs::read(path).unwrap();
    let mut found = bytes.windows(pattern.len()).enumerate().filter(|(_, window)| *window == pattern);
    let (at, _) = found.next().unwrap();
    assert!(found.next().is_none(), "the pattern is there once");
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(&[bytes[at] ^ 1], at as u64).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
}

/// A store with a large value in its one pack.
fn large() -> (Place, Store, Vec<u8>) {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, LARGE);
    store.save("train/large", &value).unwrap();
    (place, store, value)
}

#[test]
fn a_flipped_byte_of_a_mapped_chunk_is_found_by_the_pack_s_changed_stat() {
    let (place, store, value) = large();
    assert!(matches!(store.body("train/large", buffer(&value)), Ok(Body::Mapped(_))));

    flip(&place.packs()[0], &value[3 * CHUNK_LEN..3 * CHUNK_LEN + 64]);

    assert!(is_corrupt(&store.body("train/large", buffer(&value))));
    assert!(is_corrupt(&place.open().body("train/large", buffer(&value))));
}

#[test]
fn a_changed_stat_alone_costs_time_and_nothing_else() {
    let (place, store, value) = large();
    let pack = File::options().write(true).open(&place.packs()[0]).unwrap();

    pack.set_modified(SystemTime::UNIX_EPOCH).unwrap();

    store.assert_holds("train/large", &value);
    assert!(matches!(store.body("train/large", buffer(&value)), Ok(Body::Mapped(_))));
}

#[test]
fn a_flipped_byte_of_a_copied_chunk_is_always_found() {
    let place = Place::new();
    let store = place.open();
    let value = noise(2, 3 * CHUNK_LEN);
    store.save("train/copied", &value).unwrap();

    flip(&place.packs()[0], &value[..64]);
    place.note_stat();

    assert!(is_corrupt(&store.body("train/copied", buffer(&value))));
}

#[test]
fn a_flipped_byte_of_a_mapped_buffer_s_tail_is_always_found() {
    let (place, store, value) = large();

    flip(&place.packs()[0], &value[LARGE - 500..]);
    place.note_stat();

    assert!(is_corrupt(&store.body("train/large", buffer(&value))));
}

#[test]
fn silent_rot_of_a_mapped_chunk_is_found_by_verify_always() {
    let (place, store, value) = large();

    flip(&place.packs()[0], &value[..64]);
    place.note_stat();

    // Under an unchanged stat maps are not compared: this is what they cost, and what `verify` is for.
    assert!(store.body("train/large", buffer(&value)).is_ok());
    assert!(is_corrupt(&place.open_verifying().body("train/large", buffer(&value))));
}

#[test]
fn a_flipped_byte_in_the_catalog_s_file_is_found() {
    for (pattern, what) in [(&b"the value"[..], "value"), (b"the root", "root"), (b"the summary", "summary")]
    {
        let place = Place::new();
        place.open().save_small("train/small", b"the value").unwrap();

        flip(&place.path().join("catalog.sqlite"), pattern);

        let store = place.open();
        assert!(is_corrupt(&store.body("train/small", buffer(b"the value"))), "{what}");
    }
}

#[test]
fn a_record_changed_in_any_field_is_found_by_every_call_that_reads_it() {
    let changes = [
        "kind = 'list'",
        "shape = x'0000000000000000'",
        "shape = x'030000000000000000'",
        "bytes = 8",
        "bytes = -9",
        "label = NULL",
        "label = 'other'",
        "metadata = x'00'",
        "summary = ''",
        "provenance = '{}'",
        "created_at = 1",
        "created_at = 1 << 60",
        "expires_at = 1 << 60",
        "pinned = 1",
        "request_id = zeroblob(16)",
        "request_id = x'00'",
        "signature = zeroblob(40)",
        "signature = x'00'",
        "digest = zeroblob(32)",
        "root_digest = zeroblob(32)",
        "blobs_digest = zeroblob(32)",
        "record_digest = zeroblob(32)",
        "version = 2",
    ];

    for change in changes {
        let place = Place::new();
        let store = place.open();
        store.save_small("train/small", b"the value").unwrap();
        place.catalog().execute(&format!("UPDATE versions SET {change}"), ()).unwrap();

        let (who, catalog) = (store.who(), &store.0.backend.catalog);
        assert!(is_corrupt(&store.get("train/small")), "get: {change}");
        let listed = poll_now(catalog.list(&who, ListRange::default())).unwrap().records;
        let history = poll_now(catalog.history(&who, &key("train/small"), None)).unwrap().records;
        let snapshot = poll_now(catalog.snapshot(&who, &Scope::All)).unwrap();
        for record in [&listed[0], &history[0], &snapshot[0].record] {
            assert_eq!(*record, Record::damaged(record.key.clone(), record.version), "{change}");
        }
    }
}

#[test]
fn a_record_moved_to_another_key_or_owner_is_found() {
    for change in ["key = 'other'", "page = 'other'", "owner = zeroblob(16)"] {
        let place = Place::new();
        let store = place.open();
        store.save_small("train/small", b"the value").unwrap();
        place.catalog().execute(&format!("UPDATE heads SET {change}"), ()).unwrap();

        let zero = stillroom_core::Owner::new(uuid::Uuid::nil());
        for who in [store.who(), stillroom_core::Principal::local(zero)] {
            let listed = poll_now(store.0.backend.catalog.list(&who, ListRange::default())).unwrap();
            assert!(listed.records.iter().all(|record| record.is_damaged), "{change}");
        }
    }
}

#[test]
fn a_damaged_hint_costs_time_and_nothing_else() {
    let (place, store, value) = large();

    place.catalog().execute("UPDATE versions SET hint = zeroblob(80)", ()).unwrap();

    store.assert_holds("train/large", &value);
    assert!(matches!(store.body("train/large", buffer(&value)), Ok(Body::Mapped(_))));
}

#[test]
fn an_entry_of_a_blob_that_points_elsewhere_is_found() {
    for change in
        ["pack_offset = pack_offset + 65536", "pack_offset = pack_offset + 1", "pack = 5", "codec = 1"]
    {
        let (place, store, value) = large();
        place.catalog().execute(&format!("UPDATE blobs SET {change}"), ()).unwrap();

        assert!(is_corrupt(&store.body_by(&Hint::default(), buffer(&value))), "{change}");
        store.assert_holds("train/large", &value);
    }
}

#[test]
fn bytes_that_a_crash_left_at_a_pack_s_end_are_never_read_and_never_written_over() {
    let (place, store, value) = large();
    drop(store);
    let pack = place.packs()[0].clone();
    let whole = fs::read(&pack).unwrap();
    let torn = [whole.clone(), b"torn".to_vec()].concat();
    fs::write(&pack, &torn).unwrap();

    let store = place.open();
    store.assert_holds("train/large", &value);
    let next = noise(3, LARGE);
    store.save("train/next", &next).unwrap();

    assert_eq!(place.packs().len(), 1, "the pack is continued");
    assert!(fs::read(&pack).unwrap().starts_with(&torn));
    let store = place.open();
    store.assert_holds("train/large", &value);
    store.assert_holds("train/next", &next);
}

#[test]
fn a_pack_that_is_not_as_it_was_left_is_not_continued() {
    let cut_short: fn(&Path, &[u8]) = |pack, whole| fs::write(pack, &whole[..whole.len() - 1]).unwrap();
    let touched: fn(&Path, &[u8]) = |pack, whole| {
        fs::write(pack, whole).unwrap();
        File::options().write(true).open(pack).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    };
    let last_blob_damaged: fn(&Path, &[u8]) = |pack, whole| {
        let mut bytes = whole.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(pack, [bytes, b"torn".to_vec()].concat()).unwrap();
    };

    for (change, what) in [(cut_short, "cut short"), (touched, "touched"), (last_blob_damaged, "damaged")] {
        let (place, store, _) = large();
        drop(store);
        let pack = place.packs()[0].clone();
        change(&pack, &fs::read(&pack).unwrap());

        let store = place.open();
        let next = noise(3, LARGE);
        store.save("train/next", &next).unwrap();

        assert_eq!(place.packs().len(), 2, "{what}");
        store.assert_holds("train/next", &next);
    }
}

#[test]
fn a_pack_cut_short_is_corrupt_and_named() {
    let (place, store, value) = large();
    let pack = place.packs()[0].clone();

    File::options().write(true).open(&pack).unwrap().set_len(CHUNK_LEN as u64).unwrap();

    let error = store.body("train/large", buffer(&value)).unwrap_err();
    assert!(error.to_string().contains(pack.to_str().unwrap()), "{error}");
    assert!(is_corrupt(&Err::<(), _>(error)));
}

#[test]
fn a_pack_that_is_gone_is_corrupt_and_named() {
    let (place, store, value) = large();
    drop(store);
    let pack = place.packs()[0].clone();
    fs::remove_file(&pack).unwrap();

    let error = place.open().body("train/large", buffer(&value)).unwrap_err();

    assert!(error.to_string().contains(pack.to_str().unwrap()), "{error}");
    assert!(is_corrupt(&Err::<(), _>(error)));
}

#[test]
fn blobs_that_moved_to_another_pack_are_found_there() {
    let (place, store, value) = large();
    let hint = store.get("train/large").unwrap().hint;
    drop(store);
    fs::rename(&place.packs()[0], place.path().join("packs/0000000000000005.pack")).unwrap();
    place.catalog().execute_batch("UPDATE blobs SET pack = 5; UPDATE packs SET id = 5").unwrap();

    let body = place.open().body_by(&hint, buffer(&value)).unwrap();

    assert_eq!(body.as_slice(), value);
}
