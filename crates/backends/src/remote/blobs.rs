//! Bytes: put and fetched in batches, each compared with its digest when it comes in.

use std::collections::HashSet;
use std::sync::mpsc::sync_channel;
use std::thread;

use async_trait::async_trait;
use serde_json::{Value, json};
use stillroom_core::{
    Access, BlobStore, Body, Buffer, Codec, Digest, Hint, Owner, Principal, PutBlob, Recoder, Result,
};
use stillroom_format::Decoder;

use super::bodies::Bodies;
use super::error::unexpected;
use super::frame::{Answer, Parts, pack};
use super::json::{Json, hex};
use super::{Argument, Call, Carrier, Failure, Function, Remote};
use crate::cache::{NewPack, Started};

/// How many bytes go into one call, or come out of it: a small part of what a call may take.
pub(super) const BATCH_LEN: usize = 4 << 20;
/// How many bytes of a save wait for one another: fewer than a batch, so that coding goes on while a call is under
/// way.
const CALL_LEN: usize = BATCH_LEN / 4;
/// How many bytes are asked for in one call, before they are coded.
const ANSWER_LEN: usize = 2 * BATCH_LEN;
/// How many blobs are named in one call.
const BATCH_COUNT: usize = 4096;

#[async_trait]
impl<C: Carrier> BlobStore for Remote<C> {
    async fn missing(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let ask = || {
            let mut missing = Vec::new();
            for batch in digests.chunks(BATCH_COUNT) {
                let places =
                    self.bytes(who, Function::Missing, &Value::Null, &pack(batch.iter().copied()))?;
                for place in Json::parse(&places)?.items()? {
                    let digest = batch.get(place.number::<usize>()?);
                    missing.push(*digest.ok_or_else(|| unexpected("a place beyond the last"))?);
                }
            }
            Ok(missing)
        };
        self.told(ask())
    }

    async fn put(&self, who: &Principal, blobs: &[PutBlob<'_>]) -> Result<()> {
        blobs.iter().try_for_each(PutBlob::check)?;
        self.told(self.put_all(who, blobs))
    }

    fn call_len(&self) -> usize {
        CALL_LEN
    }

    async fn get(
        &self,
        who: &Principal,
        buffers: &[Buffer],
        hint: &Hint,
        access: Access,
    ) -> Result<Vec<Body>> {
        // What came along with the record is little, and was asked for anyway.
        let cache = self.cache.as_deref().filter(|_| hint.0.is_empty());
        let mut bodies = Bodies::new(
            buffers,
            match cache {
                Some(cache) => cache.start(who.owner(), buffers, access),
                None => buffers.iter().map(Started::empty).collect(),
            },
        );
        for blob in Brought::of(hint, who.owner()) {
            bodies.fill(blob);
        }
        let wanted = bodies.wanted();
        let keeps = cache.filter(|_| access != Access::Once);
        let mut kept = keeps
            .and_then(|cache| cache.begin(who.owner(), wanted.iter().map(|wanted| wanted.len as u64).sum()));
        self.told(self.fetch(who, &wanted, |blob| {
            if let (Some(raw), Some(kept)) = (bodies.fill(blob), &mut kept) {
                kept.add(blob.digest, raw);
            }
        }))?;
        let whole = bodies.whole()?;
        kept.into_iter().for_each(NewPack::seal);
        Ok(whole)
    }

    async fn damaged(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let mut whole = HashSet::new();
        let unique: HashSet<Digest> = digests.iter().copied().collect();
        let wanted: Vec<Wanted> = unique.into_iter().map(Wanted::usual).collect();
        let look = |blob: Kept<'_>| {
            if blob.raw().is_some() {
                whole.insert(blob.digest);
            }
        };
        self.told(self.fetch(who, &wanted, look))?;
        Ok(digests.iter().filter(|digest| !whole.contains(digest)).copied().collect())
    }

