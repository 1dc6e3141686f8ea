//! The CBOR profile (RFC 8949): definite lengths, shortest heads, floats always 64 bits.
//!
//! Our own hundred lines rather than a general decoder: a general one takes
//! indefinite lengths, longer-than-needed heads and short floats, each of which
//! would give one value two encodings, and checks its bounds after the fact.

use crate::FormatError;

const UINT: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;
const FLOAT64: u8 = 0xfb;

fn put_head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    if argument < 24 {
        out.push(major | argument as u8);
    } else if let Ok(short) = u8::try_from(argument) {
        out.extend_from_slice(&[major | 24, short]);
    } else if let Ok(short) = u16::try_from(argument) {
        out.push(major | 25);
        out.extend_from_slice(&short.to_be_bytes());
    } else if let Ok(short) = u32::try_from(argument) {
        out.push(major | 26);
        out.extend_from_slice(&short.to_be_bytes());
    } else {
        out.push(major | 27);
        out.extend_from_slice(&argument.to_be_bytes());
    }
}

pub(crate) fn put_uint(out: &mut Vec<u8>, value: u64) {
    put_head(out, UINT, value);
}

pub(crate) fn put_int(out: &mut Vec<u8>, value: i64) {
    match u64::try_from(value) {
        Ok(value) => put_head(out, UINT, value),
        Err(_) => put_head(out, NEGATIVE, value.unsigned_abs() - 1),
    }
}

/// Writes `-1 - argument`, the form of every negative integer down to -2^64.
pub(crate) fn put_negative(out: &mut Vec<u8>, argument: u64) {
    put_head(out, NEGATIVE, argument);
}

pub(crate) fn put_bytes_head(out: &mut Vec<u8>, len: usize) {
    put_head(out, BYTES, len as u64);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_bytes_head(out, bytes.len());
    out.extend_from_slice(bytes);
}

pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_head(out, TEXT, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

pub(crate) fn put_array(out: &mut Vec<u8>, count: u64) {
    put_head(out, ARRAY, count);
}

pub(crate) fn put_float(out: &mut Vec<u8>, value: f64) {
    out.push(FLOAT64);
    out.extend_from_slice(&value.to_bits().to_be_bytes());
}

pub(crate) fn put_bool(out: &mut Vec<u8>, value: bool) {
    out.push(if value { TRUE } else { FALSE });
}

pub(crate) fn put_null(out: &mut Vec<u8>) {
    out.push(NULL);
}

pub(crate) fn put_optional_text(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => put_text(out, text),
        None => put_null(out),
    }
}

/// One CBOR item of our profile; an array is its count, and its items follow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Item<'a> {
    Uint(u64),
    Negative(u64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(u64),
    Bool(bool),
    Null,
    Float(f64),
}

/// Reads items from a slice and never past its end.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], FormatError> {
        let len = usize::try_from(len).ok().filter(|len| *len <= self.remaining());
        let len = len.ok_or(FormatError::Damaged("cut short"))?;
        let taken = &self.bytes[self.position..self.position + len];
        self.position += len;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, FormatError> {
        Ok(self.take(1)?[0])
    }

    /// The argument of a head, refused where a shorter head would have done.
    fn argument(&mut self, low: u8) -> Result<u64, FormatError> {
        let (argument, least) = match low {
            0..=23 => return Ok(u64::from(low)),
            24 => (u64::from(self.byte()?), 24),
            25 => (be(self.take(2)?), 1 << 8),
            26 => (be(self.take(4)?), 1 << 16),
            27 => (be(self.take(8)?), 1 << 32),
            _ => return Err(FormatError::Damaged("indefinite or reserved length")),
        };
        if argument < least {
            return Err(FormatError::Damaged("a head longer than needed"));
        }
        Ok(argument)
    }

    pub(crate) fn item(&mut self) -> Result<Item<'a>, FormatError> {
        let head = self.byte()?;
        match head {
            FALSE => return Ok(Item::Bool(false)),
            TRUE => return Ok(Item::Bool(true)),
            NULL => return Ok(Item::Null),
            FLOAT64 => return Ok(Item::Float(f64::from_bits(be(self.take(8)?)))),
            _ => {}
        }
        let argument = self.argument(head & 0x1f)?;
        match head >> 5 {
            UINT => Ok(Item::Uint(argument)),
            NEGATIVE => Ok(Item::Negative(argument)),
            BYTES => Ok(Item::Bytes(self.take(argument)?)),
            TEXT => std::str::from_utf8(self.take(argument)?)
                .map(Item::Text)
                .map_err(|_| FormatError::Damaged("text is not UTF-8")),
            ARRAY if argument <= self.remaining() as u64 => Ok(Item::Array(argument)),
            ARRAY => Err(FormatError::Damaged("more items than bytes")),
            _ => Err(FormatError::Damaged("an item outside the profile")),
        }
    }

    pub(crate) fn uint(&mut self) -> Result<u64, FormatError> {
        match self.item()? {
            Item::Uint(value) => Ok(value),
            _ => Err(FormatError::Damaged("expected an unsigned integer")),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, FormatError> {
        let out_of_range = FormatError::Damaged("integer out of range");
        match self.item()? {
            Item::Uint(value) => i64::try_from(value).map_err(|_| out_of_range),
            Item::Negative(value) => i64::try_from(value).map(|value| -1 - value).map_err(|_| out_of_range),
            _ => Err(FormatError::Damaged("expected an integer")),
        }
    }

    pub(crate) fn bool(&mut self) -> Result<bool, FormatError> {
        match self.item()? {
            Item::Bool(value) => Ok(value),
            _ => Err(FormatError::Damaged("expected a bool")),
        }
    }

    pub(crate) fn float(&mut self) -> Result<f64, FormatError> {
        match self.item()? {
            Item::Float(value) => Ok(value),
            _ => Err(FormatError::Damaged("expected a float")),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], FormatError> {
        match self.item()? {
            Item::Bytes(value) => Ok(value),
            _ => Err(FormatError::Damaged("expected bytes")),
        }
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, FormatError> {
        match self.item()? {
            Item::Text(value) => Ok(value),
            _ => Err(FormatError::Damaged("expected text")),
        }
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'a str>, FormatError> {
        match self.item()? {
            Item::Text(value) => Ok(Some(value)),
            Item::Null => Ok(None),
            _ => Err(FormatError::Damaged("expected text or null")),
        }
    }

    /// The count of an array; at least that many bytes remain.
    pub(crate) fn array(&mut self) -> Result<u64, FormatError> {
        match self.item()? {
            Item::Array(count) => Ok(count),
            _ => Err(FormatError::Damaged("expected an array")),
        }
    }
}

fn be(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
