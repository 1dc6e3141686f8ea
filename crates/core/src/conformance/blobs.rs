//! Blobs: bytes in, the same bytes out.

use std::collections::HashSet;
use std::slice;

use bytes::Bytes;
use stillroom_format::CHUNK_LEN;

use super::asker::alice;
use super::values::{buffer, coded, coded_blobs, digests, noise, version};
use super::{Check, Subject, checks};
use crate::{Access, BackendError, Body, Buffer, Chunk, Codec, Commit, Committed, Digest, Hint, PutBlob};

checks![
    a_put_either_happened_or_did_not,
    a_put_either_happened_or_did_not_one_that_returned_is_durable_once_a_commit_that_names_the_blob_returns,
    putting_a_blob_again_changes_nothing,
    putting_a_blob_again_changes_nothing_whatever_it_is_coded_by,
    a_blob_that_is_put_coded_comes_back_raw_and_takes_as_many_bytes_as_it_was_put_with,
    coded_blobs_come_with_a_commit_too,
    what_comes_back_has_the_digest_it_was_asked_by_or_the_answer_is_corrupt,
    what_is_missing_is_answered_in_the_order_asked,
    buffers_of_every_length_come_back_in_the_order_asked,
    chunks_that_lie_apart_come_back_as_one_buffer,
    an_empty_or_stale_hint_costs_time_and_nothing_else,
    bytes_asked_for_as_a_copy_are_in_memory_of_their_own,
    a_stretch_of_a_buffer_s_chunks_is_a_buffer_too,
    loaded_bytes_are_the_caller_s_alone,
];

/// Long enough to be mapped where buffers are, with a tail.
const LONG: usize = 5 * CHUNK_LEN + 77;

async fn a_put_either_happened_or_did_not(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(1, LONG);
    assert_eq!(alice.missing(&[Digest::of(&value[..CHUNK_LEN])]).await.len(), 1);

    alice.put(&value).await;

    assert!(alice.missing(&digests(&value)).await.is_empty());
    let bodies = alice.bodies(&[buffer(&value)], &Hint::default()).await.unwrap();
    assert_eq!(bodies[0].as_slice(), value);
}

async fn a_put_either_happened_or_did_not_one_that_returned_is_durable_once_a_commit_that_names_the_blob_returns(
    subject: &dyn Subject,
) {
    let before = alice(subject.backend());
    let value = noise(7, LONG);
    before.put(&value).await;
    before.put(b"small").await;
    let versions = vec![version("train/rmse", &[buffer(&value), buffer(b"small")])];
    before.done(Commit { versions, ..Commit::default() }).await.unwrap();

    let reopened = subject.reopened();
    let after = alice(&reopened);

    let hint = after.get("train/rmse").await.unwrap().hint;
    for hint in [hint, Hint::default()] {
        let bodies = after.bodies(&[buffer(&value), buffer(b"small")], &hint).await.unwrap();
        assert_eq!((bodies[0].as_slice(), bodies[1].as_slice()), (&value[..], &b"small"[..]));
    }
}

async fn putting_a_blob_again_changes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(2, LONG);
    alice.put(&value).await;
    alice.save_put("train/rmse", &value).await;
    let usage = alice.usage().await;
    let hint = alice.get("train/rmse").await.unwrap().hint;
    let lie = PutBlob::raw(Digest::of(&value[..CHUNK_LEN]), b"other", false);

    alice.put(&value).await;
    // A backend may refuse this put; what was there stays.
    let _ = alice.backend.blobs.put(&alice.who, &[lie]).await;
    assert_eq!(alice.usage().await, usage);
    alice.save_put("train/rmse", &value).await;

    assert_eq!(alice.usage().await.stored_bytes, usage.stored_bytes);
    assert!(alice.damaged(&digests(&value)).await.is_empty());
    for hint in [hint, Hint::default()] {
        assert_eq!(alice.bodies(&[buffer(&value)], &hint).await.unwrap()[0].as_slice(), value);
    }
}

