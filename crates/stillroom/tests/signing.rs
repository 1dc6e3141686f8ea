//! Opaque objects and who vouches for them.

use stillroom::{ErrorKind, OpenOptions, Owner, Save, SigningKey, Store, Trust, Uuid, keep_going};

use crate::common::{key, load, local, opaque, options, save};

fn with_key(options: OpenOptions, line: &str) -> Store {
    let signing_keys = Some(vec![SigningKey::parse(line).unwrap()]);
    Store::open(OpenOptions { signing_keys, ..options }).unwrap()
}

#[test]
fn a_local_store_vouches_for_what_it_kept() {
    let local = local();

    save(&local.store, "model", opaque());

    assert_eq!(load(&local.store, "model").trust, Trust::Trusted);
}

#[test]
fn without_a_key_an_object_is_refused_before_anything_is_written() {
    let local = local();
    let keyless =
        Store::open(OpenOptions { signing_keys: Some(Vec::new()), ..options(&local.folder) }).unwrap();

    let error = keyless.save(vec![Save::new(key("model"), opaque())], &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("stillroom key"));
    assert!(keyless.results(None).unwrap().is_empty());
}

#[test]
fn another_key_does_not_vouch() {
    let local = local();
    save(&local.store, "model", opaque());

    let other = with_key(options(&local.folder), &SigningKey::generate().unwrap());

    assert_eq!(load(&other, "model").trust, Trust::Untrusted);
}

#[test]
fn an_object_signed_by_an_old_key_is_signed_again_as_a_new_version() {
    let local = local();
    save(&local.store, "model", opaque());
    let other = with_key(options(&local.folder), &SigningKey::generate().unwrap());

    let receipt = save(&other, "model", opaque());

    assert!(!receipt.unchanged);
    assert_eq!(load(&other, "model").trust, Trust::Trusted);
}

#[test]
fn a_value_without_objects_needs_no_signature() {
    let local = local();

    save(&local.store, "n", crate::common::int(1));

    assert_eq!(load(&local.store, "n").trust, Trust::Unsigned);
}

#[test]
fn an_object_of_another_owner_is_not_vouched_for() {
    let local = local();
    let line = SigningKey::generate().unwrap();
    let store = with_key(options(&local.folder), &line);
    let stranger = store.as_owner(Owner::new(Uuid::from_u128(7)));
    let mine = save(&store, "model", opaque()).record;
    let theirs = save(&stranger, "model", opaque()).record;

    assert_eq!(mine.digest, theirs.digest);
    assert_ne!(mine.signature, theirs.signature);
}
