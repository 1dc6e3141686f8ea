//! JSON of the database's functions, read with one error for whatever isn't as it should be.

use serde_json::Value;

use super::Failure;
use super::error::unexpected;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Json(Value);

impl Json {
    pub(super) fn parse(text: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(text).map(Self).map_err(|_| unexpected("no JSON"))
    }

    /// A field that is there; null when it isn't.
    pub(super) fn take(&mut self, name: &str) -> Self {
        Self(self.0.get_mut(name).map(Value::take).unwrap_or_default())
    }

    pub(super) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    pub(super) fn items(self) -> Result<Vec<Self>, Failure> {
        match self.0 {
            Value::Array(items) => Ok(items.into_iter().map(Self).collect()),
            _ => Err(unexpected("no list")),
        }
    }

    pub(super) fn text(self) -> Result<String, Failure> {
        match self.0 {
            Value::String(text) => Ok(text),
            _ => Err(unexpected("no text")),
        }
    }

    pub(super) fn number<T: TryFrom<i64>>(&self) -> Result<T, Failure> {
        self.0.as_i64().and_then(|number| T::try_from(number).ok()).ok_or_else(|| unexpected("no number"))
    }

    pub(super) fn float(&self) -> Result<f64, Failure> {
        self.0.as_f64().ok_or_else(|| unexpected("no number"))
    }

    pub(super) fn flag(&self) -> Result<bool, Failure> {
        self.0.as_bool().ok_or_else(|| unexpected("no true or false"))
    }

    pub(super) fn hex(self) -> Result<Vec<u8>, Failure> {
        unhex(&self.text()?).ok_or_else(|| unexpected("no hexadecimal"))
    }

    pub(super) fn fixed_hex<const N: usize>(self) -> Result<[u8; N], Failure> {
        self.hex()?.try_into().map_err(|_| unexpected("bytes of another length"))
    }

    /// None for null.
    pub(super) fn option<T>(
        self,
        read: impl FnOnce(Self) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        if self.is_null() { Ok(None) } else { read(self).map(Some) }
    }
}

/// Bytes as PostgreSQL writes and reads them: hexadecimal behind `\x`.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("\\x");
    for byte in bytes {
        text.extend([byte >> 4, byte & 15].map(|half| char::from(DIGITS[usize::from(half)])));
    }
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.strip_prefix("\\x")?.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8; 2]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}
