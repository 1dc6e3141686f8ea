//! Which calls are made again, how often, and how long is waited.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use stillroom_core::layers::fault::Moment;
use stillroom_core::layers::retry;
use stillroom_core::layers::retry::{Attempts, Patience};
use stillroom_core::{
    Access, Annotation, Backend, BackendError, Beat, Commit, Digest, Hint, ListRange, Principal, RequestId,
    Result, Scope, Sweep, Version, poll_now,
};

use super::{TTL, VALUE, blob, buffer, commit, failing, furnished, holder, key, lease, who};

/// Notes the waits and does not wait.
#[derive(Default)]
struct Noting(Mutex<Vec<Duration>>);

#[async_trait]
impl Patience for Noting {
    async fn wait(&self, longest: Duration) {
        self.0.lock().unwrap().push(longest);
    }
}

impl Noting {
    fn waits(&self) -> Vec<u64> {
        self.0.lock().unwrap().iter().map(Duration::as_secs).collect()
    }
}

fn attempts(most: u32) -> Attempts {
    Attempts { most, first_wait: Duration::from_secs(1), longest_wait: Duration::from_secs(5) }
}

/// A call, made by name, whose answer is told as text.
type Ask = fn(&Backend, &Principal) -> Result<String>;

/// What a future answers, as text.
macro_rules! answer {
    ($future:expr) => {
        poll_now($future).map(|answer| format!("{answer:?}"))
    };
}

/// Every call of the contract, and whether it is made again.
const CALLS: [(&str, bool, Ask); 26] = [
    ("commit", false, |b, who| answer!(b.catalog.commit(who, commit("new")))),
    ("commit with a request id", true, |b, who| {
        let request = Some(RequestId([7; 16]));
        answer!(b.catalog.commit(who, Commit { request, ..commit("new") }))
    }),
    ("get", true, |b, who| answer!(b.catalog.get(who, &key("rmse"), None))),
    ("list", true, |b, who| answer!(b.catalog.list(who, ListRange::default()))),
    ("history", true, |b, who| answer!(b.catalog.history(who, &key("rmse"), None))),
    ("snapshot", true, |b, who| answer!(b.catalog.snapshot(who, &Scope::All))),
    ("annotate", true, |b, who| {
        let change = Annotation { pinned: Some(true), ttl: Some(Some(TTL)), ..Annotation::default() };
        answer!(b.catalog.annotate(who, &key("rmse"), Version::FIRST, change))
    }),
    ("delete", false, |b, who| answer!(b.catalog.delete(who, &key("rmse"), None))),
    ("undelete", true, |b, who| answer!(b.catalog.undelete(who, &key("deleted"), &[Version::FIRST]))),
    ("rename", false, |b, who| answer!(b.catalog.rename(who, &key("rmse"), &key("mae")))),
    ("sweep", false, |b, who| answer!(b.catalog.sweep(who, Sweep::default()))),
    ("dry sweep", true, |b, who| answer!(b.catalog.sweep(who, Sweep { dry_run: true, ..Sweep::default() }))),
    ("usage", true, |b, who| answer!(b.catalog.usage(who))),
    ("missing", true, |b, who| answer!(b.blobs.missing(who, &[Digest::of(b"none")]))),
    ("put", true, |b, who| answer!(b.blobs.put(who, &[blob()]))),
    ("get of blobs", true, |b, who| answer!(b.blobs.get(who, &[buffer()], &Hint::default(), Access::Mapped))),
    ("damaged", true, |b, who| answer!(b.blobs.damaged(who, &[Digest::of(b"none")]))),
    ("discard", true, |b, who| answer!(b.blobs.discard(who, &[Digest::of(VALUE)]))),
    ("acquire", true, |b, who| answer!(b.leases.acquire(who, &lease(), holder(), TTL))),
    ("beat", true, |b, who| {
        let beat = Beat { ttl: TTL, progress: Some(0.5), message: None };
        answer!(b.leases.beat(who, &lease(), holder(), beat))
    }),
    ("release", false, |b, who| answer!(b.leases.release(who, &lease(), holder()))),
    ("lease", true, |b, who| answer!(b.leases.lease(who, &lease()))),
    ("owners", true, |b, _| answer!(b.operator.as_ref().unwrap().owners())),
    ("set_quota", true, |b, who| answer!(b.operator.as_ref().unwrap().set_quota(who.owner(), Some(9)))),
    ("sweep_all", false, |b, _| answer!(b.operator.as_ref().unwrap().sweep_all(Sweep::default()))),
    ("dry sweep_all", true, |b, _| {
        let sweep = Sweep { dry_run: true, ..Sweep::default() };
        answer!(b.operator.as_ref().unwrap().sweep_all(sweep))
    }),
];

#[test]
fn a_call_that_is_made_again_answers_as_the_first_would_have() {
    for moment in [Moment::Before, Moment::After] {
        for (name, is_repeated, ask) in CALLS {
            let quiet = ask(&furnished(), &who()).unwrap();
            let backend = failing(furnished(), moment);
            let backend = retry(backend, attempts(2), Arc::new(Noting::default()));

            let answer = ask(&backend, &who());

            match answer {
                Ok(answer) => assert_eq!((is_repeated, answer), (true, quiet), "{name}, {moment:?}"),
                Err(BackendError::Unavailable { .. }) => assert!(!is_repeated, "{name}, {moment:?}"),
                Err(error) => panic!("{name}, {moment:?}: {error}"),
            }
        }
    }
}

#[test]
fn a_call_that_is_not_made_again_would_have_answered_otherwise() {
    for (name, is_repeated, ask) in CALLS {
        let backend = furnished();
        let first = ask(&backend, &who()).unwrap();

        let again = ask(&backend, &who()).ok();

        assert_eq!(again == Some(first), is_repeated, "{name}");
    }
}

/// A store whose next `count` calls find nobody in.
fn away(count: u32) -> Backend {
    (0..count).fold(furnished(), |backend, _| failing(backend, Moment::Before))
}

#[test]
fn waits_double_up_to_the_longest() {
    let patience = Arc::new(Noting::default());
    let backend = retry(away(5), attempts(9), patience.clone());

    poll_now(backend.catalog.usage(&who())).unwrap();

    assert_eq!(patience.waits(), [1, 2, 4, 5, 5]);
}

#[test]
fn a_call_is_made_a_bounded_number_of_times_and_once_at_least() {
    for (most, made) in [(0, 1), (1, 1), (2, 2), (4, 4)] {
        let patience = Arc::new(Noting::default());
        let backend = retry(away(made), attempts(most), patience.clone());

        let answer = poll_now(backend.catalog.usage(&who()));

        assert!(matches!(answer, Err(BackendError::Unavailable { .. })), "{most}");
        assert_eq!(patience.waits().len() as u32, made - 1, "nobody waits for nothing");
        assert!(poll_now(backend.catalog.usage(&who())).is_ok(), "{most}: it was made {made} times");
    }
}

#[test]
fn an_answer_other_than_unavailable_is_the_answer() {
    let patience = Arc::new(Noting::default());
    let backend = retry(furnished(), attempts(9), patience.clone());

    let answer = poll_now(backend.catalog.get(&who(), &key("none"), None));

    assert!(matches!(answer, Err(BackendError::NotFound { .. })));
    assert!(patience.waits().is_empty());
}
