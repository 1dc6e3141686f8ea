//! Where a save's bytes go, and how they come back.

use std::sync::Barrier;
use std::thread;

use stillroom_core::{Body, Buffer, Commit};
use stillroom_format::CHUNK_LEN;

use crate::common::{Place, Store, blobs, buffer, noise, version};

fn is_mapped(store: &Store, at: &str, value: &[u8]) -> bool {
    store.assert_holds(at, value);
    matches!(store.body(at, buffer(value)), Ok(Body::Mapped(_)))
}

#[test]
fn long_buffers_are_mapped_and_short_ones_copied() {
    let place = Place::new();
    let store = place.open();

    for (len, expected) in
        [(CHUNK_LEN, false), (4 * CHUNK_LEN - 1, false), (4 * CHUNK_LEN, true), (9 * CHUNK_LEN + 3, true)]
    {
        let at = format!("train/{len}");
        let value = noise(len as u64, len);
        store.save(&at, &value).unwrap();
        assert_eq!(is_mapped(&store, &at, &value), expected, "{len}");
        assert_eq!(is_mapped(&place.open(), &at, &value), expected, "{len}, reopened");
    }
}

#[test]
fn each_buffer_of_a_save_is_mapped_when_full_chunks_come_first() {
    let store = Place::new();
    let store = store.open();
    let values: Vec<Vec<u8>> = (0..5).map(|seed| noise(seed, 5 * CHUNK_LEN + 100)).collect();
    for value in &values {
        store.put(&value[..5 * CHUNK_LEN]).unwrap();
    }
    for value in &values {
        store.put(&value[5 * CHUNK_LEN..]).unwrap();
    }
    let buffers: Vec<Buffer> = values.iter().map(|value| buffer(value)).collect();

    store.commit(Commit { versions: vec![version("train/all", &buffers)], ..Commit::default() }).unwrap();

    for value in &values {
        assert!(is_mapped(&store, "train/all", value));
    }
}

#[test]
fn a_write_to_a_loaded_buffer_is_seen_by_no_other_load() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, 5 * CHUNK_LEN + 1);
    store.save("train/large", &value).unwrap();
    let Ok(Body::Mapped(mut mine)) = store.body("train/large", buffer(&value)) else { panic!("mapped") };

    mine.as_mut_slice().fill(0);

    store.assert_holds("train/large", &value);
    place.open_verifying().assert_holds("train/large", &value);
}

#[test]
fn small_saves_write_no_pack() {
    let place = Place::new();
    let store = place.open();

    store.save_small("train/rmse", &noise(1, CHUNK_LEN)).unwrap();

    assert!(place.packs().is_empty());
    store.assert_holds("train/rmse", &noise(1, CHUNK_LEN));
}

#[test]
fn a_store_opened_again_continues_the_pack() {
    let place = Place::new();
    for seed in 0..3 {
        place.open().save(&format!("train/{seed}"), &noise(seed, 300_000)).unwrap();
    }

    assert_eq!(place.packs().len(), 1);
    for seed in 0..3 {
        assert!(is_mapped(&place.open(), &format!("train/{seed}"), &noise(seed, 300_000)));
    }
}

#[test]
fn two_open_stores_write_to_packs_of_their_own_and_read_each_other_s() {
    let place = Place::new();
    let (one, two) = (place.open(), place.open());
    one.save("train/one", &noise(1, 300_000)).unwrap();

    two.save("train/two", &noise(2, 300_000)).unwrap();

    assert_eq!(place.packs().len(), 2);
    assert!(is_mapped(&one, "train/two", &noise(2, 300_000)));
    assert!(is_mapped(&two, "train/one", &noise(1, 300_000)));
}

#[test]
fn saves_of_several_threads_at_once_can_each_be_mapped() {
    let place = Place::new();
    let store = place.open();
    let barrier = Barrier::new(3);

    thread::scope(|scope| {
        for seed in 0..3 {
            let (store, barrier) = (&store, &barrier);
            scope.spawn(move || {
                let value = noise(seed, 40 * CHUNK_LEN);
                for batch in value.chunks(4 * CHUNK_LEN) {
                    barrier.wait();
                    store.put(batch).unwrap();
                }
                let versions = vec![version(&format!("train/{seed}"), &[buffer(&value)])];
                store.commit(Commit { versions, ..Commit::default() }).unwrap();
            });
        }
    });

    for seed in 0..3 {
        assert!(is_mapped(&store, &format!("train/{seed}"), &noise(seed, 40 * CHUNK_LEN)));
    }
}

#[test]
fn what_a_save_that_was_given_up_wrote_serves_the_next_one() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, 300_000);
    store.put(&value).unwrap();
    let written = std::fs::metadata(&place.packs()[0]).unwrap().len();

    let digests: Vec<_> = blobs(&value).iter().map(|blob| blob.digest).collect();
    assert!(
        stillroom_core::poll_now(store.0.backend.blobs.missing(&store.who(), &digests)).unwrap().is_empty()
    );
    store.save("train/large", &value).unwrap();

    assert_eq!(std::fs::metadata(&place.packs()[0]).unwrap().len(), written);
    store.assert_holds("train/large", &value);
}
