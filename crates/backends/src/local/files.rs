//! The file calls that durability hangs on, in one place, so that a test can watch their order.

use std::fs::File;
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::path::Path;

/// Writes, syncs, removals and commits of a store.
pub(super) trait Files: Send + Sync {
    /// Writes `parts` one after another from `offset` on.
    fn write(&self, file: &File, offset: u64, parts: &[&[u8]]) -> io::Result<()>;

    /// Makes what was written to a file, and its length, outlast a power cut.
    fn sync(&self, file: &File) -> io::Result<()>;

    /// Makes the names in a folder outlast a power cut.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Unlinks a file that no record needs; whoever has it open reads on.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Told after a commit of the catalog: the connection's `synchronous` (2 is FULL).
    fn committed(&self, synchronous: i64);
}

/// The operating system.
#[derive(Debug)]
pub(super) struct Disk;

impl Files for Disk {
    fn write(&self, mut file: &File, offset: u64, parts: &[&[u8]]) -> io::Result<()> {
        file.seek(SeekFrom::Start(offset))?;
        let mut slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let mut left = slices.as_mut_slice();
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            match file.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut left, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn committed(&self, _: i64) {}
}
