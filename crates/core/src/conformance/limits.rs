//! Limits: refused whole just above, accepted exactly at them.

use std::time::Duration;

use super::asker::{Asker, alice, set_of};
use super::values::{buffer, noise, version};
use super::{Check, Subject, checks};
use crate::limits::{BLOB_LEN, JSON_LEN, LABEL_LEN, METADATA_LEN, NAME_LEN, SET_LEN};
use crate::{
    Annotation, BackendError, Chunk, Codec, Commit, Digest, Hint, KeyName, NewVersion, PageKey, PutBlob,
    Result, ResultKey,
};

checks![
    a_commit_over_a_limit_writes_nothing,
    a_commit_at_its_limits_is_kept,
    a_set_over_its_limit_writes_nothing_and_one_at_it_is_kept,
    a_blob_over_its_limit_is_refused_and_one_at_it_is_kept,
    a_blob_that_is_not_shorter_for_being_coded_is_refused,
    a_ttl_of_nothing_is_refused,
    an_annotation_over_a_limit_changes_nothing,
    the_longest_page_and_key_are_kept,
];

type Grow = fn(&mut NewVersion, usize);

/// What is limited in a version, how far, and how to make it this long.
const LIMITED: [(&str, u64, Grow); 5] = [
    ("label", LABEL_LEN, |new, len| new.label = Some("x".repeat(len))),
    ("metadata", METADATA_LEN, |new, len| new.metadata = Some(vec![7; len].into())),
    ("summary", JSON_LEN, |new, len| new.summary = json(len)),
    ("provenance", JSON_LEN, |new, len| new.provenance = json(len)),
    ("kind", NAME_LEN, |new, len| new.kind = "x".repeat(len)),
];

const MEGABYTE: u64 = 1 << 20;

/// A JSON text of `len` bytes.
fn json(len: usize) -> String {
    format!("\"{}\"", "x".repeat(len - 2))
}

/// Whether an answer is that `actual` is more than `limit`.
fn is_too_large<T>(answer: &Result<T>, limit: u64, actual: u64) -> bool {
    matches!(answer, Err(BackendError::TooLarge { limit: l, actual: a, .. }) if (*l, *a) == (limit, actual))
}

fn is_invalid<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(BackendError::Invalid { .. }))
}

async fn a_commit_over_a_limit_writes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());

    for (what, limit, grow) in LIMITED {
        for len in [limit + 1, MEGABYTE] {
            let mut commit = set_of(&[("a/x", b"1"), ("a/y", b"2")]);
            grow(&mut commit.versions[1], usize::try_from(len).unwrap());
            let refused = alice.commit(commit).await;
            assert!(is_too_large(&refused, limit, len), "{what}: {refused:?}");
        }
    }

    assert!(alice.list().await.is_empty());
    assert_eq!(alice.missing(&[Digest::of(b"1"), Digest::of(b"2")]).await.len(), 2);
    assert_eq!(alice.save("a/x", b"1").await.version.get(), 1);
}

async fn a_commit_at_its_limits_is_kept(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let grow_all = |new: &mut NewVersion| {
        for (_, limit, grow) in LIMITED {
            grow(new, usize::try_from(limit).unwrap());
        }
    };

    let saved = alice.save_with("a/x", b"1", grow_all).await;

    assert_eq!(saved.label.as_ref().map(String::len), usize::try_from(LABEL_LEN).ok());
    assert_eq!(saved.metadata.as_ref().map(bytes::Bytes::len), usize::try_from(METADATA_LEN).ok());
    assert_eq!(alice.get("a/x").await.unwrap().record, saved);
}

async fn a_set_over_its_limit_writes_nothing_and_one_at_it_is_kept(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let set = |count: u64| Commit {
        versions: (0..count).map(|index| version(&format!("a/{index}"), &[])).collect(),
        ..Commit::default()
    };

    let refused = alice.commit(set(SET_LEN + 1)).await;
    assert!(is_too_large(&refused, SET_LEN, SET_LEN + 1), "{refused:?}");
    assert!(alice.list().await.is_empty());

    alice.done(set(SET_LEN)).await.unwrap();
    assert_eq!(alice.usage().await.results, SET_LEN);
}

