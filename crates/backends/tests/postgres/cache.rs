//! What was loaded once is not fetched again, and what is kept for that is nobody else's, never believed and never
//! missed.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;

use stillroom_backends::CacheOptions;
use stillroom_core::{Access, Backend, BackendError, Body, Buffer, Hint, Result, poll_now};
use stillroom_format::CHUNK_LEN;
use tempfile::TempDir;

use crate::database::{Database, connect_cached};
use crate::proxy::Proxy;
use crate::raw::{ANA, BEN};
use crate::store::{Store, blobs, buffer, noise, request};

/// Long enough to be mapped, with an end that is no full chunk.
const LEN: usize = 10 * CHUNK_LEN + 1000;

/// A database behind a proxy that counts what is asked, and a folder for what comes.
struct Place {
    database: Database,
    proxy: Proxy,
    folder: TempDir,
}

impl Place {
    fn new(major: u16) -> Self {
        let database = Database::direct(major);
        let proxy = Proxy::before(database.server().port);
        Self { database, proxy, folder: tempfile::tempdir().unwrap() }
    }

    fn options(&self) -> CacheOptions {
        CacheOptions { folder: Some(self.folder.path().into()), ..CacheOptions::default() }
    }

    /// A store opened anew, as another process would have it.
    fn open(&self, owner: &str) -> Store {
        self.open_with(owner, self.options())
    }

    fn open_with(&self, owner: &str, cache: CacheOptions) -> Store {
        let url = self.database.url_by("stillroom_test", self.proxy.port);
        Store::of(connect_cached(&url, cache).unwrap(), owner)
    }

    /// A value that was saved, and not by way of a cache.
    fn saved(&self, seed: u64, len: usize) -> Vec<u8> {
        let value = noise(seed, len);
        let plain = Store::of(self.database.connect("stillroom_test"), ANA);
        plain.save_large(&format!("page/{seed}"), &value, request(seed)).unwrap();
        value
    }

    /// Loads; the body, and how many bytes the database sent for it.
    fn load(&self, store: &Store, value: &[u8]) -> (Body, u64) {
        self.proxy.passed();
        let body = get(store, &buffer(value)).unwrap();
        (body, self.proxy.passed()[1])
    }

    /// Loads, and holds the value to what it must be; how many bytes the database sent.
    fn fetched(&self, store: &Store, value: &[u8]) -> u64 {
        let (body, sent) = self.load(store, value);
        assert!(body.as_slice() == value, "what came is another value");
        sent
    }

    /// The files of packs of an extension.
    fn files(&self, extension: &str) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let files = folders.filter(|path| path.is_dir()).flat_map(|path| fs::read_dir(path).unwrap());
        let paths = files.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
    }
}

fn get(store: &Store, buffer: &Buffer) -> Result<Body> {
    get_as(store, buffer, Access::Mapped)
}

fn get_as(store: &Store, buffer: &Buffer, access: Access) -> Result<Body> {
    let buffers = std::slice::from_ref(buffer);
    let bodies = poll_now(store.backend.blobs.get(&store.who, buffers, &Hint::default(), access));
    Ok(bodies?.remove(0))
}

fn forget(store: &Store) -> u64 {
    cache(&store.backend).forget(&store.who).unwrap()
}

fn cache(backend: &Backend) -> &dyn stillroom_core::NearCache {
    backend.cache.as_deref().unwrap()
}

/// Changes a byte in the middle, and nothing else.
fn flip(path: &Path) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let (mut byte, middle) = ([0], file.metadata().unwrap().len() / 2);
    file.read_exact_at(&mut byte, middle).unwrap();
    file.write_all_at(&[byte[0] ^ 1], middle).unwrap();
}

#[test]
fn a_second_load_asks_the_database_for_no_blob_and_maps() {
    for major in [15, 18] {
        let place = Place::new(major);
        let value = place.saved(1, LEN);
        let store = place.open(ANA);
        assert!(place.fetched(&store, &value) > LEN as u64);

        // By the process that fetched it, and by one that has checked nothing of it.
        for store in [store, place.open(ANA)] {
            let (first, asked) = place.load(&store, &value);
            assert_eq!(asked, 0);
            let Body::Mapped(mut region) = first else { panic!("it was read") };
            assert!(region.as_slice() == value);
            region.as_mut_slice()[5] ^= 1;
            assert_eq!(place.fetched(&store, &value), 0, "what one writes, another doesn't see");
        }
    }
}

#[test]
fn a_part_and_a_changed_version_are_fetched_as_far_as_they_are_new() {
    let place = Place::new(15);
    let mut value = place.saved(1, LEN);
    let store = place.open(ANA);
    let whole = buffer(&value);
    let part = Buffer::new(whole.chunks[2..4].to_vec());
    place.proxy.passed();
    assert!(get(&store, &part).unwrap().as_slice() == &value[2 * CHUNK_LEN..4 * CHUNK_LEN]);
    assert!(place.proxy.passed()[1] < 3 * CHUNK_LEN as u64);

    // The rest of the whole comes, and then what is new of the next version.
    assert!(place.fetched(&store, &value) < LEN as u64 - CHUNK_LEN as u64);
    value[7 * CHUNK_LEN] ^= 1;
    store.save_large("page/1", &value, request(2)).unwrap();
    let (body, sent) = place.load(&store, &value);

    assert!(body.as_slice() == value && matches!(body, Body::Mapped(_)));
    assert!((1..2 * CHUNK_LEN as u64).contains(&sent), "{sent}");
    assert_eq!(place.fetched(&store, &value), 0);
    assert_eq!(place.fetched(&place.open(ANA), &value), 0);
}

