//! A version taken apart: its root, its manifest, and the buffers both need.

use bytes::Bytes;
use stillroom_core::{Access, Chunk, Hint, NewVersion, Record, Stored, poll_now};
use stillroom_format::{Buffer, Digest, FormatError, Limits, Manifest, Node, Reader, Root};

use crate::{Error, ErrorKind, Result, Store, recipe};

/// What a record's root leads to, before any buffer of the value is read.
pub(crate) struct Parts {
    pub(crate) root: Root,
    pub(crate) manifest: Manifest,
}

impl Parts {
    /// The buffers a load asks for, the root's own last.
    pub(crate) fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = self.manifest.buffers().to_vec();
        buffers.extend(root_buffer(&self.root).cloned());
        buffers
    }

    /// Every blob the version needs, in an order that keeps full chunks together, as a save puts them.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = Need> {
        let of_value = self.manifest.buffers().iter().flat_map(needs);
        let (full, rest): (Vec<_>, Vec<_>) = of_value.partition(|need| need.is_full_chunk);
        let of_root: Vec<_> = root_buffer(&self.root).into_iter().flat_map(needs).collect();
        full.into_iter().chain(rest).chain(of_root)
    }

    /// Reads every node, as a load would; answers whether an opaque object is among them.
    ///
    /// # Errors
    /// As the reader: for anything that a writer would not have written.
    pub(crate) fn check_tree(&self) -> Result<bool, FormatError> {
        let mut has_opaque = false;
        walk(&self.manifest, |node| {
            has_opaque |= matches!(node, Node::Opaque(_));
            Ok(())
        })?;
        Ok(has_opaque)
    }

    /// The longest that a record may say the value is: manifest and buffers.
    pub(crate) fn len_max(&self) -> u64 {
        let buffers = self.manifest.buffers().iter().map(|buffer| buffer.len);
        buffers.fold(self.manifest.bytes().len() as u64, u64::saturating_add)
    }

    /// The version that `record` says, again: same value, same words, kept for good.
    pub(crate) fn again(&self, record: &Record, provenance: String) -> NewVersion {
        NewVersion {
            key: record.key.clone(),
            digest: record.digest,
            root: self.root.encode(),
            buffers: self.buffers(),
            kind: record.kind.clone(),
            shape: record.shape.clone(),
            bytes: record.bytes,
            label: record.label.clone(),
            metadata: record.metadata.clone(),
            summary: record.summary.clone(),
            provenance,
            ttl: None,
            pinned: false,
            signature: record.signature.clone(),
        }
    }
}

/// Reads every node of a manifest in its order.
///
/// # Errors
/// As the reader, for anything that a writer would not have written; as `see`.
pub(crate) fn walk(
    manifest: &Manifest,
    mut see: impl FnMut(&Node<'_>) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut reader = Reader::new(manifest, Limits::default());
    let mut left = 1u64;
    while left > 0 {
        let node = reader.node()?;
        see(&node)?;
        left += node.child_count();
        left -= 1;
    }
    reader.finish()
}

/// A blob that a version needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) chunk: Chunk,
    /// Whether it is a full 64 KiB chunk of a fixed-width buffer.
    pub(crate) is_full_chunk: bool,
}

impl Need {
    pub(crate) fn len(&self) -> u64 {
        u64::from(self.chunk.len)
    }
}

/// The blobs of one buffer.
pub(crate) fn needs(buffer: &Buffer) -> impl Iterator<Item = Need> {
    let is_fixed = buffer.is_fixed();
    let is_full = move |chunk: &Chunk| is_fixed && chunk.len as usize == stillroom_format::CHUNK_LEN;
    buffer.chunks.iter().map(move |chunk| Need { chunk: *chunk, is_full_chunk: is_full(chunk) })
}

/// The blobs that a manifest too long for its record was cut into.
pub(crate) fn root_buffer(root: &Root) -> Option<&Buffer> {
    match root {
        Root::Whole(_) => None,
        Root::Cut(buffer) => Some(buffer),
    }
}

impl Store {
    /// The root and manifest of a stored version, with the digest its record names; of what the recipe wrote, one
    /// that holds the same.
    ///
    /// # Errors
    /// `corrupt`; `unsupported` for a newer format.
    pub(crate) fn parts(&self, stored: &Stored) -> Result<Parts> {
        if stored.is_recipe {
            let manifest = recipe::manifest(stored)?;
            return Ok(Parts { root: Root::Whole(manifest.bytes().clone()), manifest });
        }
        let root = Root::decode(stored.root.clone(), Limits::default())?;
        let bytes = match &root {
            Root::Whole(bytes) => bytes.clone(),
            Root::Cut(buffer) => {
                let bodies = poll_now(self.blobs().get(
                    self.who(),
                    std::slice::from_ref(buffer),
                    &Hint::default(),
                    Access::Mapped,
                ))?;
                bodies.first().map(|body| body.as_slice().to_vec()).unwrap_or_default().into()
            }
        };
        Ok(Parts { manifest: manifest(bytes, stored.record.digest)?, root })
    }
}

impl Store {
    /// Hands on the raw bytes of blobs, hashing each: what goes elsewhere is what was saved.
    ///
    /// # Errors
    /// `corrupt`; as `each`.
    pub(crate) fn each_blob(
        &self,
        needs: &[Need],
        mut each: impl FnMut(&Need, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let buffer = Buffer::new(needs.iter().map(|need| need.chunk).collect());
        let bodies = poll_now(self.blobs().get(self.who(), &[buffer], &Hint::default(), Access::Once))?;
        let mut rest = bodies.first().map_or(&[][..], |body| body.as_slice());
        for need in needs {
            let (bytes, after) = rest.split_at_checked(need.chunk.len as usize).unwrap_or((rest, &[]));
            if Digest::of(bytes) != need.chunk.digest {
                return Err(Error::new(ErrorKind::Corrupt, "a part of the value is not what was saved"));
            }
            each(need, bytes)?;
            rest = after;
        }
        Ok(())
    }
}

/// The manifest in `bytes`, when it has the digest that its record names.
pub(crate) fn manifest(bytes: Bytes, digest: Digest) -> Result<Manifest> {
    if Digest::of(&bytes) != digest {
        return Err(Error::new(ErrorKind::Corrupt, "the manifest is not what its record says"));
    }
    Ok(Manifest::parse(bytes, Limits::default())?)
}
