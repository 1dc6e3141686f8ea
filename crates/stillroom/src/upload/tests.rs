//! What a backend is given, by one thread and by several.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use stillroom_core::{BackendError, Body, Hint, Owner, Recoder};
use stillroom_format::{CHUNK_LEN, Decoder, Item, Layout, Leaf};
use uuid::Uuid;

use super::batch::BATCH_LEN;
use super::*;
use crate::keep_going;

/// Has nothing, and remembers what it is given.
#[derive(Default)]
struct Recorder {
    puts: Mutex<Vec<(Digest, usize, bool)>>,
    codecs: Mutex<Vec<Codec>>,
    /// How many bytes came in each call, and how many are wanted.
    calls: Mutex<Vec<usize>>,
    call_len: usize,
    /// How many calls of each kind go well before one fails; none for all.
    puts_left: Option<AtomicUsize>,
    asks_left: Option<AtomicUsize>,
}

#[async_trait]
impl BlobStore for Recorder {
    async fn missing(&self, _: &Principal, digests: &[Digest]) -> stillroom_core::Result<Vec<Digest>> {
        use_up(self.asks_left.as_ref())?;
        let puts = self.puts.lock().unwrap();
        Ok(digests.iter().filter(|digest| !puts.iter().any(|put| put.0 == **digest)).copied().collect())
    }

    async fn put(&self, _: &Principal, blobs: &[PutBlob<'_>]) -> stillroom_core::Result<()> {
        use_up(self.puts_left.as_ref())?;
        let put = |blob: &PutBlob<'_>| (blob.digest, blob.bytes.len(), blob.is_full_chunk);
        self.puts.lock().unwrap().extend(blobs.iter().map(put));
        self.codecs.lock().unwrap().extend(blobs.iter().map(|blob| blob.codec));
        self.calls.lock().unwrap().push(blobs.iter().map(|blob| blob.bytes.len()).sum());
        blobs.iter().for_each(assert_whole);
        Ok(())
    }

    fn call_len(&self) -> usize {
        self.call_len
    }

    async fn get(
        &self,
        _: &Principal,
        _: &[Buffer],
        _: &Hint,
        _: stillroom_core::Access,
    ) -> stillroom_core::Result<Vec<Body>> {
        unreachable!("an upload reads nothing")
    }

    async fn damaged(&self, _: &Principal, _: &[Digest]) -> stillroom_core::Result<Vec<Digest>> {
        unreachable!("an upload checks nothing")
    }

    async fn discard(&self, _: &Principal, _: &[Digest]) -> stillroom_core::Result<()> {
        unreachable!("an upload discards nothing")
    }

    async fn recode(&self, _: &Principal, _: &[Digest], _: &dyn Recoder) -> stillroom_core::Result<u64> {
        unreachable!("an upload changes nothing")
    }
}

/// What is put is what its digest says.
fn assert_whole(blob: &PutBlob<'_>) {
    blob.check().unwrap();
    let mut raw = vec![0; blob.raw_len];
    Decoder::new().decode(blob.codec, blob.bytes, &mut raw).unwrap();
    assert_eq!(Digest::of(&raw), blob.digest);
}

fn use_up(left: Option<&AtomicUsize>) -> stillroom_core::Result<()> {
    let Some(left) = left else { return Ok(()) };
    match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
        Ok(_) => Ok(()),
        Err(_) => Err(BackendError::Full { message: "full".to_owned(), source: None }),
    }
}

/// Bytes that don't repeat.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn leaves() -> Vec<Leaf> {
    let leaf = |seed, len, layout| Leaf { source: Box::new(noise(seed, len)), layout, item: Item::UNKNOWN };
    vec![
        leaf(1, 9 * 1024 * 1024 + 100, Layout::Fixed),
        leaf(2, 5_000, Layout::Fixed),
        leaf(3, 3 * 1024 * 1024, Layout::Content),
        leaf(4, 40 * CHUNK_LEN, Layout::Fixed),
        leaf(5, 2 * 1024 * 1024 + 7, Layout::Content),
        leaf(6, 70_000, Layout::Fixed),
    ]
}

/// The chunks of each leaf after reading them all in `count` threads, 0 for the caller's.
fn chunks(recorder: &Recorder, leaves: &[Leaf], count: usize) -> Result<Vec<Vec<Chunk>>> {
    coded_chunks(recorder, leaves, count, Compression::None)
}

fn coded_chunks(
    recorder: &Recorder,
    leaves: &[Leaf],
    count: usize,
    compression: Compression,
) -> Result<Vec<Vec<Chunk>>> {
    let who = Principal::local(Owner::new(Uuid::from_u128(7)));
    let mut watch = keep_going;
    let mut upload = Upload::new(recorder, &who, compression, 0, &mut watch);
    let work = Work::new(leaves.iter().collect());
    let methods = Methods::new(compression, leaves.iter());
    let mut coder = Coder::new(&methods);
    upload.out.chunks.resize_with(leaves.len(), Vec::new);
    for part in [Part::Full, Part::Rest] {
        let Upload { known, out, .. } = &mut upload;
        if count > 0 {
            assert!(workers::read(part, &work, known, &methods, count, |batch| out.put(batch))?);
        } else {
            upload.read_here(&mut coder, |batch, exchange| work.read(part, batch, exchange))?;
        }
    }
    upload.flush(&mut coder)?;
    Ok(upload.out.chunks)
}

