//! `kill -9` at random points while two processes save sets of two keys.
//!
//! Afterwards no set is torn and no save that was acknowledged is lost. This
//! loses no page cache; what a power cut could lose is held by the order of
//! file calls (`src/local/durability.rs`).

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::hint::spin_loop;
use std::path::Path;

use bytes::Bytes;
use stillroom_core::{BackendError, Commit, PutBlob};

use crate::child::{Helper, say};
use crate::common::{Place, Store, blobs, buffer, noise, open, options, version};

const KILLS: usize = 30;
const KILLS_WITHIN_A_SAVE: usize = 20;

/// One saver's page, and how long each of its values is.
#[derive(Clone, Copy)]
pub(crate) struct Saver {
    errand: &'static str,
    keys: [&'static str; 2],
    value_len: usize,
}

pub(crate) const SMALL: Saver =
    Saver { errand: "save small sets", keys: ["small/left", "small/right"], value_len: 9_000 };
pub(crate) const LARGE: Saver =
    Saver { errand: "save large sets", keys: ["large/left", "large/right"], value_len: 300_000 };

impl Saver {
    /// The values of the set of this number.
    fn values(self, number: u64) -> [Vec<u8>; 2] {
        [noise(2 * number, self.value_len), noise(2 * number + 1, self.value_len)]
    }

    fn save(self, store: &Store, number: u64) {
        let values = self.values(number);
        let mut versions = Vec::new();
        for (at, value) in self.keys.iter().zip(&values) {
            let root = Bytes::from(number.to_string());
            versions.push(stillroom_core::NewVersion { root, ..version(at, &[buffer(value)]) });
        }
        let mut given: Vec<PutBlob<'_>> = Vec::new();
        for value in &values {
            if self.value_len > 64 * 1024 { store.put(value).unwrap() } else { given.extend(blobs(value)) }
        }
        store.commit(Commit { versions, blobs: given, keep_versions: Some(3), ..Commit::default() }).unwrap();
    }

    /// The number of the newest set; 0 for none. Panics when it is torn.
    fn newest(self, store: &Store) -> u64 {
        let number = |at: &str| match store.get(at) {
            Ok(stored) => std::str::from_utf8(&stored.root).unwrap().parse().unwrap(),
            Err(BackendError::NotFound { .. }) => 0,
            Err(error) => panic!("{at}: {error}"),
        };
        let [left, right] = self.keys.map(number);
        assert_eq!(left, right, "a set is torn: {}", self.errand);
        if left > 0 {
            let [left_value, right_value] = self.values(left);
            store.assert_holds(self.keys[0], &left_value);
            store.assert_holds(self.keys[1], &right_value);
        }
        left
    }
}

/// Saves set after set, saying when each begins and ends.
pub(crate) fn errand_save(store: &Path, saver: Saver) {
    let store = open(store, options()).unwrap();
    let mut number = saver.newest(&store);
    loop {
        number += 1;
        say(&format!("begin {number}"));
        saver.save(&store, number);
        say(&format!("end {number}"));
    }
}

/// What a killed saver had said last: how far it got, and whether it was within a save.
#[derive(Debug, Default)]
struct LastWords {
    acknowledged: u64,
    is_within_save: bool,
}

impl LastWords {
    fn hear(&mut self, words: &str) {
        match words.split_once(' ') {
            Some(("begin", _)) => self.is_within_save = true,
            Some(("end", number)) => {
                *self = Self { acknowledged: number.parse().unwrap(), is_within_save: false };
            }
            _ => panic!("a saver says begin or end: {words}"),
        }
    }
}

/// Lets two savers get somewhere, then kills both.
fn kill_two(store: &Path) -> [LastWords; 2] {
    let mut savers = [SMALL, LARGE].map(|saver| (Helper::start(saver.errand, store), LastWords::default()));
    let waits = random() % 8;
    for (helper, last_words) in &mut savers {
        for _ in 0..=waits {
            last_words.hear(&helper.next().expect("a saver goes on until it is killed"));
        }
    }
    for _ in 0..random() % 3_000_000 {
        spin_loop();
    }
    savers.map(|(helper, mut last_words)| {
        helper.kill().iter().for_each(|words| last_words.hear(words));
        last_words
    })
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[test]
fn a_kill_tears_no_set_and_loses_no_acknowledged_save() {
    let place = Place::new();
    drop(place.open());
    let mut within_save = 0;

    for round in 0..KILLS {
        let last_words = kill_two(&place.path());

        within_save += usize::from(last_words.iter().any(|last| last.is_within_save));
        let store = place.open();
        for (saver, last) in [SMALL, LARGE].into_iter().zip(&last_words) {
            let newest = saver.newest(&store);
            assert!(newest >= last.acknowledged, "round {round}: {newest} of {last:?}: {}", saver.errand);
        }
    }

    assert!(within_save >= KILLS_WITHIN_A_SAVE, "{within_save} of {KILLS} kills fell within a save");
    assert!(SMALL.newest(&place.open()) > 0 && LARGE.newest(&place.open()) > 0);
}
