//! Damage: found wherever it is, and mended by putting the same bytes again.

use stillroom_format::CHUNK_LEN;

use super::asker::{Asker, alice};
use super::values::{buffer, coded, coded_blobs, digests, noise};
use super::{Check, Subject, checks};
use crate::{BackendError, Digest, Hint};

checks![
    a_blob_that_is_not_there_or_not_what_its_digest_says_is_found_damaged_however_recently_it_was_read,
    a_coded_blob_that_is_damaged_is_corrupt_and_found,
    a_damaged_blob_that_was_discarded_can_be_put_anew_and_is_whole_for_every_version_that_names_it,
    a_whole_blob_is_never_discarded,
];

/// Long enough to be mapped where buffers are, with a tail.
const LONG: usize = 5 * CHUNK_LEN + 77;

async fn read(alice: &Asker<'_>, value: &[u8], hint: &Hint) -> Result<Vec<u8>, BackendError> {
    let bodies = alice.bodies(&[buffer(value)], hint).await?;
    Ok(bodies[0].as_slice().to_vec())
}

async fn a_blob_that_is_not_there_or_not_what_its_digest_says_is_found_damaged_however_recently_it_was_read(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    let value = noise(1, LONG);
    alice.save_put("train/rmse", &value).await;
    let hint = alice.get("train/rmse").await.unwrap().hint;
    let mut asked = digests(&value);
    asked.insert(1, Digest::of(b"never put"));
    assert_eq!(alice.damaged(&asked).await, [Digest::of(b"never put")]);
    assert_eq!(read(&alice, &value, &hint).await.unwrap(), value);

    subject.damage(&value[2 * CHUNK_LEN..3 * CHUNK_LEN]);

    assert_eq!(alice.damaged(&asked).await, [asked[1], asked[3]]);
    assert!(alice.damaged(&[]).await.is_empty());
    let reopened = subject.reopened();
    assert_eq!(super::asker::alice(&reopened).damaged(&asked).await, [asked[1], asked[3]]);
}

async fn a_coded_blob_that_is_damaged_is_corrupt_and_found(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(4, LONG);
    let coded = coded(&value);
    alice.put_blobs(&coded_blobs(&value, &coded)).await;
    alice.save_put("train/coded", &value).await;
    let hint = alice.get("train/coded").await.unwrap().hint;
    assert_eq!(read(&alice, &value, &hint).await.unwrap(), value);

    subject.damage(&coded[2].1);

    assert_eq!(alice.damaged(&digests(&value)).await, [digests(&value)[2]]);
    for hint in [&hint, &Hint::default()] {
        // What was read before may lie near, whole.
        if let Some(cache) = &subject.backend().cache {
            cache.forget(&alice.who).unwrap();
        }
        assert!(matches!(read(&alice, &value, hint).await, Err(BackendError::Corrupt { .. })));
    }
    alice.discard(&digests(&value)).await;
    alice.save_put("train/coded", &value).await;
    assert!(alice.damaged(&digests(&value)).await.is_empty());
    assert_eq!(alice.load("train/coded", &value).await, value);
}

async fn a_damaged_blob_that_was_discarded_can_be_put_anew_and_is_whole_for_every_version_that_names_it(
    subject: &dyn Subject,
) {
    let alice = alice(subject.backend());
    let value = noise(2, LONG);
    for at in ["train/one", "train/two"] {
        alice.save_put(at, &value).await;
    }
    let stale = alice.get("train/one").await.unwrap().hint;
    subject.damage(&value[2 * CHUNK_LEN..3 * CHUNK_LEN]);

    alice.discard(&digests(&value)).await;

    assert_eq!(alice.missing(&digests(&value)).await, [digests(&value)[2]]);
    assert!(matches!(read(&alice, &value, &stale).await, Err(BackendError::Corrupt { .. })));
    alice.save_put("train/three", &value).await;
    assert!(alice.damaged(&digests(&value)).await.is_empty());
    assert_eq!(read(&alice, &value, &stale).await.unwrap(), value);
    let reopened = subject.reopened();
    for at in ["train/one", "train/two", "train/three"] {
        assert_eq!(super::asker::alice(&reopened).load(at, &value).await, value, "{at}");
    }
}

async fn a_whole_blob_is_never_discarded(subject: &dyn Subject) {
    let alice = alice(subject.backend());
    let value = noise(3, LONG);
    alice.save_put("train/large", &value).await;
    alice.save("train/small", b"1").await;
    let all = [digests(&value), digests(b"1"), digests(b"never put")].concat();

    alice.discard(&all).await;

    assert_eq!(alice.missing(&all).await, digests(b"never put"));
    assert_eq!(alice.load("train/large", &value).await, value);
    assert_eq!(alice.load("train/small", b"1").await, b"1");
}