    async fn discard(&self, who: &Principal, digests: &[Digest]) -> Result<()> {
        let damaged = self.damaged(who, digests).await?;
        let ask = || {
            let batches = damaged.chunks(BATCH_COUNT);
            batches
                .map(|batch| pack(batch.iter().copied()))
                .try_for_each(|batch| self.bytes(who, Function::Discard, &Value::Null, &batch).map(drop))
        };
        self.told(ask())
    }

    async fn recode(&self, who: &Principal, digests: &[Digest], recoder: &dyn Recoder) -> Result<u64> {
        self.told(self.try_recode(who, digests, recoder))
    }
}

impl<C: Carrier> Remote<C> {
    pub(super) fn put_all(&self, who: &Principal, blobs: &[PutBlob<'_>]) -> Result<(), Failure> {
        batches(blobs).try_for_each(|batch| {
            let asked = bring(batch);
            // The commit that names them makes them last.
            let (function, argument) = (Function::Save, Argument::Bytes(&asked));
            let call = Call { function, argument, is_preliminary: true, is_repeatable: true };
            self.carrier.call(who, call).map(drop)
        })
    }

    /// Fetches blobs; those that aren't there are passed over.
    fn fetch(
        &self,
        who: &Principal,
        wanted: &[Wanted],
        mut each: impl FnMut(Kept<'_>),
    ) -> Result<(), Failure> {
        let batches: Vec<&[Wanted]> = stretches(wanted, ANSWER_LEN, |wanted| wanted.len).collect();
        let ask = |batch: &[Wanted]| {
            let mut asked = Parts::default();
            asked.add(pack(batch.iter().map(|wanted| wanted.digest)));
            self.bytes(who, Function::Load, &Value::Null, &asked.behind(&json!({})))
        };
        if batches.len() <= 1 {
            return batches.into_iter().try_for_each(|batch| read_batch(batch, &ask(batch)?, &mut each));
        }
        // One thread waits for the next batch while this one works on the last.
        let (answered, answers) = sync_channel(1);
        thread::scope(|scope| {
            // Gone when this is over, however it ends, so that the thread waits for nobody to take its answer.
            let answers = answers;
            let asking = batches.clone();
            scope.spawn(move || {
                for batch in asking {
                    let answer = ask(batch);
                    let is_last = answer.is_err();
                    if answered.send(answer).is_err() || is_last {
                        break;
                    }
                }
            });
            for batch in batches {
                let lost = |_| unexpected("nothing");
                read_batch(batch, &answers.recv().map_err(lost)??, &mut each)?;
            }
            Ok(())
        })
    }

    fn try_recode(&self, who: &Principal, digests: &[Digest], recoder: &dyn Recoder) -> Result<u64, Failure> {
        let mut recoded = Vec::new();
        for batch in digests.chunks(BATCH_LEN / (64 << 10)) {
            let mut raw = Vec::new();
            let wanted: Vec<Wanted> = batch.iter().copied().map(Wanted::usual).collect();
            self.fetch(who, &wanted, |blob| {
                let whole = blob.raw().filter(|_| blob.form.codec == Codec::Raw);
                raw.extend(whole.map(|bytes| (blob.digest, bytes)));
            })?;
            let Some(forms) = recoder.recode(&raw) else { return Ok(0) };
            for ((digest, raw), form) in raw.iter().zip(forms) {
                let Some((codec, bytes)) = form else { continue };
                let form = Form { codec, raw_len: raw.len(), len: bytes.len() };
                let kept = Kept { digest: *digest, form, bytes: &bytes };
                if codec != Codec::Raw && bytes.len() < raw.len() && kept.raw().is_some() {
                    recoded.push((*digest, codec, raw.len(), bytes));
                }
            }
        }
        let put: Vec<PutBlob<'_>> = recoded
            .iter()
            .map(|(digest, codec, raw_len, bytes)| PutBlob {
                digest: *digest,
                codec: *codec,
                raw_len: *raw_len,
                bytes,
                is_full_chunk: false,
            })
            .collect();
        let saved = |batch| {
            Json::parse(&self.bytes(who, Function::Recode, &Value::Null, &bring(batch))?)?
                .take("saved")
                .number::<u64>()
        };
        batches(&put).map(saved).sum()
    }
}

/// Hands on each blob of an answer.
fn read_batch(batch: &[Wanted], answer: &[u8], each: &mut impl FnMut(Kept<'_>)) -> Result<(), Failure> {
    let mut answer = Answer::parse(answer)?;
    let facts = answer.header.take("blobs").items()?;
    if facts.len() != batch.len() {
        return Err(unexpected("another number of blobs than were asked for"));
    }
    for (wanted, facts) in batch.iter().zip(facts) {
        if let Some(form) = facts.option(Form::read)? {
            let bytes = answer.take(form.len)?;
            each(Kept { digest: wanted.digest, form, bytes });
        }
    }
    Ok(())
}

/// A blob that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) digest: Digest,
    /// How long it is before it is coded.
    pub(super) len: usize,
}

impl Wanted {
    /// One whose length nobody knows: 64 KiB, as a rule.
    fn usual(digest: Digest) -> Self {
        Self { digest, len: 64 << 10 }
    }
}

/// Blobs in calls of not too many bytes.
fn batches<'a, 'b>(blobs: &'a [PutBlob<'b>]) -> impl Iterator<Item = &'a [PutBlob<'b>]> {
    stretches(blobs, BATCH_LEN, |blob| blob.bytes.len())
}

