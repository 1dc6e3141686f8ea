//! The folder: made private, guarded, and nothing else's.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use stillroom_backends::ConnectOptions;
use stillroom_core::BackendError;

use crate::common::{Place, Store, noise, open};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn denial(place: &Place) -> String {
    match place.try_open() {
        Err(BackendError::Denied { message, .. }) => message,
        Err(error) => panic!("denied was to be answered: {error}"),
        Ok(_) => panic!("the folder was to be refused"),
    }
}

fn refusal(opened: stillroom_core::Result<Store>) -> String {
    match opened {
        Err(BackendError::Invalid { message }) => message,
        Err(error) => panic!("invalid was to be answered: {error}"),
        Ok(_) => panic!("the path was to be refused"),
    }
}

#[test]
fn a_new_store_is_its_owner_s_alone() {
    let place = Place::new();
    let store = place.open();
    store.save("train/large", &noise(1, 100_000)).unwrap();

    assert_eq!(mode(&place.path()), 0o700);
    assert_eq!(mode(&place.path().join("packs")), 0o700);
    assert_eq!(mode(&place.packs()[0]), 0o600);
    for file in ["catalog.sqlite", "signing.key", ".gitignore", "README.md"] {
        assert_eq!(mode(&place.path().join(file)), 0o600, "{file}");
    }
    assert_eq!(fs::read_to_string(place.path().join(".gitignore")).unwrap(), "*\n");
    assert_eq!(fs::read_to_string(place.path().join("README.md")).unwrap().lines().count(), 3);
    assert_eq!(store.0.backend.location, fs::canonicalize(place.path()).unwrap().to_str().unwrap());
    assert!(store.0.is_local);
}

#[test]
fn the_owner_and_the_signing_key_stay_the_store_s() {
    let place = Place::new();
    let first = place.open();
    let digits = fs::read_to_string(place.path().join("signing.key")).unwrap();

    let second = place.open();

    assert_eq!(first.0.local_owner, second.0.local_owner);
    assert_eq!(first.0.signing_key, second.0.signing_key);
    let key: String = first.0.signing_key.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digits, format!("{key}\n"));
    assert_ne!(Place::new().open().0.signing_key, first.0.signing_key);
}

#[test]
fn a_signing_key_that_is_none_is_refused() {
    let place = Place::new();
    drop(place.open());

    for text in ["", "abc", &"zz".repeat(32), &"ab".repeat(33)] {
        fs::write(place.path().join("signing.key"), text).unwrap();
        assert!(refusal(place.try_open()).contains("64 hexadecimal digits"));
    }
}

#[test]
fn what_others_can_write_to_is_refused_with_what_to_do() {
    let place = Place::new();
    drop(place.open());
    let cases =
        [("", 0o770), ("", 0o707), ("packs", 0o720), ("catalog.sqlite", 0o606), ("signing.key", 0o620)];

    for (name, open_mode) in cases {
        let path = place.path().join(name);
        let before = mode(&path);
        set_mode(&path, open_mode);
        let message = denial(&place);
        assert!(message.contains("chmod go-w"), "{name}: {message}");
        assert!(message.contains(place.path().to_str().unwrap()), "{name}: {message}");
        set_mode(&path, before);
    }
    drop(place.open());
}

#[test]
fn what_another_user_owns_is_refused() {
    let place = Place::new();
    drop(place.open());
    let is_root = rustix::process::geteuid().is_root();

    if is_root {
        for name in ["", "packs", "catalog.sqlite", "signing.key"] {
            chown(place.path().join(name), Some(65_534), None).unwrap();
            assert!(denial(&place).contains("another user owns"), "{name}");
            chown(place.path().join(name), Some(0), None).unwrap();
        }
        drop(place.open());
    } else {
        let message = open(Path::new("/"), place.options()).err().unwrap().to_string();
        assert!(message.contains("another user owns"), "{message}");
    }
}

#[test]
fn a_path_that_is_a_file_is_refused() {
    let place = Place::new();
    fs::write(place.path(), b"a file").unwrap();

    assert!(refusal(place.try_open()).contains("this is a file"));
    let below = open(&place.path().join("store"), place.options());
    assert!(refusal(below).contains("no folder can be"));
    let endless = open(&place.path().with_file_name("x".repeat(300)), place.options());
    assert!(refusal(endless).contains("no folder can be"));
    assert_eq!(fs::read(place.path()).unwrap(), b"a file");
}

