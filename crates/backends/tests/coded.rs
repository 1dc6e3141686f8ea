//! Coded blobs in a folder: what layout they make it, and how they lie, move and come back.

use std::fs;
use std::time::Duration;

use stillroom_backends::Connected;
use stillroom_core::{BackendError, Body, Commit, Hint, Sweep, layers, poll_now};
use stillroom_format::CHUNK_LEN;

use crate::common::{Place, Store, blobs, buffer, key, noise, version};

/// Enough for several threads, with a tail.
const LARGE: usize = 70 * CHUNK_LEN + 1000;

impl Place {
    fn layout(&self) -> i64 {
        let layout = "SELECT value FROM meta WHERE key = 'layout'";
        self.catalog().query_row(layout, (), |row| row.get(0)).unwrap()
    }

    /// A store that is given every blob coded.
    fn open_coded(&self) -> Store {
        let Store(connected) = self.open();
        let backend = layers::coded(connected.backend);
        Store(Connected { backend, ..connected })
    }

    fn packs_len(&self) -> u64 {
        self.packs().iter().map(|pack| fs::metadata(pack).unwrap().len()).sum()
    }
}

/// Bytes that codecs make a little shorter.
fn light(seed: u64, len: usize) -> Vec<u8> {
    noise(seed, len).into_iter().map(|byte| byte & 0x3f).collect()
}

fn is_corrupt<T>(answer: &Result<T, BackendError>) -> bool {
    matches!(answer, Err(BackendError::Corrupt { .. }))
}

#[test]
fn a_store_is_of_layout_1_until_it_takes_a_coded_blob() {
    for is_large in [false, true] {
        let place = Place::new();
        let value = light(1, if is_large { LARGE } else { 5000 });
        let save = |store: &Store, at: &str, value: &[u8]| match is_large {
            true => store.save(at, value).unwrap(),
            false => store.save_small(at, value).unwrap(),
        };
        save(&place.open(), "train/raw", &light(2, value.len()));
        assert_eq!(place.layout(), 1);

        save(&place.open_coded(), "train/coded", &value);

        assert_eq!(place.layout(), 2);
        place.open().assert_holds("train/raw", &light(2, value.len()));
        place.open().assert_holds("train/coded", &value);
        save(&place.open(), "train/raw", &value);
        assert_eq!(place.layout(), 2);
    }
}

#[test]
fn a_commit_that_writes_nothing_changes_no_layout() {
    let place = Place::new();
    let store = place.open_coded();
    let operator = store.0.backend.operator.clone().unwrap();
    poll_now(operator.set_quota(store.who().owner(), Some(100))).unwrap();

    assert!(store.save_small("train/large", &light(1, 5000)).is_err());

    assert_eq!(place.layout(), 1);
}

#[test]
fn coded_chunks_lie_one_after_another_and_are_fewer_bytes() {
    let place = Place::new();
    let value = light(1, LARGE);

    place.open_coded().save("train/coded", &value).unwrap();

    let usage = poll_now(place.open().0.backend.catalog.usage(&place.open().who())).unwrap();
    assert!(usage.stored_bytes < LARGE as u64 * 9 / 10, "{usage:?}");
    assert!(place.packs_len() < LARGE as u64);
}

#[test]
fn a_coded_buffer_is_loaded_by_its_hint_without_a_look_up_of_its_chunks() {
    let place = Place::new();
    let value = light(1, LARGE);
    place.open_coded().save("train/coded", &value).unwrap();
    let store = place.open();
    place.catalog().execute("DELETE FROM blobs", ()).unwrap();

    assert_eq!(store.body("train/coded", buffer(&value)).unwrap().as_slice(), value);

    assert!(is_corrupt(&store.body_by(&Hint::default(), buffer(&value))));
}

#[test]
fn a_pack_that_ends_in_a_coded_blob_is_continued_by_the_next_process() {
    let place = Place::new();
    place.open_coded().save("train/coded", &light(1, LARGE)).unwrap();
    let last = place.packs();

    place.open_coded().save("train/more", &light(2, LARGE)).unwrap();
    place.open().save("train/raw", &light(3, LARGE)).unwrap();

    assert_eq!((place.packs(), last.len()), (last, 1));
    let store = place.open();
    for (at, seed) in [("train/coded", 1), ("train/more", 2), ("train/raw", 3)] {
        store.assert_holds(at, &light(seed, LARGE));
    }
    assert!(matches!(store.body("train/raw", buffer(&light(3, LARGE))), Ok(Body::Mapped(_))));
}

