//! Files of a store truncated, flipped, zeroed and swapped between saves and loads.
//!
//! Whatever is done to a file, a load gives the value that was saved or an
//! error, never another value and never a crash; and a sweep over damage takes
//! nothing that a copy of the catalog could still lead to.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use stillroom_backends::ConnectOptions;
use stillroom_core::{BackendError, Commit, ListRange, Result, Scope, Sweep, poll_now};
use stillroom_format::CHUNK_LEN;

use crate::common::{Place, Store, blobs, buffer, noise, open, version};

/// What the store holds: a value in the catalog, one that is copied from a pack, and mapped ones in two packs.
const VALUES: [(&str, usize); 4] = [
    ("train/small", 900),
    ("train/copied", 2 * CHUNK_LEN + 10),
    ("train/mapped", 6 * CHUNK_LEN + 1000),
    ("train/other", 5 * CHUNK_LEN),
];

fn value(at: &str) -> Vec<u8> {
    let number = VALUES.iter().position(|(name, _)| *name == at).unwrap();
    noise(number as u64 + 1, VALUES[number].1)
}

/// A closed store of those values, its packs' times noted as long ago.
fn saved() -> Place {
    let place = Place::new();
    let stores = [place.open(), place.open()];
    for (number, (at, len)) in VALUES.into_iter().enumerate() {
        let store = &stores[number / 3];
        if len < CHUNK_LEN { store.save_small(at, &value(at)) } else { store.save(at, &value(at)) }.unwrap();
    }
    assert_eq!(place.packs().len(), 2);
    place.packs().iter().for_each(|pack| set_time(pack));
    place.note_stat();
    place
}

fn set_time(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
}

/// Loads everything there is; how many loads failed. Panics at a value that is none of those saved.
fn load_all(opened: Result<Store>) -> usize {
    let Ok(store) = opened else { return VALUES.len() };
    let catalog = &store.0.backend.catalog;
    // What these answer is not looked at: it is enough that they do.
    let _ = poll_now(catalog.list(&store.who(), ListRange::default()));
    let _ = poll_now(catalog.snapshot(&store.who(), &Scope::All));
    let _ = poll_now(catalog.usage(&store.who()));
    let load = |at: &str| match store.body(at, buffer(&value(at))) {
        Ok(body) => {
            assert_eq!(body.as_slice(), value(at), "{at} came back as something else");
            false
        }
        Err(_) => true,
    };
    VALUES.iter().filter(|(at, _)| load(at)).count()
}

/// Both packs, the longer one first.
fn two_packs(place: &Place) -> [PathBuf; 2] {
    let mut packs = place.packs();
    packs.sort_by_key(|pack| fs::metadata(pack).unwrap().len());
    [packs.pop().unwrap(), packs.pop().unwrap()]
}

type Damage = (&'static str, fn(&Place));

const PACK_DAMAGE: [Damage; 9] = [
    ("cut to nothing", |place| cut(&two_packs(place)[0], |_| 0)),
    ("cut in half", |place| cut(&two_packs(place)[0], |len| len / 2)),
    ("cut by a byte", |place| cut(&two_packs(place)[0], |len| len - 1)),
    ("a bit flipped at the start", |place| flip(&two_packs(place)[0], |_| 0)),
    ("a bit flipped in the middle", |place| flip(&two_packs(place)[0], |len| len / 2)),
    ("a bit flipped at the end", |place| flip(&two_packs(place)[0], |len| len - 1)),
    ("zeroed", |place| zero(&two_packs(place)[0], |_| 0)),
    ("zeroed from the middle on", |place| zero(&two_packs(place)[0], |len| len / 2)),
    ("swapped", |place| {
        let [one, two] = two_packs(place);
        swap(&one, &two);
    }),
];

fn cut(path: &Path, len: fn(usize) -> usize) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..len(bytes.len())]).unwrap();
}

