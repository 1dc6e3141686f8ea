//! Bytes: put and fetched in batches, each compared with its digest when it comes in.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::sync_channel;
use std::thread;

use async_trait::async_trait;
use serde_json::{Value, json};
use stillroom_core::{
    Access, BackendError, BlobStore, Body, Buffer, Codec, Digest, Hint, Owner, Principal, PutBlob, Recoder,
    Result,
};
use stillroom_format::Decoder;

use super::error::unexpected;
use super::frame::{Answer, Parts, pack};
use super::json::{Json, hex};
use super::{Argument, Call, Carrier, Failure, Function, Remote};

/// How many bytes go into one call, or come out of it: a small part of what a call may take.
pub(super) const BATCH_LEN: usize = 4 << 20;
/// How many bytes of a save wait for one another: fewer than a batch, so that coding goes on while a call is under
/// way.
const CALL_LEN: usize = BATCH_LEN / 4;
/// How many blobs are named in one call.
const BATCH_COUNT: usize = 4096;

#[async_trait]
impl<C: Carrier> BlobStore for Remote<C> {
    async fn missing(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let ask = || {
            let mut missing = Vec::new();
            for batch in digests.chunks(BATCH_COUNT) {
                let places = self.bytes(who, Function::Missing, &pack(batch.iter().copied()))?;
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

    async fn get(&self, who: &Principal, buffers: &[Buffer], hint: &Hint, _: Access) -> Result<Vec<Body>> {
        let mut bodies = Bodies::new(buffers);
        Brought::of(hint, who.owner()).for_each(|blob| bodies.fill(blob));
        let wanted = bodies.wanted();
        self.told(self.fetch(who, &wanted, |blob| bodies.fill(blob)))?;
        bodies.whole()
    }

    async fn damaged(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let mut whole = HashSet::new();
        let unique: HashSet<Digest> = digests.iter().copied().collect();
        let wanted: Vec<Digest> = unique.into_iter().collect();
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
                .try_for_each(|batch| self.bytes(who, Function::Discard, &batch).map(drop))
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
            let call =
                Call { function: Function::Save, argument: Argument::Bytes(&asked), is_preliminary: true };
            self.carrier.call(who, call).map(drop)
        })
    }

    /// Fetches blobs; those that aren't there are passed over.
    fn fetch(
        &self,
        who: &Principal,
        digests: &[Digest],
        mut each: impl FnMut(Kept<'_>),
    ) -> Result<(), Failure> {
        // Blobs are 64 KiB as a rule.
        let batches = digests.chunks(2 * BATCH_LEN / (64 << 10));
        let ask = |batch: &[Digest]| {
            let mut asked = Parts::default();
            asked.add(pack(batch.iter().copied()));
            self.bytes(who, Function::Load, &asked.behind(&json!({})))
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
            self.fetch(who, batch, |blob| {
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
            Json::parse(&self.bytes(who, Function::Recode, &bring(batch))?)?.take("saved").number::<u64>()
        };
        batches(&put).map(saved).sum()
    }
}

/// Hands on each blob of an answer.
fn read_batch(batch: &[Digest], answer: &[u8], each: &mut impl FnMut(Kept<'_>)) -> Result<(), Failure> {
    let mut answer = Answer::parse(answer)?;
    let facts = answer.header.take("blobs").items()?;
    if facts.len() != batch.len() {
        return Err(unexpected("another number of blobs than were asked for"));
    }
    for (digest, facts) in batch.iter().zip(facts) {
        if let Some(form) = facts.option(Form::read)? {
            let bytes = answer.take(form.len)?;
            each(Kept { digest: *digest, form, bytes });
        }
    }
    Ok(())
}

/// Blobs in calls of not too many bytes.
fn batches<'a, 'b>(mut blobs: &'a [PutBlob<'b>]) -> impl Iterator<Item = &'a [PutBlob<'b>]> {
    std::iter::from_fn(move || {
        let mut len = 0;
        let fits = |blob: &&PutBlob<'_>| {
            len += blob.bytes.len();
            len <= BATCH_LEN
        };
        let count = blobs.iter().take(BATCH_COUNT).take_while(fits).count().max(1).min(blobs.len());
        let (batch, rest) = blobs.split_at(count);
        blobs = rest;
        (!batch.is_empty()).then_some(batch)
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
struct Form {
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
struct Kept<'a> {
    digest: Digest,
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
    fn fill(&self, decoder: &mut Decoder, into: &mut [u8]) -> bool {
        into.len() == self.form.raw_len
            && decoder.decode(self.form.codec, self.bytes, into).is_ok()
            && Digest::of(into) == self.digest
    }
}

/// Buffers being filled.
struct Bodies {
    bodies: Vec<Vec<u8>>,
    /// Where the chunks of a digest belong: the buffer, and from where to where in it.
    places: HashMap<Digest, Vec<(usize, std::ops::Range<usize>)>>,
    /// The digests, in the order of the buffers.
    order: Vec<Digest>,
    decoder: Decoder,
}

impl Bodies {
    fn new(buffers: &[Buffer]) -> Self {
        let mut bodies = Self {
            bodies: Vec::with_capacity(buffers.len()),
            places: HashMap::new(),
            order: Vec::new(),
            decoder: Decoder::new(),
        };
        for (index, buffer) in buffers.iter().enumerate() {
            let mut at = 0;
            for chunk in &buffer.chunks {
                let end = at + chunk.len as usize;
                let places = bodies.places.entry(chunk.digest).or_default();
                if places.is_empty() {
                    bodies.order.push(chunk.digest);
                }
                places.push((index, at..end));
                at = end;
            }
            bodies.bodies.push(vec![0; at]);
        }
        bodies
    }

    /// The digests that nothing was filled for yet.
    fn wanted(&self) -> Vec<Digest> {
        self.order.iter().filter(|digest| self.places.contains_key(digest)).copied().collect()
    }

    /// Fills every place of a blob; one that is not what its digest says fills none.
    fn fill(&mut self, blob: Kept<'_>) {
        let Some(places) = self.places.get(&blob.digest) else { return };
        let mut is_whole = false;
        for (body, range) in places {
            is_whole = blob.fill(&mut self.decoder, &mut self.bodies[*body][range.clone()]);
            if !is_whole {
                break;
            }
        }
        if is_whole {
            self.places.remove(&blob.digest);
        }
    }

    /// # Errors
    /// `Corrupt` for the first blob that is not there or not what its digest says.
    fn whole(self) -> Result<Vec<Body>> {
        match self.wanted().first() {
            None => Ok(self.bodies.into_iter().map(Body::Owned).collect()),
            Some(digest) => {
                let message = format!("a part of the value is missing or damaged: blob `{digest}`");
                Err(BackendError::Corrupt { message, source: None })
            }
        }
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
    use stillroom_core::{Chunk, poll_now};
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
    fn an_answer_that_is_none_ends_a_load_of_many_parts() {
        let remote = Remote { carrier: Babble, location: "nowhere".to_owned() };
        let chunks = (0..1000_u32).map(|number| Chunk { digest: Digest::of(&number.to_le_bytes()), len: 4 });
        let buffer = Buffer::new(chunks.collect());
        let who = Principal::local(Owner::new(Uuid::from_u128(1)));

        let got = poll_now(remote.get(&who, &[buffer], &Hint::default(), Access::Copied));

        assert!(matches!(got, Err(BackendError::Corrupt { .. })), "{got:?}");
    }
}
