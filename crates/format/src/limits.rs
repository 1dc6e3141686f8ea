//! Limits that hold before anything is allocated, for hostile and honest input alike.

/// A leaf (array, column, long text or bytes) of this many bytes or more leaves the manifest.
pub const LEAF_LEN: usize = 4096;

/// Bounds on what is written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Containers within containers.
    pub depth: usize,
    /// Bytes of a manifest.
    pub manifest_len: u64,
}

impl Default for Limits {
    /// Depth 1,000 and a manifest of 1 GiB.
    fn default() -> Self {
        Self { depth: 1000, manifest_len: 1 << 30 }
    }
}
