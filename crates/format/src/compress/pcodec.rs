//! pcodec: numbers as multiples, differences and bins. What rounded floats and timestamps are shortest in.
//!
//! A coded chunk: the type of its numbers (1 byte, from 1 on: f32, f64, i16,
//! i32, i64, u16, u32, u64), then pcodec's own bytes in its wrapped form: its
//! header, the metadata of one chunk, one page of all numbers.
//!
//! pcodec reads what anyone may have written as if it were honest, up to a
//! quarter of a gigabyte of tables for a chunk of a few bytes. So forms that
//! it never chooses for us are refused before it reads further.

use ::pco::data_types::Number as PcoNumber;
use ::pco::metadata::{DeltaEncoding, Mode};
use ::pco::wrapped::{FileCompressor, FileDecompressor};
use ::pco::{ChunkConfig, DecompressorScratch, DeltaSpec, PagingSpec};

use super::item::Sort;
use super::{Effort, Item};

/// The level from which on more time brings little.
const LITTLE: usize = 4;
/// Level 8 takes twice as long for half a percent.
const MUCH: usize = 6;
/// First byte of pcodec's header: its major version.
const MAJOR: u8 = 4;
/// Modes up to this one are written: as it is, multiples of an integer or float, rounded bits. Not a table
/// of values, for which as much memory would be taken as it claims to have.
const LAST_MODE: u8 = 3;
/// How many numbers back pcodec looks at most, as a power of two.
const WINDOW_LOG: u32 = 15;
/// How many numbers are decoded at a time; a multiple of pcodec's 256.
const BATCH: usize = 1024;

/// A type of number that pcodec knows, as bytes.
trait Number: PcoNumber {
    fn read(bytes: &[u8]) -> Vec<Self>;
    fn write(numbers: &[Self], into: &mut [u8]);
}

macro_rules! numbers {
    ($($tag:literal => $number:ty),+ $(,)?) => {
        $(impl Number for $number {
            fn read(bytes: &[u8]) -> Vec<Self> {
                bytes.as_chunks().0.iter().map(|bytes| Self::from_le_bytes(*bytes)).collect()
            }

            fn write(numbers: &[Self], into: &mut [u8]) {
                for (number, bytes) in numbers.iter().zip(into.as_chunks_mut().0) {
                    *bytes = number.to_le_bytes();
                }
            }
        })+

        fn encode_as(tag: u8, config: ChunkConfig, raw: &[u8], out: &mut Vec<u8>) -> Option<Deltas> {
            match tag {
                $($tag => encode_numbers::<$number>(config, raw, out),)+
                _ => None,
            }
        }

        fn decode_as(tag: u8, scratch: &mut DecompressorScratch, coded: &[u8], into: &mut [u8]) -> Option<()> {
            match tag {
                $($tag => decode_numbers::<$number>(scratch, coded, into),)+
                _ => None,
            }
        }
    };
}

numbers! { 1 => f32, 2 => f64, 3 => i16, 4 => i32, 5 => i64, 6 => u16, 7 => u32, 8 => u64 }

/// The tag of an item's type; none when pcodec has no such numbers.
pub(super) fn tag(item: Item) -> Option<u8> {
    Some(match (item.sort(), item.width()) {
        (Sort::Float, 4) => 1,
        (Sort::Float, 8) => 2,
        (Sort::Signed, 2) => 3,
        (Sort::Signed, 4) => 4,
        (Sort::Signed, 8) => 5,
        // Floats of two bytes: their bits are in the order of their values, on either side of zero.
        (Sort::Unsigned | Sort::Float, 2) => 6,
        (Sort::Unsigned, 4) => 7,
        (Sort::Unsigned, 8) => 8,
        _ => return None,
    })
}

/// How differences are taken between numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Deltas {
    /// As suits the chunk.
    #[default]
    Any,
    /// Not at all.
    None,
    /// So many times, each number from the one before it.
    Consecutive(usize),
}

