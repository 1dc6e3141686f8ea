//! Private writable maps of stretches of a file: the only unsafe code of the core.
//!
//! A [`Region`] is one contiguous stretch of memory. Its first part is mapped
//! copy-on-write from a file, so that many processes that load the same value
//! share one copy in the page cache and a write by one is seen by none; its end
//! is memory of its own, filled by the caller. What the bytes mean is nobody's
//! business here.

#![deny(unsafe_code)]

#[cfg(unix)]
pub use unix::Region;

#[cfg(not(unix))]
pub use elsewhere::Region;

#[cfg(unix)]
#[expect(unsafe_code, reason = "memory maps have no safe interface; this module is the one that has them")]
mod unix {
    use std::ffi::c_void;
    use std::fs::File;
    use std::io;
    use std::ptr::{self, NonNull};
    use std::slice;

    use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};
    use rustix::param::page_size;

    /// Memory of which a leading part may be mapped from a file; plain writable memory to its user.
    ///
    /// The mapped part shows the file as it was only while nobody edits the file: the caller maps
    /// files that are never written to in place and never truncated. A program that truncates one
    /// all the same makes the reader of the lost pages end with SIGBUS.
    #[derive(Debug)]
    pub struct Region {
        /// Dangling when `reserved` is 0, else the start of a map of `reserved` bytes.
        start: NonNull<u8>,
        len: usize,
        /// `len` in whole pages.
        reserved: usize,
    }

    impl Region {
        /// Maps `mapped_len` bytes of `file` from `offset` on, followed by `tail_len` zero bytes.
        ///
        /// `offset` and `mapped_len` are multiples of the page size.
        ///
        /// # Errors
        /// `InvalidInput` when they are not, `UnexpectedEof` when the file is shorter, else the operating
        /// system's, when it can't map.
        pub fn map(file: &File, offset: u64, mapped_len: usize, tail_len: usize) -> io::Result<Self> {
            check_stretch(file, offset, mapped_len)?;
            let region = Self::reserve(mapped_len, tail_len)?;
            if mapped_len > 0 {
                let at = region.start.as_ptr().cast::<c_void>();
                let protection = ProtFlags::READ | ProtFlags::WRITE;
                let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
                // SAFETY: `at` starts a map that `region` owns alone and that is at least `mapped_len`
                // long, so MAP_FIXED replaces pages nobody else has a pointer to; should it fail,
                // `region` still unmaps the whole.
                unsafe { mmap(at, mapped_len, protection, flags, file, offset) }?;
            }
            Ok(region)
        }

        /// Zeroed memory for both parts, in whole pages.
        fn reserve(mapped_len: usize, tail_len: usize) -> io::Result<Self> {
            let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "longer than memory can be");
            let len = mapped_len.checked_add(tail_len).ok_or_else(too_long)?;
            if isize::try_from(len).is_err() {
                return Err(too_long());
            }
            if len == 0 {
                return Ok(Self { start: NonNull::dangling(), len, reserved: 0 });
            }
            let reserved = len.checked_next_multiple_of(page_size()).ok_or_else(too_long)?;
            let protection = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
            // SAFETY: without MAP_FIXED the kernel picks addresses that nothing uses.
            let start = unsafe { mmap_anonymous(ptr::null_mut(), reserved, protection, flags) }?;
            let start =
                NonNull::new(start.cast::<u8>()).expect("the kernel maps nothing at address 0 unasked");
            Ok(Self { start, len, reserved })
        }

        /// The bytes.
        pub fn as_slice(&self) -> &[u8] {
            // SAFETY: `start` is dangling with `len` 0, or starts a readable map of at least `len` bytes
            // that lives until the region is dropped; all writes go through `&mut self` or by the owner
            // of a pointer from `as_ptr`, who answers for them.
            unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
        }

        /// The bytes, to fill the tail before the region is handed on.
        pub fn as_mut_slice(&mut self) -> &mut [u8] {
            // SAFETY: as in `as_slice`; the map is writable, private to this process, and borrowed
            // mutably through `self`.
            unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
        }

        /// The address of the first byte; the memory is the region's until it is dropped.
        pub fn as_ptr(&self) -> *mut u8 {
            self.start.as_ptr()
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

    impl Drop for Region {
        fn drop(&mut self) {
            if self.reserved > 0 {
                // SAFETY: the map is exactly the one `reserve` made, and nobody can hold a slice of it
                // any more: slices borrow the region.
                let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.reserved) };
                debug_assert!(unmapped.is_ok(), "a map of our own can be unmapped");
            }
        }
    }

    // SAFETY: the region owns its memory alone, and nothing in it is bound to a thread.
    unsafe impl Send for Region {}
    // SAFETY: through a shared reference the memory is only read.
    unsafe impl Sync for Region {}

    /// The kernel would round `mapped_len` up and hand out pages beyond the end that kill who reads them.
    fn check_stretch(file: &File, offset: u64, mapped_len: usize) -> io::Result<()> {
        let page = page_size();
        if !mapped_len.is_multiple_of(page) || !offset.is_multiple_of(page as u64) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a whole number of pages"));
        }
        let end = offset.checked_add(mapped_len as u64);
        let file_len = file.metadata()?.len();
        if mapped_len > 0 && end.is_none_or(|end| end > file_len) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than the stretch"));
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::fs::File;
    use std::io;

    /// Never made here: where there are no such maps, callers read.
    #[derive(Debug)]
    pub enum Region {}

    impl Region {
        /// Answers `Unsupported`.
        ///
        /// # Errors
        /// Always.
        pub fn map(_: &File, _: u64, _: usize, _: usize) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        /// The bytes.
        pub fn as_slice(&self) -> &[u8] {
            match *self {}
        }

        /// The bytes, to fill the tail before the region is handed on.
        pub fn as_mut_slice(&mut self) -> &mut [u8] {
            match *self {}
        }

        /// The address of the first byte.
        pub fn as_ptr(&self) -> *mut u8 {
            match *self {}
        }

        /// Length in bytes.
        pub fn len(&self) -> usize {
            match *self {}
        }

        /// Whether there are no bytes.
        pub fn is_empty(&self) -> bool {
            match *self {}
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::File;
    use std::io::{ErrorKind, Write};

    use super::Region;

    /// A multiple of every page size in use.
    const STEP: usize = 64 * 1024;

    fn file_of(len: usize) -> (tempfile::NamedTempFile, Vec<u8>) {
        let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        (file, bytes)
    }

    #[test]
    fn a_region_shows_the_stretch_of_the_file() {
        let (file, bytes) = file_of(4 * STEP + 100);

        let region = Region::map(file.as_file(), STEP as u64, 2 * STEP, 0).unwrap();

        assert_eq!(region.len(), 2 * STEP);
        assert_eq!(region.as_slice(), &bytes[STEP..3 * STEP]);
        assert_eq!(region.as_ptr().cast_const(), region.as_slice().as_ptr());
    }

    #[test]
    fn the_tail_follows_zeroed_and_can_be_filled() {
        let (file, bytes) = file_of(STEP);
        let mut region = Region::map(file.as_file(), 0, STEP, 7).unwrap();
        assert_eq!(&region.as_slice()[STEP..], &[0; 7]);

        region.as_mut_slice()[STEP..].copy_from_slice(b"and end");

        assert_eq!(&region.as_slice()[..STEP], &bytes[..]);
        assert_eq!(&region.as_slice()[STEP..], b"and end");
    }

    #[test]
    fn a_write_is_seen_by_no_other_region_and_not_by_the_file() {
        let (file, bytes) = file_of(STEP);
        let mut written = Region::map(file.as_file(), 0, STEP, 0).unwrap();
        let other = Region::map(file.as_file(), 0, STEP, 0).unwrap();

        written.as_mut_slice().fill(9);

        assert_eq!(other.as_slice(), &bytes[..]);
        assert_eq!(std::fs::read(file.path()).unwrap(), bytes);
    }

    #[test]
    fn parts_of_length_zero_are_left_out() {
        let (file, bytes) = file_of(STEP);

        let tail_alone = Region::map(file.as_file(), 0, 0, 5).unwrap();
        let nothing = Region::map(file.as_file(), 0, 0, 0).unwrap();
        let no_tail = Region::map(file.as_file(), 0, STEP, 0).unwrap();

        assert_eq!(tail_alone.as_slice(), &[0; 5]);
        assert!(nothing.is_empty() && nothing.as_slice().is_empty());
        assert_eq!(no_tail.as_slice(), &bytes[..]);
    }

    #[test]
    fn a_stretch_that_is_not_whole_pages_is_refused() {
        let (file, _) = file_of(2 * STEP);
        let kind = |offset, len| Region::map(file.as_file(), offset, len, 0).unwrap_err().kind();

        assert_eq!(kind(1, STEP), ErrorKind::InvalidInput);
        assert_eq!(kind(0, STEP - 1), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_stretch_beyond_the_file_is_refused() {
        let (file, _) = file_of(STEP);
        let kind = |offset, len| Region::map(file.as_file(), offset, len, 0).unwrap_err().kind();

        assert_eq!(kind(0, 2 * STEP), ErrorKind::UnexpectedEof);
        assert_eq!(kind(STEP as u64, STEP), ErrorKind::UnexpectedEof);
        assert_eq!(kind(u64::MAX - STEP as u64 + 1, STEP), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_length_beyond_memory_is_refused() {
        let (file, _) = file_of(STEP);

        assert_eq!(
            Region::map(file.as_file(), 0, STEP, usize::MAX).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }

    #[test]
    fn a_region_outlives_the_file() {
        let (file, bytes) = file_of(STEP);
        let region = Region::map(&File::open(file.path()).unwrap(), 0, STEP, 0).unwrap();

        file.close().unwrap();

        assert_eq!(region.as_slice(), &bytes[..]);
    }
}
