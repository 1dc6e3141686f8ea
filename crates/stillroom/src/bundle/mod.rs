//! The file that export writes and import reads, to the byte as docs/bundle.md has it.
//!
//! A head, then the records, then the blobs they name, then a digest over all
//! of it. Names in it are names of results: nothing here makes a path of them.
//!
//! It grows in two ways: what a reader may pass over becomes an optional item
//! or a further pair of a record, and anything else a new version.

mod check;
mod file;
mod reader;
mod record;
mod temporary;
mod writer;

pub(crate) use check::check;
pub(crate) use reader::BundleReader;
pub(crate) use writer::BundleWriter;

/// What a bundle begins with: no text file does, and a transfer that "corrects" line ends breaks it.
const MAGIC: [u8; 8] = *b"\x89SRB\r\n\x1a\n";
/// The version of the layout that is written, and the newest that is read.
const VERSION: u32 = 1;
/// Magic, version and owner.
const HEAD_LEN: usize = 8 + 4 + 16;
/// The longest record: one of the longest manifest in blobs takes 2.5 MiB, and the texts beside it 0.2.
const RECORD_LEN: u64 = 4 << 20;
/// Items of a kind from here on are passed over by whoever doesn't know it.
const OPTIONAL_KIND: u8 = 128;

/// What an item is; it stands before the item's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// The digest over all bytes before it; nothing follows.
    End = 0,
    /// A version's record and root.
    Record = 1,
    /// A full 64 KiB chunk of a fixed-width buffer.
    FullChunk = 2,
    /// Any other blob.
    Blob = 3,
    /// What later releases may add and this one passes over.
    Optional = OPTIONAL_KIND,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::End),
            1 => Some(Self::Record),
            2 => Some(Self::FullChunk),
            3 => Some(Self::Blob),
            OPTIONAL_KIND.. => Some(Self::Optional),
            _ => None,
        }
    }
}
