//! Buffers whose chunks lie in several places: mapped one after another, written again when there are too many.

use std::fs;
use std::path::Path;

use stillroom_core::{BackendError, Body, Commit, PutBlob, Sweep, poll_now};
use stillroom_format::CHUNK_LEN;

use crate::child::{Helper, say};
use crate::common::{Place, Store, blobs, buffer, key, noise, open, options, version};

/// The most runs that are mapped.
const MAX_RUNS: usize = 256;

impl Store {
    /// Saves a value of whose chunks those not `given` with the commit were put before.
    fn save_with(&self, at: &str, value: &[u8], given: Vec<PutBlob<'_>>) {
        let versions = vec![version(at, &[buffer(value)])];
        self.commit(Commit { versions, blobs: given, ..Commit::default() }).unwrap();
    }

    /// Puts each chunk by itself, the last first, so that no two follow one another.
    fn put_backwards(&self, value: &[u8]) {
        value.chunks(CHUNK_LEN).rev().for_each(|chunk| self.put(chunk).unwrap());
    }

    fn is_mapped_as(&self, at: &str, value: &[u8]) -> bool {
        let body = self.body(at, buffer(value)).unwrap();
        assert!(body.as_slice() == value, "{at} came back as something else");
        matches!(body, Body::Mapped(_))
    }
}

fn chunk(value: &[u8], number: usize) -> &[u8] {
    value.chunks(CHUNK_LEN).nth(number).unwrap()
}

/// The value with other bytes at the chunks of these numbers.
fn changed(value: &[u8], numbers: impl Iterator<Item = usize>) -> Vec<u8> {
    let mut value = value.to_vec();
    for number in numbers {
        value[number * CHUNK_LEN] ^= 0xff;
    }
    value
}

fn packs_len(place: &Place) -> u64 {
    place.packs().iter().map(|pack| fs::metadata(pack).unwrap().len()).sum()
}

/// `first` of ten chunks and a tail in one pack, and `second` of which two are in another and one in the
/// catalog.
fn in_three_places(place: &Place) -> (Store, [Vec<u8>; 2]) {
    let (one, two) = (place.open(), place.open());
    let first = noise(1, 10 * CHUNK_LEN + 100);
    one.save("train/first", &first).unwrap();
    let second = changed(&first, [0, 4, 7].into_iter());
    two.put(chunk(&second, 0)).unwrap();
    two.put(chunk(&second, 7)).unwrap();
    two.save_with("train/second", &second, blobs(chunk(&second, 4)));
    assert_eq!(place.packs().len(), 2);
    (two, [first, second])
}

#[test]
fn a_buffer_in_several_packs_and_the_catalog_is_mapped() {
    let place = Place::new();
    let (store, [first, second]) = in_three_places(&place);

    for store in [store, place.open(), place.open_verifying()] {
        assert!(store.is_mapped_as("train/second", &second));
        assert!(store.is_mapped_as("train/first", &first));
        let without_hint = store.body_by(&Default::default(), buffer(&second)).unwrap();
        assert!(matches!(without_hint, Body::Mapped(_)));
        assert!(without_hint.as_slice() == second);
    }
}

#[test]
fn a_write_to_a_stitched_buffer_is_seen_by_no_other_load() {
    let place = Place::new();
    let (store, [first, second]) = in_three_places(&place);
    let Ok(Body::Mapped(mut mine)) = store.body("train/second", buffer(&second)) else { panic!("mapped") };
    let theirs = store.body("train/second", buffer(&second)).unwrap();

    mine.as_mut_slice().fill(0);

    assert!(theirs.as_slice() == second);
    for store in [place.open(), place.open_verifying()] {
        assert!(store.is_mapped_as("train/second", &second));
        assert!(store.is_mapped_as("train/first", &first));
    }
}

#[test]
fn damage_in_any_part_of_a_stitched_buffer_is_an_error() {
    for number in [0, 2, 4, 7, 10] {
        let place = Place::new();
        let (store, [first, second]) = in_three_places(&place);

        place.damage(chunk(&second, number));

        for store in [&store, &place.open()] {
            let damaged = store.body("train/second", buffer(&second));
            assert!(matches!(damaged, Err(BackendError::Corrupt { .. })), "chunk {number}");
        }
        if chunk(&first, number) != chunk(&second, number) {
            assert!(store.is_mapped_as("train/first", &first), "chunk {number}");
        }
    }
}

