//! JSON as Python's `json` reads it, which is what the recipe read its rows with.
//!
//! That is more than JSON: `NaN`, `Infinity` and halves of surrogate pairs are taken, ints are of any size, and of
//! a key that comes twice the last value counts. What can't be told from it (which of several types wrote a list)
//! is not guessed.

use std::collections::HashMap;

use stillroom_format::{FormatError, LEAF_LEN, Limits, Writer};

/// How many digits Python takes an int to have.
const DIGITS_MAX: usize = 4_300;

/// A value.
pub(super) enum Json {
    Null,
    Bool(bool),
    /// Whether it is below zero, and its magnitude's bytes, big-endian.
    Int(bool, Vec<u8>),
    Float(f64),
    Text(Text),
    List(Vec<Self>),
    /// Pairs in their order, each key once.
    Dict(Vec<(Text, Self)>),
}

/// A text as Python's `surrogatepass` has it in UTF-8.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Text(Vec<u8>);

/// Why a text is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoJson {
    /// It is something else.
    Other,
    /// It is more than Python reads, or the format holds.
    TooMuch(&'static str),
}

impl Json {
    pub(super) fn parse(text: &str) -> Result<Self, NoJson> {
        let mut parser = Parser { bytes: text.as_bytes(), at: 0, depth: 0 };
        let value = parser.value()?;
        parser.skip_space();
        if parser.at == text.len() { Ok(value) } else { Err(NoJson::Other) }
    }

    /// A text that is what these bytes are.
    pub(super) fn text(utf8: &[u8]) -> Option<Self> {
        str::from_utf8(utf8).ok().map(|text| Self::Text(Text(text.into())))
    }

    /// Writes it as the Python value that it is read as.
    pub(super) fn write(&self, writer: &mut Writer) -> Result<(), FormatError> {
        match self {
            Self::Null => writer.none(),
            Self::Bool(value) => writer.bool(*value),
            Self::Int(is_negative, magnitude) => writer.big_int(*is_negative, magnitude),
            Self::Float(value) => writer.float(*value),
            Self::Text(text) => text.write(writer),
            Self::List(items) => {
                writer.list(items.len() as u64)?;
                items.iter().try_for_each(|item| item.write(writer))
            }
            Self::Dict(pairs) => {
                writer.dict(pairs.len() as u64)?;
                pairs.iter().try_for_each(|(key, value)| {
                    key.write(writer)?;
                    value.write(writer)
                })
            }
        }
    }
}

impl Text {
    /// The text, when it has no halves of surrogate pairs.
    pub(super) fn as_str(&self) -> Option<&str> {
        str::from_utf8(&self.0).ok()
    }

    fn write(&self, writer: &mut Writer) -> Result<(), FormatError> {
        match self.as_str() {
            Some(text) if text.len() < LEAF_LEN => writer.key(text),
            Some(_) => writer.long_str(Box::new(self.0.clone())),
            None => writer.surrogate_str(Box::new(self.0.clone())),
        }
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn value(&mut self) -> Result<Json, NoJson> {
        self.skip_space();
        match self.bytes.get(self.at) {
            Some(b'{') => self.nested(Self::dict),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => Ok(Json::Text(self.text()?)),
            Some(b'-' | b'0'..=b'9') if !self.rest().starts_with(b"-Infinity") => self.number(),
            _ => self.word(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, NoJson>) -> Result<Json, NoJson> {
        self.at += 1;
        self.depth += 1;
        if self.depth > Limits::default().depth {
            return Err(NoJson::TooMuch("nested deeper than a value may be"));
        }
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Json, NoJson> {
        let mut items = Vec::new();
        if self.next_is(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.next_is(b']') {
                return Ok(Json::List(items));
            }
            self.expect(b',')?;
        }
    }

    fn dict(&mut self) -> Result<Json, NoJson> {
        let mut pairs: Vec<(Text, Json)> = Vec::new();
        let mut places = HashMap::new();
        if self.next_is(b'}') {
            return Ok(Json::Dict(pairs));
        }
        loop {
            self.skip_space();
            let key = self.text()?;
            self.expect(b':')?;
            let value = self.value()?;
            match places.get(&key) {
                Some(place) => pairs[*place] = (key, value),
                None => {
                    places.insert(key.clone(), pairs.len());
                    pairs.push((key, value));
                }
            }
            if self.next_is(b'}') {
                return Ok(Json::Dict(pairs));
            }
            self.expect(b',')?;
        }
    }

    fn text(&mut self) -> Result<Text, NoJson> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(NoJson::Other);
        }
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let plain =
                self.rest().iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count();
            text.extend_from_slice(&self.rest()[..plain]);
            self.at += plain + 1;
            match self.bytes.get(self.at - 1) {
                Some(b'"') => return Ok(Text(text)),
                Some(b'\\') => self.escape(&mut text)?,
                _ => return Err(NoJson::Other),
            }
        }
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), NoJson> {
        let escape = self.bytes.get(self.at).ok_or(NoJson::Other)?;
        self.at += 1;
        text.push(match escape {
            b'"' | b'\\' | b'/' => *escape,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let unit = self.unit()?;
                push(text, self.pair(unit).unwrap_or(unit));
                return Ok(());
            }
            _ => return Err(NoJson::Other),
        });
        Ok(())
    }