#[test]
fn a_folder_of_other_things_is_refused_and_left_as_it_is() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    set_mode(&place.path(), 0o700);
    fs::write(place.path().join("thesis.tex"), b"mine").unwrap();

    let message = refusal(place.try_open());

    assert!(message.contains("store/.stillroom`"), "{message}");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn an_empty_folder_becomes_a_store() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    set_mode(&place.path(), 0o755);

    place.open().save_small("train/rmse", b"0.5").unwrap();

    place.open().assert_holds("train/rmse", b"0.5");
}

#[test]
fn a_store_that_was_half_made_is_finished() {
    let place = Place::new();
    drop(place.open());
    for file in ["catalog.sqlite", "signing.key"] {
        fs::remove_file(place.path().join(file)).unwrap();
    }
    fs::write(place.path().join("catalog.sqlite"), b"").unwrap();
    fs::write(place.path().join("signing.key.new"), b"0123").unwrap();
    // As a disk leaves it that became full in between.
    fs::write(place.path().join(".gitignore"), b"").unwrap();

    place.open().save_small("train/rmse", b"0.5").unwrap();

    assert!(place.open().0.signing_key.is_some());
    assert_eq!(fs::read_to_string(place.path().join(".gitignore")).unwrap(), "*\n");
}

#[test]
fn a_store_that_is_not_to_be_made_is_not() {
    let place = Place::new();
    let look = || open(&place.path(), ConnectOptions { create: false, ..place.options() });

    assert!(matches!(look(), Err(BackendError::NoStore { .. })));
    assert!(!place.path().exists());
    fs::create_dir(place.path()).unwrap();
    assert!(matches!(look(), Err(BackendError::NoStore { .. })));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    drop(place.open());
    assert!(look().is_ok());
}

#[test]
fn a_link_to_a_store_is_that_store() {
    let place = Place::new();
    place.open().save_small("train/rmse", b"0.5").unwrap();
    let link = place.path().with_file_name("link");
    symlink(place.path(), &link).unwrap();

    let store = open(&link, place.options()).unwrap();

    store.assert_holds("train/rmse", b"0.5");
    assert_eq!(store.0.backend.location, place.open().0.backend.location);
}

#[test]
fn many_threads_opening_a_new_store_at_once_make_one() {
    let place = Place::new();
    let barrier = Barrier::new(8);

    let opened: Vec<_> = thread::scope(|scope| {
        let open = || {
            barrier.wait();
            let store = place.open();
            (store.0.local_owner, store.0.signing_key)
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });

    assert!(opened.iter().all(|store| *store == opened[0]));
}

#[test]
fn a_newer_layout_is_refused() {
    let place = Place::new();
    drop(place.open());
    place.catalog().execute("UPDATE meta SET value = 7 WHERE key = 'layout'", ()).unwrap();

    assert!(matches!(place.try_open(), Err(BackendError::Newer { found: 7, known: 2 })));
}

#[test]
fn a_layout_before_the_freeze_is_refused_by_name() {
    let place = Place::new();
    drop(place.open());
    place.catalog().execute("UPDATE meta SET value = 0 WHERE key = 'layout'", ()).unwrap();

    let message = refusal(place.try_open());

    assert!(message.starts_with("made before the format was frozen; "), "{message}");
    assert!(message.contains(place.path().to_str().unwrap()), "{message}");
}

#[test]
fn a_catalog_that_is_none_is_refused() {
    let place = Place::new();
    drop(place.open());
    fs::write(place.path().join("catalog.sqlite"), "x".repeat(4096)).unwrap();
    assert!(matches!(place.try_open(), Err(BackendError::Corrupt { .. })));

    fs::remove_file(place.path().join("catalog.sqlite")).unwrap();
    place.catalog().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    set_mode(&place.path().join("catalog.sqlite"), 0o600);
    assert!(refusal(place.try_open()).contains("not one of stillroom's"));
}

#[test]
fn a_folder_replaced_under_an_open_store_takes_no_save() {
    let place = Place::new();
    let store = place.open();
    store.save_small("train/rmse", b"0.5").unwrap();
    fs::remove_dir_all(place.path()).unwrap();

    let gone = store.save_small("train/rmse", b"0.6");
    drop(place.open());
    let replaced = store.save_small("train/rmse", b"0.7");

    for refused in [gone, replaced] {
        assert!(matches!(refused, Err(BackendError::Unavailable { .. })));
    }
    assert!(matches!(place.open().get("train/rmse"), Err(BackendError::NotFound { .. })));
}
