//! What an opened store says of its disk.

use std::path::Path;

use stillroom_backends::ConnectOptions;
use stillroom_core::Durability;

use crate::common::{open, options};

/// Linux keeps it in memory, everywhere.
const MEMORY: &str = "/dev/shm";

#[test]
fn a_store_in_memory_says_so_and_works() {
    assert!(Path::new(MEMORY).is_dir(), "every Linux has it");
    let folder = tempfile::tempdir_in(MEMORY).unwrap();
    let path = folder.path().join("store");

    let store = open(&path, options()).unwrap();

    store.save("train/rmse", b"0.5").unwrap();
    let (durability, notices) = (&store.0.backend.durability, &store.0.backend.notices);
    assert!(matches!(durability, Durability::UntilRestart(reason) if reason.contains("in memory")));
    let [notice] = notices.as_slice() else { panic!("one notice was to be given: {notices:?}") };
    assert!(notice.contains(path.to_str().unwrap()), "{notice}");
    store.assert_holds("train/rmse", b"0.5");
}

#[test]
fn durable_is_believed() {
    let folder = tempfile::tempdir_in(MEMORY).unwrap();
    let options = ConnectOptions { durable: Some(true), ..options() };

    let store = open(&folder.path().join("store"), options).unwrap();

    assert_eq!(store.0.backend.durability, Durability::Durable);
    assert!(store.0.backend.notices.is_empty());
}
