//! The manifest around the tree: version, shared nodes, buffers; and how a record holds it.
//!
//! A manifest names each buffer by its length and the digests of its chunks,
//! and never a codec, backend, version, time, owner or signature, so that its
//! own digest survives compaction, copy and rename.

use std::ops::Range;

use bytes::Bytes;

use crate::cbor::{self, Cursor};
use crate::cut::{CHUNK_LEN, CUT_MAX, CUT_MIN, chunk_count};
use crate::{Counted, Digest, FORMAT_VERSION, FormatError, Limits};

/// First item of a manifest, so that its bytes say what they are.
const MAGIC: &str = "stillroom";
/// First item of a root that stands for a manifest kept in blobs.
const CUT_MAGIC: &str = "stillroom/cut";

/// A stretch of a buffer: the blob at `digest`, `len` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chunk {
    /// Address of the blob.
    pub digest: Digest,
    /// Length in bytes, at most 256 KiB.
    pub len: u32,
}

/// A leaf that left the manifest, as the blobs it is made of, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buffer {
    /// Length in bytes: the sum of the chunks' lengths.
    pub len: u64,
    /// The chunks in order; none when the buffer is empty.
    pub chunks: Vec<Chunk>,
}

impl Buffer {
    /// A buffer made of `chunks`.
    pub fn new(chunks: Vec<Chunk>) -> Self {
        let len = chunks.iter().map(|chunk| u64::from(chunk.len)).sum();
        Self { len, chunks }
    }

    /// Whether every chunk but the last is 64 KiB long: the shape that can be mapped.
    pub fn is_fixed(&self) -> bool {
        match self.chunks.split_last() {
            None => true,
            Some((last, full)) => {
                last.len as usize <= CHUNK_LEN && full.iter().all(|chunk| chunk.len as usize == CHUNK_LEN)
            }
        }
    }

    /// `[len, digests]` when cut at fixed steps, `[len, digests, lengths]` when cut by content.
    fn encode(&self, out: &mut Vec<u8>) {
        let fixed = self.is_fixed();
        cbor::put_array(out, if fixed { 2 } else { 3 });
        cbor::put_uint(out, self.len);
        cbor::put_bytes_head(out, self.chunks.len() * Digest::LEN);
        for chunk in &self.chunks {
            out.extend_from_slice(chunk.digest.as_bytes());
        }
        if !fixed {
            cbor::put_array(out, self.chunks.len() as u64);
            for chunk in &self.chunks {
                cbor::put_uint(out, u64::from(chunk.len));
            }
        }
    }

    fn decode(cursor: &mut Cursor<'_>) -> Result<Self, FormatError> {
        let fixed = match cursor.array()? {
            2 => true,
            3 => false,
            _ => return Err(FormatError::Damaged("buffer is not an array of 2 or 3")),
        };
        let len = cursor.uint()?;
        let digests = cursor.bytes()?;
        if digests.len() % Digest::LEN != 0 {
            return Err(FormatError::Damaged("digests are not whole"));
        }
        let digests = digests.chunks_exact(Digest::LEN);
        let digests =
            digests.map(|digest| Digest::from_slice(digest).expect("chunks_exact gives 32 bytes each"));
        let buffer = if fixed { Self::from_fixed(len, digests)? } else { Self::from_cut(cursor, digests)? };
        if buffer.len != len || buffer.is_fixed() != fixed || !fixed && len <= CHUNK_LEN as u64 {
            return Err(FormatError::Damaged("buffer length is not the sum of its chunks"));
        }
        Ok(buffer)
    }

    fn from_fixed(len: u64, digests: impl ExactSizeIterator<Item = Digest>) -> Result<Self, FormatError> {
        let count = digests.len() as u64;
        if chunk_count(len) != count {
            return Err(FormatError::Damaged("buffer has another number of chunks than its length needs"));
        }
        let chunks = digests.enumerate().map(|(at, digest)| {
            let start = at as u64 * CHUNK_LEN as u64;
            let len = (len - start).min(CHUNK_LEN as u64);
            Chunk { digest, len: u32::try_from(len).expect("a chunk is at most 64 KiB") }
        });
        Ok(Self { len, chunks: chunks.collect() })
    }

    fn from_cut(
        cursor: &mut Cursor<'_>,
        digests: impl ExactSizeIterator<Item = Digest>,
    ) -> Result<Self, FormatError> {
        if cursor.array()? != digests.len() as u64 {
            return Err(FormatError::Damaged("as many lengths as digests are needed"));
        }
        let mut chunks: Vec<Chunk> = Vec::with_capacity(digests.len());
        for digest in digests {
            let len = cursor.uint()?;
            let is_after_short = chunks.last().is_some_and(|last| (last.len as usize) < CUT_MIN);
            if len == 0 || len > CUT_MAX as u64 || is_after_short {
                return Err(FormatError::Damaged("chunk length is out of bounds"));
            }
            chunks.push(Chunk { digest, len: u32::try_from(len).expect("checked against 256 KiB") });
        }
        Ok(Self::new(chunks))
    }
}

/// A manifest: the encoded tree of a value with the buffers it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    bytes: Bytes,
    buffers: Vec<Buffer>,
    shared: Vec<u32>,
    tree: Range<usize>,
}

