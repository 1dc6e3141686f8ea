//! An older version becomes the newest.

use stillroom::{ErrorKind, OpenOptions, Save, SigningKey, Store, Trust, encode_metadata, keep_going};

use crate::common::{
    array, draft, int, key, load, local, noise, on_each, opaque, options, save, v, value, versions,
};

#[test]
fn a_rollback_makes_the_old_value_the_newest_and_moves_no_bytes() {
    on_each(|store| {
        save(store, "array", array(noise(300_000, 1)));
        save(store, "array", array(noise(300_000, 2)));
        let stored = store.usage().unwrap().stored_bytes;

        let receipt = store.rollback(&key("array"), v(1)).unwrap();

        assert_eq!((receipt.record.version, receipt.unchanged), (v(3), false));
        assert_eq!(load(store, "array").bodies[0].as_slice(), noise(300_000, 1));
        assert_eq!(versions(store, "array"), [3, 2, 1]);
        assert_eq!(store.usage().unwrap().stored_bytes, stored);
        assert!(receipt.record.provenance.contains(r#""rolled_back_from":1"#));
    });
}

#[test]
fn a_rollback_to_what_is_the_newest_anyway_writes_nothing() {
    on_each(|store| {
        save(store, "n", int(1));
        save(store, "n", int(2));
        store.rollback(&key("n"), v(1)).unwrap();

        let again = store.rollback(&key("n"), v(1)).unwrap();

        assert_eq!((again.record.version, again.unchanged, again.new_bytes), (v(3), true, 0));
    });
}

#[test]
fn a_rollback_keeps_the_words_about_the_version_and_nothing_of_its_lifetime() {
    on_each(|store| {
        let mut labelled = Save::new(key("n"), int(1));
        labelled.label = Some("the good one".to_owned());
        labelled.metadata = Some(encode_metadata(&draft(|writer| writer.int(7).unwrap())).unwrap());
        labelled.ttl = Some(std::time::Duration::from_secs(3600));
        let old = store.save(vec![labelled], &mut keep_going).unwrap().remove(0).record;
        save(store, "n", int(2));

        let newest = store.rollback(&key("n"), v(1)).unwrap().record;

        assert_eq!((&newest.label, &newest.metadata), (&old.label, &old.metadata));
        assert_eq!((newest.expires_at, newest.pinned), (None, false));
    });
}

#[test]
fn a_rollback_needs_no_key_and_keeps_the_signature() {
    let local = local();
    let signed = save(&local.store, "model", opaque()).record;
    save(&local.store, "model", int(2));
    let keyless =
        Store::open(OpenOptions { signing_keys: Some(Vec::new()), ..options(&local.folder) }).unwrap();

    let newest = keyless.rollback(&key("model"), v(1)).unwrap().record;

    assert_eq!(newest.signature, signed.signature);
    assert_eq!(load(&local.store, "model").trust, Trust::Trusted);
}

#[test]
fn a_rollback_to_a_version_that_opens_is_none_to_one_that_does_not() {
    let local = local();
    save(&local.store, "model", opaque());
    let line = SigningKey::generate().unwrap();
    let keys = Some(vec![SigningKey::parse(&line).unwrap()]);
    let stranger = Store::open(OpenOptions { signing_keys: keys, ..options(&local.folder) }).unwrap();
    save(&stranger, "model", opaque());

    let receipt = local.store.rollback(&key("model"), v(1)).unwrap();

    assert!(!receipt.unchanged, "the newest has the same value, but is locked here");
    assert_eq!(load(&local.store, "model").trust, Trust::Trusted);
}

#[test]
fn a_rollback_to_nothing_is_not_found() {
    on_each(|store| {
        save(store, "n", int(1));

        for (name, version) in [("n", 2), ("m", 1)] {
            let error = store.rollback(&key(name), v(version)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{name} {version}");
        }
        assert_eq!(value(store, "n", None), stillroom::Value::int(1));
    });
}
