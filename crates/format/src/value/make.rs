//! Values made by hand: for tests, and for whoever has no Python at hand.

use super::Value;
use super::held::Held;
use crate::{FormatError, Integer, Limits, Node, Payload, Text, Writer};

impl Value {
    fn leaf(node: Node<'static>) -> Self {
        Self { held: Held::Plain(node), children: Vec::new() }
    }

    /// None.
    pub fn none() -> Self {
        Self::leaf(Node::None)
    }

    /// A bool.
    pub fn bool(value: bool) -> Self {
        Self::leaf(Node::Bool(value))
    }

    /// An int.
    pub fn int(value: i64) -> Self {
        Self::leaf(Node::Int(Integer::Small(value)))
    }

    /// An int of any size: whether it is below zero, and its magnitude's bytes, big-endian.
    pub fn big_int(is_negative: bool, magnitude: &[u8]) -> Self {
        let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
        let magnitude = &magnitude[zeros..];
        let fold = || magnitude.iter().fold(0i128, |value, byte| value << 8 | i128::from(*byte));
        // CBOR has the ints from -2^64 to 2^64 - 1, and a reader gives them by what they fit into.
        let value = if magnitude.len() <= 9 { fold() } else { i128::MAX };
        let value = if is_negative { -value } else { value };
        let node = match (i64::try_from(value), u64::try_from(value), u64::try_from(-1 - value)) {
            (Ok(value), ..) => Integer::Small(value),
            (_, Ok(value), _) => Integer::Unsigned(value),
            (.., Ok(argument)) => Integer::Negative(argument),
            _ => {
                let magnitude = magnitude.to_vec().into();
                return Self {
                    held: Held::BigInt { negative: is_negative, magnitude },
                    children: Vec::new(),
                };
            }
        };
        Self::leaf(Node::Int(node))
    }

    /// A float.
    pub fn float(value: f64) -> Self {
        Self::leaf(Node::Float(value))
    }

    /// A str.
    pub fn str(text: impl Into<String>) -> Self {
        Self { held: Held::Str(text.into()), children: Vec::new() }
    }

    /// bytes.
    pub fn bytes(bytes: impl Into<bytes::Bytes>) -> Self {
        Self { held: Held::Bytes(bytes.into()), children: Vec::new() }
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self { held: Held::Plain(Node::List(items.len() as u64)), children: items }
    }

    /// A tuple.
    pub fn tuple(items: Vec<Self>) -> Self {
        Self { held: Held::Plain(Node::Tuple(items.len() as u64)), children: items }
    }

    /// A dict of pairs in their order.
    pub fn dict(pairs: Vec<(Self, Self)>) -> Self {
        let held = Held::Plain(Node::Dict(pairs.len() as u64));
        Self { held, children: pairs.into_iter().flat_map(<[Self; 2]>::from).collect() }
    }

    /// A set of members in any order; they are put in the order of their bytes.
    ///
    /// # Errors
    /// As [`write`](Self::write), of a member.
    pub fn set(members: Vec<Self>) -> Result<Self, FormatError> {
        let members = in_order(members)?;
        Ok(Self { held: Held::Plain(Node::Set(members.len() as u64)), children: members })
    }

    /// A frozenset, likewise.
    ///
    /// # Errors
    /// As [`write`](Self::write), of a member.
    pub fn frozenset(members: Vec<Self>) -> Result<Self, FormatError> {
        let members = in_order(members)?;
        Ok(Self { held: Held::Plain(Node::FrozenSet(members.len() as u64)), children: members })
    }

    /// The int, when the value is one that counts something.
    pub(crate) fn as_count(&self) -> Option<u64> {
        match self.node() {
            Node::Int(Integer::Small(count)) => u64::try_from(count).ok(),
            _ => None,
        }
    }

    /// The text, when the value is a str without surrogates.
    pub fn as_str(&self) -> Option<&str> {
        match &self.held {
            Held::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A str's bytes: UTF-8, or with surrogates as `surrogatepass` gives them.
    pub fn str_bytes(&self) -> Option<&[u8]> {
        match self.node() {
            Node::Str(Text::Inline(text)) => Some(text.as_bytes()),
            Node::Str(Text::Surrogates(Payload::Inline(bytes))) => Some(bytes),
            _ => None,
        }
    }
}

fn in_order(members: Vec<Value>) -> Result<Vec<Value>, FormatError> {
    let encode = |member: Value| Ok((member_bytes(&member)?, member));
    let mut members = members.into_iter().map(encode).collect::<Result<Vec<_>, FormatError>>()?;
    members.sort_by(|(bytes, _), (other, _)| bytes.cmp(other));
    Ok(members.into_iter().map(|(_, member)| member).collect())
}

/// A member's bytes as they stand in a set.
fn member_bytes(member: &Value) -> Result<Vec<u8>, FormatError> {
    let mut writer = Writer::new(Limits::default());
    writer.set(1)?;
    let start = writer.out.len();
    member.write(&mut writer)?;
    Ok(writer.out.split_off(start))
}
