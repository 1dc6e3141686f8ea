//! The store's time: never earlier than what the catalog holds, and never what damage says.

use std::time::Duration;

use stillroom_core::{
    Acquired, BackendError, Commit, Holder, LeaseKey, Owner, Principal, Record, Sweep, Timestamp, poll_now,
};
use uuid::Uuid;

use crate::child::{Helper, say};
use crate::common::{Place, Store, blobs, buffer, key, open, options, version};

const MINUTE: Duration = Duration::from_secs(60);

impl Store {
    fn save_for(&self, at: &str, value: &[u8], ttl: Option<Duration>) -> Record {
        let mut new = version(at, &[buffer(value)]);
        new.ttl = ttl;
        let commit = Commit { versions: vec![new], blobs: blobs(value), ..Commit::default() };
        self.commit(commit).unwrap();
        self.get(at).unwrap().record
    }

    fn is_gone(&self, at: &str) -> bool {
        matches!(self.get(at), Err(BackendError::NotFound { .. }))
    }
}

/// A store with a version that has expired, which a later save's time vouches for.
fn with_expired() -> Place {
    let place = Place::new();
    let store = place.open();
    store.save_for("train/expired", b"1", Some(MINUTE));
    place.clock().advance(2 * MINUTE);
    store.save_for("train/later", b"2", None);
    place
}

fn other() -> Principal {
    Principal::local(Owner::new(Uuid::from_u128(7)))
}

#[test]
fn a_clock_set_back_brings_back_nothing_for_a_store_opened_anew() {
    let place = with_expired();
    place.clock().set(Timestamp(0));

    let store = place.open();

    assert!(store.is_gone("train/expired"));
    assert_eq!(store.save_for("train/new", b"3", None).created_at, Timestamp(120_000_000));
}

#[test]
fn a_sweep_of_what_held_the_newest_time_brings_back_nothing() {
    let place = with_expired();
    let store = place.open();
    let erase = |who: &Principal| poll_now(store.0.backend.catalog.sweep(who, Sweep::default())).unwrap();
    let new = version("train/newest", &[]);
    place.clock().advance(MINUTE);
    let commit = Commit { versions: vec![new], ..Commit::default() };
    poll_now(store.0.backend.catalog.commit(&other(), commit)).unwrap();
    poll_now(store.0.backend.catalog.delete(&store.who(), &key("train/later"), None)).unwrap();
    poll_now(store.0.backend.catalog.delete(&other(), &key("train/newest"), None)).unwrap();
    assert_eq!(erase(&other()).versions, 1);
    place.clock().set(Timestamp(0));

    let store = place.open();

    assert!(store.is_gone("train/expired"));
    assert_eq!(store.save_for("train/new", b"3", None).created_at, Timestamp(180_000_000));
}

#[test]
fn a_rename_over_what_held_the_newest_time_brings_back_nothing() {
    let place = with_expired();
    let store = place.open();
    let catalog = &store.0.backend.catalog;
    store.save_for("train/first", b"3", None);
    place.clock().advance(MINUTE);
    store.save_for("train/place", b"4", None);
    poll_now(catalog.delete(&store.who(), &key("train/place"), None)).unwrap();
    poll_now(catalog.rename(&store.who(), &key("train/first"), &key("train/place"))).unwrap();
    place.clock().set(Timestamp(0));

    let store = place.open();

    assert!(store.is_gone("train/expired"));
    assert_eq!(store.save_for("train/new", b"5", None).created_at, Timestamp(180_000_000));
}

#[test]
fn a_flipped_bit_of_a_time_ends_nothing_else() {
    let place = Place::new();
    let store = place.open();
    store.save_for("train/kept", b"1", Some(MINUTE));
    store.save_for("train/damaged", b"2", None);
    let damage = "UPDATE versions SET created_at = 1 << 60 WHERE id = (SELECT max(id) FROM versions)";
    assert_eq!(place.catalog().execute(damage, ()).unwrap(), 1);
    place.catalog().execute("INSERT INTO meta VALUES ('newest_time', 1 << 60)", ()).unwrap();

    let store = place.open();

    assert!(store.get("train/kept").is_ok());
    assert_eq!(store.save_for("train/new", b"3", None).created_at, Timestamp(0));
    poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default())).unwrap();
    assert!(store.get("train/kept").is_ok());
}

/// Takes a lease and says whether it got it.
pub(crate) fn errand_acquire(store: &std::path::Path) {
    let store = open(store, options()).unwrap();
    let holder = Holder(Uuid::new_v4());
    let lease = LeaseKey::parse("training").unwrap();
    let acquired = poll_now(store.0.backend.leases.acquire(&store.who(), &lease, holder, MINUTE)).unwrap();
    say(if matches!(acquired, Acquired::Yours(_)) { "mine" } else { "held" });
}

#[test]
fn of_processes_that_want_a_lease_one_gets_it() {
    let place = Place::new();
    drop(place.open());

    let said: Vec<String> = (0..3)
        .map(|_| Helper::start("acquire", &place.path()))
        .collect::<Vec<_>>()
        .into_iter()
        .flat_map(Helper::join)
        .collect();

    assert_eq!(said.iter().filter(|word| *word == "mine").count(), 1, "{said:?}");
    assert_eq!(said.len(), 3);
}

#[test]
fn leases_that_are_over_are_swept_and_others_stay() {
    let place = Place::new();
    let store = place.open();
    let acquire = |name: &str, ttl| {
        let lease = LeaseKey::parse(name).unwrap();
        let holder = Holder(Uuid::from_u128(1));
        poll_now(store.0.backend.leases.acquire(&store.who(), &lease, holder, ttl)).unwrap();
    };
    acquire("short", MINUTE);
    acquire("long", 3 * MINUTE);
    place.clock().advance(2 * MINUTE);

    poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default())).unwrap();
    assert_eq!(place.count("leases"), 1);

    place.clock().reboot();
    poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default())).unwrap();
    assert_eq!(place.count("leases"), 0);
}
