//! The file that export writes and import reads, to the byte as docs/bundle.md has it.
//!
//! A head, then the records, then the blobs they name, then a digest over all
//! of it. Names in it are names of results: nothing here makes a path of them.

mod file;
mod reader;
mod record;
mod writer;

pub(crate) use reader::{BundleReader, Entry};
pub(crate) use writer::BundleWriter;

/// What a bundle begins with: no text file does, and a transfer that "corrects" line ends breaks it.
const MAGIC: [u8; 8] = *b"\x89SRB\r\n\x1a\n";
/// The version of the layout that is written, and the newest that is read.
const VERSION: u32 = 1;
/// Magic, version and owner.
const HEAD_LEN: usize = 8 + 4 + 16;
/// The longest record: far above what one of the longest manifest takes.
const RECORD_LEN: u64 = 16 << 20;

/// What an item is; it stands before the item's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The digest over all bytes before it; nothing follows.
    End = 0,
    /// A version's record and root.
    Record = 1,
    /// A full 64 KiB chunk of a fixed-width buffer.
    FullChunk = 2,
    /// Any other blob.
    Blob = 3,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::End, Self::Record, Self::FullChunk, Self::Blob].into_iter().find(|kind| *kind as u8 == byte)
    }
}
