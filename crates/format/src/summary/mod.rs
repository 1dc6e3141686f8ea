//! What a value is, for people and SQL: its kind, its shape, and a picture in JSON.
//!
//! The picture is drawn from the manifest alone. Buffers are not read, and a
//! pickle is never looked into. Work and size are bounded: what does not fit is
//! left out, and a mark says so. Nothing here is read back as the value.

mod built;
mod drawing;
mod leaf;
mod libraries;
mod part;

use bytes::Bytes;
use serde_json::json;

use crate::{FormatError, Limits, Manifest, Reader};
use drawing::Drawing;
use part::{MARK, Part};

/// What a record says of its value without holding it; never read back as the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The Python type's name, such as `DataFrame`, `dict`, `ndarray`, `float64`; for a class of the
    /// app or a library, its module comes first, as in `sklearn.linear_model._ridge.Ridge`.
    pub kind: String,
    /// Rows and columns of a frame, the shape of an array, the length of a container, the bytes of a
    /// text (as UTF-8) or of bytes; else empty.
    pub shape: Vec<u64>,
    /// A sanitised JSON picture: scalars and small structures as they are (NaN and infinities null),
    /// arrays and frames by dtype and shape; at most 16 KiB.
    pub json: serde_json::Value,
}

/// The longest picture, in bytes of JSON.
const PICTURE_LEN: usize = 16 * 1024;
/// What a drawing aims at first; what JSON's escapes and marks add must still fit the picture.
const FIRST_BUDGET: usize = PICTURE_LEN * 3 / 4;
/// Nodes looked at, at most: some milliseconds.
const MAX_NODES: usize = 200_000;

/// The picture of a value that lies whole in these bytes; none for bytes that are no value.
pub fn picture(encoded: &Bytes) -> Option<serde_json::Value> {
    let manifest = Manifest::parse(encoded.clone(), Limits::default()).ok()?;
    Some(summarise(&manifest, Limits::default()).ok()?.json)
}

/// Pictures a value from its manifest alone, without its buffers.
///
/// A container that is left unfinished ends in `"…"`; in an object the mark's
/// value is the number of entries left out. A container that is not opened, an
/// array or an object is `{"type": …, "shape": …}`.
///
/// # Errors
/// As [`Reader::node`](crate::Reader::node).
pub fn summarise(manifest: &Manifest, limits: Limits) -> Result<Summary, FormatError> {
    let mut budget = FIRST_BUDGET;
    loop {
        let picture = draw(manifest, limits, budget)?;
        if picture.len() <= PICTURE_LEN {
            return Ok(picture.into_summary());
        }
        if budget == 0 {
            return Ok(Summary { json: json!(MARK), ..picture.into_summary() });
        }
        budget /= 4;
    }
}

fn draw(manifest: &Manifest, limits: Limits, budget: usize) -> Result<Part<'_>, FormatError> {
    let mut reader = Reader::new(manifest, limits);
    let mut drawing = Drawing::new(manifest.buffers(), budget);
    for _ in 0..MAX_NODES {
        let node = reader.node()?;
        drawing.take(node, reader.shared_number());
        if drawing.is_complete() {
            break;
        }
    }
    Ok(drawing.finish())
}
