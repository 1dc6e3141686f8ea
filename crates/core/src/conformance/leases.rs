//! Leases: one of many does a piece of work.

use std::time::Duration;

use uuid::Uuid;

use super::asker::{Asker, alice, bob};
use super::{Check, Subject, checks};
use crate::limits::LABEL_LEN;
use crate::{Acquired, BackendError, Beat, Clock, Holder, Lease, LeaseKey, Result, Timestamp};

checks![
    a_lease_has_one_holder_at_a_time,
    a_lease_that_was_not_renewed_in_time_can_be_acquired_by_anyone,
    acquiring_a_lease_again_renews_it_for_its_holder_and_changes_nothing_else,
    a_beat_renews_a_lease_and_says_how_far_the_work_is_one_that_was_lost_can_t_be_renewed,
    a_release_by_anyone_but_the_holder_changes_nothing,
    a_clock_that_is_set_back_or_forward_neither_prolongs_a_lease_nor_ends_it,
    another_owner_s_lease_is_another_lease,
    every_key_has_a_lease_of_its_own,
    a_lease_is_over_when_the_machine_starts_again,
    what_is_no_lease_or_beat_is_refused_and_changes_nothing,
];

const MINUTE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_micros(1);
const ONE: Holder = Holder(Uuid::from_u128(1));
const TWO: Holder = Holder(Uuid::from_u128(2));

impl Asker<'_> {
    async fn acquire(&self, holder: Holder) -> Acquired {
        self.try_acquire(holder, MINUTE).await.expect("asking for a lease is always allowed")
    }

    async fn try_acquire(&self, holder: Holder, ttl: Duration) -> Result<Acquired> {
        self.backend.leases.acquire(&self.who, &forecast(), holder, ttl).await
    }

    async fn beat(&self, holder: Holder, beat: Beat) -> Result<Lease> {
        self.backend.leases.beat(&self.who, &forecast(), holder, beat).await
    }

    async fn release(&self, holder: Holder) -> bool {
        self.backend.leases.release(&self.who, &forecast(), holder).await.unwrap()
    }

    async fn lease(&self) -> Option<Lease> {
        self.backend.leases.lease(&self.who, &forecast()).await.unwrap()
    }
}

fn forecast() -> LeaseKey {
    LeaseKey::parse("train/forecast").unwrap()
}

fn beat(progress: f64, message: &str) -> Beat {
    Beat { ttl: MINUTE, progress: Some(progress), message: Some(message.to_owned()) }
}

/// What is the asker's.
fn yours(answer: Acquired) -> Lease {
    match answer {
        Acquired::Yours(lease) => lease,
        Acquired::Held(lease) => panic!("held by {}", lease.holder),
    }
}

fn is_lost<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(BackendError::LeaseLost { .. }))
}

async fn a_lease_has_one_holder_at_a_time(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let reopened = subject.reopened();
    let elsewhere = super::asker::alice(&reopened);
    assert_eq!(alice.lease().await, None);

    let lease = yours(alice.acquire(ONE).await);

    let started_at = subject.clock().now();
    let expected = Lease {
        key: forecast(),
        holder: ONE,
        started_at,
        beat_at: started_at,
        progress: None,
        message: None,
    };
    assert_eq!(lease, expected);
    for asker in [&alice, &elsewhere] {
        assert_eq!(asker.acquire(TWO).await, Acquired::Held(lease.clone()));
        assert_eq!(asker.lease().await, Some(lease.clone()));
    }
    assert!(elsewhere.release(ONE).await);
    assert_eq!(alice.lease().await, None);
    assert_eq!(yours(alice.acquire(TWO).await).holder, TWO);
}

async fn a_lease_that_was_not_renewed_in_time_can_be_acquired_by_anyone(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.acquire(ONE).await;
    alice.beat(ONE, beat(0.5, "half")).await.unwrap();

    subject.clock().advance(MINUTE - MOMENT);
    assert!(matches!(alice.acquire(TWO).await, Acquired::Held(_)));
    subject.clock().advance(MOMENT);

    assert_eq!(alice.lease().await, None);
    let lease = yours(alice.acquire(TWO).await);
    assert_eq!((lease.holder, lease.started_at), (TWO, subject.clock().now()));
    assert_eq!((lease.progress, lease.message), (None, None), "it is another piece of work");
    subject.clock().advance(MINUTE);
    assert_eq!(yours(alice.acquire(TWO).await).started_at, subject.clock().now());
}

async fn acquiring_a_lease_again_renews_it_for_its_holder_and_changes_nothing_else(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.acquire(ONE).await;
    let lease = alice.beat(ONE, beat(0.25, "fold 1 of 4")).await.unwrap();
    subject.clock().advance(MINUTE - MOMENT);

    let again = yours(alice.acquire(ONE).await);

    assert_eq!(again, Lease { beat_at: subject.clock().now(), ..lease });
    subject.clock().advance(MINUTE - MOMENT);
    assert_eq!(alice.lease().await, Some(again.clone()));
    assert_eq!(alice.acquire(TWO).await, Acquired::Held(again));
}

