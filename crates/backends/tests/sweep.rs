//! Sweeps among packs: what is unlinked, what is copied out first, and who goes on reading.

use std::fs::{self, File};
use std::thread;
use std::time::Duration;

use stillroom_core::{Body, Commit, Committed, Sweep, Swept, poll_now};
use stillroom_format::CHUNK_LEN;

use crate::common::{Place, Store, blobs, buffer, key, noise, version};

const LARGE: usize = 6 * CHUNK_LEN + 1000;

impl Store {
    fn sweep(&self) -> Swept {
        self.sweep_as(Sweep::default())
    }

    fn sweep_as(&self, sweep: Sweep) -> Swept {
        poll_now(self.0.backend.catalog.sweep(&self.who(), sweep)).unwrap()
    }

    fn delete(&self, at: &str) {
        poll_now(self.0.backend.catalog.delete(&self.who(), &key(at), None)).unwrap();
    }

    fn is_mapped(&self, at: &str, value: &[u8]) -> bool {
        self.assert_holds(at, value);
        matches!(self.body(at, buffer(value)), Ok(Body::Mapped(_)))
    }
}

/// Saves values of these seeds, `train/<seed>` each.
fn save(store: &Store, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        store.save(&format!("train/{seed}"), &noise(seed, LARGE)).unwrap();
    }
}

fn assert_holds(store: &Store, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        store.assert_holds(&format!("train/{seed}"), &noise(seed, LARGE));
    }
}

fn packs_len(place: &Place) -> u64 {
    place.packs().iter().map(|pack| fs::metadata(pack).unwrap().len()).sum()
}

#[test]
fn a_dead_pack_is_unlinked_and_its_bytes_are_free() {
    let place = Place::new();
    let store = place.open();
    save(&store, 0..1);
    let len = packs_len(&place);
    store.delete("train/0");

    let swept = store.sweep();

    assert!(place.packs().is_empty());
    assert_eq!((swept.versions, swept.blobs, swept.blob_bytes), (1, 7, LARGE as u64));
    assert!(swept.freed_bytes >= len, "{swept:?}");
    save(&store, 1..2);
    assert_holds(&store, 1..2);
}

#[test]
fn a_pack_mostly_dead_is_emptied_and_what_was_live_is_still_mapped() {
    let place = Place::new();
    let (store, other) = (place.open(), place.open());
    save(&store, 0..5);
    other.assert_holds("train/4", &noise(4, LARGE));
    let (hint, before) = (store.get("train/4").unwrap().hint, packs_len(&place));
    let old = place.packs();
    (0..4).for_each(|seed| store.delete(&format!("train/{seed}")));

    let swept = store.sweep();

    assert_ne!(place.packs(), old);
    assert_eq!(swept.freed_bytes, before - LARGE as u64);
    assert_eq!(packs_len(&place), LARGE as u64);
    for reader in [&store, &other, &place.open()] {
        assert!(reader.is_mapped("train/4", &noise(4, LARGE)));
        assert_eq!(reader.body_by(&hint, buffer(&noise(4, LARGE))).unwrap().as_slice(), noise(4, LARGE));
    }
}

/// Looking up each chunk of a long buffer costs more than loading it.
#[test]
fn hints_follow_what_a_sweep_moves() {
    let place = Place::new();
    let store = place.open();
    let (one, two) = (noise(10, LARGE), noise(11, 3 * CHUNK_LEN));
    let together = [buffer(&one), buffer(&two)];
    save(&store, 0..2);
    store.put(&one).unwrap();
    store.put(&two).unwrap();
    store.commit(Commit { versions: vec![version("train/both", &together)], ..Commit::default() }).unwrap();
    save(&store, 2..7);
    (0..7).for_each(|seed| store.delete(&format!("train/{seed}")));
    let before = store.get("train/both").unwrap().hint;

    store.sweep();

    assert_ne!(store.get("train/both").unwrap().hint, before);
    place.catalog().execute("UPDATE blobs SET pack = 5", ()).unwrap();
    assert!(store.is_mapped("train/both", &one));
    store.assert_holds("train/both", &two);
}

