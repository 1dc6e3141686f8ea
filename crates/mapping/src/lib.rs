//! Private writable maps of stretches of files: the only unsafe code of the core.
//!
//! A [`Region`] is one contiguous stretch of memory. Parts of it are mapped
//! copy-on-write from files, so that many processes that load the same value
//! share one copy in the page cache and a write by one is seen by none; the
//! rest is memory of its own, filled by the caller. What the bytes mean is
//! nobody's business here.

#![deny(unsafe_code)]

use std::fs::File;

#[cfg(unix)]
pub use unix::Region;

#[cfg(not(unix))]
pub use elsewhere::Region;

/// How many maps a process may have. Linux gives it 65,530 of all kinds, and other libraries want theirs.
pub const MAX_MAPS: usize = 16 * 1024;

/// A stretch of a file, and where a region shows it.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// The file, opened for reading.
    pub file: &'a File,
    /// Where in the file it begins.
    pub offset: u64,
    /// Where in the region it begins.
    pub at: usize,
    /// Length in bytes.
    pub len: usize,
}

#[cfg(unix)]
#[expect(unsafe_code, reason = "memory maps have no safe interface; this module is the one that has them")]
mod unix {
    use std::ffi::c_void;
    use std::io;
    use std::mem;
    use std::ops::Range;
    use std::ptr::{self, NonNull};
    use std::slice;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};
    use rustix::param::page_size;

    use super::{MAX_MAPS, Stretch};

    /// The maps of this process's regions. A forked child has its parent's maps, and goes on from its count.
    static MAPS: AtomicUsize = AtomicUsize::new(0);

    /// Memory of which parts may be mapped from files; plain writable memory to its user.
    ///
    /// A mapped part shows the file as it was only while nobody edits the file: the caller maps
    /// files that are never written to in place and never truncated. A program that truncates one
    /// all the same makes the reader of the lost pages end with SIGBUS.
    #[derive(Debug)]
    pub struct Region {
        /// Dangling when `reserved` is 0, else the start of `reserved` bytes of maps.
        start: NonNull<u8>,
        len: usize,
        /// `len` in whole pages.
        reserved: usize,
        /// After the maps themselves, which go in `drop`.
        _share: Share,
    }

    impl Region {
        /// Maps `len` bytes: what the files hold where there is a stretch, zero elsewhere.
        ///
        /// The stretches stand in the order of `at` and don't overlap; `offset`, `at` and `len` of each
        /// are multiples of the page size.
        ///
        /// # Errors
        /// `InvalidInput` when they are not, `UnexpectedEof` when a file is shorter, `QuotaExceeded` when
        /// the process would have more than [`MAX_MAPS`], else the operating system's, when it can't map.
        pub fn map(len: usize, stretches: &[Stretch<'_>]) -> io::Result<Self> {
            stretches.iter().try_for_each(check_stretch)?;
            let reserved = reserved(len)?;
            let share = Share::take(&MAPS, map_count(reserved, stretches)?, MAX_MAPS)?;
            let region = Self::reserve(len, reserved, share)?;
            for stretch in stretches.iter().filter(|stretch| stretch.len > 0) {
                if let Err(error) = region.show(stretch) {
                    region.abandon(stretch.at..stretch.at + stretch.len);
                    return Err(error);
                }
            }
            Ok(region)
        }

        /// Zeroed memory, in whole pages.
        fn reserve(len: usize, reserved: usize, share: Share) -> io::Result<Self> {
            if reserved == 0 {
                return Ok(Self { start: NonNull::dangling(), len, reserved, _share: share });
            }
            let protection = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
            // SAFETY: without MAP_FIXED the kernel picks addresses that nothing uses.
            let start = unsafe { mmap_anonymous(ptr::null_mut(), reserved, protection, flags) }?;
            let start =
                NonNull::new(start.cast::<u8>()).expect("the kernel maps nothing at address 0 unasked");
            Ok(Self { start, len, reserved, _share: share })
        }

        /// Maps a stretch of a file, one that `map_count` found to lie in the region, over what is there.
        fn show(&self, stretch: &Stretch<'_>) -> io::Result<()> {
            let Stretch { file, offset, at, len } = *stretch;
            let protection = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
            // SAFETY: `at + len` is at most `reserved`, so MAP_FIXED replaces pages of a map that this
            // region owns alone; it is new, and nobody has a pointer to them. Should it fail, the caller
            // lets go of the stretch.
            unsafe { mmap(self.address(at), len, protection, flags, file, offset) }?;
            Ok(())
        }

        /// Unmaps all but `lost`, a stretch whose map failed: the kernel may have unmapped what was there
        /// first, and another thread may have a map of its own there by now.
        fn abandon(mut self, lost: Range<usize>) {
            let reserved = mem::replace(&mut self.reserved, 0);
            for part in [0..lost.start, lost.end..reserved] {
                if !part.is_empty() {
                    // SAFETY: `part` lies in the maps that this region made and owns alone, nobody has a
                    // pointer to it, and with `reserved` 0 it is not unmapped again. What the kernel
                    // can't unmap, having no map left to split, stays reserved for good.
                    let _ = unsafe { munmap(self.address(part.start), part.len()) };
                }
            }
        }

        fn address(&self, at: usize) -> *mut c_void {
            self.start.as_ptr().wrapping_add(at).cast()
        }

        /// The bytes.
        pub fn as_slice(&self) -> &[u8] {
            // SAFETY: `start` is dangling with `len` 0, or starts readable maps of at least `len` bytes
            // that live until the region is dropped; all writes go through `&mut self` or by the owner
            // of a pointer from `as_ptr`, who answers for them.
            unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
        }

        /// The bytes, to fill what is not mapped before the region is handed on.
        pub fn as_mut_slice(&mut self) -> &mut [u8] {
            // SAFETY: as in `as_slice`; the maps are writable, private to this process, and borrowed
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
                // SAFETY: these are the pages that `reserve` mapped and `show` mapped over, all the region's
                // own, and nobody can hold a slice of them any more: slices borrow the region.
                let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.reserved) };
                debug_assert!(unmapped.is_ok(), "maps of our own can be unmapped");
            }
        }
    }

    // SAFETY: the region owns its memory alone, and nothing in it is bound to a thread.
    unsafe impl Send for Region {}
    // SAFETY: through a shared reference the memory is only read.
    unsafe impl Sync for Region {}

    /// The kernel would round the length up and hand out pages beyond the end that kill who reads them.
    fn check_stretch(stretch: &Stretch<'_>) -> io::Result<()> {
        let page = page_size();
        let Stretch { file, offset, at, len } = *stretch;
        if !len.is_multiple_of(page) || !at.is_multiple_of(page) || !offset.is_multiple_of(page as u64) {
            return Err(invalid("not a whole number of pages"));
        }
        let end = offset.checked_add(len as u64);
        let file_len = file.metadata()?.len();
        if len > 0 && end.is_none_or(|end| end > file_len) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than the stretch"));
        }
        Ok(())
    }

    /// `len` in whole pages.
    fn reserved(len: usize) -> io::Result<usize> {
        let reserved = len.checked_next_multiple_of(page_size());
        let reserved = reserved.filter(|reserved| isize::try_from(*reserved).is_ok());
        reserved.ok_or_else(|| invalid("longer than memory can be"))
    }

    /// How many maps a region becomes: its stretches, and what lies between and after them.
    fn map_count(reserved: usize, stretches: &[Stretch<'_>]) -> io::Result<usize> {
        let (mut count, mut end) = (0, 0);
        for Stretch { at, len, .. } in stretches.iter().filter(|stretch| stretch.len > 0) {
            if *at < end {
                return Err(invalid("stretches that overlap or are out of order"));
            }
            count += if *at > end { 2 } else { 1 };
            let within = at.checked_add(*len).filter(|end| *end <= reserved);
            end = within.ok_or_else(|| invalid("a stretch that ends beyond the region"))?;
        }
        Ok(if end < reserved { count + 1 } else { count })
    }

    fn invalid(message: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidInput, message)
    }

    /// A share of the maps a process may have, given back when dropped.
    #[derive(Debug)]
    pub(super) struct Share {
        count: usize,
        of: &'static AtomicUsize,
    }

    impl Share {
        pub(super) fn take(of: &'static AtomicUsize, count: usize, max: usize) -> io::Result<Self> {
            let taken = of.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                taken.checked_add(count).filter(|taken| *taken <= max)
            });
            match taken {
                Ok(_) => Ok(Self { count, of }),
                Err(_) => Err(io::Error::new(io::ErrorKind::QuotaExceeded, "the process has its maps")),
            }
        }
    }

    impl Drop for Share {
        fn drop(&mut self) {
            self.of.fetch_sub(self.count, Ordering::Relaxed);
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    use super::Stretch;

    /// Never made here: where there are no such maps, callers read.
    #[derive(Debug)]
    pub enum Region {}

    impl Region {
        /// Answers `Unsupported`.
        ///
        /// # Errors
        /// Always.
        pub fn map(_: usize, _: &[Stretch<'_>]) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        /// The bytes.
        pub fn as_slice(&self) -> &[u8] {
            match *self {}
        }

        /// The bytes, to fill what is not mapped before the region is handed on.
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
    use std::fs::{File, OpenOptions};
    use std::io::{ErrorKind, Write};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::unix::Share;
    use super::{Region, Stretch};

    /// A multiple of every page size in use.
    const STEP: usize = 64 * 1024;

    fn file_of(len: usize) -> (tempfile::NamedTempFile, Vec<u8>) {
        let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        (file, bytes)
    }

    /// `steps` of `file` from step `from` on, shown from step `at` on.
    fn stretch(file: &File, from: usize, at: usize, steps: usize) -> Stretch<'_> {
        Stretch { file, offset: (from * STEP) as u64, at: at * STEP, len: steps * STEP }
    }

    #[test]
    fn a_region_shows_the_stretch_of_the_file() {
        let (file, bytes) = file_of(4 * STEP + 100);

        let region = Region::map(2 * STEP, &[stretch(file.as_file(), 1, 0, 2)]).unwrap();

        assert_eq!(region.len(), 2 * STEP);
        assert_eq!(region.as_slice(), &bytes[STEP..3 * STEP]);
        assert_eq!(region.as_ptr().cast_const(), region.as_slice().as_ptr());
    }

    #[test]
    fn stretches_of_several_files_follow_one_another() {
        let (one, of_one) = file_of(4 * STEP);
        let (mut two, _) = file_of(0);
        let of_two: Vec<u8> = (0..2 * STEP).map(|at| (at % 13) as u8).collect();
        two.write_all(&of_two).unwrap();
        let (one, two) = (one.as_file(), two.as_file());

        let stretches = [stretch(one, 3, 0, 1), stretch(two, 0, 1, 2), stretch(one, 0, 3, 2)];
        let region = Region::map(5 * STEP, &stretches).unwrap();

        assert_eq!(region.as_slice(), [&of_one[3 * STEP..], &of_two, &of_one[..2 * STEP]].concat());
    }

    #[test]
    fn what_is_not_mapped_is_zeroed_and_can_be_filled() {
        let (file, bytes) = file_of(2 * STEP);
        let stretches = [stretch(file.as_file(), 0, 1, 1), stretch(file.as_file(), 1, 3, 1)];
        let mut region = Region::map(4 * STEP + 7, &stretches).unwrap();
        let unmapped = [0..STEP, 2 * STEP..3 * STEP, 4 * STEP..4 * STEP + 7];
        for range in unmapped.clone() {
            assert!(region.as_slice()[range].iter().all(|byte| *byte == 0));
        }

        unmapped.into_iter().for_each(|range| region.as_mut_slice()[range].fill(7));

        let (first, second) = (&bytes[..STEP], &bytes[STEP..]);
        let sevens = [7; STEP];
        assert_eq!(region.as_slice(), [&sevens, first, &sevens, second, &sevens[..7]].concat());
    }

    #[test]
    fn a_write_is_seen_by_no_other_region_and_not_by_the_file() {
        let (file, bytes) = file_of(2 * STEP);
        let stretches = [stretch(file.as_file(), 1, 0, 1), stretch(file.as_file(), 0, 1, 1)];
        let mut written = Region::map(2 * STEP, &stretches).unwrap();
        let other = Region::map(2 * STEP, &[stretch(file.as_file(), 0, 0, 2)]).unwrap();

        written.as_mut_slice().fill(9);

        assert_eq!(other.as_slice(), &bytes[..]);
        assert_eq!(std::fs::read(file.path()).unwrap(), bytes);
    }

    #[test]
    fn stretches_and_regions_of_length_zero_are_nothing() {
        let (file, bytes) = file_of(STEP);

        let nothing = Region::map(0, &[]).unwrap();
        let unmapped = Region::map(5, &[stretch(file.as_file(), 0, 0, 0)]).unwrap();
        let mapped =
            Region::map(STEP, &[stretch(file.as_file(), 0, 0, 1), stretch(file.as_file(), 9, 0, 0)]).unwrap();

        assert!(nothing.is_empty() && nothing.as_slice().is_empty());
        assert_eq!(unmapped.as_slice(), &[0; 5]);
        assert_eq!(mapped.as_slice(), &bytes[..]);
    }

    #[test]
    fn what_can_t_be_mapped_is_refused() {
        let (file, _) = file_of(2 * STEP);
        let file = file.as_file();
        let whole = stretch(file, 0, 0, 1);
        let after = |at| Stretch { at, ..whole };
        let cases: [(&str, usize, &[Stretch<'_>], ErrorKind); 9] = [
            ("offset within a page", STEP, &[Stretch { offset: 1, ..whole }], ErrorKind::InvalidInput),
            ("length within a page", STEP, &[Stretch { len: STEP - 1, ..whole }], ErrorKind::InvalidInput),
            ("place within a page", 2 * STEP, &[after(1)], ErrorKind::InvalidInput),
            ("beyond the region", STEP, &[after(STEP)], ErrorKind::InvalidInput),
            ("beyond memory", STEP, &[after(usize::MAX - STEP + 1)], ErrorKind::InvalidInput),
            ("overlapping", 2 * STEP, &[whole, whole], ErrorKind::InvalidInput),
            ("out of order", 2 * STEP, &[after(STEP), whole], ErrorKind::InvalidInput),
            ("beyond the file", 2 * STEP, &[stretch(file, 1, 0, 2)], ErrorKind::UnexpectedEof),
            (
                "beyond every file",
                STEP,
                &[Stretch { offset: u64::MAX - STEP as u64 + 1, ..whole }],
                ErrorKind::UnexpectedEof,
            ),
        ];

        for (what, len, stretches, expected) in cases {
            assert_eq!(Region::map(len, stretches).unwrap_err().kind(), expected, "{what}");
        }
        for len in [usize::MAX, isize::MAX as usize] {
            assert_eq!(Region::map(len, &[]).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn a_map_that_the_kernel_refuses_leaves_the_others_alone() {
        let (file, bytes) = file_of(3 * STEP);
        let kept = Region::map(3 * STEP, &[stretch(file.as_file(), 0, 0, 3)]).unwrap();
        let unreadable = OpenOptions::new().write(true).open(file.path()).unwrap();
        let stretches = [
            stretch(file.as_file(), 0, 0, 1),
            stretch(&unreadable, 1, 1, 1),
            stretch(file.as_file(), 2, 2, 1),
        ];

        let error = Region::map(3 * STEP, &stretches).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(kept.as_slice(), &bytes[..]);
    }

    #[test]
    fn a_share_of_maps_is_had_up_to_the_limit_and_given_back() {
        static TAKEN: AtomicUsize = AtomicUsize::new(0);
        let share = |count| Share::take(&TAKEN, count, 10);
        let first = share(6).unwrap();
        let second = share(4).unwrap();
        assert_eq!(share(1).unwrap_err().kind(), ErrorKind::QuotaExceeded);
        assert!(share(0).is_ok());

        drop(first);

        assert_eq!(share(7).unwrap_err().kind(), ErrorKind::QuotaExceeded);
        let third = share(6).unwrap();
        drop((second, third));
        assert_eq!(TAKEN.load(Ordering::Relaxed), 0);
        assert_eq!(share(usize::MAX).unwrap_err().kind(), ErrorKind::QuotaExceeded);
    }

    #[test]
    fn a_region_outlives_the_file() {
        let (file, bytes) = file_of(STEP);
        let opened = File::open(file.path()).unwrap();
        let region = Region::map(STEP, &[stretch(&opened, 0, 0, 1)]).unwrap();

        file.close().unwrap();
        drop(opened);

        assert_eq!(region.as_slice(), &bytes[..]);
    }
}
