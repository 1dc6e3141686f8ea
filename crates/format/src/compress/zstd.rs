//! zstd: one frame, which says how long its content is.
//!
//! Text is coded like this alone; the shuffles use it for what they made.

use ::zstd::bulk::{Compressor, Decompressor};

use super::Effort;

/// About as fast as a network.
const LITTLE: i32 = 1;
/// Up to 12 a tenth less text costs six times the time, and numbers get no shorter.
const MUCH: i32 = 3;

/// A context for compression, kept from frame to frame: a new one for each costs as much as 10 KiB do.
#[derive(Default)]
pub(super) struct Encoder {
    context: Option<(i32, Compressor<'static>)>,
    frame: Vec<u8>,
}

impl Encoder {
    /// Appends the frame of `raw`; none when zstd has no memory to give.
    pub(super) fn append(&mut self, effort: Effort, raw: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let level = match effort {
            Effort::Little => LITTLE,
            Effort::Much => MUCH,
        };
        let (set, compressor) = match &mut self.context {
            Some(context) => context,
            none => none.insert((level, Compressor::new(level).ok()?)),
        };
        if *set != level {
            compressor.set_compression_level(level).ok()?;
            *set = level;
        }
        self.frame.clear();
        self.frame.reserve(::zstd::compress_bound(raw.len()));
        compressor.compress_to_buffer(raw, &mut self.frame).ok()?;
        out.extend_from_slice(&self.frame);
        Some(())
    }
}

/// A context for decompression.
#[derive(Default)]
pub(super) struct Decoder {
    context: Option<Decompressor<'static>>,
}

impl Decoder {
    /// Fills `into` with what `frame` holds; none when that is not as long, or no frame.
    ///
    /// zstd writes within `into` whatever the frame says, and needs no window of its own for that.
    pub(super) fn fill(&mut self, frame: &[u8], into: &mut [u8]) -> Option<()> {
        let decompressor = match &mut self.context {
            Some(decompressor) => decompressor,
            none => none.insert(Decompressor::new().ok()?),
        };
        let len = decompressor.decompress_to_buffer(frame, into).ok()?;
        (len == into.len()).then_some(())
    }
}