impl Manifest {
    /// Joins a tree with the buffers that its leaves became.
    ///
    /// # Errors
    /// `TooLarge` when the whole passes `limits.manifest_len`.
    pub(crate) fn build(
        tree: &[u8],
        shared: Vec<u32>,
        buffers: Vec<Buffer>,
        limits: Limits,
    ) -> Result<Self, FormatError> {
        let mut bytes = Vec::with_capacity(tree.len() + 64 + buffers.len() * 48);
        cbor::put_array(&mut bytes, 5);
        cbor::put_text(&mut bytes, MAGIC);
        cbor::put_uint(&mut bytes, FORMAT_VERSION);
        cbor::put_array(&mut bytes, shared.len() as u64);
        shared.iter().for_each(|number| cbor::put_uint(&mut bytes, u64::from(*number)));
        cbor::put_array(&mut bytes, buffers.len() as u64);
        buffers.iter().for_each(|buffer| buffer.encode(&mut bytes));
        let start = bytes.len();
        bytes.extend_from_slice(tree);
        check_len(bytes.len(), limits)?;
        let tree = start..bytes.len();
        Ok(Self { bytes: bytes.into(), buffers, shared, tree })
    }

    /// Reads the frame of a manifest; the tree itself is read by a [`Reader`](crate::Reader).
    ///
    /// # Errors
    /// `Newer` for a version above [`FORMAT_VERSION`], `TooLarge` past `limits`, else `Damaged`.
    pub fn parse(bytes: Bytes, limits: Limits) -> Result<Self, FormatError> {
        check_len(bytes.len(), limits)?;
        let mut cursor = Cursor::new(&bytes);
        if open_frame(&mut cursor)? != (MAGIC, 5) {
            return Err(FormatError::Damaged("not a manifest"));
        }
        let shared = parse_shared(&mut cursor)?;
        let count = cursor.array()?;
        let mut buffers = Vec::new();
        for _ in 0..count {
            buffers.push(Buffer::decode(&mut cursor)?);
        }
        let tree = cursor.position()..bytes.len();
        Ok(Self { buffers, shared, tree, bytes })
    }

    /// The bytes, as they are stored.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The digest of the bytes: two values with the same digest are the same value.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// The buffers, in the order in which the tree names them.
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// Numbers of the mutable nodes that a later [`Node::Shared`](crate::Node::Shared) refers to, ascending.
    pub fn shared(&self) -> &[u32] {
        &self.shared
    }

    pub(crate) fn tree(&self) -> &[u8] {
        &self.bytes[self.tree.clone()]
    }
}

fn check_len(len: usize, limits: Limits) -> Result<(), FormatError> {
    let actual = len as u64;
    if actual > limits.manifest_len {
        return Err(FormatError::TooLarge {
            what: Counted::ManifestBytes,
            limit: limits.manifest_len,
            actual,
        });
    }
    Ok(())
}

/// The first item and the count of items of a manifest or root, once its version is known to be known.
///
/// The version is looked at before the count, which a newer format may have changed.
fn open_frame<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a str, u64), FormatError> {
    let not_a_manifest = |_| FormatError::Damaged("not a manifest");
    let count = cursor.array().map_err(not_a_manifest)?;
    let magic = cursor.text().map_err(not_a_manifest)?;
    if matches!(magic, MAGIC | CUT_MAGIC) {
        check_version(cursor.uint()?)?;
    }
    Ok((magic, count))
}

fn check_version(found: u64) -> Result<(), FormatError> {
    if found > FORMAT_VERSION {
        return Err(FormatError::Newer { found, known: FORMAT_VERSION });
    }
    if found == 0 {
        let message = "a value from before the format was frozen can't be read; save it again: version 0";
        return Err(FormatError::Unsupported(message.to_owned()));
    }
    Ok(())
}

fn parse_shared(cursor: &mut Cursor<'_>) -> Result<Vec<u32>, FormatError> {
    let count = cursor.array()?;
    let mut shared: Vec<u32> = Vec::new();
    for _ in 0..count {
        let number = u32::try_from(cursor.uint()?).map_err(|_| FormatError::Damaged("node number"))?;
        if shared.last().is_some_and(|last| *last >= number) {
            return Err(FormatError::Damaged("shared nodes are not ascending"));
        }
        shared.push(number);
    }
    Ok(shared)
}

/// What a record holds of a manifest: the manifest, or the buffer its bytes were cut into.
///
/// A manifest over 64 KiB is cut into blobs like a long text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// The manifest itself.
    Whole(Bytes),
    /// The blobs that hold the manifest.
    Cut(Buffer),
}

impl Root {
    /// The bytes a record keeps.
    pub fn encode(&self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes.clone(),
            Self::Cut(buffer) => {
                let mut out = Vec::new();
                cbor::put_array(&mut out, 3);
                cbor::put_text(&mut out, CUT_MAGIC);
                cbor::put_uint(&mut out, FORMAT_VERSION);
                buffer.encode(&mut out);
                out.into()
            }
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// `Newer` or `Damaged`; `TooLarge` when the manifest in blobs would pass `limits`.
    pub fn decode(bytes: Bytes, limits: Limits) -> Result<Self, FormatError> {
        let mut cursor = Cursor::new(&bytes);
        match open_frame(&mut cursor)? {
            (MAGIC, 5) => return Ok(Self::Whole(bytes)),
            (CUT_MAGIC, 3) => {}
            _ => return Err(FormatError::Damaged("not a manifest")),
        }
        let buffer = Buffer::decode(&mut cursor)?;
        if cursor.position() != bytes.len() {
            return Err(FormatError::Damaged("bytes after the end"));
        }
        check_len(usize::try_from(buffer.len).unwrap_or(usize::MAX), limits)?;
        Ok(Self::Cut(buffer))
    }
}