#[test]
fn what_goes_elsewhere_is_not_kept_and_drives_nothing_out() {
    let place = Place::new(15);
    let (loaded, copied) = (place.saved(1, LEN), place.saved(2, LEN));
    let store = place.open(ANA);
    place.fetched(&store, &loaded);

    for value in [&loaded, &copied] {
        assert!(get_as(&store, &buffer(value), Access::Once).unwrap().as_slice() == value);
    }

    assert_eq!(place.files("pack").len(), 1);
    assert_eq!(place.fetched(&store, &loaded), 0);
}

#[test]
fn what_lies_in_too_many_packs_is_fetched_into_one() {
    let place = Place::new(15);
    let value = place.saved(1, 80 * CHUNK_LEN);
    let store = place.open(ANA);
    let whole = buffer(&value);
    for chunk in &whole.chunks {
        get(&store, &Buffer::new(vec![*chunk])).unwrap();
    }
    assert_eq!(place.files("pack").len(), 80);

    let sent = place.fetched(&store, &value);

    assert!((1..value.len() as u64).contains(&sent), "{sent}");
    assert_eq!(place.fetched(&store, &value), 0);
    assert_eq!(place.fetched(&place.open(ANA), &value), 0);
}

#[test]
fn what_is_kept_for_one_owner_is_not_there_for_another() {
    let place = Place::new(15);
    let value = place.saved(1, LEN);
    let backend = place.open(ANA).backend;
    let (ana, ben) = (Store::of(backend.clone(), ANA), Store::of(backend, BEN));
    place.fetched(&ana, &value);

    let others = get(&ben, &buffer(&value));
    let absent = get(&ben, &buffer(&noise(9, LEN)));

    // But for the digest that was asked by, in the same words.
    let words = |answer: Result<Body>| answer.unwrap_err().to_string().split('`').next().unwrap().to_owned();
    assert!(matches!(others, Err(BackendError::Corrupt { .. })), "{others:?}");
    assert_eq!(words(others), words(absent));
    assert_eq!(cache(&ben.backend).held(&ben.who).unwrap().bytes, 0);
    assert!(cache(&ana.backend).held(&ana.who).unwrap().bytes >= LEN as u64);
}

#[test]
fn only_whoever_runs_the_app_can_look_into_what_is_kept_and_no_owner_is_named() {
    let place = Place::new(15);
    let value = place.saved(1, LEN);

    place.fetched(&place.open(ANA), &value);

    let [pack] = &place.files("pack")[..] else { panic!("one load, one pack") };
    let [list] = &place.files("list")[..] else { panic!("one pack, one list") };
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(pack), mode(list), mode(pack.parent().unwrap())), (0o600, 0o600, 0o700));
    assert!(!pack.to_str().unwrap().contains(&ANA[..8]), "{pack:?}");
}

