//! Private writable maps of stretches of a file: the only unsafe code of the core.
//!
//! A [`Region`] is one contiguous stretch of memory. Its first part is mapped
//! copy-on-write from a file, so that many processes that load the same value
//! share one copy in the page cache and a write by one is seen by none; its end
//! is memory of its own, filled by the caller. What the bytes mean is nobody's
//! business here.

use std::fs::File;
use std::io;

/// Memory of which a leading part may be mapped from a file; plain writable memory to its user.
#[derive(Debug)]
pub struct Region {
    start: *mut u8,
    len: usize,
}

impl Region {
    /// Maps `mapped_len` bytes of `file` from `offset` on, followed by `tail_len` zero bytes.
    ///
    /// `offset` and `mapped_len` are multiples of the page size.
    ///
    /// # Errors
    /// The operating system's, when it can't map.
    pub fn map(file: &File, offset: u64, mapped_len: usize, tail_len: usize) -> io::Result<Self> {
        let _ = (file, offset, mapped_len, tail_len);
        Err(io::Error::other("being written"))
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &[]
    }

    /// The bytes, to fill the tail before the region is handed on.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut []
    }

    /// The address of the first byte; the memory is the region's until it is dropped.
    pub fn as_ptr(&self) -> *mut u8 {
        self.start
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

// SAFETY: the region owns its memory alone, and nothing in it is bound to a thread.
unsafe impl Send for Region {}
// SAFETY: through a shared reference the memory is only read.
unsafe impl Sync for Region {}