/// Full chunks lie at whole steps, so after a tail there would be a gap before the next.
#[test]
fn what_a_sweep_moves_lies_without_gaps() {
    let place = Place::new();
    let store = place.open();
    save(&store, 0..8);
    (0..6).for_each(|seed| store.delete(&format!("train/{seed}")));

    store.sweep();

    assert_eq!(packs_len(&place), 2 * LARGE as u64);
    assert_holds(&store, 6..8);
}

#[test]
fn a_pack_that_is_half_live_stays_as_it_is() {
    let place = Place::new();
    let store = place.open();
    let [dead, live] = [0, 1].map(|seed| noise(seed, 6 * CHUNK_LEN));
    store.save("train/dead", &dead).unwrap();
    store.save("train/live", &live).unwrap();
    let before = fs::read(&place.packs()[0]).unwrap();
    store.delete("train/dead");

    let swept = store.sweep();

    assert_eq!(before.len(), dead.len() + live.len());
    assert_eq!((swept.blobs, swept.freed_bytes), (6, 0));
    assert_eq!(fs::read(&place.packs()[0]).unwrap(), before);
    store.assert_holds("train/live", &live);
}

#[test]
fn a_pack_that_someone_else_appends_to_is_left_alone() {
    let place = Place::new();
    let (store, other) = (place.open(), place.open());
    other.put(&noise(9, LARGE)).unwrap();

    assert_eq!(store.sweep(), Swept::default());

    assert_eq!(place.packs().len(), 1);
    let versions = vec![version("train/9", &[buffer(&noise(9, LARGE))])];
    other.commit(Commit { versions, ..Commit::default() }).unwrap();
    store.assert_holds("train/9", &noise(9, LARGE));
}

#[test]
fn what_a_crash_left_behind_goes_and_other_files_stay() {
    let place = Place::new();
    let store = place.open();
    save(&store, 0..1);
    let folder = place.path().join("packs");
    fs::write(folder.join("00000000000000ab.pack"), noise(1, 5000)).unwrap();
    let kept = ["notes.txt", "0.pack", "00000000000000AB.pack", "0000000000000000.pack", "ab.pack.new"];
    kept.iter().for_each(|name| fs::write(folder.join(name), b"?").unwrap());

    assert_eq!(store.sweep().freed_bytes, 5000);

    assert!(!folder.join("00000000000000ab.pack").exists());
    assert!(kept.iter().all(|name| folder.join(name).exists()));
    assert_holds(&store, 0..1);
}

#[test]
fn a_value_loaded_before_a_sweep_stays_whole() {
    let place = Place::new();
    let store = place.open();
    save(&store, 0..3);
    let loaded = store.body("train/0", buffer(&noise(0, LARGE))).unwrap();
    (0..2).for_each(|seed| store.delete(&format!("train/{seed}")));

    store.sweep();

    assert!(matches!(loaded, Body::Mapped(_)));
    assert_eq!(loaded.as_slice(), noise(0, LARGE));
    assert_holds(&store, 2..3);
}

#[test]
fn a_dry_run_tells_what_a_sweep_frees_and_changes_nothing() {
    let place = Place::new();
    let store = place.open();
    save(&store, 0..5);
    (0..200).for_each(|seed| store.save_small("train/small", &noise(seed, 20_000)).unwrap());
    store.delete("train/small");
    (0..4).for_each(|seed| store.delete(&format!("train/{seed}")));
    let before = packs_len(&place);

    let told = store.sweep_as(Sweep { dry_run: true, ..Sweep::default() });

    assert_eq!(packs_len(&place), before);
    let done = store.sweep();
    assert_eq!(Swept { freed_bytes: 0, ..told }, Swept { freed_bytes: 0, ..done });
    // Pages that are moved to be freed can free or take one more.
    assert!(told.freed_bytes.abs_diff(done.freed_bytes) <= 64 * 1024, "{told:?} {done:?}");
}

