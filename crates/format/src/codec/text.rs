//! str, bytes, bytearray, paths.

use super::expect_fields;
use crate::limits::LEAF_LEN;
use crate::node::tag;
use crate::{FormatError, Layout, Node, PathFlavour, Reader, Source, Text, Writer, cbor};

impl Writer {
    /// A str; where it stands as a dict's key or a field's name, in full the first time and by number
    /// after that.
    pub fn str(&mut self, text: &str) -> Result<(), FormatError> {
        if text.len() >= LEAF_LEN {
            return self.long_str(Box::new(text.as_bytes().to_vec()));
        }
        if self.wants_key() {
            return self.table_key(text);
        }
        self.begin_bare(tag::BARE_TEXT)?;
        cbor::put_text(&mut self.out, text);
        self.leaf_done()
    }

    /// A str of 4 KiB of UTF-8 and more, lent.
    pub fn long_str(&mut self, utf8: Box<dyn Source>) -> Result<(), FormatError> {
        if utf8.len() < LEAF_LEN as u64 {
            return Err(FormatError::Misuse("a short str given as a long one"));
        }
        self.begin(tag::LONG_STR, 1)?;
        self.content(utf8)?;
        self.leaf_done()
    }

    /// A str with lone surrogates, as Python's `surrogatepass` bytes.
    pub fn surrogate_str(&mut self, bytes: Box<dyn Source>) -> Result<(), FormatError> {
        self.begin(tag::SURROGATE_STR, 1)?;
        self.content(bytes)?;
        self.leaf_done()
    }

    /// bytes.
    pub fn bytes(&mut self, bytes: Box<dyn Source>) -> Result<(), FormatError> {
        if bytes.len() < LEAF_LEN as u64 {
            self.begin_bare(tag::BARE)?;
        } else {
            self.begin(tag::LONG_BYTES, 1)?;
        }
        self.content(bytes)?;
        self.leaf_done()
    }

    /// A bytearray.
    pub fn bytearray(&mut self, bytes: Box<dyn Source>) -> Result<(), FormatError> {
        self.begin(tag::BYTEARRAY, 1)?;
        self.content(bytes)?;
        self.leaf_done()
    }

    /// A path; its str follows.
    pub fn path(&mut self, flavour: PathFlavour) -> Result<(), FormatError> {
        self.begin(tag::PATH, 1)?;
        cbor::put_uint(&mut self.out, flavour as u64);
        self.head_done(1)
    }
}

const FLAVOURS: [PathFlavour; 4] =
    [PathFlavour::PurePosix, PathFlavour::PureWindows, PathFlavour::Posix, PathFlavour::Windows];

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    expect_fields(fields, 1)?;
    if tag == tag::PATH {
        let flavour = usize::try_from(reader.cursor.uint()?).ok().and_then(|n| FLAVOURS.get(n).copied());
        return flavour.map(Node::Path).ok_or(FormatError::Damaged("an unknown kind of path"));
    }
    let payload = reader.payload(Layout::Content)?;
    let is_short = reader.payload_len(payload) < LEAF_LEN as u64;
    match tag {
        tag::LONG_STR | tag::LONG_BYTES if is_short => {
            Err(FormatError::Damaged("a short text as a long one"))
        }
        tag::LONG_STR => Ok(Node::Str(Text::Long(payload))),
        tag::SURROGATE_STR => Ok(Node::Str(Text::Surrogates(payload))),
        tag::LONG_BYTES => Ok(Node::Bytes(payload)),
        _ => Ok(Node::ByteArray(payload)),
    }
}
