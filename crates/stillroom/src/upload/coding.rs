//! How new blobs are coded: by what a sample of their leaf says, asked for when the first of them comes.

use std::sync::OnceLock;

use stillroom_core::Compression;
use stillroom_format::{Codec, Encoder, Item, Leaf, Method, Source};

/// A raw leaf of this length is laid out to be mapped although others are coded: a gap before it is a small
/// part of it.
const ALIGNED_LEN: u64 = 1024 * 1024;

/// The methods of leaves, by their places among all leaves of the save.
pub(super) struct Methods<'d> {
    compression: Compression,
    leaves: Vec<OfLeaf<'d>>,
}

struct OfLeaf<'d> {
    source: &'d dyn Source,
    item: Item,
    method: OnceLock<Method>,
}

/// Codes blobs; each thread of a save has one.
pub(super) struct Coder<'a> {
    methods: &'a Methods<'a>,
    encoder: Encoder,
}

impl<'d> Methods<'d> {
    pub(super) fn new(compression: Compression, leaves: impl Iterator<Item = &'d Leaf>) -> Self {
        let leaves = leaves.map(|leaf| OfLeaf::new(&*leaf.source, leaf.item)).collect();
        Self { compression, leaves }
    }

    /// Those of one leaf that has no items of one width.
    pub(super) fn of_bytes(compression: Compression, source: &'d dyn Source) -> Self {
        Self { compression, leaves: vec![OfLeaf::new(source, Item::BYTES)] }
    }

    /// Whether anything is coded.
    pub(super) fn are_any(&self) -> bool {
        self.compression != Compression::None
    }
}

impl<'d> OfLeaf<'d> {
    fn new(source: &'d dyn Source, item: Item) -> Self {
        Self { source, item, method: OnceLock::new() }
    }
}

impl<'a> Coder<'a> {
    pub(super) fn new(methods: &'a Methods<'a>) -> Self {
        Self { methods, encoder: Encoder::new() }
    }

    pub(super) fn has_work(&self) -> bool {
        self.methods.are_any()
    }

    /// A blob of a leaf as it is kept.
    pub(super) fn code<'b>(&'b mut self, leaf: usize, raw: &'b [u8]) -> (Codec, &'b [u8]) {
        let Self { methods: Methods { compression, leaves }, encoder } = self;
        let OfLeaf { source, item, method } = &leaves[leaf];
        let method = *method.get_or_init(|| Method::choose(encoder, *compression, *item, *source));
        encoder.encode(method, raw)
    }

    /// Whether full chunks of a leaf, kept raw, are worth aligning. Between coded ones the gaps would take what
    /// was saved.
    pub(super) fn aligns(&self, leaf: usize) -> bool {
        let OfLeaf { source, method, .. } = &self.methods.leaves[leaf];
        method.get() == Some(&Method::RAW) && source.len() >= ALIGNED_LEN
    }
}