#[test]
fn the_catalog_gives_its_free_pages_back() {
    let place = Place::new();
    let store = place.open();
    (0..200).for_each(|seed| store.save_small(&format!("train/{seed}"), &noise(seed, 20_000)).unwrap());
    store.save_small("train/kept", b"kept").unwrap();
    drop(store);
    let len = || fs::metadata(place.path().join("catalog.sqlite")).unwrap().len();
    let before = len();
    let store = place.open();
    (0..200).for_each(|seed| store.delete(&format!("train/{seed}")));

    let swept = store.sweep();

    assert!(swept.freed_bytes > 200 * 20_000, "{swept:?}");
    assert!(len() < before - 200 * 20_000, "{} of {before}", len());
    store.assert_holds("train/kept", b"kept");
}

#[test]
fn a_save_given_up_an_hour_ago_is_swept() {
    let place = Place::new();
    let store = place.open();
    store.put(&noise(1, LARGE)).unwrap();
    place.clock().advance(Duration::from_secs(3600));

    let swept = store.sweep();

    assert_eq!((swept.blobs, swept.blob_bytes, swept.freed_bytes), (7, LARGE as u64, LARGE as u64));
    assert!(place.packs().is_empty());
    let versions = vec![version("train/1", &[buffer(&noise(1, LARGE))])];
    let late = Commit { versions, ..Commit::default() };
    let missing = poll_now(store.0.backend.catalog.commit(&store.who(), late)).unwrap();
    assert!(matches!(missing, Committed::Missing(digests) if digests.len() == 7));
}

#[test]
fn a_load_whose_pack_was_swept_meanwhile_reads_the_record_again() {
    let place = Place::new();
    let (store, sweeper) = (place.open(), place.open());
    save(&store, 0..5);
    // The reader has the record and nothing else yet.
    let stored = place.open().get("train/4").unwrap();
    let reader = place.open();
    drop(store);
    (0..4).for_each(|seed| sweeper.delete(&format!("train/{seed}")));
    sweeper.sweep();

    let body = reader.body_by(&stored.hint, buffer(&noise(4, LARGE))).unwrap();

    assert_eq!(body.as_slice(), noise(4, LARGE));
}

#[test]
fn a_pack_with_damage_is_not_emptied_before_the_damage_is_discarded() {
    let place = Place::new();
    let store = place.open();
    save(&store, 0..5);
    let (damaged, whole) = (noise(3, LARGE), noise(4, LARGE));
    place.damage(&damaged[..CHUNK_LEN]);
    (0..3).for_each(|seed| store.delete(&format!("train/{seed}")));
    let pack = place.packs();

    assert_eq!(store.sweep().freed_bytes, 0);

    assert_eq!(place.packs(), pack);
    let digest = blobs(&damaged)[0].digest;
    poll_now(store.0.backend.blobs.discard(&store.who(), &[digest])).unwrap();
    assert!(store.sweep().freed_bytes > 0);
    assert!(!place.packs().contains(&pack[0]));
    assert!(store.is_mapped("train/4", &whole));
    store.save("train/again", &damaged).unwrap();
    store.assert_holds("train/3", &damaged);
}

/// Under an unchanged stat a map is not compared, so a hint must not lead to what was put anew elsewhere.
#[test]
fn after_a_discard_no_hint_leads_to_the_damaged_bytes() {
    let place = Place::new();
    let store = place.open();
    let value = noise(1, LARGE);
    store.save("train/1", &value).unwrap();
    place.damage(&value[..CHUNK_LEN]);
    place.note_stat();
    let digest = blobs(&value)[0].digest;
    assert_ne!(store.body("train/1", buffer(&value)).unwrap().as_slice(), value);

    poll_now(store.0.backend.blobs.discard(&store.who(), &[digest])).unwrap();
    store.save("train/again", &value).unwrap();

    store.assert_holds("train/1", &value);
    place.open().assert_holds("train/1", &value);
    poll_now(store.0.backend.blobs.damaged(&store.who(), &[digest])).unwrap();
}

