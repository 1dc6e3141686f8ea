//! None, bool, int, float, complex, Decimal, Fraction, UUID, Ellipsis.

use super::expect_fields;
use crate::cbor::{self, Item};
use crate::node::tag;
use crate::{FormatError, Integer, Layout, Node, Payload, Reader, Writer};

impl Writer {
    /// None.
    pub fn none(&mut self) -> Result<(), FormatError> {
        self.begin_bare(tag::BARE_NONE)?;
        cbor::put_null(&mut self.out);
        self.leaf_done()
    }

    /// A bool.
    pub fn bool(&mut self, value: bool) -> Result<(), FormatError> {
        self.begin_bare(tag::BARE)?;
        cbor::put_bool(&mut self.out, value);
        self.leaf_done()
    }

    /// An int within 64 signed bits.
    pub fn int(&mut self, value: i64) -> Result<(), FormatError> {
        self.begin_bare(tag::BARE_INT)?;
        cbor::put_int(&mut self.out, value);
        self.leaf_done()
    }

    /// An int of any size: whether it is below zero, and its magnitude's bytes, big-endian.
    pub fn big_int(&mut self, is_negative: bool, magnitude: &[u8]) -> Result<(), FormatError> {
        let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
        let magnitude = &magnitude[zeros..];
        if is_short(is_negative, magnitude) {
            let value = magnitude.iter().fold(0u128, |value, byte| value << 8 | u128::from(*byte));
            let value = if is_negative && value > 0 { value - 1 } else { value };
            let argument = u64::try_from(value).expect("a short int's argument has 64 bits");
            self.begin_bare(tag::BARE_INT)?;
            match is_negative && !magnitude.is_empty() {
                true => cbor::put_negative(&mut self.out, argument),
                false => cbor::put_uint(&mut self.out, argument),
            }
            return self.leaf_done();
        }
        self.begin(tag::BIG_INT, 2)?;
        cbor::put_bool(&mut self.out, is_negative);
        self.content(Box::new(magnitude.to_vec()))?;
        self.leaf_done()
    }

    /// A float, by its 64 bits.
    pub fn float(&mut self, value: f64) -> Result<(), FormatError> {
        self.begin_bare(tag::BARE)?;
        cbor::put_float(&mut self.out, value);
        self.leaf_done()
    }

    /// A complex number, by the bits of both parts.
    pub fn complex(&mut self, real: f64, imaginary: f64) -> Result<(), FormatError> {
        self.begin(tag::COMPLEX, 2)?;
        cbor::put_float(&mut self.out, real);
        cbor::put_float(&mut self.out, imaginary);
        self.leaf_done()
    }

    /// A Decimal; its str, which is exact, follows.
    pub fn decimal(&mut self) -> Result<(), FormatError> {
        self.begin(tag::DECIMAL, 0)?;
        self.head_done(1)
    }

    /// A Fraction; its numerator and denominator follow.
    pub fn fraction(&mut self) -> Result<(), FormatError> {
        self.begin(tag::FRACTION, 0)?;
        self.head_done(2)
    }

    /// A UUID: its 16 bytes, and `is_safe.value` where it is known.
    pub fn uuid(&mut self, bytes: [u8; 16], safety: Option<i8>) -> Result<(), FormatError> {
        self.begin(tag::UUID, 2)?;
        cbor::put_bytes(&mut self.out, &bytes);
        match safety {
            Some(safety) => cbor::put_int(&mut self.out, i64::from(safety)),
            None => cbor::put_null(&mut self.out),
        }
        self.leaf_done()
    }

    /// `...`
    pub fn ellipsis(&mut self) -> Result<(), FormatError> {
        self.begin(tag::ELLIPSIS, 0)?;
        self.leaf_done()
    }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>, tag: u64, fields: u64) -> Result<Node<'a>, FormatError> {
    match tag {
        tag::BIG_INT => {
            expect_fields(fields, 2)?;
            read_big_int(reader)
        }
        tag::COMPLEX => {
            expect_fields(fields, 2)?;
            Ok(Node::Complex(reader.cursor.float()?, reader.cursor.float()?))
        }
        tag::UUID => {
            expect_fields(fields, 2)?;
            read_uuid(reader)
        }
        _ => {
            expect_fields(fields, 0)?;
            Ok(match tag {
                tag::DECIMAL => Node::Decimal,
                tag::FRACTION => Node::Fraction,
                _ => Node::Ellipsis,
            })
        }
    }
}

/// Whether CBOR has the int: -2^64 to 2^64 - 1. `magnitude` has no leading zeros.
fn is_short(is_negative: bool, magnitude: &[u8]) -> bool {
    magnitude.len() <= 8 || is_negative && *magnitude == [1, 0, 0, 0, 0, 0, 0, 0, 0]
}

fn read_big_int<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, FormatError> {
    let negative = reader.cursor.bool()?;
    let magnitude = reader.payload(Layout::Content)?;
    let is_longer_than_needed = match magnitude {
        Payload::Inline(bytes) => bytes.first() == Some(&0) || is_short(negative, bytes),
        Payload::Buffer(_) => false,
    };
    if is_longer_than_needed {
        return Err(FormatError::Damaged("an int longer than needed"));
    }
    Ok(Node::Int(Integer::Big { negative, magnitude }))
}

fn read_uuid<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, FormatError> {
    let bytes = reader.cursor.bytes()?.try_into().map_err(|_| FormatError::Damaged("a UUID is 16 bytes"))?;
    let before = reader.cursor.clone();
    if reader.cursor.item()? == Item::Null {
        return Ok(Node::Uuid(bytes, None));
    }
    reader.cursor = before;
    let safety = i8::try_from(reader.cursor.int()?).map_err(|_| FormatError::Damaged("a UUID's safety"))?;
    Ok(Node::Uuid(bytes, Some(safety)))
}
