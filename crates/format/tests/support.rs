//! What the tests share: writing a value in memory, buffers and all, and reading it back.

use bytes::Bytes;
use proptest::test_runner::{Config, RngSeed};
use stillroom_format::{
    Buffer, Chunk, Compression, Cuts, Decoder, Digest, Encoder, FormatError, Item, Layout, Leaf, Limits,
    Manifest, Method, Node, Reader, Source, Value, Writer,
};

/// The same cases at every run, unless `PROPTEST_RNG_SEED` says otherwise.
pub(crate) fn config(cases: u32) -> Config {
    let chosen = Config::default();
    let rng_seed = match chosen.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        fixed => fixed,
    };
    Config { cases, rng_seed, failure_persistence: None, ..chosen }
}

/// What a call of a writer's method gives.
pub(crate) type Step = Result<(), FormatError>;

/// What drives a writer.
pub(crate) type Drive<'a> = &'a dyn Fn(&mut Writer) -> Step;

/// A manifest with the bytes of its buffers.
pub(crate) struct Written {
    pub(crate) manifest: Manifest,
    pub(crate) buffers: Vec<Bytes>,
}

impl Written {
    /// The manifest's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.manifest.bytes().to_vec()
    }

    /// The value in it.
    pub(crate) fn value(&self) -> Result<Value, FormatError> {
        read(&self.manifest, &self.buffers)
    }
}

/// Writes what `write` drives a writer to.
pub(crate) fn written(write: impl FnOnce(&mut Writer) -> Step) -> Written {
    try_written(write).unwrap()
}

/// As [`written`], or the first error.
pub(crate) fn try_written(write: impl FnOnce(&mut Writer) -> Step) -> Result<Written, FormatError> {
    let mut writer = Writer::new(Limits::default());
    write(&mut writer)?;
    let draft = writer.finish()?;
    let buffers: Vec<_> = draft.leaves().iter().map(cut).collect();
    let manifest = draft.seal(buffers.iter().map(|(buffer, _)| buffer.clone()).collect())?;
    let items: Vec<Item> = draft.leaves().iter().map(|leaf| leaf.item).collect();
    assert_eq!(Item::of_buffers(&manifest, Limits::default())?, items, "a tree says what its writer said");
    Ok(Written { manifest, buffers: buffers.into_iter().map(|(_, bytes)| bytes).collect() })
}

/// A leaf's buffer and its bytes, which have been coded and back in each way.
fn cut(leaf: &Leaf) -> (Buffer, Bytes) {
    let pieces = pieces(&*leaf.source, leaf.layout);
    for compression in [Compression::Fast, Compression::Small] {
        let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
        let method = Method::choose(&mut encoder, compression, leaf.item, &*leaf.source);
        for piece in pieces.iter().take(8) {
            let (codec, coded) = encoder.encode(method, piece);
            let mut back = vec![0; piece.len()];
            decoder.decode(codec, coded, &mut back).unwrap();
            assert!(back == *piece, "{codec:?} of {:?}", leaf.item);
        }
    }
    let chunk = |piece: &Vec<u8>| Chunk { digest: Digest::of(piece), len: piece.len() as u32 };
    (Buffer::new(pieces.iter().map(chunk).collect()), pieces.concat().into())
}

/// The chunks of a source.
pub(crate) fn pieces(source: &dyn Source, layout: Layout) -> Vec<Vec<u8>> {
    let mut cuts = Cuts::new(source, layout);
    std::iter::from_fn(|| cuts.next().map(<[u8]>::to_vec)).collect()
}

/// The value of a manifest and its buffers.
pub(crate) fn read(manifest: &Manifest, buffers: &[Bytes]) -> Result<Value, FormatError> {
    let mut reader = Reader::new(manifest, Limits::default());
    Value::read(&mut reader, |number| Ok::<_, FormatError>(buffers[number as usize].clone()))
}

/// The value of manifest bytes that name no buffers.
pub(crate) fn read_bytes(bytes: Vec<u8>) -> Result<Value, FormatError> {
    read(&Manifest::parse(bytes.into(), Limits::default())?, &[])
}

/// Bytes lent to a writer.
pub(crate) fn source(bytes: impl Into<Bytes>) -> Box<Bytes> {
    Box::new(bytes.into())
}

/// Little-endian bytes of float64s.
pub(crate) fn f64s(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Little-endian bytes of int64s.
pub(crate) fn i64s(values: &[i64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A node that has no children.
pub(crate) fn leaf(node: Node<'_>) -> Value {
    Value::new(node, Vec::new()).unwrap()
}

/// A node with its children.
pub(crate) fn node(node: Node<'_>, children: Vec<Value>) -> Value {
    Value::new(node, children).unwrap()
}

/// Bytes that look random and are the same every time (SplitMix64).
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let word = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    std::iter::repeat_with(word).flat_map(u64::to_le_bytes).take(len).collect()
}