async fn putting_a_blob_again_changes_nothing_whatever_it_is_coded_by(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let (raw_first, coded_first) = (noise(11, LONG), noise(12, LONG));
    let forms = [&raw_first, &coded_first].map(|value| coded(value));
    alice.save_put("train/raw", &raw_first).await;
    alice.put_blobs(&coded_blobs(&coded_first, &forms[1])).await;
    alice.save_put("train/coded", &coded_first).await;
    let usage = alice.usage().await;

    alice.put_blobs(&coded_blobs(&raw_first, &forms[0])).await;
    alice.put(&coded_first).await;
    alice.save_put("train/raw", &raw_first).await;
    alice.save_put("train/coded", &coded_first).await;

    assert_eq!(alice.usage().await.stored_bytes, usage.stored_bytes);
    for (at, value) in [("train/raw", &raw_first), ("train/coded", &coded_first)] {
        assert_eq!(alice.load(at, value).await, *value);
        assert!(alice.damaged(&digests(value)).await.is_empty());
    }
}

async fn a_blob_that_is_put_coded_comes_back_raw_and_takes_as_many_bytes_as_it_was_put_with(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    let value = noise(13, 20 * CHUNK_LEN + 77);
    let coded = coded(&value);
    let blobs = coded_blobs(&value, &coded);
    let codecs: HashSet<Codec> = blobs.iter().map(|blob| blob.codec).collect();
    assert!(codecs.len() > 3, "several codecs take turns: {codecs:?}");

    alice.put_blobs(&blobs).await;
    let record = alice.save_put("train/coded", &value).await;

    let stored: u64 = blobs.iter().map(|blob| blob.bytes.len() as u64).sum();
    assert_eq!(alice.usage().await.stored_bytes, stored);
    assert_eq!(record.bytes, value.len() as u64);
    let reopened = subject.reopened();
    let again = super::asker::alice(&reopened);
    let hint = again.get("train/coded").await.unwrap().hint;
    for hint in [hint, Hint::default()] {
        assert_eq!(again.bodies(&[buffer(&value)], &hint).await.unwrap()[0].as_slice(), value);
    }
}

async fn coded_blobs_come_with_a_commit_too(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(14, 5000);
    let coded = coded(&value);
    let blobs = coded_blobs(&value, &coded);
    let stored = blobs[0].bytes.len() as u64;
    assert_ne!(blobs[0].codec, Codec::Raw);

    let versions = vec![version("train/coded", &[buffer(&value)])];
    alice.done(Commit { versions, blobs, ..Commit::default() }).await.unwrap();

    assert_eq!(alice.usage().await.stored_bytes, stored);
    assert_eq!(alice.load("train/coded", &value).await, value);
}

async fn what_comes_back_has_the_digest_it_was_asked_by_or_the_answer_is_corrupt(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let (promised, given) = (Digest::of(b"promised"), b"somebody");
    let lie = PutBlob::raw(promised, given, false);
    let lying = Buffer::new(vec![Chunk { digest: promised, len: 8 }]);
    let absent = buffer(b"never put");
    alice.save("a/y", b"honest").await;
    let of_another_length = Buffer::new(vec![Chunk { digest: Digest::of(b"honest"), len: 5 }]);

    // A backend may refuse the put; it may not hand the bytes on.
    let _ = alice.backend.blobs.put(&alice.who, &[lie]).await;
    let _ = alice
        .commit(Commit { versions: vec![version("a/x", slice::from_ref(&lying))], ..Commit::default() })
        .await;

    for buffer in [lying, absent, of_another_length] {
        let answer = alice.bodies(&[buffer], &Hint::default()).await;
        assert!(matches!(answer, Err(BackendError::Corrupt { .. })));
    }
}

async fn what_is_missing_is_answered_in_the_order_asked(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    alice.put(b"put").await;
    alice.save("train/rmse", b"saved").await;
    let [one, put, two, saved, three] = [&b"1"[..], b"put", b"2", b"saved", b"3"].map(Digest::of);

    assert_eq!(alice.missing(&[three, put, one, saved, two]).await, [three, one, two]);
    assert!(alice.missing(&[]).await.is_empty());
}

