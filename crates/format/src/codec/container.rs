//! list, tuple, set, frozenset, dict, OrderedDict, defaultdict, deque, range, slice.

use super::expect_fields;
use crate::cbor::{self, Item};
use crate::node::tag;
use crate::{FormatError, Node, Reader, Writer};

/// The built-ins a defaultdict may have as its factory.
pub(crate) const FACTORIES: [&str; 11] =
    ["list", "dict", "set", "int", "float", "str", "bool", "tuple", "bytes", "frozenset", "complex"];

impl Writer {
    /// A list; `count` items follow.
    pub fn list(&mut self, count: u64) -> Result<(), FormatError> {
        self.container(tag::LIST, count, count)
    }

    /// A tuple; `count` items follow.
    pub fn tuple(&mut self, count: u64) -> Result<(), FormatError> {
        self.container(tag::TUPLE, count, count)
    }

    /// A set; `count` members follow, in any order.
    pub fn set(&mut self, count: u64) -> Result<(), FormatError> {
        self.begin(tag::SET, 1)?;
        cbor::put_uint(&mut self.out, count);
        self.head_done(count)
    }

    /// A frozenset; `count` members follow, in any order.
    pub fn frozenset(&mut self, count: u64) -> Result<(), FormatError> {
        self.begin(tag::FROZENSET, 1)?;
        cbor::put_uint(&mut self.out, count);
        self.head_done(count)
    }

    /// A dict; `count` pairs follow: key, value, key, value, … A str key is written by [`key`](Self::key).
    pub fn dict(&mut self, count: u64) -> Result<(), FormatError> {
        self.container(tag::DICT, count, pairs(count)?)
    }

    /// An OrderedDict; `count` pairs follow.
    pub fn ordered_dict(&mut self, count: u64) -> Result<(), FormatError> {
        self.container(tag::ORDERED_DICT, count, pairs(count)?)
    }

    /// A defaultdict; `count` pairs follow.
    ///
    /// # Errors
    /// `Unsupported` when `factory` is no built-in that makes an empty value.
    pub fn default_dict(&mut self, factory: Option<&str>, count: u64) -> Result<(), FormatError> {
        if let Some(name) = factory.filter(|name| !FACTORIES.contains(name)) {
            return Err(FormatError::Unsupported(format!("default factory is not a built-in: `{name}`")));
        }
        self.begin(tag::DEFAULT_DICT, 2)?;
        cbor::put_optional_text(&mut self.out, factory);
        cbor::put_uint(&mut self.out, count);
        self.head_done(pairs(count)?)
    }

    /// A deque; `count` items follow.
    pub fn deque(&mut self, max_len: Option<u64>, count: u64) -> Result<(), FormatError> {
        if max_len.is_some_and(|max_len| count > max_len) {
            return Err(FormatError::Misuse("a deque longer than its maximum"));
        }
        self.begin(tag::DEQUE, 2)?;
        match max_len {
            Some(max_len) => cbor::put_uint(&mut self.out, max_len),
            None => cbor::put_null(&mut self.out),
        }
        cbor::put_uint(&mut self.out, count);
        self.head_done(count)
    }

    /// A range; its start, stop and step follow.
    pub fn range(&mut self) -> Result<(), FormatError> {
        self.begin(tag::RANGE, 0)?;
        self.head_done(3)
    }

    /// A slice; its start, stop and step follow.
    pub fn slice(&mut self) -> Result<(), FormatError> {
        self.begin(tag::SLICE, 0)?;
        self.head_done(3)
    }

    fn container(&mut self, tag: u64, count: u64, children: u64) -> Result<(), FormatError> {
        self.begin(tag, 1)?;
        cbor::put_uint(&mut self.out, count);
        self.head_done(children)
    }
}

fn pairs(count: u64) -> Result<u64, FormatError> {
    count.checked_mul(2).ok_or(FormatError::Misuse("more pairs than can be counted"))
}

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    let expected = match tag {
        tag::RANGE | tag::SLICE => 0,
        tag::DEFAULT_DICT | tag::DEQUE => 2,
        _ => 1,
    };
    expect_fields(fields, expected)?;
    Ok(match tag {
        tag::LIST => Node::List(reader.cursor.uint()?),
        tag::TUPLE => Node::Tuple(reader.cursor.uint()?),
        tag::SET => Node::Set(reader.cursor.uint()?),
        tag::FROZENSET => Node::FrozenSet(reader.cursor.uint()?),
        tag::DICT => Node::Dict(reader.cursor.uint()?),
        tag::ORDERED_DICT => Node::OrderedDict(reader.cursor.uint()?),
        tag::DEFAULT_DICT => read_default_dict(reader)?,
        tag::DEQUE => read_deque(reader)?,
        tag::RANGE => Node::Range,
        _ => Node::Slice,
    })
}

fn read_default_dict<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, FormatError> {
    let factory = reader.cursor.optional_text()?;
    if factory.is_some_and(|name| !FACTORIES.contains(&name)) {
        return Err(FormatError::Damaged("a default factory that is no built-in"));
    }
    Ok(Node::DefaultDict(factory, reader.cursor.uint()?))
}

fn read_deque<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, FormatError> {
    let max_len = match reader.cursor.item()? {
        Item::Null => None,
        Item::Uint(max_len) => Some(max_len),
        _ => return Err(FormatError::Damaged("a deque's maximum length")),
    };
    let count = reader.cursor.uint()?;
    if max_len.is_some_and(|max_len| count > max_len) {
        return Err(FormatError::Damaged("a deque longer than its maximum"));
    }
    Ok(Node::Deque(max_len, count))
}
