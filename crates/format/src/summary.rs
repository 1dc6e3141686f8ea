//! What a value is, for people and SQL (being written).

use crate::{FormatError, Limits, Manifest};

/// What a record says of its value without holding it; never read back as the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// `DataFrame`, `dict`, `ndarray`, `sklearn.linear_model.Ridge`, …: the Python type's name,
    /// qualified by its module unless built-in, NumPy's, pandas' or the standard library's.
    pub kind: String,
    /// Rows and columns of a frame, the shape of an array, the length of a container or text; else empty.
    pub shape: Vec<u64>,
    /// A sanitised JSON picture: scalars and small structures as they are (NaN and infinities null),
    /// arrays and frames by dtype and shape; at most 16 KiB.
    pub json: serde_json::Value,
}

/// Pictures a value from its manifest alone, without its buffers.
///
/// # Errors
/// As [`Reader::node`](crate::Reader::node).
pub fn summarise(manifest: &Manifest, limits: Limits) -> Result<Summary, FormatError> {
    let _ = (manifest, limits);
    Err(FormatError::Misuse("not written yet"))
}