#[test]
fn several_threads_make_of_a_value_what_one_makes() {
    let (alone, together) = (Recorder::default(), Recorder::default());

    let by_one = chunks(&alone, &leaves(), 0).unwrap();
    let by_three = chunks(&together, &leaves(), 3).unwrap();

    assert_eq!(by_one, by_three);
    let sorted = |recorder: Recorder| {
        let mut puts = recorder.puts.into_inner().unwrap();
        puts.sort_unstable();
        puts
    };
    assert_eq!(sorted(alone), sorted(together));
}

#[test]
fn full_chunks_come_first_and_in_the_order_of_the_leaves_whichever_thread_read_them() {
    let recorder = Recorder::default();

    let chunks = chunks(&recorder, &leaves(), 3).unwrap();

    let is_full = |chunk: &&Chunk| chunk.len as usize == CHUNK_LEN;
    let full: Vec<Digest> = [0, 1, 3, 5]
        .into_iter()
        .flat_map(|leaf: usize| chunks[leaf].iter().filter(is_full).map(|chunk| chunk.digest))
        .collect();
    let puts = recorder.puts.into_inner().unwrap();
    let put: Vec<Digest> = puts.iter().take_while(|put| put.2).map(|put| put.0).collect();
    assert_eq!(full.len(), 9 * 16 + 40 + 1);
    assert_eq!(put, full);
    assert!(puts[full.len()..].iter().all(|put| !put.2));
}

#[test]
fn what_comes_again_is_put_once() {
    let recorder = Recorder::default();
    let leaf = |byte| Leaf {
        source: Box::new(vec![byte; 4 * 1024 * 1024]),
        layout: Layout::Fixed,
        item: Item::UNKNOWN,
    };

    let chunks = chunks(&recorder, &[leaf(1), leaf(2), leaf(1)], 3).unwrap();

    assert_eq!(chunks.concat().len(), 3 * 64);
    assert_eq!(recorder.puts.into_inner().unwrap().len(), 2);
}

#[test]
fn a_failure_in_the_middle_ends_the_save_in_one_thread_and_in_several() {
    for count in [0, 3] {
        let full = Recorder { puts_left: Some(2.into()), ..Recorder::default() };
        let unreachable = Recorder { asks_left: Some(3.into()), ..Recorder::default() };

        for recorder in [full, unreachable] {
            let error = chunks(&recorder, &leaves(), count).unwrap_err();

            assert!(error.is_full(), "{error}");
            assert!(recorder.puts.into_inner().unwrap().len() < 100);
        }
    }
}

#[test]
fn a_backend_is_given_as_much_at_once_as_it_wants() {
    const WANTED: usize = 3 * 1024 * 1024;
    for count in [0, 3] {
        let recorder = Recorder { call_len: WANTED, ..Recorder::default() };

        chunks(&recorder, &leaves(), count).unwrap();

        let calls = recorder.calls.into_inner().unwrap();
        // What is read at a time is a mebibyte, and what is left at the end goes with the commit.
        assert!(calls.iter().all(|len| (WANTED - BATCH_LEN..=WANTED).contains(len)), "{calls:?}");
        let all: usize = leaves().iter().map(|leaf| usize::try_from(leaf.source.len()).unwrap()).sum();
        assert!(all - calls.iter().sum::<usize>() <= WANTED, "{calls:?} of {all}");
    }
}

/// A column of prices, one of noise, one of text, and a short one of flags.
fn columns() -> Vec<Leaf> {
    let leaf = |source: Vec<u8>, layout, item| Leaf { source: Box::new(source), layout, item };
    let prices = (0..300_000).flat_map(|at| (100.0 + f64::from(at % 977) * 0.01).to_le_bytes()).collect();
    let text =
        (0..100_000).flat_map(|at| format!("the patient {} was seen. ", at % 1009).into_bytes()).collect();
    vec![
        leaf(prices, Layout::Fixed, Item::float(8)),
        leaf(noise(1, 2 * 1024 * 1024 + 5), Layout::Fixed, Item::float(8)),
        leaf(text, Layout::Content, Item::BYTES),
        leaf((0..5000).map(|at| u8::from(at % 11 == 0)).collect(), Layout::Fixed, Item::unsigned(1)),
    ]
}

#[test]
fn a_codec_changes_what_is_put_and_never_which_blobs_there_are() {
    let raw = Recorder::default();
    let by_raw = chunks(&raw, &columns(), 0).unwrap();
    let raw_len: usize = raw.puts.into_inner().unwrap().iter().map(|put| put.1).sum();

    for compression in [Compression::Fast, Compression::Small] {
        for count in [0, 3] {
            let recorder = Recorder::default();

            let coded = coded_chunks(&recorder, &columns(), count, compression).unwrap();

            assert_eq!(coded, by_raw, "{compression:?} in {count} threads");
            let (puts, codecs) = (recorder.puts.into_inner().unwrap(), recorder.codecs.into_inner().unwrap());
            let len: usize = puts.iter().map(|put| put.1).sum();
            assert!(len < raw_len * 2 / 3, "{compression:?}: {len} of {raw_len}");
            for codec in [Codec::Raw, Codec::Zstd, Codec::Pcodec] {
                assert!(codecs.contains(&codec), "{compression:?}: {codec:?}");
            }
            // Flags as regular as these are shorter without it, when zstd looks for longer.
            assert_eq!(codecs.contains(&Codec::BitShuffle), compression == Compression::Fast);
            // Only the noise is long and raw: it is laid out to be mapped.
            assert_eq!(puts.iter().filter(|put| put.2).count(), 32);
        }
    }
}
