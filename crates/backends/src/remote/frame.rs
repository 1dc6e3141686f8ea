//! Frames: four bytes that say how long the header is, the header, and the bytes it speaks of.

use std::borrow::Cow;

use stillroom_core::Digest;

use super::Failure;
use super::error::unexpected;
use super::json::Json;

/// The bytes of a frame being made, each part told by where it starts.
#[derive(Default)]
pub(super) struct Parts<'a> {
    parts: Vec<Cow<'a, [u8]>>,
    len: usize,
}

impl<'a> Parts<'a> {
    /// Adds a part; where it starts behind the header.
    pub(super) fn add(&mut self, part: impl Into<Cow<'a, [u8]>>) -> usize {
        let (part, start) = (part.into(), self.len);
        self.len += part.len();
        self.parts.push(part);
        start
    }

    /// The frame with this header.
    pub(super) fn behind(&self, header: &serde_json::Value) -> Vec<u8> {
        let header = header.to_string();
        let mut frame = Vec::with_capacity(4 + header.len() + self.len);
        frame.extend_from_slice(&u32::try_from(header.len()).unwrap_or(u32::MAX).to_be_bytes());
        frame.extend_from_slice(header.as_bytes());
        self.parts.iter().for_each(|part| frame.extend_from_slice(part));
        frame
    }
}

/// An answer's header, and its bytes, taken from the front.
pub(super) struct Answer<'a> {
    pub(super) header: Json,
    rest: &'a [u8],
}

impl<'a> Answer<'a> {
    /// # Errors
    /// For what is no frame.
    pub(super) fn parse(frame: &'a [u8]) -> Result<Self, Failure> {
        let (len, rest) = frame.split_first_chunk::<4>().ok_or_else(|| unexpected("a short frame"))?;
        let len = u32::from_be_bytes(*len) as usize;
        let (header, rest) = rest.split_at_checked(len).ok_or_else(|| unexpected("a short frame"))?;
        Ok(Self { header: Json::parse(header)?, rest })
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// When there are fewer.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Failure> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(|| unexpected("a short frame"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// What was not taken yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

/// Digests one after the other.
pub(super) fn pack(digests: impl IntoIterator<Item = Digest>) -> Vec<u8> {
    digests.into_iter().flat_map(|digest| *digest.as_bytes()).collect()
}
