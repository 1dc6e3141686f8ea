//! Which codec a buffer's chunks get: the one that makes a sample of it shortest.
//!
//! Trying every codec on all bytes would cost several times what coding does.
//! So a few stretches are tried, spread over the buffer and long enough that
//! what repeats is seen, and only by codecs that can suit the sort of item.

use std::ops::RangeInclusive;

use super::item::Sort;
use super::pcodec::Deltas;
use super::{Codec, Effort, Encoder, Item, Method, is_worth_it};
use crate::Source;

/// What bytes are traded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Nothing is coded: a disk is faster than any codec, and raw buffers can be mapped.
    #[default]
    None,
    /// About as fast to code as a network is to send to, and several times as fast to decode.
    Fast,
    /// As short as goes within reason.
    Small,
}

impl Compression {
    pub(super) fn effort(self) -> Option<Effort> {
        match self {
            Self::None => None,
            Self::Fast => Some(Effort::Little),
            Self::Small => Some(Effort::Much),
        }
    }
}

/// Bounds of the length of a stretch of a sample. In between it is a sixteenth: four codecs are tried in a
/// quarter of the time in which one codes all.
const STRETCH_LEN: RangeInclusive<usize> = 4 * 1024..=16 * 1024;
/// A buffer is sampled once for each of these, up to [`MAX_STRETCHES`] times.
const SAMPLED_LEN: usize = 256 * 1024;
const MAX_STRETCHES: usize = 4;

impl Method {
    /// The method for the buffer that `source` is.
    pub fn choose(encoder: &mut Encoder, compression: Compression, item: Item, source: &dyn Source) -> Self {
        let Some(effort) = compression.effort() else { return Self::RAW };
        let sample = sample(source);
        let raw_len: usize = sample.iter().map(Vec::len).sum();
        let tried = candidates(item)
            .map(|(codec, item)| Self { codec, item, effort, deltas: Deltas::Any }.tried(encoder, &sample));
        let worth_it = tried.filter(|(_, len)| is_worth_it(raw_len, *len));
        worth_it.min_by_key(|(method, len)| method.cost(*len)).map_or(Self::RAW, |(method, _)| method)
    }

    /// What the method makes of a sample, and how many bytes that is. Where pcodec takes differences in the
    /// same way all over the sample, it is told to for each chunk: to find out takes it as long as to code.
    fn tried(self, encoder: &mut Encoder, sample: &[Vec<u8>]) -> (Self, usize) {
        let mut len = 0;
        let mut found = Vec::with_capacity(sample.len());
        for raw in sample {
            len += encoder.encode(self, raw).1.len();
            found.push(encoder.deltas);
        }
        let is_same = found.iter().all(|deltas| Some(deltas) == found.first());
        let can_be_told = is_same && self.codec == Codec::Pcodec && self.effort == Effort::Little;
        let deltas = found.first().copied().filter(|_| can_be_told).unwrap_or_default();
        (Self { deltas, ..self }, len)
    }

    /// What `len` coded bytes cost in the end.
    ///
    /// pcodec takes three times as long as the others both ways, which a network waits for: there it has to
    /// be shorter by a fifth.
    fn cost(self, len: usize) -> usize {
        if self.codec == Codec::Pcodec && self.effort == Effort::Little { len * 5 / 4 } else { len }
    }
}

/// Stretches of `source`, spread over it, each beginning with a whole item.
fn sample(source: &dyn Source) -> Vec<Vec<u8>> {
    let len = usize::try_from(source.len()).unwrap_or(usize::MAX);
    let count = len.div_ceil(SAMPLED_LEN).clamp(1, MAX_STRETCHES);
    let part_len = len / count;
    let stretch_len = (part_len / 16).clamp(*STRETCH_LEN.start(), *STRETCH_LEN.end()).min(part_len);
    let stretch = |number: usize| {
        let start = (number * part_len + (part_len - stretch_len) / 2) / 16 * 16;
        let mut stretch = vec![0; stretch_len];
        source.copy_to(start as u64, &mut stretch);
        stretch
    };
    (0..count).map(stretch).collect()
}

/// What is worth a try for buffers of such items; the fastest first, which wins when none is shorter.
fn candidates(item: Item) -> impl Iterator<Item = (Codec, Item)> {
    const UNKNOWN: [(Codec, Item); 5] = [
        (Codec::Zstd, Item::BYTES),
        (Codec::ByteShuffle, Item::words(8)),
        (Codec::ByteShuffle, Item::words(4)),
        (Codec::Pcodec, Item::float(8)),
        (Codec::Pcodec, Item::float(4)),
    ];
    let codecs: &[Codec] = match (item.sort(), item.width()) {
        (Sort::Unknown, _) => &[],
        (Sort::Bytes, _) => &[Codec::Zstd],
        (_, 1) => &[Codec::BitShuffle, Codec::Zstd],
        (Sort::Words, 16) => &[Codec::ByteShuffle, Codec::Zstd],
        (Sort::Words, _) => &[Codec::ByteShuffle, Codec::BitShuffle, Codec::Zstd],
        _ => &[Codec::ByteShuffle, Codec::BitShuffle, Codec::Zstd, Codec::Pcodec],
    };
    let unknown = (item.sort() == Sort::Unknown).then_some(UNKNOWN).into_iter().flatten();
    codecs.iter().map(move |codec| (*codec, item)).chain(unknown)
}