#[test]
fn a_pack_cut_short_under_a_stitched_buffer_is_an_error() {
    let place = Place::new();
    let (store, [_, second]) = in_three_places(&place);

    for pack in place.packs() {
        let whole = fs::read(&pack).unwrap();
        fs::write(&pack, &whole[..CHUNK_LEN / 2]).unwrap();
        let error = store.body("train/second", buffer(&second)).unwrap_err();
        assert!(error.to_string().contains("cut short"), "{error}");
        fs::write(&pack, whole).unwrap();
        assert!(store.is_mapped_as("train/second", &second));
    }
}

/// Chunks that are put as if they were text lie at any offset.
#[test]
fn chunks_that_are_not_aligned_are_read_into_their_place() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, 9 * CHUNK_LEN + 5);
    store.put(&value[..4 * CHUNK_LEN]).unwrap();
    store.put(b"a tail").unwrap();
    let mut unaligned = blobs(&value[4 * CHUNK_LEN..5 * CHUNK_LEN]);
    unaligned[0].is_full_chunk = false;
    poll_now(store.0.backend.blobs.put(&store.who(), &unaligned)).unwrap();
    store.put(&value[5 * CHUNK_LEN..]).unwrap();

    store.save_with("train/large", &value, Vec::new());

    assert!(store.is_mapped_as("train/large", &value));
}

#[test]
fn a_buffer_of_which_little_can_be_mapped_is_read() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, 8 * CHUNK_LEN);
    store.put(&value[..3 * CHUNK_LEN]).unwrap();

    store.save_with("train/large", &value, blobs(&value[3 * CHUNK_LEN..]));

    assert!(!store.is_mapped_as("train/large", &value));
}

#[test]
fn as_many_runs_as_are_mapped_stay_where_they_are() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, MAX_RUNS * CHUNK_LEN);
    store.put_backwards(&value);
    let before = packs_len(&place);

    store.save_with("train/large", &value, Vec::new());

    assert_eq!(packs_len(&place), before);
    assert!(store.is_mapped_as("train/large", &value));
    assert!(place.open().is_mapped_as("train/large", &value));
}

#[test]
fn a_buffer_in_more_runs_is_written_again_in_one() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, (MAX_RUNS + 1) * CHUNK_LEN + 10);
    store.put_backwards(&value);
    let before = packs_len(&place);

    store.save_with("train/large", &value, Vec::new());

    let whole = value.len().next_multiple_of(CHUNK_LEN) as u64;
    assert!((before + value.len() as u64..=before + whole).contains(&packs_len(&place)));
    for store in [&store, &place.open(), &place.open_verifying()] {
        assert!(store.is_mapped_as("train/large", &value));
    }
    store.save_with("train/again", &value, Vec::new());
    assert!(packs_len(&place) <= before + whole, "once is enough");
}

/// A value of so many chunks that others of them in between leave it in too many runs.
const SCATTERED: usize = MAX_RUNS + 4;

/// `train/0` in one run; `train/1` with every other chunk changed, those in the catalog; `train/2` with one
/// more chunk changed.
fn scattered_by_saves(store: &Store) -> [Vec<u8>; 3] {
    let first = noise(1, SCATTERED * CHUNK_LEN + 10);
    store.save("train/0", &first).unwrap();
    let every_other = || (0..SCATTERED).step_by(2);
    let second = changed(&first, every_other());
    store.save_with(
        "train/1",
        &second,
        every_other().flat_map(|number| blobs(chunk(&second, number))).collect(),
    );
    assert!(!store.is_mapped_as("train/1", &second), "what comes with a commit lies in the catalog");
    let third = changed(&second, [1].into_iter());
    store.save_with("train/2", &third, blobs(chunk(&third, 1)));
    [first, second, third]
}

#[test]
fn what_many_saves_scattered_is_written_again_and_older_versions_stay_whole() {
    let place = Place::new();
    let store = place.open();
    let values = scattered_by_saves(&store);

    for store in [&store, &place.open(), &place.open_verifying()] {
        assert!(store.is_mapped_as("train/2", &values[2]));
        for (number, value) in values.iter().enumerate() {
            store.is_mapped_as(&format!("train/{number}"), value);
        }
    }
    let in_catalog = "SELECT count(*) FROM blobs WHERE data IS NOT NULL";
    let in_catalog: i64 = place.catalog().query_row(in_catalog, (), |row| row.get(0)).unwrap();
    assert_eq!(in_catalog, 1, "the chunk that came with the last commit");
}