fn flip(path: &Path, at: fn(usize) -> usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at(bytes.len());
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn zero(path: &Path, from: fn(usize) -> usize) {
    let mut bytes = fs::read(path).unwrap();
    let from = from(bytes.len());
    bytes[from..].fill(0);
    fs::write(path, bytes).unwrap();
}

fn swap(one: &Path, two: &Path) {
    let aside = one.with_extension("aside");
    fs::rename(one, &aside).unwrap();
    fs::rename(two, one).unwrap();
    fs::rename(aside, two).unwrap();
}

#[test]
fn a_damaged_pack_is_an_error_at_load_and_never_a_wrong_value() {
    for (what, damage) in PACK_DAMAGE {
        let place = saved();
        assert_eq!(load_all(place.try_open()), 0);

        damage(&place);

        let failed = load_all(place.try_open());
        assert!((1..VALUES.len()).contains(&failed), "{what}: {failed} loads failed");
    }
}

#[test]
fn a_damaged_pack_with_its_old_time_put_back_is_an_error_too() {
    for (what, damage) in PACK_DAMAGE {
        let place = saved();

        damage(&place);
        place.packs().iter().for_each(|pack| set_time(pack));

        assert!(load_all(place.try_open()) > 0, "{what}");
    }
}

/// Rot shows in no stat at all; whoever fears it opens with `verify="always"`.
#[test]
fn damage_that_shows_in_no_stat_is_found_by_verify_always() {
    for (what, damage) in PACK_DAMAGE {
        let place = saved();

        damage(&place);
        place.note_stat();

        let options = ConnectOptions { verify_always: true, ..place.options() };
        assert!(load_all(open(&place.path(), options)) > 0, "{what}");
    }
}

/// Damages a store's catalog in one way, and puts it back afterwards.
fn try_catalog(place: &Place, what: &str, damaged: &[u8]) -> usize {
    let path = place.path().join("catalog.sqlite");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, damaged).unwrap();

    let failed = load_all(place.try_open());
    if let Ok(store) = place.try_open() {
        // A sweep may fail, or find things dead that are not; it may not take their bytes.
        let _ = poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default()));
    }

    for log in ["catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let _ = fs::remove_file(place.path().join(log));
    }
    fs::write(&path, whole).unwrap();
    assert_eq!(load_all(place.try_open()), 0, "{what}: a sweep took what was whole");
    failed
}

#[test]
fn a_catalog_with_any_bit_flipped_never_gives_a_wrong_value() {
    let place = saved();
    let whole = fs::read(place.path().join("catalog.sqlite")).unwrap();
    let mut failed = 0;

    for at in (0..whole.len()).step_by(397) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        failed += try_catalog(&place, &format!("bit {} of byte {at}", at % 8), &flipped);
    }

    assert!(failed > 0, "no flip was of any consequence");
}

/// A sweep goes by the index of packs: one entry that points elsewhere, and a pack would look dead.
#[test]
fn no_flipped_bit_of_an_index_makes_a_sweep_take_a_pack() {
    let place = Place::new();
    place.open().save("train/copied", &noise(1, 70_000)).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'blobs_by_pack'";
    let page: u32 = place.catalog().query_row(root, (), |row| row.get(0)).unwrap();
    let path = place.path().join("catalog.sqlite");
    let whole = fs::read(&path).unwrap();
    let end = page as usize * 4096;
    let entries = (end - 64..end).filter(|at| whole[*at] != 0);

    for (at, bit) in entries.flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        fs::write(&path, flipped).unwrap();
        let store = place.open();

        let swept = poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default()));

        assert_eq!(place.packs().len(), 1, "bit {bit} of byte {at}: {swept:?}");
    }
}

#[test]
fn a_catalog_with_any_page_zeroed_never_gives_a_wrong_value() {
    let place = saved();
    let whole = fs::read(place.path().join("catalog.sqlite")).unwrap();
    let mut failed = 0;

    for page in 0..whole.len() / 4096 {
        let mut zeroed = whole.clone();
        zeroed[page * 4096..(page + 1) * 4096].fill(0);
        failed += try_catalog(&place, &format!("page {page}"), &zeroed);
    }

    assert!(failed > VALUES.len());
}

#[test]
fn a_catalog_cut_short_is_an_error() {
    let place = saved();
    let whole = fs::read(place.path().join("catalog.sqlite")).unwrap();

    for len in [0, 1, 99, 100, 4095, 4096, 8192, whole.len() / 2, whole.len() - 4096] {
        assert!(try_catalog(&place, &format!("{len} bytes"), &whole[..len]) > 0, "{len} bytes");
    }
}

