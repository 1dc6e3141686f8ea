//! A value that fits one cell: what sort of thing it is, and its text.

use std::borrow::Cow;

use stillroom::{Built, Dtype, Integer, Kind, Node, Payload, Text, Value, Zone};

/// Bytes of the longest int that is written: Python reads no number of more than 4,300 digits.
const INT_LEN: usize = 1785;

/// One cell's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'a> {
    /// None, NaT, NA.
    Missing,
    Bool(bool),
    /// Digits that give back the same number; `NaN`, `inf` and `-inf` too.
    Number(Cow<'a, str>),
    /// A str, or what is written as one: a time by ISO 8601, a Decimal, a UUID, a path.
    Text(Cow<'a, str>),
}

impl<'a> Scalar<'a> {
    /// The value as a scalar; none for what is not one, or can't be told from its text.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        Some(match value.node() {
            Node::None | Node::NaT | Node::Na => Self::Missing,
            Node::Bool(value) => Self::Bool(value),
            Node::Int(Integer::Big { negative, magnitude: Payload::Inline(bytes) }) => {
                Self::Number(decimal(negative, bytes)?.into())
            }
            Node::Int(_) => Self::Number(value.brief().into()),
            Node::Float(number) => Self::Number(number_text(number.is_nan(), value.brief())),
            Node::Str(Text::Inline(text)) => Self::Text(text.into()),
            Node::NumpyScalar(dtype, _) => Self::of_item(&dtype, value)?,
            Node::DateTime(time) if time.fold && has_region(value) => return None,
            Node::Timestamp(..) | Node::DateTime(_) | Node::Date(..) | Node::Time(_) => time(value),
            Node::TimeDelta(..) | Node::PandasTimedelta(..) => Self::Text(value.brief().into()),
            Node::Decimal | Node::Path(_) => match value.children().first()?.node() {
                Node::Str(Text::Inline(text)) => Self::Text(text.to_owned().into()),
                _ => return None,
            },
            Node::Uuid(..) => Self::Text(value.brief().into()),
            Node::Built { built, .. } => return Self::of_built(built, value),
            _ => return None,
        })
    }

    fn of_built(built: Built, value: &'a Value) -> Option<Self> {
        match built {
            Built::MaskedConstant => Some(Self::Missing),
            Built::Interval if !value.children().iter().all(|part| Self::of(part).is_some()) => None,
            Built::Period | Built::Interval | Built::Offset => Some(Self::Text(value.brief().into())),
            _ => None,
        }
    }

    fn of_item(dtype: &Dtype, value: &Value) -> Option<Self> {
        let text = value.brief();
        Some(match dtype.kind() {
            Kind::Bool => Self::Bool(text == "True"),
            Kind::Int | Kind::Uint => Self::Number(text.into()),
            Kind::Float => Self::Number(number_text(text == "nan", text)),
            Kind::Datetime | Kind::Timedelta if text == "NaT" => Self::Missing,
            Kind::Datetime | Kind::Timedelta => Self::Text(text.into()),
            Kind::Str if !text.contains(char::REPLACEMENT_CHARACTER) => Self::Text(text.into()),
            Kind::Str | Kind::Complex | Kind::Bytes | Kind::Void => return None,
        })
    }
}

/// NaN in pandas' spelling, whoever prints it.
fn number_text(is_nan: bool, text: String) -> Cow<'static, str> {
    if is_nan { "NaN".into() } else { text.into() }
}

fn time(value: &Value) -> Scalar<'static> {
    Scalar::Text(without_zone_name(&value.brief()).to_owned().into())
}

fn has_region(value: &Value) -> bool {
    let zone = value.children().first().map(Value::node);
    matches!(zone, Some(Node::Zone(Zone::Region(_) | Zone::Pytz(_))))
}

/// A time without the name of a region behind it where the text says the instant without it:
/// `2021-03-01T03:00:00Z[America/Santiago]`, but not `2021-03-01T00:00:00[America/Santiago]`.
pub(super) fn without_zone_name(text: &str) -> &str {
    match text.split_once("Z[") {
        Some((instant, _)) => &text[..=instant.len()],
        None => text,
    }
}

/// Whether all cells that are there are of one sort; none when some fit no cell.
pub(super) fn are_of_one_sort<'a>(values: impl Iterator<Item = &'a Value>) -> Option<bool> {
    let mut first = None;
    let mut is_one = true;
    for value in values {
        let group = match Scalar::of(value)? {
            Scalar::Missing => continue,
            // An int and a float differ in their text, and so do ints of Python and of NumPy in nothing.
            Scalar::Number(_) => None,
            Scalar::Bool(_) | Scalar::Text(_) => Some(std::mem::discriminant(&value.node())),
        };
        is_one &= *first.get_or_insert(group) == group;
    }
    Some(is_one)
}

/// A magnitude of base 256, big-endian, in digits.
fn decimal(negative: bool, magnitude: &[u8]) -> Option<String> {
    const BASE: u64 = 1_000_000_000;
    if magnitude.len() > INT_LEN {
        return None;
    }
    let mut groups: Vec<u64> = vec![0];
    for byte in magnitude {
        let mut carry = u64::from(*byte);
        for group in &mut groups {
            let sum = *group * 256 + carry;
            (*group, carry) = (sum % BASE, sum / BASE);
        }
        if carry > 0 {
            groups.push(carry);
        }
    }
    let (highest, lower) = groups.split_last()?;
    let lower: String = lower.iter().rev().map(|group| format!("{group:09}")).collect();
    Some(format!("{}{highest}{lower}", if negative { "-" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_of_any_size_are_written_in_digits() {
        for (magnitude, digits) in [
            (&[][..], "0"),
            (&[1], "1"),
            (&[1, 0, 0, 0, 0, 0, 0, 0, 0], "18446744073709551616"),
            (&[0x3b, 0x9a, 0xca, 0x00], "1000000000"),
        ] {
            assert_eq!(decimal(false, magnitude).unwrap(), digits);
        }
        assert_eq!(decimal(true, &[2, 0]).unwrap(), "-512");
        assert_eq!(decimal(false, &[255; INT_LEN]).unwrap().len(), 4299);
        assert_eq!(decimal(false, &[255; INT_LEN + 1]), None);
    }

    #[test]
    fn the_name_of_a_zone_goes_only_where_the_instant_stays() {
        for (text, written) in [
            ("2021-03-01T03:00:00Z[America/Santiago]", "2021-03-01T03:00:00Z"),
            ("2021-03-01T00:00:00[America/Santiago]", "2021-03-01T00:00:00[America/Santiago]"),
            ("2021-03-01T00:00:00-03:00", "2021-03-01T00:00:00-03:00"),
        ] {
            assert_eq!(without_zone_name(text), written);
        }
    }
}
