//! Where a leaf's bytes come from while they are written.

use bytes::Bytes;

/// Bytes that are read in slices, once, when their turn comes.
///
/// The memory may belong to someone who changes it meanwhile (another Python
/// thread): a reader copies a slice first and then hashes and writes the copy.
pub trait Source: Send + Sync {
    /// Length in bytes; the same at every call.
    fn len(&self) -> u64;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies `into.len()` bytes from `offset` on. Both lie within [`len`](Self::len).
    fn copy_to(&self, offset: u64, into: &mut [u8]);
}

impl Source for Bytes {
    fn len(&self) -> u64 {
        (**self).len() as u64
    }

    fn copy_to(&self, offset: u64, into: &mut [u8]) {
        copy_from_slice(self, offset, into);
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn copy_to(&self, offset: u64, into: &mut [u8]) {
        copy_from_slice(self, offset, into);
    }
}

fn copy_from_slice(from: &[u8], offset: u64, into: &mut [u8]) {
    let start = usize::try_from(offset).expect("an offset within a slice fits in memory");
    into.copy_from_slice(&from[start..start + into.len()]);
}