#[test]
fn a_catalog_that_was_lost_is_not_made_anew_over_what_it_led_to() {
    let place = saved();
    let catalog = place.path().join("catalog.sqlite");
    for lose in [|path: &Path| fs::write(path, b"").unwrap(), |path: &Path| fs::remove_file(path).unwrap()] {
        lose(&catalog);

        let Err(BackendError::Corrupt { message, .. }) = place.try_open() else { panic!("it is lost") };

        assert!(message.starts_with("the store's catalog is gone"), "{message}");
        assert_eq!(place.packs().len(), 2);
    }
}

#[test]
fn a_catalog_that_was_lost_with_all_there_was_is_not_made_anew_either() {
    let place = Place::new();
    place.open().save_small("train/rmse", b"0.5").unwrap();
    fs::remove_file(place.path().join("catalog.sqlite")).unwrap();

    let Err(BackendError::Corrupt { message, .. }) = place.try_open() else { panic!("it is lost") };

    assert!(message.starts_with("the store's catalog is gone"), "{message}");
    assert!(place.packs().is_empty());
}

#[test]
fn a_catalog_in_a_pack_s_place_and_a_pack_in_the_catalog_s_are_errors() {
    let place = saved();
    let [pack, _] = two_packs(&place);

    swap(&pack, &place.path().join("catalog.sqlite"));

    assert!(matches!(place.try_open(), Err(BackendError::Corrupt { .. })));
}

/// The catalog of another store is sound in itself, but none of its packs is here.
#[test]
fn another_store_s_catalog_finds_none_of_its_packs_here() {
    let (place, other) = (saved(), saved());

    swap(&place.path().join("catalog.sqlite"), &other.path().join("catalog.sqlite"));

    assert_eq!(load_all(place.try_open()), 3);
}

/// A log that is damaged ends where the damage begins: what came after is an older version or an error.
#[test]
fn a_damaged_log_never_gives_a_wrong_value() {
    let place = Place::new();
    let writer = place.open();
    let versions: Vec<Vec<u8>> = (0..8).map(|seed| noise(seed, 3000)).collect();
    versions.iter().for_each(|value| writer.save_small("train/rmse", value).unwrap());
    let copy = Place::new();
    let log = fs::read(place.path().join("catalog.sqlite-wal")).unwrap();

    for at in (0..log.len()).step_by(1511) {
        let mut damaged = log.clone();
        if at % 2 == 0 {
            damaged[at] ^= 1
        } else {
            damaged.truncate(at)
        }
        copy_store(&place.path(), &copy.path(), &damaged);
        let Ok(store) = copy.try_open() else { continue };
        let held = |value: &&Vec<u8>| {
            store.body("train/rmse", buffer(value)).is_ok_and(|body| body.as_slice() == value.as_slice())
        };
        let newest = store.get("train/rmse").map_or(0, |stored| stored.record.version.get());
        assert_eq!(versions.iter().filter(held).count() as u64, newest, "byte {at}");
    }
}

fn copy_store(from: &Path, to: &Path, log: &[u8]) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to.join("packs")).unwrap();
    for name in ["catalog.sqlite", "signing.key"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    fs::write(to.join("catalog.sqlite-wal"), log).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(to, private).unwrap();
}

#[test]
fn a_store_whose_folder_is_deleted_while_it_is_open_says_so() {
    let place = Place::new();
    let store = place.open();
    store.save("train/large", &noise(1, 300_000)).unwrap();
    fs::remove_dir_all(place.path()).unwrap();
    let catalog = &store.0.backend.catalog;
    let who = store.who();
    let value = noise(2, 300_000);
    let versions = vec![version("train/large", &[buffer(&value)])];

    let answers = [
        store.get("train/large").err(),
        poll_now(catalog.list(&who, ListRange::default())).err(),
        poll_now(catalog.usage(&who)).err(),
        poll_now(catalog.sweep(&who, Sweep::default())).err(),
        poll_now(catalog.commit(&who, Commit { versions, blobs: blobs(&value), ..Commit::default() })).err(),
        store.put(&value).err(),
    ];

    for answer in answers {
        let Some(BackendError::Unavailable { message, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(message, format!("the store is gone: `{}`", store.0.backend.location));
    }
    assert!(!place.path().exists());
}