async fn buffers_of_every_length_come_back_in_the_order_asked(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let lens = [0, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 4 * CHUNK_LEN, LONG, 20 * CHUNK_LEN];
    let values: Vec<Vec<u8>> = lens.iter().zip(0..).map(|(len, seed)| noise(seed, *len)).collect();
    let buffers: Vec<Buffer> = values.iter().map(|value| buffer(value)).collect();
    // As a save does it: full chunks of all buffers, then what is left of each.
    for value in &values {
        alice.put(&value[..value.len() / CHUNK_LEN * CHUNK_LEN]).await;
    }
    for value in &values {
        alice.put(&value[value.len() / CHUNK_LEN * CHUNK_LEN..]).await;
    }
    let versions = vec![version("train/all", &buffers)];
    alice.commit(Commit { versions, ..Commit::default() }).await.unwrap();

    let hint = alice.get("train/all").await.unwrap().hint;
    let bodies = alice.bodies(&buffers, &hint).await.unwrap();

    let loaded: Vec<&[u8]> = bodies.iter().map(Body::as_slice).collect();
    assert_eq!(loaded, values);
}

async fn chunks_that_lie_apart_come_back_as_one_buffer(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let mut value = noise(3, LONG);
    alice.save_put("train/first", &value).await;
    value[2 * CHUNK_LEN] ^= 1;
    value.extend_from_within(..CHUNK_LEN);
    alice.save("train/tail", &value[7 * CHUNK_LEN - CHUNK_LEN..]).await;

    alice.save_put("train/second", &value).await;

    let hint = alice.get("train/second").await.unwrap().hint;
    for hint in [hint, Hint::default()] {
        assert_eq!(alice.bodies(&[buffer(&value)], &hint).await.unwrap()[0].as_slice(), value);
    }
}

async fn an_empty_or_stale_hint_costs_time_and_nothing_else(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let (one, two) = (noise(4, LONG), noise(5, LONG));
    alice.save_put("train/one", &one).await;
    alice.save_put("train/two", &two).await;
    let hint = alice.get("train/one").await.unwrap().hint;
    let other = alice.get("train/two").await.unwrap().hint;
    let mut flipped = hint.0.to_vec();
    flipped.iter_mut().for_each(|byte| *byte ^= 1);
    let cut_short = hint.0.slice(..hint.0.len() / 2);

    for hint in [Bytes::new(), other.0, flipped.into(), cut_short, Bytes::from_static(b"nonsense")] {
        let bodies = alice.bodies(&[buffer(&one)], &Hint(hint)).await.unwrap();
        assert_eq!(bodies[0].as_slice(), one);
    }
    let bodies = alice.bodies(&[buffer(&two), buffer(&one)], &hint).await.unwrap();
    assert_eq!((bodies[0].as_slice(), bodies[1].as_slice()), (&two[..], &one[..]));
}

async fn bytes_asked_for_as_a_copy_are_in_memory_of_their_own(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(8, LONG);
    alice.save_put("train/rmse", &value).await;
    let hint = alice.get("train/rmse").await.unwrap().hint;

    for hint in [hint, Hint::default()] {
        let copy = alice.backend.blobs.get(&alice.who, &[buffer(&value)], &hint, Access::Copied).await;
        let Body::Owned(bytes) = copy.unwrap().remove(0) else { panic!("a copy is owned") };
        assert_eq!(bytes, value);
    }
}

async fn a_stretch_of_a_buffer_s_chunks_is_a_buffer_too(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(9, 4 * LONG);
    alice.save_put("train/rmse", &value).await;
    let hint = alice.get("train/rmse").await.unwrap().hint;
    let chunks = buffer(&value).chunks;

    for range in [0..1, 3..9, 1..chunks.len(), chunks.len() - 1..chunks.len()] {
        let stretch = Buffer::new(chunks[range.clone()].to_vec());
        let bodies = alice.bodies(&[stretch], &hint).await.unwrap();
        let end = value.len().min(range.end * CHUNK_LEN);
        assert_eq!(bodies[0].as_slice(), &value[range.start * CHUNK_LEN..end], "{range:?}");
    }
}

async fn loaded_bytes_are_the_caller_s_alone(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(6, LONG);
    alice.save_put("train/rmse", &value).await;
    let hint = alice.get("train/rmse").await.unwrap().hint;
    let load = async || alice.bodies(&[buffer(&value)], &hint).await.unwrap().remove(0);

    match &mut load().await {
        Body::Owned(bytes) => bytes.fill(0),
        Body::Mapped(region) => region.as_mut_slice().fill(0),
    }

    assert_eq!(load().await.as_slice(), value);
    let again = Commit { versions: vec![version("train/mae", &[buffer(&value)])], ..Commit::default() };
    assert!(matches!(alice.commit(again).await.unwrap(), Committed::Done(_)));
}
