//! A store that was open before a fork goes on in the child and in the parent.

use std::path::Path;
use std::time::Duration;

use stillroom_core::{Acquired, Beat, Commit, Holder, Lease, LeaseKey, Sweep, poll_now};
use uuid::Uuid;

use crate::child::{Helper, say};
use crate::common::{Place, Store, buffer, key, noise, open, options, version};

const LARGE: usize = 400_000;
const MINUTE: Duration = Duration::from_secs(60);

impl Store {
    fn acquire(&self, name: &str, holder: u128) -> Acquired {
        let lease = LeaseKey::parse(name).unwrap();
        let holder = Holder(Uuid::from_u128(holder));
        poll_now(self.0.backend.leases.acquire(&self.who(), &lease, holder, MINUTE)).unwrap()
    }

    fn beat(&self, name: &str, holder: u128) -> stillroom_core::Result<Lease> {
        let lease = LeaseKey::parse(name).unwrap();
        let beat = Beat { ttl: MINUTE, progress: Some(0.5), message: None };
        poll_now(self.0.backend.leases.beat(&self.who(), &lease, Holder(Uuid::from_u128(holder)), beat))
    }
}

/// Forks once; the child does `work` and ends, the parent gets its number.
fn fork(work: impl FnOnce() + std::panic::UnwindSafe) -> libc::pid_t {
    // SAFETY: this process runs one test alone; its one other thread waits for that test and holds no lock.
    // The child works on and ends here.
    match unsafe { libc::fork() } {
        0 => {
            let is_well = std::panic::catch_unwind(work).is_ok();
            // SAFETY: ends the process; what the parent had open is the parent's to close.
            unsafe { libc::_exit(if is_well { 0 } else { 1 }) }
        }
        child => child,
    }
}

fn ended_well(child: libc::pid_t) -> bool {
    let mut status = -1;
    // SAFETY: `status` outlives the call, and the child is this process's own.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    waited == child && status == 0
}

/// Forks two children off an open store that has a lease and a save under way.
pub(crate) fn errand_fork(path: &Path) {
    let store = open(path, options()).unwrap();
    store.save("train/before", &noise(1, LARGE)).unwrap();
    (2..5).for_each(|seed| store.save("train/swept", &noise(seed, LARGE)).unwrap());
    poll_now(store.0.backend.catalog.delete(&store.who(), &key("train/swept"), None)).unwrap();
    assert!(matches!(store.acquire("parent", 1), Acquired::Yours(_)));
    store.put(&noise(9, LARGE)).unwrap();

    let children = [2, 3].map(|number| {
        let store = std::panic::AssertUnwindSafe(&store);
        fork(move || in_a_child(&store, number))
    });

    assert!(children.into_iter().all(ended_well));
    assert_eq!(store.beat("parent", 1).unwrap().progress, Some(0.5));
    let versions = vec![version("train/under way", &[buffer(&noise(9, LARGE))])];
    store.commit(Commit { versions, ..Commit::default() }).unwrap();
    poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default())).unwrap();
    store.assert_holds("train/before", &noise(1, LARGE));
    store.assert_holds("train/under way", &noise(9, LARGE));
    say("well");
}

fn in_a_child(store: &Store, number: u64) {
    assert!(matches!(store.acquire("parent", u128::from(number)), Acquired::Held(_)));
    assert!(matches!(store.acquire(&format!("child {number}"), number.into()), Acquired::Yours(_)));
    store.save(&format!("train/{number}"), &noise(10 + number, LARGE)).unwrap();
    // The packs that the parent has locked are not the child's to take.
    poll_now(store.0.backend.catalog.sweep(&store.who(), Sweep::default())).unwrap();
    store.assert_holds("train/before", &noise(1, LARGE));
    store.assert_holds(&format!("train/{number}"), &noise(10 + number, LARGE));
}

#[test]
fn saves_leases_and_sweeps_go_on_after_a_fork_in_parent_and_children() {
    let place = Place::new();

    assert_eq!(Helper::start("fork", &place.path()).join(), ["well"]);

    let store = place.open();
    for (at, seed) in [("train/before", 1), ("train/2", 12), ("train/3", 13), ("train/under way", 9)] {
        store.assert_holds(at, &noise(seed, LARGE));
    }
    assert_eq!(place.count("leases"), 3);
}
