//! Stores that are read and not written: by the folder's rights, or by choice.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use stillroom_backends::{ConnectOptions, connect};
use stillroom_core::{
    Annotation, BackendError, Beat, Commit, Holder, LeaseKey, Result, Sweep, Version, poll_now,
};

use crate::common::{Place, Store, blobs, buffer, key, noise, open, version};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

impl Place {
    fn open_read_only(&self) -> Store {
        open(&self.path(), self.read_only()).unwrap()
    }

    fn read_only(&self) -> ConnectOptions {
        ConnectOptions { read_only: true, ..self.options() }
    }

    /// Every file of the store that holds something of it, with its bytes and time.
    fn contents(&self) -> Vec<(std::path::PathBuf, Vec<u8>, std::time::SystemTime)> {
        let mut files = self.packs();
        for name in [".gitignore", "README.md", "catalog.sqlite", "signing.key"] {
            files.push(self.path().join(name));
        }
        let read = |path: std::path::PathBuf| {
            let time = fs::metadata(&path).unwrap().modified().unwrap();
            (path.clone(), fs::read(path).unwrap(), time)
        };
        files.into_iter().filter(|path| path.exists()).map(read).collect()
    }
}

/// What every call that writes answers.
fn write_in_every_way(store: &Store) -> Vec<(&'static str, Option<BackendError>)> {
    let (who, backend) = (store.who(), &store.0.backend);
    let (catalog, leases, operator) = (&backend.catalog, &backend.leases, backend.operator.as_ref().unwrap());
    let at = key("train/rmse");
    let (lease, holder) = (LeaseKey::parse("lease").unwrap(), Holder(uuid::Uuid::nil()));
    let ttl = Duration::from_secs(1);
    let versions = vec![version("train/rmse", &[buffer(b"0.6")])];
    let commit = Commit { versions, blobs: blobs(b"0.6"), ..Commit::default() };
    let digest = [blobs(b"0.5")[0].digest];
    fn error<T>(answer: Result<T>) -> Option<BackendError> {
        answer.err()
    }
    let beat = Beat { ttl, progress: None, message: None };
    let pinned = Annotation { pinned: Some(true), ..Annotation::default() };
    let dry_run = Sweep { dry_run: true, ..Sweep::default() };
    vec![
        ("commit", error(poll_now(catalog.commit(&who, commit)))),
        ("annotate", error(poll_now(catalog.annotate(&who, &at, Version::FIRST, pinned)))),
        ("delete", error(poll_now(catalog.delete(&who, &at, None)))),
        ("undelete", error(poll_now(catalog.undelete(&who, &at, &[Version::FIRST])))),
        ("rename", error(poll_now(catalog.rename(&who, &at, &key("train/other"))))),
        ("sweep", error(poll_now(catalog.sweep(&who, Sweep::default())))),
        ("dry run", error(poll_now(catalog.sweep(&who, dry_run)))),
        ("put", error(poll_now(backend.blobs.put(&who, &blobs(b"0.6"))))),
        ("discard", error(poll_now(backend.blobs.discard(&who, &digest)))),
        ("acquire", error(poll_now(leases.acquire(&who, &lease, holder, ttl)))),
        ("beat", error(poll_now(leases.beat(&who, &lease, holder, beat)))),
        ("release", error(poll_now(leases.release(&who, &lease, holder)))),
        ("set quota", error(poll_now(operator.set_quota(who.owner(), Some(1))))),
        ("sweep all", error(poll_now(operator.sweep_all(Sweep::default())))),
    ]
}

fn assert_every_write_is_denied(place: &Place, store: &Store) {
    for (call, answer) in write_in_every_way(store) {
        let Some(BackendError::Denied { message, .. }) = answer else { panic!("{call}: {answer:?}") };
        assert_eq!(message, format!("the store is read-only: `{}`", place.path().display()), "{call}");
    }
}

/// A closed store of a small and a large value.
fn saved() -> Place {
    let place = Place::new();
    let store = place.open();
    store.save_small("train/rmse", b"0.5").unwrap();
    store.save("train/large", &noise(1, 500_000)).unwrap();
    place
}

#[test]
fn a_store_opened_read_only_loads_and_denies_every_write() {
    let place = saved();
    let before = place.contents();

    let store = place.open_read_only();

    store.assert_holds("train/rmse", b"0.5");
    store.assert_holds("train/large", &noise(1, 500_000));
    assert_every_write_is_denied(&place, &store);
    drop(store);
    assert_eq!(place.contents(), before);
}

#[test]
fn a_store_opened_read_only_sees_what_others_save_meanwhile() {
    let place = saved();
    let (reader, writer) = (place.open_read_only(), place.open());

    writer.save_small("train/rmse", b"0.6").unwrap();
    writer.save("train/large", &noise(2, 500_000)).unwrap();

    reader.assert_holds("train/rmse", b"0.6");
    reader.assert_holds("train/large", &noise(2, 500_000));
}

#[test]
fn nothing_is_made_to_be_read_only() {
    let place = Place::new();
    let look = || open(&place.path(), place.read_only());

    assert!(matches!(look(), Err(BackendError::NoStore { .. })));
    assert!(!place.path().exists());
    drop(place.open());
    fs::remove_file(place.path().join("signing.key")).unwrap();
    assert_eq!(look().unwrap().0.signing_key, None);
    assert!(!place.path().join("signing.key").exists());
    let memory = connect(Some("memory:"), place.read_only());
    assert!(matches!(memory, Err(BackendError::Invalid { .. })));
}

#[test]
fn a_read_only_folder_loads_and_a_save_there_is_denied() {
    let place = Place::new();
    let value = noise(1, 500_000);
    let writer = place.open();
    writer.save("train/large", &value).unwrap();
    drop(writer);
    set_mode(&place.path(), 0o500);

    let store = place.open();

    store.assert_holds("train/large", &value);
    assert_every_write_is_denied(&place, &store);
    set_mode(&place.path(), 0o700);
}

#[test]
fn a_read_only_catalog_loads_and_a_save_there_is_denied() {
    let place = Place::new();
    place.open().save_small("train/rmse", b"0.5").unwrap();
    set_mode(&place.path().join("catalog.sqlite"), 0o400);

    let store = place.open();

    store.assert_holds("train/rmse", b"0.5");
    assert!(matches!(store.save_small("train/rmse", b"0.6"), Err(BackendError::Denied { .. })));
}

#[test]
fn a_read_only_folder_with_a_writer_s_log_loads() {
    let place = Place::new();
    let writer = place.open();
    writer.save_small("train/rmse", b"0.5").unwrap();
    assert!(place.path().join("catalog.sqlite-wal").exists());
    set_mode(&place.path(), 0o500);

    place.open().assert_holds("train/rmse", b"0.5");

    set_mode(&place.path(), 0o700);
}

#[test]
fn a_read_only_folder_that_is_no_store_is_not_made_one() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    set_mode(&place.path(), 0o500);

    let Err(BackendError::Denied { message, .. }) = place.try_open() else { panic!("it can't be made") };
    assert!(message.contains("read-only"), "{message}");
}
