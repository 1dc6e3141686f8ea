//! Saving several values as one set.

use stillroom::{ErrorKind, Save, keep_going};

use crate::common::{array, int, key, load, local, noise, save};

#[test]
fn a_set_is_all_there_or_not_at_all() {
    let local = local();
    save(&local.store, "a", int(1));
    let good = Save::new(key("b"), array(noise(300_000, 1)));
    let mut stale = Save::new(key("a"), int(2));
    stale.if_version = Some(None);

    let error = local.store.save(vec![good, stale], &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(local.store.record(&key("b"), None).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(load(&local.store, "a").record.version.get(), 1);
}

#[test]
fn receipts_come_in_the_order_of_the_set() {
    let local = local();
    save(&local.store, "a", int(1));

    let set = vec![Save::new(key("b"), int(2)), Save::new(key("a"), int(1)), Save::new(key("c"), int(3))];
    let receipts = local.store.save(set, &mut keep_going).unwrap();

    let told: Vec<_> = receipts.iter().map(|r| (r.record.key.key.as_str(), r.unchanged)).collect();
    assert_eq!(told, [("b", false), ("a", true), ("c", false)]);
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    let local = local();

    let set = vec![Save::new(key("a"), int(1)), Save::new(key("a"), int(2))];
    let error = local.store.save(set, &mut keep_going).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(local.store.results(None).unwrap().is_empty());
}