async fn a_beat_renews_a_lease_and_says_how_far_the_work_is_one_that_was_lost_can_t_be_renewed(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    assert!(is_lost(&alice.beat(ONE, beat(0.0, "never acquired")).await));
    let acquired = yours(alice.acquire(ONE).await);
    subject.clock().advance(MINUTE - MOMENT);

    let lease = alice.beat(ONE, beat(1.0, "done, saving")).await.unwrap();

    let (progress, message) = (Some(1.0), Some("done, saving".to_owned()));
    assert_eq!(lease, Lease { beat_at: subject.clock().now(), progress, message, ..acquired });
    subject.clock().advance(MINUTE - MOMENT);
    assert_eq!(alice.lease().await, Some(lease.clone()), "renewed from the beat on");
    assert!(is_lost(&alice.beat(TWO, beat(0.5, "someone else's")).await));
    assert_eq!(alice.lease().await, Some(lease));
    let silent = alice.beat(ONE, Beat { ttl: MINUTE, progress: None, message: None }).await.unwrap();
    assert_eq!((silent.progress, silent.message), (None, None), "as the last beat said");
    subject.clock().advance(MINUTE);
    assert!(is_lost(&alice.beat(ONE, beat(0.5, "too late")).await), "although nobody has it");
    assert_eq!(alice.lease().await, None);
}

async fn a_release_by_anyone_but_the_holder_changes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    assert!(!alice.release(ONE).await);
    let lease = yours(alice.acquire(ONE).await);

    assert!(!alice.release(TWO).await);
    assert!(!bob(subject.backend()).release(ONE).await);

    assert_eq!(alice.lease().await, Some(lease));
    assert!(alice.release(ONE).await);
    assert!(!alice.release(ONE).await);
    assert!(is_lost(&alice.beat(ONE, beat(0.5, "given back")).await));
    alice.acquire(ONE).await;
    subject.clock().advance(MINUTE);
    assert!(!alice.release(ONE).await, "it was no longer the holder's");
}

async fn a_clock_that_is_set_back_or_forward_neither_prolongs_a_lease_nor_ends_it(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let clock = subject.clock();
    clock.set(Timestamp(1_000_000_000_000));
    alice.acquire(ONE).await;

    for now in [9_000_000_000_000, 0] {
        clock.set(Timestamp(now));
        assert!(matches!(alice.acquire(TWO).await, Acquired::Held(_)), "at {now}");
        alice.beat(ONE, beat(0.5, "still at it")).await.unwrap();
    }

    clock.advance(MINUTE);
    clock.set(Timestamp(0));
    assert_eq!(alice.lease().await, None);
    assert!(is_lost(&alice.beat(ONE, beat(0.5, "too late")).await));
}

async fn another_owner_s_lease_is_another_lease(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    alice.acquire(ONE).await;
    let lease = alice.beat(ONE, beat(0.5, "secret")).await.unwrap();

    assert_eq!(bob.lease().await, None);
    assert!(is_lost(&bob.beat(ONE, beat(0.75, "not hers")).await));
    assert_eq!(yours(bob.acquire(TWO).await).holder, TWO);
    assert!(bob.release(TWO).await);

    assert_eq!(alice.lease().await, Some(lease));
}

async fn every_key_has_a_lease_of_its_own(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let other = LeaseKey::parse("train/forecast ").unwrap();
    alice.acquire(ONE).await;

    let answer = alice.backend.leases.acquire(&alice.who, &other, TWO, MINUTE).await.unwrap();

    let lease = yours(answer);
    assert_eq!((lease.key, lease.holder), (other, TWO));
    assert_eq!(alice.lease().await.unwrap().holder, ONE);
}

async fn a_lease_is_over_when_the_machine_starts_again(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    subject.clock().advance(MINUTE);
    alice.acquire(ONE).await;

    subject.clock().reboot();

    assert_eq!(alice.lease().await, None);
    assert!(is_lost(&alice.beat(ONE, beat(0.5, "gone with its process")).await));
    assert_eq!(yours(alice.acquire(TWO).await).holder, TWO);
}

async fn what_is_no_lease_or_beat_is_refused_and_changes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let long = "x".repeat(usize::try_from(LABEL_LEN).unwrap());
    let is_invalid = |answer: &BackendError| matches!(answer, BackendError::Invalid { .. });
    assert!(alice.try_acquire(ONE, Duration::ZERO).await.is_err_and(|error| is_invalid(&error)));
    assert_eq!(alice.lease().await, None);
    alice.acquire(ONE).await;
    let lease = alice.beat(ONE, beat(0.5, &long)).await.unwrap();

    for wrong in
        [beat(-0.1, ""), beat(1.1, ""), beat(f64::NAN, ""), Beat { ttl: Duration::ZERO, ..beat(0.5, "") }]
    {
        assert!(alice.beat(ONE, wrong.clone()).await.is_err_and(|error| is_invalid(&error)), "{wrong:?}");
    }
    let too_long = alice.beat(ONE, beat(0.5, &format!("{long}x"))).await;

    assert!(matches!(too_long, Err(BackendError::TooLarge { limit: LABEL_LEN, .. })));
    assert_eq!(alice.lease().await, Some(lease));
}