/// The next sweep empties it: what was appended would be copied for nothing, and may lie on a bad disk.
#[test]
fn nothing_is_appended_to_a_pack_in_which_damage_was_found() {
    let place = Place::new();
    let store = place.open();
    save(&store, 0..2);
    let pack = place.packs()[0].clone();
    place.damage(&noise(0, LARGE)[..CHUNK_LEN]);
    place.note_stat();
    let before = fs::read(&pack).unwrap();

    poll_now(store.0.backend.blobs.discard(&store.who(), &blobs_of(0))).unwrap();
    save(&store, 2..3);

    assert_eq!(fs::read(&pack).unwrap(), before);
    assert_eq!(place.packs().len(), 2);
    assert_holds(&store, 1..3);
}

#[test]
fn a_pack_cut_short_is_found_damaged_and_what_it_lost_can_be_put_anew() {
    let place = Place::new();
    let store = place.open();
    save(&store, 0..2);
    let all: Vec<_> = [0, 1].iter().flat_map(|seed| blobs_of(*seed)).collect();
    let pack = place.packs()[0].clone();
    File::options().write(true).open(&pack).unwrap().set_len(LARGE as u64 + 5).unwrap();

    let damaged = poll_now(store.0.backend.blobs.damaged(&store.who(), &all)).unwrap();

    assert_eq!(damaged, blobs_of(1), "in the order asked");
    poll_now(store.0.backend.blobs.discard(&store.who(), &all)).unwrap();
    save(&store, 1..2);
    assert_holds(&store, 0..2);
    fs::remove_file(&pack).unwrap();
    assert_eq!(poll_now(store.0.backend.blobs.damaged(&store.who(), &all)).unwrap(), blobs_of(0));
}

fn blobs_of(seed: u64) -> Vec<stillroom_core::Digest> {
    blobs(&noise(seed, LARGE)).iter().map(|blob| blob.digest).collect()
}

#[test]
fn a_sweep_that_can_t_tell_what_a_version_names_takes_no_blob() {
    for change in ["blobs = zeroblob(32)", "blobs = x''", "blobs_digest = zeroblob(32)", "blobs = x'00'"] {
        let place = Place::new();
        let store = place.open();
        save(&store, 0..2);
        store.delete("train/0");
        place.catalog().execute(&format!("UPDATE versions SET {change} WHERE head = 2"), ()).unwrap();

        let swept = store.sweep();

        assert_eq!((swept.versions, swept.blobs), (1, 0), "{change}");
        assert!(poll_now(store.0.backend.blobs.damaged(&store.who(), &blobs_of(1))).unwrap().is_empty());
    }
}

#[test]
fn a_flipped_bit_makes_a_sweep_erase_nothing() {
    for change in ["deleted_at = 0", "expires_at = 0", "deleted_at = 0, record_digest = x'01'"] {
        let place = Place::new();
        let store = place.open();
        store.save_small("train/rmse", b"0.5").unwrap();
        place.clock().advance(Duration::from_secs(1));
        place.catalog().execute(&format!("UPDATE versions SET {change}"), ()).unwrap();

        assert_eq!(store.sweep(), Swept::default(), "{change}");

        assert_eq!(place.count("versions"), 1, "{change}");
    }
}

#[test]
fn a_damaged_version_that_was_deleted_is_swept() {
    let place = Place::new();
    let store = place.open();
    store.save_small("train/rmse", b"0.5").unwrap();
    place.catalog().execute("UPDATE versions SET kind = 'other'", ()).unwrap();

    store.delete("train/rmse");
    let swept = store.sweep();

    assert_eq!((swept.versions, swept.blobs), (1, 1));
    assert_eq!(place.count("versions"), 0);
}