/// Or `verify`, which looks at each blob's one place, would not see what a load by an old hint reads.
#[test]
fn no_hint_points_to_what_was_written_again() {
    let place = Place::new();
    let store = place.open();
    let values = scattered_by_saves(&store);
    let moved = chunk(&values[0], 3);
    let (pack, offset): (i64, i64) = place
        .catalog()
        .query_row(
            "SELECT pack, pack_offset FROM blobs WHERE digest = ?1",
            (stillroom_core::Digest::of(moved).as_bytes(),),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let pack = place.path().join(format!("packs/{pack:016x}.pack"));
    let mut bytes = fs::read(&pack).unwrap();

    bytes[offset as usize] ^= 1;
    fs::write(&pack, bytes).unwrap();
    place.note_stat();

    let damaged = poll_now(store.0.backend.blobs.damaged(&store.who(), &[buffer(moved).chunks[0].digest]));
    assert_eq!(damaged.unwrap().len(), 1);
    let by_hint = store.body("train/0", buffer(&values[0]));
    assert!(by_hint.is_err(), "the old copy is whole, and nobody's any more");
}

#[test]
fn a_sweep_takes_what_was_written_again() {
    let place = Place::new();
    let store = place.open();
    let values = scattered_by_saves(&store);
    for at in ["train/0", "train/1"] {
        poll_now(store.0.backend.catalog.delete(&store.who(), &key(at), None)).unwrap();
    }
    let before = packs_len(&place);

    poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default())).unwrap();

    assert!(packs_len(&place) < before);
    for store in [&store, &place.open_verifying()] {
        assert!(store.is_mapped_as("train/2", &values[2]));
    }
}

#[test]
fn a_damaged_chunk_is_not_written_again() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, (MAX_RUNS + 1) * CHUNK_LEN);
    store.put_backwards(&value);
    place.damage(chunk(&value, 200));
    let before = packs_len(&place);

    store.save_with("train/large", &value, Vec::new());

    assert_eq!(packs_len(&place), before);
    assert!(matches!(store.body("train/large", buffer(&value)), Err(BackendError::Corrupt { .. })));
    assert_eq!(place.count("versions"), 1);
}

/// A blob has one place, so a chunk that occurs again and again is in all runs but one elsewhere.
#[test]
fn chunks_that_occur_twice_are_not_written_again_and_again() {
    let place = Place::new();
    let store = place.open();
    let mut value = noise(1, 2 * MAX_RUNS * CHUNK_LEN);
    value.chunks_mut(CHUNK_LEN).step_by(2).for_each(|chunk| chunk.fill(7));
    store.put(&value).unwrap();
    let before = packs_len(&place);

    for at in ["train/first", "train/second"] {
        store.save_with(at, &value, Vec::new());
        assert!(!store.is_mapped_as(at, &value));
    }

    assert_eq!(packs_len(&place), before);
}

/// Two buffers over the same chunks, one of them backwards: whichever is in one run, the other is not.
#[test]
fn two_buffers_that_can_t_both_be_in_one_run_don_t_take_turns() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, (MAX_RUNS + 1) * CHUNK_LEN);
    let backwards = value.chunks(CHUNK_LEN).rev().flatten().copied().collect::<Vec<u8>>();
    store.put(&value).unwrap();
    let before = packs_len(&place);

    for at in ["train/first", "train/second"] {
        let versions = vec![version(at, &[buffer(&value), buffer(&backwards)])];
        store.commit(Commit { versions, ..Commit::default() }).unwrap();
    }

    assert_eq!(packs_len(&place), before);
    assert!(store.is_mapped_as("train/first", &value));
    assert!(!store.is_mapped_as("train/first", &backwards));
}

/// How many maps of all regions a process has at most.
const MAX_MAPS: usize = 16 * 1024;

fn of_256_runs() -> Vec<u8> {
    noise(9, MAX_RUNS * CHUNK_LEN)
}

/// Loads a value of 256 maps until there is no map left, then reads it; a map given back can be had again.
pub(crate) fn errand_map(path: &Path) {
    let store = open(path, options()).unwrap();
    let value = of_256_runs();
    let load = || store.body("train/large", buffer(&value)).unwrap();
    let mut kept: Vec<Body> = (0..MAX_MAPS / MAX_RUNS).map(|_| load()).collect();
    assert!(kept.iter().all(|body| matches!(body, Body::Mapped(_))));

    let read = load();

    assert!(matches!(read, Body::Owned(_)));
    assert!(read.as_slice() == value);
    kept.pop();
    assert!(matches!(load(), Body::Mapped(_)));
    assert!(kept.iter().all(|body| body.as_slice()[..100] == value[..100]));
    say("mapped and read");
}

#[test]
fn a_process_with_all_its_maps_reads() {
    let place = Place::new();
    let store = place.open();
    store.put_backwards(&of_256_runs());
    store.save_with("train/large", &of_256_runs(), Vec::new());

    assert_eq!(Helper::start("map", &place.path()).join(), ["mapped and read"]);
}
