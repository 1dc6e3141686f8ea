//! Several processes on one database: the same results of one owner, owners of their own, and a fork.

use std::collections::HashSet;
use std::path::Path;

use stillroom_core::{Digest, poll_now};

use crate::database::{Database, connect_to};
use crate::helper::{Helper, hear, say};
use crate::raw::ANA;
use crate::store::{Store, key, noise, request};

const PROCESSES: u64 = 8;
const SAVES: u64 = 200;
const KEYS: u64 = 20;

/// The value that a process saves as its `number`th.
fn value(process: u64, number: u64) -> Vec<u8> {
    noise(1 + process * SAVES + number, 500)
}

fn owner(process: u64) -> String {
    format!("cccccccc-0000-4000-8000-00000000000{process}")
}

/// Saves to the same keys as every other, and says which version each save became.
pub(crate) fn errand_shared(url: &str, process: u64) {
    save_all(&Store::of(connect_to(url).unwrap(), ANA), process);
}

/// The same as an owner of its own.
pub(crate) fn errand_own(url: &str, process: u64) {
    save_all(&Store::of(connect_to(url).unwrap(), &owner(process)), process);
}

fn save_all(store: &Store, process: u64) {
    say("ready");
    hear();
    for number in 0..SAVES {
        let at = format!("shared/{}", number % KEYS);
        let id = request(1 + process * SAVES + number);
        let version = store.save_small(&at, &value(process, number), id).unwrap();
        say(&format!("{} {version}", number % KEYS));
    }
}

/// Runs an errand in all processes at once; for each process, the key and version of each of its saves.
fn run(database: &Database, errand: &str) -> Vec<Vec<(u64, u64)>> {
    let url = database.url("stillroom_test");
    let start = |process| Helper::start(&format!("{errand} {process}"), Path::new(&url));
    let mut helpers: Vec<Helper> = (0..PROCESSES).map(start).collect();
    helpers.iter_mut().for_each(|helper| assert_eq!(helper.next().unwrap(), "ready"));
    helpers.iter_mut().for_each(|helper| helper.tell("go"));
    let pair = |said: &String| {
        let (key, version) = said.split_once(' ').unwrap();
        (key.parse().unwrap(), version.parse().unwrap())
    };
    helpers.into_iter().map(|helper| helper.join().iter().map(pair).collect()).collect()
}

#[test]
fn processes_saving_to_the_same_results_count_their_versions_without_gaps() {
    let database = Database::direct(15);

    let said = run(&database, "shared");

    let store = Store::of(database.connect("stillroom_test"), ANA);
    let written: HashSet<Digest> = (0..PROCESSES)
        .flat_map(|process| (0..SAVES).map(move |number| Digest::of(&value(process, number))))
        .collect();
    let of_each = PROCESSES * SAVES / KEYS;
    for key_number in 0..KEYS {
        let history = store.history(&format!("shared/{key_number}"));
        let versions: Vec<u64> = history.iter().rev().map(|record| record.version.get()).collect();
        assert_eq!(versions, (1..=of_each).collect::<Vec<_>>(), "key {key_number}");
        let digests: HashSet<Digest> = history.iter().map(|record| record.digest).collect();
        assert_eq!(digests.len() as u64, of_each, "each save is one version");
        assert!(digests.is_subset(&written));
        // What each process was told is what is there, and it was told more each time.
        let mut told: Vec<u64> = Vec::new();
        for process in &said {
            let own: Vec<u64> =
                process.iter().filter(|(key, _)| *key == key_number).map(|said| said.1).collect();
            assert!(own.is_sorted_by(|one, next| one < next), "{own:?}");
            told.extend(own);
        }
        told.sort_unstable();
        assert_eq!(told, versions);
    }
}

#[test]
fn owners_saving_at_once_are_in_nobody_s_way() {
    let database = Database::direct(18);

    let said = run(&database, "own");

    for (process, said) in (0..).zip(said) {
        let in_turn: Vec<(u64, u64)> = (0..SAVES).map(|number| (number % KEYS, number / KEYS + 1)).collect();
        assert_eq!(said, in_turn);
        let store = Store::of(database.connect("stillroom_test"), &owner(process));
        let newest = poll_now(store.backend.catalog.get(&store.who, &key("shared/0"), None)).unwrap();
        assert_eq!(newest.record.digest, Digest::of(&value(process, SAVES - KEYS)));
    }
}

/// Forks with an open store: the child's connections are its own, and the parent's go on.
pub(crate) fn errand_fork(url: &str) {
    let store = Store::of(connect_to(url).unwrap(), ANA);
    store.save_small("fork/before", b"before", request(1)).unwrap();
    // SAFETY: this process runs one test alone; its one other thread waits for that test and holds no lock.
    // The child works on and ends here.
    let child = match unsafe { libc::fork() } {
        0 => {
            let work = std::panic::AssertUnwindSafe(|| {
                store.assert_holds("fork/before", b"before");
                store.save_small("fork/child", b"child", request(2)).unwrap();
            });
            let is_well = std::panic::catch_unwind(work).is_ok();
            // SAFETY: ends the process; what the parent had open is the parent's to close.
            unsafe { libc::_exit(if is_well { 0 } else { 1 }) }
        }
        child => child,
    };
    let mut status = -1;
    // SAFETY: `status` outlives the call, and the child is this process's own.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!((waited, status), (child, 0));
    store.save_small("fork/parent", b"parent", request(3)).unwrap();
    store.assert_holds("fork/child", b"child");
    say("well");
}

#[test]
fn a_store_that_was_open_before_a_fork_goes_on_in_parent_and_child() {
    let database = Database::direct(15);

    let said = Helper::start("fork", Path::new(&database.url("stillroom_test"))).join();

    assert_eq!(said, ["well"]);
    let store = Store::of(database.connect("stillroom_test"), ANA);
    for (at, value) in
        [("fork/before", b"before".as_slice()), ("fork/child", b"child"), ("fork/parent", b"parent")]
    {
        assert_eq!(store.history(at).len(), 1, "{at}");
        store.assert_holds(at, value);
    }
}