/// Parts of `items` of at most `most` bytes each, but for a single one that is longer.
fn stretches<T>(mut items: &[T], most: usize, len_of: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let mut len = 0;
        let fits = |item: &&T| {
            len += len_of(item);
            len <= most
        };
        let count = items.iter().take(BATCH_COUNT).take_while(fits).count().max(1).min(items.len());
        let (stretch, rest) = items.split_at(count);
        items = rest;
        (!stretch.is_empty()).then_some(stretch)
    })
}

/// The frame that brings blobs.
fn bring(blobs: &[PutBlob<'_>]) -> Vec<u8> {
    let mut bytes = Parts::default();
    let blobs: Vec<Value> = blobs.iter().map(|blob| outgoing(blob, &mut bytes)).collect();
    bytes.behind(&json!({ "blobs": blobs }))
}

/// What a header says of a blob, whose bytes are added to `bytes`.
pub(super) fn outgoing<'a>(blob: &PutBlob<'a>, bytes: &mut Parts<'a>) -> Value {
    json!({
        "digest": hex(blob.digest.as_bytes()),
        "codec": blob.codec.number(),
        "raw_len": blob.raw_len,
        "len": blob.bytes.len(),
        "start": bytes.add(blob.bytes),
    })
}

pub(super) fn digest(json: Json) -> Result<Digest, Failure> {
    json.fixed_hex().map(Digest::from_bytes)
}

/// How a blob is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    codec: Codec,
    raw_len: usize,
    len: usize,
}

impl Form {
    fn read(json: Json) -> Result<Self, Failure> {
        let Ok([codec, raw_len, len]) = <[Json; 3]>::try_from(json.items()?) else {
            return Err(unexpected("no form of a blob"));
        };
        let codec = Codec::from_number(codec.number()?).ok_or_else(|| unexpected("no codec of ours"))?;
        Ok(Self { codec, raw_len: raw_len.number::<u32>()? as usize, len: len.number::<u32>()? as usize })
    }
}

/// A blob as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<'a> {
    pub(super) digest: Digest,
    form: Form,
    bytes: &'a [u8],
}

impl Kept<'_> {
    /// The raw bytes; none when they are not what the digest says.
    fn raw(&self) -> Option<Vec<u8>> {
        let mut raw = vec![0; self.form.raw_len];
        self.fill(&mut Decoder::new(), &mut raw).then_some(raw)
    }

    /// Fills `into`, as long as the raw bytes should be; whether they are what the digest says.
    pub(super) fn fill(&self, decoder: &mut Decoder, into: &mut [u8]) -> bool {
        into.len() == self.form.raw_len
            && decoder.decode(self.form.codec, self.bytes, into).is_ok()
            && Digest::of(into) == self.digest
    }
}

