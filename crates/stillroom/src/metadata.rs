//! Metadata: a small value that a record holds whole, exactly.

use bytes::Bytes;
use stillroom_format::{Draft, Limits, Manifest};

use crate::{Error, ErrorKind, Result};

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

/// The value that [`encode_metadata`] kept, for a [`Reader`](crate::Reader).
///
/// # Errors
/// `corrupt` when the bytes are damaged.
pub fn decode_metadata(bytes: &Bytes) -> Result<Manifest> {
    Ok(Manifest::parse(bytes.clone(), Limits::default())?)
}
