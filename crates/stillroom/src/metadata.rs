//! Metadata: a small value that a record holds whole, exactly.

use bytes::Bytes;
use stillroom_format::{Draft, Limits, Manifest, Node};

use crate::parts::walk;
use crate::{Error, ErrorKind, Result, recipe};

pub use stillroom_core::limits::METADATA_LEN;

/// Metadata as a record keeps it, from a draft of [`Writer::without_buffers`](crate::Writer::without_buffers).
///
/// # Errors
/// `too-large` above 64 KiB; `unsupported` when it holds an opaque object.
pub fn encode_metadata(draft: &Draft) -> Result<Bytes> {
    if draft.has_opaque() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "metadata can't hold Python objects; store them as a result",
        ));
    }
    let manifest = draft.seal(Vec::new())?;
    let len = manifest.bytes().len() as u64;
    if len > METADATA_LEN {
        let message =
            format!("metadata is over the limit of {METADATA_LEN} bytes; store it as a result: {len}");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    Ok(manifest.bytes().clone())
}

/// The value that [`encode_metadata`] kept, or the recipe, for a [`Reader`](crate::Reader).
///
/// # Errors
/// `corrupt` when the bytes are damaged.
pub fn decode_metadata(bytes: &Bytes) -> Result<Manifest> {
    if recipe::is_json(bytes) {
        return Ok(recipe::metadata(bytes)?.seal(Vec::new())?);
    }
    Ok(Manifest::parse(bytes.clone(), Limits::default())?)
}

/// Refuses what [`encode_metadata`] did not make: whoever lists results reads it.
pub(crate) fn check(bytes: &Bytes) -> Result<()> {
    let invalid = || Error::new(ErrorKind::Invalid, "metadata is not what `encode_metadata` makes");
    let manifest =
        Manifest::parse(bytes.clone(), Limits::default()).map_err(|error| invalid().with_source(error))?;
    let mut has_opaque = !manifest.buffers().is_empty();
    let walked = walk(&manifest, |node| {
        has_opaque |= matches!(node, Node::Opaque(_));
        Ok(())
    });
    walked.map_err(|error| invalid().with_source(error))?;
    if has_opaque { Err(invalid()) } else { Ok(()) }
}