    /// What a first half and a second that follows it are together.
    fn pair(&mut self, first: u32) -> Option<u32> {
        if !(0xd800..0xdc00).contains(&first) || !self.rest().starts_with(b"\\u") {
            return None;
        }
        let before = self.at;
        self.at += 2;
        match self.unit() {
            Ok(second @ 0xdc00..=0xdfff) => Some(0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00))),
            _ => {
                self.at = before;
                None
            }
        }
    }

    fn unit(&mut self) -> Result<u32, NoJson> {
        let digits = self.rest().get(..4).ok_or(NoJson::Other)?;
        let digit = |unit: u32, digit: &u8| Some(unit << 4 | char::from(*digit).to_digit(16)?);
        let unit = digits.iter().try_fold(0, digit).ok_or(NoJson::Other)?;
        self.at += 4;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Json, NoJson> {
        let start = self.at;
        let is_negative = self.bytes[self.at] == b'-';
        self.at += usize::from(is_negative);
        let digits = self.digits();
        if digits == 0 || digits > 1 && self.bytes[self.at - digits] == b'0' {
            return Err(NoJson::Other);
        }
        let whole = self.at;
        if self.rest().first() == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(NoJson::Other);
            }
        }
        if let Some(b'e' | b'E') = self.rest().first() {
            self.at += 1;
            self.at += usize::from(matches!(self.rest().first(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(NoJson::Other);
            }
        }
        let text = &self.bytes[start..self.at];
        if self.at > whole {
            let float = str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            return float.map(Json::Float).ok_or(NoJson::Other);
        }
        if digits > DIGITS_MAX {
            return Err(NoJson::TooMuch("an int of more digits than Python reads"));
        }
        Ok(Json::Int(is_negative, magnitude(&self.bytes[whole - digits..whole])))
    }

    /// Goes past digits; how many those are.
    fn digits(&mut self) -> usize {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn word(&mut self) -> Result<Json, NoJson> {
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            ("NaN", Json::Float(f64::NAN)),
            ("Infinity", Json::Float(f64::INFINITY)),
            ("-Infinity", Json::Float(f64::NEG_INFINITY)),
        ];
        let found = words.into_iter().find(|(word, _)| self.rest().starts_with(word.as_bytes()));
        let (word, value) = found.ok_or(NoJson::Other)?;
        self.at += word.len();
        Ok(value)
    }

    /// Goes past spaces, and past `byte` when it follows them.
    fn next_is(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_next = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), NoJson> {
        if self.next_is(byte) { Ok(()) } else { Err(NoJson::Other) }
    }

    fn skip_space(&mut self) {
        self.at += self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

/// Appends a code point, a half of a pair too.
fn push(text: &mut Vec<u8>, point: u32) {
    match char::from_u32(point) {
        Some(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let tail = |shift: u32| 0x80 | (point >> shift & 0x3f) as u8;
            text.extend([0xe0 | (point >> 12) as u8, tail(6), tail(0)]);
        }
    }
}

/// An int's bytes, big-endian, from its digits.
fn magnitude(digits: &[u8]) -> Vec<u8> {
    let mut limbs: Vec<u32> = Vec::new();
    for digit in digits {
        let mut carry = u64::from(digit - b'0');
        for limb in &mut limbs {
            let product = u64::from(*limb) * 10 + carry;
            *limb = product as u32;
            carry = product >> 32;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}
