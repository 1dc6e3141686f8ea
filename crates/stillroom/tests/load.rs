//! Loading, and what is refused.

use stillroom::{ErrorKind, Owner, Uuid, keep_going};

use crate::common::{array, int, key, load, local, noise, save};

#[test]
fn arrays_of_every_size_come_back() {
    let local = local();
    for len in [0, 1, 4095, 4096, 65_535, 65_536, 65_537, 262_144, 300_000, 1 << 20, (1 << 20) + 17] {
        let bytes = noise(len, len as u64);
        save(&local.store, "array", array(bytes.clone()));
        let loaded = load(&local.store, "array");
        let found = loaded.bodies.first().map(|body| body.as_slice().to_vec());
        assert_eq!(found.unwrap_or_else(|| bytes.clone()), bytes, "of {len} bytes");
    }
}

#[test]
fn an_array_of_equal_chunks_comes_back() {
    let local = local();
    let bytes = vec![7; 1 << 20];

    let receipt = save(&local.store, "array", array(bytes.clone()));

    assert!(receipt.new_bytes < 70_000);
    assert_eq!(load(&local.store, "array").bodies[0].as_slice(), bytes);
}

#[test]
fn an_absent_result_is_not_found() {
    let local = local();

    let error = local.store.load(&key("nothing"), None, &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("page/nothing"));
}

#[test]
fn another_owners_result_looks_absent() {
    let local = local();
    save(&local.store, "n", int(1));
    let stranger = local.store.as_owner(Owner::new(Uuid::from_u128(7)));

    let denied = stranger.load(&key("n"), None, &mut keep_going).unwrap_err();
    let absent = stranger.load(&key("m"), None, &mut keep_going).unwrap_err();

    assert_eq!(denied.kind(), absent.kind());
    assert_eq!(denied.to_string().replace("page/n", ""), absent.to_string().replace("page/m", ""));
    assert!(stranger.results(None).unwrap().is_empty());
}

#[test]
fn a_deleted_result_is_gone_and_its_versions_are_not_counted_again() {
    let local = local();
    save(&local.store, "n", int(1));
    save(&local.store, "n", int(2));

    assert_eq!(local.store.delete(&key("n"), None).unwrap().versions.len(), 2);

    assert_eq!(local.store.record(&key("n"), None).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(save(&local.store, "n", int(2)).record.version.get(), 3);
}