#[test]
fn damage_is_found_and_fetched_again() {
    type Harm = (&'static str, fn(&Place));
    let harms: [Harm; 7] = [
        ("a byte of a pack", |place| place.files("pack").iter().for_each(|path| flip(path))),
        ("a byte of a list", |place| place.files("list").iter().for_each(|path| flip(path))),
        ("a pack cut short", |place| shorten(&place.files("pack")[0])),
        ("a list cut short", |place| shorten(&place.files("list")[0])),
        ("a pack gone", |place| fs::remove_file(&place.files("pack")[0]).unwrap()),
        ("a list gone", |place| fs::remove_file(&place.files("list")[0]).unwrap()),
        ("all gone", |place| {
            fs::remove_dir_all(place.files("pack")[0].parent().unwrap()).unwrap();
        }),
    ];
    let place = Place::new(15);
    let value = place.saved(1, LEN);
    for (name, harm) in harms {
        let store = place.open(ANA);
        place.fetched(&store, &value);
        harm(&place);

        // By the process that had checked it, and by one that had not.
        place.fetched(&store, &value);
        place.fetched(&place.open(ANA), &value);
        for store in [store, place.open(ANA)] {
            assert_eq!(place.fetched(&store, &value), 0, "{name}");
            assert_eq!(place.files("list").len(), 1, "{name}: what is damaged goes");
        }
        forget(&place.open(ANA));
    }
}

fn shorten(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}

#[test]
fn forgetting_drops_the_asker_s_part_and_no_other() {
    let place = Place::new(15);
    let value = place.saved(1, LEN);
    let ana = place.open(ANA);
    let ben = place.open(BEN);
    place.fetched(&ana, &value);
    ben.save_large("page/1", &value, request(1)).unwrap();
    place.fetched(&ben, &value);
    let mapped = place.load(&ana, &value).0;

    let forgotten = forget(&ana);

    assert!(forgotten >= LEN as u64, "{forgotten}");
    assert_eq!((forget(&ana), cache(&ana.backend).held(&ana.who).unwrap().bytes), (0, 0));
    assert!(mapped.as_slice() == value, "what is in use stays whole");
    assert_eq!(place.fetched(&ben, &value), 0);
    assert!(place.fetched(&ana, &value) > 0);
    assert_eq!(place.fetched(&ana, &value), 0);
}

#[test]
fn what_was_used_longest_ago_goes_when_there_is_too_much() {
    let place = Place::new(15);
    let values: Vec<_> = (1..5).map(|seed| place.saved(seed, LEN)).collect();
    // Room for three.
    let cache = CacheOptions { limit: Some(3 * LEN as u64 + 100_000), ..place.options() };
    let store = place.open_with(ANA, cache.clone());
    let [first, second, third, fourth] = &values[..] else { panic!("there are four") };
    for value in [first, second, third] {
        place.fetched(&store, value);
    }
    assert_eq!(place.fetched(&store, first), 0);

    place.fetched(&store, fourth);

    assert_eq!(place.files("pack").len(), 3);
    for value in [first, third, fourth] {
        assert_eq!(place.fetched(&store, value), 0);
    }
    assert!(place.fetched(&store, second) > 0, "it was used longest ago");
    // What alone would take most of the room drives nothing out.
    let held = place.files("pack");
    let large = place.saved(9, 2 * LEN);
    assert!(place.fetched(&store, &large) > 0 && place.fetched(&store, &large) > 0);
    assert_eq!(place.files("pack"), held);
}

#[test]
fn what_a_crash_left_over_goes_and_what_is_being_written_stays() {
    let place = Place::new(15);
    let value = place.saved(1, LEN);
    place.fetched(&place.open(ANA), &value);
    let [pack] = &place.files("pack")[..] else { panic!("one load, one pack") };
    let left_over = pack.with_file_name("00000000000000aa.pack");
    let in_use = pack.with_file_name("00000000000000bb.pack");
    fs::write(&left_over, b"half").unwrap();
    fs::write(&in_use, b"half").unwrap();
    let held = OpenOptions::new().write(true).open(&in_use).unwrap();
    held.lock().unwrap();
    let other = place.saved(2, LEN);

    place.fetched(&place.open(ANA), &other);

    assert!(!left_over.exists() && in_use.exists());
    assert_eq!(place.fetched(&place.open(ANA), &value), 0);
}

#[test]
fn a_place_that_can_t_be_had_is_said_and_costs_only_time() {
    let place = Place::new(15);
    let value = place.saved(1, LEN);
    let file = place.folder.path().join("file");
    fs::write(&file, "").unwrap();

    let store = place.open_with(ANA, CacheOptions { folder: Some(file), ..CacheOptions::default() });
    let off = place.open_with(ANA, CacheOptions { is_off: true, ..place.options() });

    for (store, notice_count) in [(store, 1), (off, 0)] {
        assert!(store.backend.cache.is_none());
        assert_eq!(store.backend.notices.len(), notice_count, "{:?}", store.backend.notices);
        assert!(place.fetched(&store, &value) > 0 && place.fetched(&store, &value) > 0);
    }
    assert_eq!(place.files("pack").len(), 0);
}

#[test]
fn many_that_load_and_drive_each_other_out_have_what_they_asked_for() {
    let place = Place::new(15);
    let values: Vec<_> = (1..5).map(|seed| place.saved(seed, LEN)).collect();
    let cache = CacheOptions { limit: Some(3 * LEN as u64), ..place.options() };

    thread::scope(|scope| {
        for start in 0..4 {
            let (place, values, cache) = (&place, &values, cache.clone());
            scope.spawn(move || {
                let store = place.open_with(ANA, cache);
                for turn in 0..12 {
                    let value = &values[(start + turn * 3) % values.len()];
                    assert!(get(&store, &buffer(value)).unwrap().as_slice() == value);
                    if turn == 6 {
                        forget(&store);
                    }
                }
            });
        }
    });
}

#[test]
fn what_is_damaged_in_the_database_is_found_though_it_is_kept_near() {
    let place = Place::new(15);
    let value = place.saved(1, LEN);
    let store = place.open(ANA);
    place.fetched(&store, &value);
    let digest = blobs(&value)[3].digest;
    let flip = "update public.app_result_blobs set data = set_byte(data, 0, get_byte(data, 0) # 1) where digest = $1";
    assert_eq!(place.database.admin().execute(flip, &[&digest.as_bytes().as_slice()]).unwrap(), 1);

    let damaged = poll_now(store.backend.blobs.damaged(&store.who, &[digest])).unwrap();

    assert_eq!(damaged, [digest]);
    assert_eq!(place.fetched(&store, &value), 0, "and loads go on");
}