impl Deltas {
    fn spec(self) -> DeltaSpec {
        match self {
            Self::Any => DeltaSpec::Auto,
            Self::None => DeltaSpec::NoOp,
            Self::Consecutive(order) => DeltaSpec::TryConsecutive(order),
        }
    }

    fn of(encoding: &DeltaEncoding) -> Self {
        match encoding {
            DeltaEncoding::NoOp => Self::None,
            DeltaEncoding::Consecutive { order, .. } => Self::Consecutive(*order),
            _ => Self::Any,
        }
    }
}

/// Appends a coded chunk, and says how it took differences; none for items that pcodec does not know, or not a
/// whole number of them.
pub(super) fn encode(
    item: Item,
    effort: Effort,
    deltas: Deltas,
    raw: &[u8],
    out: &mut Vec<u8>,
) -> Option<Deltas> {
    let tag = tag(item)?;
    if raw.is_empty() || !raw.len().is_multiple_of(item.width()) {
        return None;
    }
    out.push(tag);
    encode_as(tag, config(effort, deltas), raw, out)
}

fn config(effort: Effort, deltas: Deltas) -> ChunkConfig {
    let level = match effort {
        Effort::Little => LITTLE,
        Effort::Much => MUCH,
    };
    ChunkConfig::default().with_compression_level(level).with_delta_spec(deltas.spec())
}

fn encode_numbers<T: Number>(config: ChunkConfig, raw: &[u8], out: &mut Vec<u8>) -> Option<Deltas> {
    let numbers = T::read(raw);
    let config = config.with_paging_spec(PagingSpec::Exact(vec![numbers.len()]));
    let file = FileCompressor::default();
    file.write_header(&mut *out).ok()?;
    let mut chunk = file.chunk_compressor(&numbers, &config).ok()?;
    chunk.write_meta(&mut *out).ok()?;
    chunk.write_page(0, &mut *out).ok()?;
    Some(Deltas::of(&chunk.meta().delta_encoding))
}

/// Memory for decoding, kept from chunk to chunk.
#[derive(Default)]
pub(super) struct Decoder {
    scratch: DecompressorScratch,
}

impl Decoder {
    /// Fills `into` with the numbers of a coded chunk.
    pub(super) fn fill(&mut self, coded: &[u8], into: &mut [u8]) -> Option<()> {
        let (tag, coded) = coded.split_first()?;
        decode_as(*tag, &mut self.scratch, coded, into)
    }
}

fn decode_numbers<T: Number + Default>(
    scratch: &mut DecompressorScratch,
    coded: &[u8],
    into: &mut [u8],
) -> Option<()> {
    let width = size_of::<T>();
    let count = into.len() / width;
    if count == 0 || count * width != into.len() || *coded.first()? != MAJOR {
        return None;
    }
    let (file, rest) = FileDecompressor::new(coded).ok()?;
    if *rest.first()? & 0xf > LAST_MODE {
        return None;
    }
    let (chunk, rest) = file.chunk_decompressor::<T, _>(rest).ok()?;
    if !is_ours(&chunk.meta().mode, &chunk.meta().delta_encoding) {
        return None;
    }
    let mut page = chunk.page_decompressor_with_scratch(rest, count, scratch).ok()?;
    let mut batch = [T::default(); BATCH];
    for into in into.chunks_mut(BATCH * width) {
        let progress = page.read(&mut batch).ok()?;
        if progress.n_processed != into.len() / width {
            return None;
        }
        T::write(&batch, into);
    }
    page.into_src().is_empty().then_some(())
}

/// Whether pcodec would have chosen this form for a chunk of ours.
fn is_ours(mode: &Mode, delta: &DeltaEncoding) -> bool {
    let is_mode_ours = !matches!(mode, Mode::Dict(_));
    let is_delta_ours = match delta {
        DeltaEncoding::NoOp | DeltaEncoding::Consecutive { .. } => true,
        DeltaEncoding::Lookback { config, .. } => config.window_n_log <= WINDOW_LOG,
        _ => false,
    };
    is_mode_ours && is_delta_ours
}
