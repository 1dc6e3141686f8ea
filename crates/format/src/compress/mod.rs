//! Chunks made shorter, for where bytes cost more than time: a network, an archive.
//!
//! A chunk is coded on its own, so that one can be fetched, moved and checked
//! alone. What is coded is not part of the value format: a manifest never says
//! so, and a blob's digest is always that of its raw bytes. Whoever keeps a
//! coded chunk keeps three things beside it: its [`Codec`]'s number, and both
//! lengths. docs/codecs.md has the bytes of each codec.
//!
//! Coded bytes may have been written by anyone. Decoding fills a place of the
//! length known beforehand or fails; nothing else they say is believed.
//!
//! Which codec suits a buffer is a guess from a sample of it ([`Method::choose`]):
//!
//! ```
//! use stillroom_format::{Codec, Compression, Decoder, Encoder, Item, Method};
//!
//! let prices: Vec<u8> = (0..8192).flat_map(|n| (100.0 + f64::from(n % 700) * 0.01).to_le_bytes()).collect();
//! let mut encoder = Encoder::new();
//! let method = Method::choose(&mut encoder, Compression::Small, Item::float(8), &prices);
//! let (codec, coded) = encoder.encode(method, &prices);
//! assert_eq!(codec, Codec::Pcodec);
//! assert!(coded.len() < prices.len() / 6);
//!
//! let mut back = vec![0; prices.len()];
//! Decoder::new().decode(codec, coded, &mut back)?;
//! assert_eq!(back, prices);
//! # Ok::<(), stillroom_format::FormatError>(())
//! ```

mod bit_shuffle;
mod byte_shuffle;
mod choose;
mod item;
mod pcodec;
mod transpose;
mod zstd;

use crate::FormatError;
use pcodec::Deltas;

pub use choose::Compression;
pub use item::Item;

/// How a chunk's bytes are kept. The numbers are for good: stores hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Codec {
    /// As they are.
    Raw = 0,
    /// zstd: text.
    Zstd = 1,
    /// Byte-shuffle, then zstd: numbers whose high bytes change little.
    ByteShuffle = 2,
    /// Bit-shuffle, then zstd: codes, flags, small numbers.
    BitShuffle = 3,
    /// pcodec: rounded numbers, timestamps.
    Pcodec = 4,
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Zstd, Self::ByteShuffle, Self::BitShuffle, Self::Pcodec];

    /// The codec of a number; none for one that no release has written.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// How the chunks of one buffer are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    codec: Codec,
    item: Item,
    effort: Effort,
    /// Only pcodec asks: to find out for each chunk again takes as long as to code it.
    deltas: Deltas,
}

/// How long a codec may look for a shorter form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// What a network is faster than.
    Little,
    /// What an archive is worth.
    Much,
}

impl Method {
    /// Nothing is coded.
    pub const RAW: Self =
        Self { codec: Codec::Raw, item: Item::BYTES, effort: Effort::Little, deltas: Deltas::Any };

    /// The codec of chunks that get shorter by it.
    pub fn codec(self) -> Codec {
        self.codec
    }

    /// A codec that is known to suit; raw without compression.
    pub fn new(codec: Codec, item: Item, compression: Compression) -> Self {
        let method = |effort| Self { codec, item, effort, deltas: Deltas::Any };
        compression.effort().map_or(Self::RAW, method)
    }
}

/// What has to be saved for a chunk to be kept coded: a twentieth. Less is not worth the decoding.
const fn is_worth_it(raw_len: usize, coded_len: usize) -> bool {
    coded_len <= raw_len - raw_len / 20
}

/// Codes chunks, with what is better kept from one to the next.
///
/// Not shared between threads: each has its own.
#[derive(Default)]
pub struct Encoder {
    zstd: zstd::Encoder,
    /// How pcodec took differences in the last chunk it coded.
    deltas: Deltas,
    shuffled: Vec<u8>,
    coded: Vec<u8>,
}

impl Encoder {
    /// One that has coded nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The chunk as it is kept: coded by the method, or raw where that would save too little.
    pub fn encode<'a>(&'a mut self, method: Method, raw: &'a [u8]) -> (Codec, &'a [u8]) {
        match self.code(method, raw) {
            Some(()) if is_worth_it(raw.len(), self.coded.len()) => (method.codec, &self.coded),
            _ => (Codec::Raw, raw),
        }
    }

    /// Codes into `self.coded`; none when the codec has no form for the chunk.
    fn code(&mut self, method: Method, raw: &[u8]) -> Option<()> {
        self.coded.clear();
        let Self { zstd, shuffled, coded, deltas } = self;
        match method.codec {
            Codec::Raw => None,
            Codec::Zstd => zstd.append(method.effort, raw, coded),
            Codec::ByteShuffle => {
                coded.push(byte_shuffle::header(method.item)?);
                byte_shuffle::shuffle(method.item.width(), raw, shuffled);
                zstd.append(method.effort, shuffled, coded)
            }
            Codec::BitShuffle => {
                coded.push(bit_shuffle::header(method.item)?);
                bit_shuffle::shuffle(method.item.width(), raw, shuffled);
                zstd.append(method.effort, shuffled, coded)
            }
            Codec::Pcodec => {
                *deltas = pcodec::encode(method.item, method.effort, method.deltas, raw, coded)?;
                Some(())
            }
        }
    }
}

/// Brings coded chunks back, with what is better kept from one to the next.
#[derive(Default)]
pub struct Decoder {
    zstd: zstd::Decoder,
    shuffled: Vec<u8>,
    pcodec: pcodec::Decoder,
}

impl Decoder {
    /// One that has decoded nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fills `into` with the chunk that `coded` stands for.
    ///
    /// Takes memory in proportion to `into`, whatever the bytes say.
    ///
    /// # Errors
    /// `Damaged` when it is not a chunk of this codec and length; `into` then holds anything.
    pub fn decode(&mut self, codec: Codec, coded: &[u8], into: &mut [u8]) -> Result<(), FormatError> {
        self.fill(codec, coded, into).ok_or(FormatError::Damaged("a coded chunk is not what was written"))
    }

    fn fill(&mut self, codec: Codec, coded: &[u8], into: &mut [u8]) -> Option<()> {
        match codec {
            Codec::Raw if coded.len() == into.len() => into.copy_from_slice(coded),
            Codec::Raw => return None,
            Codec::Zstd => self.zstd.fill(coded, into)?,
            Codec::ByteShuffle => {
                let (header, frame) = coded.split_first()?;
                let width = byte_shuffle::width(*header)?;
                self.shuffled.resize(into.len(), 0);
                self.zstd.fill(frame, &mut self.shuffled)?;
                byte_shuffle::unshuffle(width, &self.shuffled, into);
            }
            Codec::BitShuffle => {
                let (header, frame) = coded.split_first()?;
                let width = bit_shuffle::width(*header)?;
                self.shuffled.resize(into.len(), 0);
                self.zstd.fill(frame, &mut self.shuffled)?;
                bit_shuffle::unshuffle(width, &self.shuffled, into);
            }
            Codec::Pcodec => self.pcodec.fill(coded, into)?,
        }
        Some(())
    }
}
