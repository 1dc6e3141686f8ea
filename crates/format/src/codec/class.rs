//! Values of the app's own classes: dataclass, namedtuple, Enum; and opaque objects.
//!
//! Classes are names here, and nothing here looks one up.

use super::expect_fields;
use crate::cbor;
use crate::node::tag;
use crate::{ClassName, FormatError, Item, Layout, Node, OpaqueHead, Payload, Reader, Source, Writer};

impl Writer {
    /// A dataclass; `count` fields follow: name (by [`key`](Self::key)), value, …
    pub fn dataclass(&mut self, class: ClassName<'_>, count: u64) -> Result<(), FormatError> {
        self.fields(tag::DATACLASS, class, count)
    }

    /// A namedtuple; `count` fields follow: name, value, …
    pub fn named_tuple(&mut self, class: ClassName<'_>, count: u64) -> Result<(), FormatError> {
        self.fields(tag::NAMED_TUPLE, class, count)
    }

    fn fields(&mut self, tag: u64, class: ClassName<'_>, count: u64) -> Result<(), FormatError> {
        self.begin(tag, 3)?;
        self.put_class(class);
        cbor::put_uint(&mut self.out, count);
        let children = count.checked_mul(2).ok_or(FormatError::Misuse("more fields than can be counted"))?;
        self.head_done(children)
    }

    /// A member of an Enum by name; of a Flag, the names it is made of.
    pub fn enum_member(&mut self, class: ClassName<'_>, names: &[&str]) -> Result<(), FormatError> {
        self.begin(tag::ENUM, 3)?;
        self.put_class(class);
        cbor::put_array(&mut self.out, names.len() as u64);
        names.iter().for_each(|name| cbor::put_text(&mut self.out, name));
        self.leaf_done()
    }

    /// An opaque object: its pickle, the out-of-band buffers with whether each is read-only, and the
    /// versions of the libraries that made it.
    pub fn opaque(
        &mut self,
        class: ClassName<'_>,
        pickle: Box<dyn Source>,
        buffers: Vec<(Box<dyn Source>, bool)>,
        versions: &[(&str, &str)],
    ) -> Result<(), FormatError> {
        self.has_opaque = true;
        self.begin(tag::OPAQUE, 5)?;
        self.put_class(class);
        self.content(pickle)?;
        cbor::put_array(&mut self.out, buffers.len() as u64 * 2);
        for (source, is_readonly) in buffers {
            self.items(source, Item::UNKNOWN)?;
            cbor::put_bool(&mut self.out, is_readonly);
        }
        cbor::put_array(&mut self.out, versions.len() as u64 * 2);
        for (library, version) in versions {
            cbor::put_text(&mut self.out, library);
            cbor::put_text(&mut self.out, version);
        }
        self.leaf_done()
    }

    fn put_class(&mut self, class: ClassName<'_>) {
        cbor::put_text(&mut self.out, class.module);
        cbor::put_text(&mut self.out, class.qualname);
    }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    expect_fields(fields, if tag == tag::OPAQUE { 5 } else { 3 })?;
    let class = ClassName { module: reader.cursor.text()?, qualname: reader.cursor.text()? };
    Ok(match tag {
        tag::DATACLASS => Node::Dataclass(class, reader.cursor.uint()?),
        tag::NAMED_TUPLE => Node::NamedTuple(class, reader.cursor.uint()?),
        tag::ENUM => {
            let count = reader.cursor.array()?;
            let names = (0..count).map(|_| reader.cursor.text()).collect::<Result<_, _>>()?;
            Node::Enum(class, names)
        }
        _ => Node::Opaque(read_opaque(reader, class)?),
    })
}

fn read_opaque<'a>(reader: &mut Reader<'a>, class: ClassName<'a>) -> Result<OpaqueHead<'a>, FormatError> {
    let pickle = reader.payload(Layout::Content)?;
    let mut buffers: Vec<(Payload<'a>, bool)> = Vec::new();
    for _ in 0..read_pairs(reader)? {
        buffers.push((reader.payload(Layout::Fixed)?, reader.cursor.bool()?));
    }
    let mut versions = Vec::new();
    for _ in 0..read_pairs(reader)? {
        versions.push((reader.cursor.text()?, reader.cursor.text()?));
    }
    Ok(OpaqueHead { class, pickle, buffers, versions })
}

fn read_pairs(reader: &mut Reader<'_>) -> Result<u64, FormatError> {
    let items = reader.cursor.array()?;
    if items % 2 != 0 {
        return Err(FormatError::Damaged("expected pairs"));
    }
    Ok(items / 2)
}