/// The blobs that came along with a record: whose they are, and each behind its digest, codec and lengths.
pub(super) struct Brought;

const FACTS_LEN: usize = Digest::LEN + 1 + 4 + 4;

impl Brought {
    /// The hint that holds what an answer brought: the digests, and the bytes of their blobs.
    pub(super) fn hint(owner: Owner, facts: Json, bytes: &[u8]) -> Result<Hint, Failure> {
        let facts = facts.items()?;
        let lens = (facts.len() * Digest::LEN).min(bytes.len());
        let (digests, mut bytes) = bytes.split_at(lens);
        let mut hint = owner.id().as_bytes().to_vec();
        for (digest, facts) in digests.chunks(Digest::LEN).zip(facts) {
            let Some(form) = facts.option(Form::read)? else { continue };
            let (blob, rest) = bytes.split_at_checked(form.len).ok_or_else(|| unexpected("a short frame"))?;
            bytes = rest;
            hint.extend_from_slice(digest);
            hint.push(form.codec.number());
            hint.extend_from_slice(&u32::try_from(form.raw_len).unwrap_or(u32::MAX).to_le_bytes());
            hint.extend_from_slice(&u32::try_from(form.len).unwrap_or(u32::MAX).to_le_bytes());
            hint.extend_from_slice(blob);
        }
        Ok(Hint(hint.into()))
    }

    /// The blobs of a hint that is `owner`'s; none of any other.
    fn of(hint: &Hint, owner: Owner) -> impl Iterator<Item = Kept<'_>> {
        let mut rest = hint.0.strip_prefix(owner.id().as_bytes().as_slice()).unwrap_or_default();
        std::iter::from_fn(move || {
            let (facts, after) = rest.split_first_chunk::<FACTS_LEN>()?;
            let (digest, facts) = facts.split_first_chunk::<{ Digest::LEN }>()?;
            let number = |at: usize| Some(u32::from_le_bytes(*facts.get(at..)?.first_chunk()?) as usize);
            let form = Form { codec: Codec::from_number(facts[0])?, raw_len: number(1)?, len: number(5)? };
            let (bytes, after) = after.split_at_checked(form.len)?;
            rest = after;
            Some(Kept { digest: Digest::from_bytes(*digest), form, bytes })
        })
    }
}

#[cfg(test)]
mod tests {
    use stillroom_core::{BackendError, Chunk, poll_now};
    use uuid::Uuid;

    use super::*;

    /// A database that answers what is no answer.
    struct Babble;

    impl Carrier for Babble {
        fn call(&self, _: &Principal, _: Call<'_>) -> Result<Vec<u8>, Failure> {
            Ok(Parts::default().behind(&json!({ "blobs": [] })))
        }
    }

    #[test]
    fn a_call_asks_for_not_too_many_bytes() {
        let len = |len: &usize| *len;
        let parts = |items: &[usize]| stretches(items, 10, len).map(<[_]>::to_vec).collect::<Vec<_>>();

        assert_eq!(parts(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(parts(&[4, 6, 1, 99, 9, 1, 1]), [vec![4, 6], vec![1], vec![99], vec![9, 1], vec![1]]);
        assert_eq!(parts(&[0; BATCH_COUNT + 1]).len(), 2);
    }

    #[test]
    fn an_answer_that_is_none_ends_a_load_of_many_parts() {
        let remote = Remote { carrier: Babble, location: "nowhere".to_owned(), cache: None };
        let chunks = (0..1000_u32).map(|number| Chunk { digest: Digest::of(&number.to_le_bytes()), len: 4 });
        let buffer = Buffer::new(chunks.collect());
        let who = Principal::local(Owner::new(Uuid::from_u128(1)));

        let got = poll_now(remote.get(&who, &[buffer], &Hint::default(), Access::Copied));

        assert!(matches!(got, Err(BackendError::Corrupt { .. })), "{got:?}");
    }
}
