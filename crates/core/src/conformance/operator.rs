//! The operator: the one who sees the store as a whole.

use std::time::Duration;

use super::asker::{Asker, alice, bob, is_not_found, operator};
use super::hidden::assert_hidden;
use super::{Check, Subject, checks};
use crate::Sweep;

checks![
    the_operator_sees_every_owner_who_has_anything,
    a_sweep_of_all_owners_does_for_each_what_their_own_would,
    a_dry_sweep_of_all_owners_takes_nothing,
];

async fn the_operator_sees_every_owner_who_has_anything(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    let owners = async || operator(subject.backend()).owners().await.unwrap();
    assert!(alice.list().await.is_empty());
    assert!(owners().await.is_empty(), "who only asked has nothing");

    alice.save("train/rmse", b"1").await;
    assert_eq!(owners().await, [alice.who.owner()]);
    bob.save("train/rmse", b"2").await;
    bob.delete("train/rmse", None).await.unwrap();

    assert_eq!(owners().await, [bob.who.owner(), alice.who.owner()], "in the order of their ids");
    bob.sweep(Sweep::default()).await;
    assert_eq!(owners().await, [alice.who.owner()]);
}

/// One result that stays, one that was deleted just now and one long ago.
async fn save_all(subject: &dyn Subject, asker: &Asker<'_>) {
    for (at, value) in [("a/kept", b"kept"), ("a/late", b"late"), ("a/long", b"long")] {
        asker.save(at, value).await;
    }
    asker.delete("a/long", None).await.unwrap();
    subject.clock().advance(Duration::from_secs(10_000));
    asker.delete("a/late", None).await.unwrap();
}

async fn a_sweep_of_all_owners_does_for_each_what_their_own_would(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    save_all(subject, &alice).await;
    save_all(subject, &bob).await;
    // By now what Alice deleted late is as old as what Bob deleted first.
    let sweep = Sweep { undo_time: Duration::from_secs(10_000), ..Sweep::default() };
    let dry = Sweep { dry_run: true, ..sweep };
    let (of_alice, of_bob) = (alice.sweep(dry).await, bob.sweep(dry).await);

    let swept = operator(subject.backend()).sweep_all(sweep).await.unwrap();

    assert_eq!((of_alice.versions, of_bob.versions, swept.versions), (2, 1, 3));
    assert_eq!((swept.blobs, swept.blob_bytes), (3, 12));
    assert!(is_not_found(&alice.undelete("a/late", &[1]).await));
    bob.undelete("a/late", &[1]).await.unwrap();
    for asker in [&alice, &bob] {
        assert_hidden(asker, "a/long", &[1]).await;
        assert_eq!(asker.load("a/kept", b"kept").await, b"kept");
    }
}

async fn a_dry_sweep_of_all_owners_takes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    save_all(subject, &alice).await;

    let sweep = Sweep { dry_run: true, ..Sweep::default() };
    let told = operator(subject.backend()).sweep_all(sweep).await.unwrap();

    assert_eq!(told.versions, 2);
    for at in ["a/late", "a/long"] {
        alice.undelete(at, &[1]).await.unwrap();
    }
    assert_eq!(alice.load("a/long", b"long").await, b"long");
}
