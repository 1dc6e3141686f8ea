//! Commits that are repeated because their answer was lost.

use super::asker::{alice, bob, condition, set_of};
use super::hidden::assert_hidden;
use super::values::{buffer, number, version};
use super::{Check, Subject, checks};
use crate::limits::REQUESTS_KEPT;
use crate::{Commit, Committed, RequestId};

checks![
    a_commit_repeated_with_its_request_id_writes_nothing_and_answers_as_it_did_the_first_time,
    a_repeated_commit_answers_every_version_of_a_result_that_it_wrote,
    a_commit_is_known_again_by_the_newest_versions_of_its_results,
    a_repeated_commit_brings_back_nothing_that_was_deleted,
    a_commit_that_wrote_nothing_is_no_first_time,
    commits_without_a_request_id_are_never_the_same,
    another_owner_s_request_id_is_another_request,
];

const REQUEST: Option<RequestId> = Some(RequestId([1; 16]));
const OTHER: Option<RequestId> = Some(RequestId([2; 16]));

async fn a_commit_repeated_with_its_request_id_writes_nothing_and_answers_as_it_did_the_first_time(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    let commit = || Commit {
        conditions: vec![condition("a/x", None)],
        request: REQUEST,
        ..set_of(&[("a/y", b"1"), ("a/x", b"2")])
    };
    let first = alice.done(commit()).await.unwrap();
    alice.save("a/x", b"three").await;
    let before = (alice.snapshot().await, alice.usage().await);

    let reopened = subject.reopened();
    for backend in [subject.backend(), &reopened] {
        let again = super::asker::alice(backend).done(commit()).await.unwrap();
        assert_eq!(again, first, "although its condition does not hold any more");
    }

    assert_eq!((alice.snapshot().await, alice.usage().await), before);
    assert!(alice.done(Commit { request: OTHER, ..commit() }).await.is_err());
}

async fn a_repeated_commit_answers_every_version_of_a_result_that_it_wrote(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let set: [(&str, &[u8]); 3] = [("a/x", b"1"), ("a/y", b"two"), ("a/x", b"three")];
    let commit = || Commit { request: REQUEST, ..set_of(&set) };

    let first = alice.done(commit()).await.unwrap();

    assert_eq!(alice.done(commit()).await.unwrap(), first);
    assert_eq!(alice.history("a/x").await, [2, 1]);
}

async fn a_commit_is_known_again_by_the_newest_versions_of_its_results(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let commit = || Commit { request: REQUEST, ..set_of(&[("a/x", b"1")]) };
    let first = alice.done(commit()).await.unwrap();
    let newer = usize::try_from(REQUESTS_KEPT - 1).unwrap();
    let versions = vec![version("a/x", &[]); newer];
    alice.done(Commit { versions, request: OTHER, ..Commit::default() }).await.unwrap();

    assert_eq!(alice.done(commit()).await.unwrap(), first);
}

async fn a_repeated_commit_brings_back_nothing_that_was_deleted(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let commit = || Commit { request: REQUEST, ..set_of(&[("a/x", b"1")]) };
    let first = alice.done(commit()).await.unwrap();
    alice.delete("a/x", None).await.unwrap();

    assert_eq!(alice.done(commit()).await.unwrap(), first);

    assert_hidden(&alice, "a/x", &[1]).await;
}

async fn a_commit_that_wrote_nothing_is_no_first_time(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let versions = vec![version("a/x", &[buffer(b"1")])];
    let commit = || Commit { versions: versions.clone(), request: REQUEST, ..Commit::default() };
    let stale = Commit { conditions: vec![condition("a/x", Some(1))], ..commit() };

    let empty = Commit { versions: Vec::new(), ..stale.clone() };

    assert!(alice.commit(stale).await.is_err());
    assert!(alice.commit(empty).await.is_err(), "nothing to write is nothing written before");
    assert!(matches!(alice.commit(commit()).await.unwrap(), Committed::Missing(_)));
    alice.put(b"1").await;

    assert_eq!(alice.done(commit()).await.unwrap()[0].version, number(1));
    assert_eq!(alice.load("a/x", b"1").await, b"1");
}

async fn commits_without_a_request_id_are_never_the_same(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.save("a/x", b"1").await;
    alice.save("a/x", b"1").await;

    assert_eq!(alice.history("a/x").await, [2, 1]);
}

async fn another_owner_s_request_id_is_another_request(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    alice.save("a/x", b"1").await;
    alice.done(Commit { request: REQUEST, ..set_of(&[("a/x", b"secret")]) }).await.unwrap();

    let saved = bob.done(Commit { request: REQUEST, ..set_of(&[("a/x", b"own")]) }).await.unwrap();

    assert_eq!(saved[0].version, number(1));
    assert_eq!(bob.load("a/x", b"own").await, b"own");
}