#[test]
fn sweeps_among_savers_and_loaders_lose_nothing() {
    const ROUNDS: u64 = 12;
    let place = Place::new();
    let stores = [place.open(), place.open(), place.open()];
    let [sweeper, one, two] = &stores;

    thread::scope(|scope| {
        for (number, store) in [one, two].into_iter().enumerate() {
            scope.spawn(move || {
                let at = format!("train/{number}");
                for round in 0..ROUNDS {
                    let value = noise(1000 * number as u64 + round, LARGE);
                    save_whatever_is_swept(store, &at, &value);
                    store.assert_holds(&at, &value);
                }
            });
        }
        scope.spawn(|| (0..4 * ROUNDS).for_each(|_| assert_eq!(sweeper.sweep().versions, 0)));
    });

    for (number, store) in [two, one].into_iter().enumerate() {
        let last = noise(1000 * (1 - number as u64) + ROUNDS - 1, LARGE);
        store.assert_holds(&format!("train/{}", 1 - number), &last);
    }
    drop(stores);
    let store = place.open();
    store.sweep();
    assert!(packs_len(&place) < 4 * LARGE as u64, "{}", packs_len(&place));
}

/// As the facade does it: what a sweep took between the look and the commit is put again.
fn save_whatever_is_swept(store: &Store, at: &str, value: &[u8]) {
    loop {
        store.put(value).unwrap();
        let versions = vec![version(at, &[buffer(value)])];
        let commit = Commit { versions, keep_versions: Some(1), ..Commit::default() };
        if let Committed::Done(_) = poll_now(store.0.backend.catalog.commit(&store.who(), commit)).unwrap() {
            return;
        }
    }
}

/// A sweep that copied live blobs into a pack let go of it before their rows named it: another sweep of the
/// same process found it dead, unlinked it, and the blobs were in neither pack.
#[test]
fn sweeps_of_several_threads_lose_nothing_of_one_another_s() {
    let place = Place::new();
    let store = place.open();
    let kept = |of: u64, round: u64| (of * 100 + round) * 10;

    thread::scope(|scope| {
        for of in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..12 {
                    save(store, kept(of, round)..kept(of, round) + 4);
                    (1..4).for_each(|more| store.delete(&format!("train/{}", kept(of, round) + more)));
                    store.sweep();
                }
            });
        }
    });

    for (of, round) in (0..4).flat_map(|of| (0..12).map(move |round| (of, round))) {
        assert_holds(&store, kept(of, round)..kept(of, round) + 1);
    }
}

/// The first save of each process waited for the sweep after it, 0.4 s with 200,000 versions.
#[test]
fn a_step_in_a_large_store_is_put_off_until_a_day_is_over_or_enough_was_saved() {
    let place = Place::new();
    let store = place.open();
    let set = |of: u64| {
        let versions = (0..2_100).map(|at| version(&format!("set {of}/{at}"), &[])).collect();
        store.commit(Commit { versions, ..Commit::default() }).unwrap();
    };
    let step = Sweep { is_step: true, ..Sweep::default() };
    let gone = || {
        store.save_small("train/gone", b"gone").unwrap();
        store.delete("train/gone");
    };
    set(0);
    gone();
    assert_eq!(store.sweep_as(step).versions, 1, "nothing is known of an earlier one");

    gone();
    assert_eq!(store.sweep_as(step).versions, 0, "put off");
    assert_eq!(place.open().sweep_as(step).versions, 0, "in another process too");
    place.clock().advance(Duration::from_secs(86_400));
    assert_eq!(store.sweep_as(step).versions, 1, "a day");

    gone();
    assert_eq!(store.sweep_as(step).versions, 0);
    set(1);
    assert_eq!(store.sweep_as(step).versions, 1, "many versions");

    gone();
    assert_eq!(store.sweep_as(step).versions, 0);
    (0..45).for_each(|seed| store.put(&noise(seed, LARGE)).unwrap());
    assert_eq!(store.sweep_as(step).versions, 1, "many bytes");

    gone();
    assert_eq!(store.sweep_as(step).versions, 0);
    assert_eq!(store.sweep().versions, 1, "a whole sweep is never put off");
}
