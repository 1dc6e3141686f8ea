//! Several processes on one store.

use std::path::Path;

use stillroom_core::poll_now;

use crate::child::{Helper, hear, say};
use crate::common::{Place, key, noise, open, options};

const SAVES: u64 = 25;

/// Opens a store when told to, and says whose it is.
pub(crate) fn errand_open(store: &Path) {
    say("ready");
    hear();
    let store = open(store, options()).unwrap();
    say(&format!("{} {:?}", store.0.local_owner.unwrap(), store.0.signing_key.unwrap()));
}

/// Saves to one result again and again, small and large in turn.
pub(crate) fn errand_count(store: &Path) {
    let store = open(store, options()).unwrap();
    say("ready");
    hear();
    let seed = u64::from(std::process::id()) << 32;
    for number in 0..SAVES {
        if number % 5 == 0 {
            store.save("train/shared", &noise(seed + number, 300_000)).unwrap();
        } else {
            store.save_small("train/shared", &noise(seed + number, 1000)).unwrap();
        }
    }
}

#[test]
fn processes_opening_a_new_store_at_once_make_one() {
    for _ in 0..5 {
        let place = Place::new();
        let mut helpers: Vec<Helper> = (0..4).map(|_| Helper::start("open", &place.path())).collect();
        helpers.iter_mut().for_each(|helper| assert_eq!(helper.next().unwrap(), "ready"));

        helpers.iter_mut().for_each(|helper| helper.tell("go"));

        let said: Vec<Vec<String>> = helpers.into_iter().map(Helper::join).collect();
        assert!(said.iter().all(|words| words.len() == 1 && *words == said[0]), "{said:?}");
        let store = place.open();
        let own = format!("{} {:?}", store.0.local_owner.unwrap(), store.0.signing_key.unwrap());
        assert_eq!(said[0], [own]);
    }
}

#[test]
fn processes_saving_to_one_result_count_its_versions_without_gaps() {
    let place = Place::new();
    let store = place.open();
    let mut helpers: Vec<Helper> = (0..3).map(|_| Helper::start("count", &place.path())).collect();
    helpers.iter_mut().for_each(|helper| assert_eq!(helper.next().unwrap(), "ready"));

    helpers.iter_mut().for_each(|helper| helper.tell("go"));
    helpers.into_iter().for_each(|helper| assert!(helper.join().is_empty()));

    let history =
        poll_now(store.0.backend.catalog.history(&store.who(), &key("train/shared"), None)).unwrap();
    let versions: Vec<u64> = history.records.iter().map(|record| record.version.get()).collect();
    let expected: Vec<u64> = (1..=3 * SAVES).rev().collect();
    assert_eq!(versions, expected);
}

#[test]
fn a_result_saved_by_one_process_is_seen_by_another_at_once() {
    let place = Place::new();
    let reader = place.open();
    let mut helper = Helper::start("count", &place.path());
    assert_eq!(helper.next().unwrap(), "ready");
    assert!(reader.get("train/shared").is_err());

    helper.tell("go");
    helper.join();

    assert_eq!(reader.get("train/shared").unwrap().record.version.get(), SAVES);
}