async fn a_blob_over_its_limit_is_refused_and_one_at_it_is_kept(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(1, usize::try_from(BLOB_LEN + 1).unwrap());
    let (over, at) = (one_blob(&value), one_blob(&value[1..]));
    let chunk = Chunk { digest: at.digest, len: u32::try_from(BLOB_LEN).unwrap() };
    let whole = crate::Buffer::new(vec![chunk]);
    let commit = Commit { versions: vec![version("a/x", &[])], blobs: vec![over], ..Commit::default() };

    let refused = [
        alice.commit(commit).await.map(|_| ()),
        alice.backend.blobs.put(&alice.who, &[one_blob(b"1"), over]).await,
    ];
    for refused in &refused {
        assert!(is_too_large(refused, BLOB_LEN, BLOB_LEN + 1), "{refused:?}");
    }
    assert_eq!(alice.missing(&[over.digest, Digest::of(b"1")]).await.len(), 2);
    assert!(alice.list().await.is_empty());

    let versions = vec![version("a/x", std::slice::from_ref(&whole))];
    alice.done(Commit { versions, blobs: vec![at], ..Commit::default() }).await.unwrap();
    let bodies = alice.bodies(&[whole], &Hint::default()).await.unwrap();
    assert_eq!(bodies[0].as_slice(), at.bytes);
}

async fn a_blob_that_is_not_shorter_for_being_coded_is_refused(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let raw = one_blob(b"raw");
    let refused = [
        PutBlob { codec: Codec::Zstd, ..raw },
        PutBlob { raw_len: 4, ..raw },
        PutBlob { codec: Codec::Zstd, raw_len: 4, is_full_chunk: true, ..raw },
    ];

    for blob in refused {
        let put = alice.backend.blobs.put(&alice.who, &[blob]).await;
        assert!(is_invalid(&put), "{put:?}");
        let commit = Commit { versions: vec![version("a/x", &[])], blobs: vec![blob], ..Commit::default() };
        assert!(is_invalid(&alice.commit(commit).await));
    }

    assert_eq!(alice.missing(&[raw.digest]).await, [raw.digest]);
    assert!(alice.list().await.is_empty());
}

fn one_blob(bytes: &[u8]) -> PutBlob<'_> {
    PutBlob::raw(Digest::of(bytes), bytes, false)
}

async fn a_ttl_of_nothing_is_refused(subject: &dyn Subject) {
    let alice = alice(subject.backend());

    for ttl in [Duration::ZERO, Duration::from_nanos(999)] {
        let mut commit = set_of(&[("a/x", b"1"), ("a/y", b"2")]);
        commit.versions[1].ttl = Some(ttl);
        assert!(is_invalid(&alice.commit(commit).await), "{ttl:?}");
    }

    assert!(alice.list().await.is_empty());
    assert_eq!(alice.missing(&[Digest::of(b"1")]).await.len(), 1);
    let saved = alice.save_with("a/x", b"1", |new| new.ttl = Some(Duration::from_micros(1))).await;
    assert_eq!(alice.list().await, [saved]);
}

async fn an_annotation_over_a_limit_changes_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let saved = alice.save("a/x", b"1").await;
    let over = |limit: u64| usize::try_from(limit + 1).unwrap();
    let label = |len: usize| Annotation { label: Some(Some("x".repeat(len))), ..Annotation::default() };
    let metadata =
        |len: usize| Annotation { metadata: Some(Some(vec![7; len].into())), ..Annotation::default() };
    let ttl = Annotation { ttl: Some(Some(Duration::ZERO)), ..label(3) };

    let refused = annotate(&alice, label(over(LABEL_LEN))).await;
    assert!(is_too_large(&refused, LABEL_LEN, LABEL_LEN + 1), "{refused:?}");
    let refused = annotate(&alice, metadata(over(METADATA_LEN))).await;
    assert!(is_too_large(&refused, METADATA_LEN, METADATA_LEN + 1), "{refused:?}");
    assert!(is_invalid(&annotate(&alice, ttl).await));
    assert_eq!(alice.get("a/x").await.unwrap().record, saved);

    annotate(&alice, label(over(LABEL_LEN) - 1)).await.unwrap();
    annotate(&alice, metadata(over(METADATA_LEN) - 1)).await.unwrap();
}

async fn annotate(alice: &Asker<'_>, change: Annotation) -> Result<crate::Record> {
    alice.annotate("a/x", 1, change).await
}

async fn the_longest_page_and_key_are_kept(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    // Characters of three bytes, and what else a path or a pattern could stumble over.
    let longest = |first: &str| format!("{first}{}", "水".repeat((512 - first.len()) / 3));
    let page = PageKey::parse(&longest("%_'\"../\\")).unwrap();
    let at = ResultKey { page: page.clone(), key: KeyName::parse(&longest("-- ; *?[")).unwrap() };
    assert_eq!((page.as_str().len(), at.key.as_str().len()), (512, 512));
    let versions = vec![NewVersion { key: at.clone(), ..version("a/x", &[buffer(b"1")]) }];
    alice.put(b"1").await;

    let saved = alice.done(Commit { versions, ..Commit::default() }).await.unwrap();

    assert_eq!(alice.list().await, saved);
    assert_eq!(alice.backend.catalog.get(&alice.who, &at, None).await.unwrap().record, saved[0]);
    let of_page = crate::ListRange { page: Some(&page), after: None };
    assert_eq!(alice.list_range(of_page).await.records, saved);
}
