//! Recoding: the same blobs in fewer bytes, and nothing else.

use stillroom_format::{CHUNK_LEN, Codec};

use super::asker::{Asker, alice, bob};
use super::values::{buffer, coded_blobs, dense, digests, noise};
use super::{Check, Subject, checks};
use crate::layers::coded::form;
use crate::{Coded, Digest, Hint, PutBlob, Recoder};

checks![
    a_blob_that_is_recoded_is_the_same_blob_in_fewer_bytes_and_what_it_is_recoded_to_is_never_believed,
    only_raw_blobs_of_the_asker_that_get_shorter_are_recoded,
    a_recoder_that_stops_has_changed_nothing,
    blobs_that_came_with_a_commit_are_recoded_too,
    recoded_blobs_are_put_missed_and_found_damaged_like_any_other,
];

const LONG: usize = 40 * CHUNK_LEN + 77;

/// How the recoders of these checks behave.
enum Make {
    Shorter,
    /// Coded bytes of something else.
    Lies,
    Stop,
}

impl Recoder for Make {
    fn recode(&self, raw: &[(Digest, Vec<u8>)]) -> Option<Vec<Option<Coded>>> {
        let coded = |bytes: &[u8]| Some(form(bytes)).filter(|(codec, _)| *codec != Codec::Raw);
        Some(match self {
            Self::Shorter => raw.iter().map(|(_, bytes)| coded(bytes)).collect(),
            Self::Lies => raw.iter().map(|(_, bytes)| coded(&noise(99, bytes.len()))).collect(),
            Self::Stop => return None,
        })
    }
}

async fn assert_holds(alice: &Asker<'_>, at: &str, value: &[u8], hint: &Hint) {
    assert_eq!(alice.load(at, value).await, value);
    for hint in [hint, &Hint::default()] {
        assert_eq!(alice.bodies(&[buffer(value)], hint).await.unwrap()[0].as_slice(), value);
    }
    assert!(alice.damaged(&digests(value)).await.is_empty());
}

async fn a_blob_that_is_recoded_is_the_same_blob_in_fewer_bytes_and_what_it_is_recoded_to_is_never_believed(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    let value = noise(1, LONG);
    let mut changed = value.clone();
    changed[7 * CHUNK_LEN] ^= 1;
    alice.save_put("train/old", &value).await;
    alice.save_put("train/new", &changed).await;
    let (before, hint) = (alice.usage().await, alice.get("train/old").await.unwrap().hint);

    assert_eq!(alice.recode(&digests(&value), &Make::Lies).await, 0);
    assert_holds(&alice, "train/old", &value, &hint).await;
    let saved = alice.recode(&digests(&value), &Make::Shorter).await;

    let after = alice.usage().await;
    assert_eq!(after.stored_bytes + saved, before.stored_bytes);
    assert_eq!((after.results, after.versions, after.value_bytes), (2, 2, before.value_bytes));
    let reopened = subject.reopened();
    for backend in [subject.backend(), &reopened] {
        let alice = super::asker::alice(backend);
        assert_holds(&alice, "train/old", &value, &hint).await;
        assert_holds(&alice, "train/new", &changed, &hint).await;
    }
}

async fn only_raw_blobs_of_the_asker_that_get_shorter_are_recoded(subject: &dyn Subject) {
    let (alice, bob) = (alice(subject.backend()), bob(subject.backend()));
    let (value, incompressible) = (noise(2, LONG), dense(3, LONG));
    for asker in [&alice, &bob] {
        asker.save_put("train/value", &value).await;
        asker.save_put("train/dense", &incompressible).await;
    }
    let all = [digests(&value), digests(&incompressible), digests(b"never put")].concat();
    let before = bob.usage().await;

    alice.recode(&all, &Make::Shorter).await;

    assert_eq!(alice.recode(&all, &Make::Shorter).await, 0, "what is coded stays as it is");
    assert_eq!(bob.usage().await, before);
    assert_eq!(alice.missing(&all).await, digests(b"never put"));
    for asker in [&alice, &bob] {
        assert_eq!(asker.load("train/value", &value).await, value);
        assert_eq!(asker.load("train/dense", &incompressible).await, incompressible);
    }
}

async fn a_recoder_that_stops_has_changed_nothing(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(4, LONG);
    alice.save_put("train/value", &value).await;
    let (before, hint) = (alice.usage().await, alice.get("train/value").await.unwrap().hint);

    assert_eq!(alice.recode(&digests(&value), &Make::Stop).await, 0);

    assert_eq!(alice.usage().await, before);
    assert_holds(&alice, "train/value", &value, &hint).await;
}

async fn blobs_that_came_with_a_commit_are_recoded_too(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(5, 6000);
    alice.save("train/small", &value).await;
    let before = alice.usage().await.stored_bytes;

    let saved = alice.recode(&digests(&value), &Make::Shorter).await;

    assert_eq!(alice.usage().await.stored_bytes + saved, before);
    assert_eq!(alice.load("train/small", &value).await, value);
}

async fn recoded_blobs_are_put_missed_and_found_damaged_like_any_other(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(6, LONG);
    alice.save_put("train/value", &value).await;
    alice.recode(&digests(&value), &Make::Shorter).await;
    let stored = alice.usage().await.stored_bytes;

    alice.save_put("train/again", &value).await;
    assert_eq!(alice.usage().await.stored_bytes, stored);
    subject.damage(&form(&value[2 * CHUNK_LEN..3 * CHUNK_LEN]).1);

    assert_eq!(alice.damaged(&digests(&value)).await, [digests(&value)[2]]);
    alice.recode(&digests(&value), &Make::Shorter).await;
    alice.discard(&digests(&value)).await;
    let coded = super::values::coded(&value);
    let blobs: Vec<PutBlob<'_>> = coded_blobs(&value, &coded);
    alice.put_blobs(&blobs[2..3]).await;
    alice.save_put("train/third", &value).await;
    assert!(alice.damaged(&digests(&value)).await.is_empty());
    assert_eq!(alice.load("train/value", &value).await, value);
}