#[test]
fn what_is_new_of_a_raw_buffer_may_be_coded_and_both_come_back_as_one() {
    let place = Place::new();
    let mut value = light(1, LARGE);
    place.open().save("train/mixed", &value).unwrap();
    value[33 * CHUNK_LEN] ^= 1;
    value[50 * CHUNK_LEN] ^= 1;
    value[LARGE - 1] ^= 1;

    place.open_coded().save("train/mixed", &value).unwrap();

    let store = place.open();
    let body = store.body("train/mixed", buffer(&value)).unwrap();
    assert!(matches!(body, Body::Mapped(_)), "most of it is raw");
    assert_eq!(body.as_slice(), value);
    assert_eq!(store.body_by(&Hint::default(), buffer(&value)).unwrap().as_slice(), value);
}

#[test]
fn coded_blobs_move_out_of_a_pack_mostly_dead_and_hints_follow() {
    let place = Place::new();
    let store = place.open_coded();
    for seed in 0..4 {
        store.save(&format!("train/{seed}"), &light(seed, LARGE)).unwrap();
    }
    let (before, hint) = (place.packs(), store.get("train/3").unwrap().hint);
    for seed in 0..3 {
        let key = key(&format!("train/{seed}"));
        poll_now(store.0.backend.catalog.delete(&store.who(), &key, None)).unwrap();
    }
    place.clock().advance(Duration::from_secs(7200));

    poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default())).unwrap();

    assert_ne!(place.packs(), before);
    assert!(place.packs_len() < LARGE as u64);
    let value = light(3, LARGE);
    for hint in [hint, Hint::default()] {
        assert_eq!(store.body_by(&hint, buffer(&value)).unwrap().as_slice(), value);
    }
    let digests: Vec<_> = buffer(&value).chunks.iter().map(|chunk| chunk.digest).collect();
    assert!(poll_now(store.0.backend.blobs.damaged(&store.who(), &digests)).unwrap().is_empty());
    place.catalog().execute("DELETE FROM blobs", ()).unwrap();
    assert_eq!(place.open().body("train/3", buffer(&value)).unwrap().as_slice(), value);
}

#[test]
fn a_flaw_in_one_of_many_chunks_is_corrupt_wherever_it_is_decoded() {
    let place = Place::new();
    let value = light(1, LARGE);
    place.open_coded().save("train/coded", &value).unwrap();
    let (_, coded) = layers::coded::form(&value[40 * CHUNK_LEN..41 * CHUNK_LEN]);

    place.damage(&coded);

    let store = place.open();
    assert!(is_corrupt(&store.body("train/coded", buffer(&value))));
    assert!(is_corrupt(&store.body_by(&Hint::default(), buffer(&value))));
}

#[test]
fn a_row_that_no_release_has_written_is_damage() {
    let rows = [
        "codec = 9",
        "codec = -1",
        "codec = 300",
        "codec = 0",
        "stored_len = raw_len",
        "stored_len = 0",
        "raw_len = raw_len - 1",
        "raw_len = 4000000000",
        "codec = CASE codec WHEN 1 THEN 2 ELSE 1 END",
    ];
    for row in rows {
        let place = Place::new();
        let value = light(1, 5000);
        let versions = vec![version("train/coded", &[buffer(&value)])];
        let commit = Commit { versions, blobs: blobs(&value), ..Commit::default() };
        place.open_coded().commit(commit).unwrap();
        place.catalog().execute(&format!("UPDATE blobs SET {row}"), ()).unwrap();

        let store = place.open();
        let digest = buffer(&value).chunks[0].digest;

        assert!(is_corrupt(&store.body_by(&Hint::default(), buffer(&value))), "{row}");
        let damaged = poll_now(store.0.backend.blobs.damaged(&store.who(), &[digest])).unwrap();
        assert_eq!(damaged, [digest], "{row}");
    }
}
