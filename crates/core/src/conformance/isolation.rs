//! Isolation: what one owner has, no other can see, guess or touch.

use super::asker::{Asker, alice, bob, condition, texts};
use super::values::{blobs, buffer, noise, number, version};
use super::{Check, Subject, checks};
use crate::{Annotation, Commit, Committed, Digest, Hint, Sweep, Usage};

checks![
    another_owner_s_record_can_t_be_told_from_an_absent_one_in_the_answer_and_in_the_error_s_text,
    another_owner_s_results_are_neither_listed_nor_counted,
    another_owner_s_versions_are_counted_apart,
    another_owner_s_blob_can_t_be_told_from_an_absent_one,
    a_commit_can_t_name_another_owner_s_blob,
    another_owner_s_hint_opens_nothing,
];

/// What every call answers about a result that `asker` does not have, in words, its key left out.
async fn answers(asker: &Asker<'_>, at: &str) -> Vec<String> {
    let unlabelled = Annotation { label: Some(None), ..Annotation::default() };
    let expects_it = vec![condition(at, Some(1))];
    let mut answers = texts(asker.get(at).await);
    answers.extend(texts(asker.get_version(at, Some(1)).await));
    answers.extend(texts(asker.annotate(at, 1, unlabelled).await));
    answers.extend(texts(asker.delete(at, None).await));
    answers.extend(texts(asker.delete(at, Some(1)).await));
    answers.extend(texts(asker.undelete(at, &[1]).await));
    answers.extend(texts(asker.rename(at, "own/result").await));
    answers.extend(texts(asker.try_save(&[("own/result", b"1")], expects_it, None).await));
    answers.push(format!("{:?}", asker.history(at).await));
    answers.push(format!("{:?} {:?}", asker.list().await, asker.snapshot().await));
    answers.push(format!("{:?} {:?}", asker.usage().await, asker.sweep(Sweep::default()).await));
    answers.into_iter().map(|answer| answer.replace(at, "")).collect()
}

async fn another_owner_s_record_can_t_be_told_from_an_absent_one_in_the_answer_and_in_the_error_s_text(
    subject: &dyn Subject,
) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    let kept = alice.save("train/rmse", b"0.5").await;
    alice.save("train/gone", b"0.6").await;
    alice.delete("train/gone", None).await.unwrap();

    let absent = answers(&bob, "train/none").await;

    assert_eq!(answers(&bob, "train/rmse").await, absent);
    assert_eq!(answers(&bob, "train/gone").await, absent);
    assert_eq!(alice.get("train/rmse").await.unwrap().record, kept);
    alice.undelete("train/gone", &[1]).await.unwrap();
    assert_eq!(alice.load("train/gone", b"0.6").await, b"0.6");
}

async fn another_owner_s_results_are_neither_listed_nor_counted(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    alice.save("train/rmse", b"0.5").await;
    alice.save_put("train/large", &noise(1, 100_000)).await;

    assert!(bob.list().await.is_empty());
    assert_eq!(bob.usage().await, Usage::default());
}

async fn another_owner_s_versions_are_counted_apart(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    alice.save("train/rmse", b"1").await;
    alice.save("train/rmse", b"2").await;
    let nothing_there = vec![condition("train/rmse", None)];

    let saved = bob.try_save(&[("train/rmse", b"3")], nothing_there, Some(1)).await.unwrap();

    assert_eq!(saved[0].version, number(1));
    assert_eq!(bob.delete("train/rmse", None).await.unwrap(), [1]);
    assert_eq!(alice.history("train/rmse").await, [2, 1]);
}

async fn another_owner_s_blob_can_t_be_told_from_an_absent_one(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    alice.put(b"put").await;
    alice.save("train/rmse", b"saved").await;
    let [put, saved, absent] = [&b"put"[..], b"saved", b"absent"].map(Digest::of);
    let answer = async |value: &[u8]| {
        let texts = texts(bob.bodies(&[buffer(value)], &Hint::default()).await);
        texts.into_iter().map(|text| text.replace(&Digest::of(value).to_string(), "")).collect::<Vec<_>>()
    };

    assert_eq!(bob.missing(&[put, saved, absent]).await, [put, saved, absent]);
    assert_eq!(bob.damaged(&[put, saved, absent]).await, [put, saved, absent]);
    bob.discard(&[put, saved, absent]).await;
    assert_eq!(alice.missing(&[put, saved, absent]).await, [absent]);
    assert_eq!(answer(b"put").await, answer(b"absent").await);
    assert_eq!(answer(b"saved").await, answer(b"absent").await);
}

async fn a_commit_can_t_name_another_owner_s_blob(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    alice.save("train/rmse", b"secret").await;
    alice.put(b"secret, put").await;
    let naming =
        |value: &[u8]| Commit { versions: vec![version("a/x", &[buffer(value)])], ..Commit::default() };

    for value in [&b"secret"[..], b"secret, put"] {
        let committed = bob.commit(naming(value)).await.unwrap();
        assert_eq!(committed, Committed::Missing(vec![Digest::of(value)]));
    }

    // Who has the bytes may keep them; that says nothing about who else does.
    let own = Commit { blobs: blobs(b"secret"), ..naming(b"secret") };
    assert!(matches!(bob.commit(own).await.unwrap(), Committed::Done(_)));
    assert_eq!(bob.load("a/x", b"secret").await, b"secret");
}

async fn another_owner_s_hint_opens_nothing(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    let value = noise(2, 600_000);
    alice.save_put("train/rmse", &value).await;
    let hint = alice.get("train/rmse").await.unwrap().hint;

    let with_hint = texts(bob.bodies(&[buffer(&value)], &hint).await);
    let without = texts(bob.bodies(&[buffer(&value)], &Hint::default()).await);

    assert_eq!(with_hint, without);
}
