//! Many at once: threads on one store, half of them as another process would have it open.

use std::sync::Barrier;
use std::thread;

use uuid::Uuid;

use super::asker::{Asker, alice, condition, is_not_found, set_of};
use super::values::{blobs, buffer, noise, version};
use super::{Check, Subject, checks};
use crate::{Acquired, BackendError, Commit, Committed, Holder, LeaseKey, Record, RequestId, Sweep};

checks![
    of_commits_at_once_with_one_condition_exactly_one_wins,
    versions_are_counted_without_gaps_by_commits_at_once,
    readers_never_see_half_a_set,
    sweeps_among_savers_lose_nothing,
    a_commit_repeated_at_once_is_written_once,
    of_renames_at_once_exactly_one_wins,
    of_many_who_ask_for_a_lease_at_once_one_gets_it,
];

const THREADS: usize = 4;

/// The answers of `work`, done by all threads at once, each with its number.
fn at_once<T: Send>(subject: &dyn Subject, work: impl AsyncFn(usize, Asker<'_>) -> T + Sync) -> Vec<T> {
    let backends = [subject.backend().clone(), subject.reopened()];
    let start = Barrier::new(THREADS);
    let run = |number: usize| {
        start.wait();
        let mut answer = None;
        subject.wait(Box::pin(async { answer = Some(work(number, alice(&backends[number % 2])).await) }));
        answer.expect("waited to its end")
    };
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || run(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

async fn of_commits_at_once_with_one_condition_exactly_one_wins(subject: &dyn Subject) {
    let asker = alice(subject.backend());

    for round in 0..5 {
        let expected = Some(round).filter(|round| *round > 0);
        let answers = at_once(subject, async |number, alice| {
            let value = format!("{round} {number}");
            alice.try_save(&[("a/x", value.as_bytes())], vec![condition("a/x", expected)], None).await
        });

        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "round {round}");
        assert!(lost.iter().all(|answer| matches!(answer, Err(BackendError::Conflict { .. }))));
        let record = won.into_iter().next().unwrap().unwrap().remove(0);
        assert_eq!((record.version.get(), &asker.get("a/x").await.unwrap().record), (round + 1, &record));
    }
}

async fn versions_are_counted_without_gaps_by_commits_at_once(subject: &dyn Subject) {
    let answers = at_once(subject, async |number, alice| {
        let mut versions = Vec::new();
        for _ in 0..5 {
            versions.push(alice.save("a/x", &[u8::try_from(number).unwrap()]).await.version.get());
        }
        versions
    });

    assert!(answers.iter().all(|versions| versions.is_sorted()));
    let mut all = answers.concat();
    all.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(all, (1..=20).rev().collect::<Vec<u64>>());
    assert_eq!(alice(subject.backend()).history("a/x").await, all);
}

async fn readers_never_see_half_a_set(subject: &dyn Subject) {
    const KEYS: [&str; 6] = ["a/u", "a/v", "b/w", "b/x", "c/y", "c/z"];
    let numbers = |records: &mut dyn Iterator<Item = &Record>| -> Vec<u64> {
        records.map(|record| record.version.get()).collect()
    };

    at_once(subject, async |number, alice| {
        if number < 2 {
            for _ in 0..15 {
                alice.save_set(&KEYS.map(|at| (at, at.as_bytes()))).await.unwrap();
            }
            return;
        }
        for _ in 0..200 {
            let listed = numbers(&mut alice.list().await.iter());
            assert!(listed.is_empty() || listed == [listed[0]; KEYS.len()], "{listed:?}");
            assert_eq!(alice.snapshot().await.len() % KEYS.len(), 0);
        }
    });

    assert_eq!(numbers(&mut alice(subject.backend()).list().await.iter()), [30; KEYS.len()]);
}

/// Puts and commits until nothing is missing, as a save does.
async fn save(alice: &Asker<'_>, at: &str, value: &[u8]) {
    for _ in 0..100 {
        alice.backend.blobs.put(&alice.who, &blobs(value)).await.unwrap();
        let versions = vec![version(at, &[buffer(value)])];
        match alice.commit(Commit { versions, ..Commit::default() }).await.unwrap() {
            Committed::Done(_) => return,
            _ => thread::yield_now(),
        }
    }
    panic!("what is put again and again is there in the end");
}

async fn sweeps_among_savers_lose_nothing(subject: &dyn Subject) {
    // Values that share blobs which come and go, beside those that each has for itself.
    let shared = noise(99, 150_000);
    let value =
        |number: usize, round: u64| [shared.clone(), noise(number as u64 * 100 + round, 70_000)].concat();

    at_once(subject, async |number, alice| {
        let at = format!("a/{number}");
        for round in 0..6 {
            if number == 0 {
                alice.sweep(Sweep::default()).await;
                continue;
            }
            save(&alice, &at, &value(number, round)).await;
            assert_eq!(alice.load(&at, &value(number, round)).await, value(number, round));
            if round < 5 {
                alice.delete(&at, None).await.unwrap();
            }
        }
    });

    let reopened = subject.reopened();
    let after = alice(&reopened);
    after.sweep(Sweep::default()).await;
    for number in 1..THREADS {
        assert_eq!(after.load(&format!("a/{number}"), &value(number, 5)).await, value(number, 5));
    }
}

async fn a_commit_repeated_at_once_is_written_once(subject: &dyn Subject) {
    let answers = at_once(subject, async |_, alice| {
        let request = Some(RequestId([7; 16]));
        alice.done(Commit { request, ..set_of(&[("a/x", b"1"), ("a/y", b"2")]) }).await.unwrap()
    });

    assert!(answers.iter().all(|records| *records == answers[0]));
    assert_eq!(alice(subject.backend()).list().await, answers[0]);
    assert_eq!(alice(subject.backend()).history("a/x").await, [1]);
}

async fn of_renames_at_once_exactly_one_wins(subject: &dyn Subject) {
    let asker = alice(subject.backend());
    asker.save("a/x", b"1").await;

    let answers = at_once(subject, async |number, alice| alice.rename("a/x", &format!("b/{number}")).await);

    assert_eq!(answers.iter().filter(|answer| is_not_found(answer)).count(), THREADS - 1);
    let renamed = answers.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(asker.list().await, [renamed]);
}

async fn of_many_who_ask_for_a_lease_at_once_one_gets_it(subject: &dyn Subject) {
    let key = LeaseKey::parse("train/forecast").unwrap();

    let answers = at_once(subject, async |number, alice| {
        let holder = Holder(Uuid::from_u128(number as u128 + 1));
        let ttl = std::time::Duration::from_secs(60);
        alice.backend.leases.acquire(&alice.who, &key, holder, ttl).await.unwrap()
    });

    let mut holders: Vec<Holder> = Vec::new();
    let mut yours = 0;
    for answer in answers {
        let (is_yours, lease) = match answer {
            Acquired::Yours(lease) => (1, lease),
            Acquired::Held(lease) => (0, lease),
        };
        yours += is_yours;
        holders.push(lease.holder);
    }
    assert_eq!(yours, 1);
    assert!(holders.iter().all(|holder| *holder == holders[0]), "all were told who");
}
