//! `kill -9` at random points while two processes save sets of two keys and a third sweeps.
//!
//! Afterwards no set is torn, no save that was acknowledged is lost, and every
//! blob of every version is whole. This loses no page cache; what a power cut
//! could lose is held by the order of file calls (`src/local/durability.rs`).

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::hint::spin_loop;
use std::path::Path;

use bytes::Bytes;
use stillroom_core::{BackendError, Commit, PutBlob, Stored, Sweep, poll_now};

use crate::child::{Helper, say};
use crate::common::{Place, Store, blobs, buffer, key, noise, open, options, version};

const KILLS: usize = 30;
const KILLS_WITHIN_A_SAVE: usize = 20;
/// How many packs the sweeps have to have taken, or they were never in the way.
const PACKS_SWEPT: usize = 5;

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

    /// Holds every version there is to the bytes it was saved with, as `verify` does.
    fn verify(self, store: &Store) {
        for (side, at) in self.keys.iter().enumerate() {
            let history = poll_now(store.0.backend.catalog.history(&store.who(), &key(at), None)).unwrap();
            assert!(history.records.len() <= 3, "{at}");
            for record in history.records {
                let stored =
                    poll_now(store.0.backend.catalog.get(&store.who(), &key(at), Some(record.version)));
                let number = number_of(&stored.unwrap());
                let value = &self.values(number)[side];
                let digests: Vec<_> = blobs(value).iter().map(|blob| blob.digest).collect();
                let damaged = poll_now(store.0.backend.blobs.damaged(&store.who(), &digests)).unwrap();
                assert_eq!(damaged, [], "{at}, version {}", record.version);
            }
        }
    }

    /// The number of the newest set; 0 for none. Panics when it is torn.
    fn newest(self, store: &Store) -> u64 {
        let number = |at: &str| match store.get(at) {
            Ok(stored) => number_of(&stored),
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

/// The number of the set that a version is of.
fn number_of(stored: &Stored) -> u64 {
    std::str::from_utf8(&stored.root).unwrap().parse().unwrap()
}

impl Helper {
    /// `kill -9`; what the child had still said.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        let rest = std::iter::from_fn(|| self.next()).collect();
        self.child.wait().unwrap();
        rest
    }
}

/// Sweeps again and again, saying so.
pub(crate) fn errand_sweep(store: &Path) {
    let store = open(store, options()).unwrap();
    loop {
        poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default())).unwrap();
        say("swept");
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

/// Lets two savers and a sweeper get somewhere, then kills all three.
fn kill_three(store: &Path, round: usize) -> [LastWords; 2] {
    let start_sweeper = || {
        let mut sweeper = Helper::start("sweep", store);
        assert_eq!(sweeper.next().unwrap(), "swept");
        sweeper
    };
    // Who comes first has the packs that the last round left; each gets its turn.
    let first = round.is_multiple_of(2).then(start_sweeper);
    let mut savers = [SMALL, LARGE].map(|saver| (Helper::start(saver.errand, store), LastWords::default()));
    let sweeper = first.unwrap_or_else(start_sweeper);
    let waits = random() % 8;
    for (helper, last_words) in &mut savers {
        for _ in 0..=waits {
            last_words.hear(&helper.next().expect("a saver goes on until it is killed"));
        }
    }
    for _ in 0..random() % 3_000_000 {
        spin_loop();
    }
    let last_words = savers.map(|(helper, mut last_words)| {
        helper.kill().iter().for_each(|words| last_words.hear(words));
        last_words
    });
    sweeper.kill();
    last_words
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[test]
fn a_kill_tears_no_set_and_loses_no_acknowledged_save() {
    let place = Place::new();
    drop(place.open());
    let (mut within_save, mut packs) = (0, HashSet::new());

    for round in 0..KILLS {
        let last_words = kill_three(&place.path(), round);

        packs.extend(place.packs());
        within_save += usize::from(last_words.iter().any(|last| last.is_within_save));
        let store = place.open();
        for (saver, last) in [SMALL, LARGE].into_iter().zip(&last_words) {
            let newest = saver.newest(&store);
            assert!(newest >= last.acknowledged, "round {round}: {newest} of {last:?}: {}", saver.errand);
            saver.verify(&store);
        }
    }

    assert!(within_save >= KILLS_WITHIN_A_SAVE, "{within_save} of {KILLS} kills fell within a save");
    let swept = packs.len() - place.packs().len();
    assert!(swept >= PACKS_SWEPT, "{swept} packs of {} were swept", packs.len());
    assert!(SMALL.newest(&place.open()) > 0 && LARGE.newest(&place.open()) > 0);
}
