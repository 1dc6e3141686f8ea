//! Arrow's memory by its type: which part of a node is what.

use super::items::{Ends, Say};
use super::{Kind, Values};
use crate::cells::in_place;
use crate::show::arrow::Type;
use crate::{Dtype, Integer, Node, Value};

impl<'a> Values<'a> {
    /// The values of a type; none where the parts are not those of the type.
    pub(super) fn of(of: &Type, data: &'a Value) -> Option<Self> {
        let (length, parts) = data.children().split_first()?;
        let Node::Int(Integer::Small(length)) = length.node() else { return None };
        let row_count = u64::try_from(length).ok()?;
        let (validity, kind) = match of {
            Type::Extension(_, storage) => return Self::of(storage, data),
            Type::Plain(name) if name == "null" => (None, Kind::Null),
            Type::Runs(..) | Type::Union(..) => (None, Kind::without_validity(of, parts)?),
            _ => {
                let (validity, parts) = parts.split_first()?;
                (bitmap(validity)?, Kind::of(of, parts)?)
            }
        };
        Some(Self { row_count, validity, kind, missing: "null" })
    }
}

impl<'a> Kind<'a> {
    /// Of a type that has a validity, which comes before these parts.
    pub(super) fn of(of: &Type, parts: &'a [Value]) -> Option<Self> {
        Some(match (of, parts) {
            (Type::Plain(name), parts) => Self::of_plain(name, parts)?,
            (Type::Timed(name, unit), [values]) => {
                let say = if name == "duration" { Say::Duration } else { Say::Time };
                Self::items(values, say(unit.clone()))?
            }
            (Type::Timestamp(unit, zone), [values]) => {
                Self::items(values, Say::Timestamp(unit.clone(), zone.clone()))?
            }
            (Type::Decimal(_, _, scale), [values]) => Self::items(values, Say::Decimal(*scale))?,
            (Type::FixedBytes(0), []) => Self::Fixed(0, &[]),
            (Type::FixedBytes(size), [values]) => {
                Self::Fixed(usize::try_from(*size).ok()?, array_of(values)?.1)
            }
            (Type::List(name, item), [lengths, items]) => {
                let width = if name.starts_with("large") { 8 } else { 4 };
                let items = Box::new(Values::of(&item.of, items)?);
                Self::Lists { ends: ends(lengths, width)?, items, is_map: false }
            }
            (Type::Map(key, item, _), [lengths, items]) => {
                let entries = Type::Struct(vec![(**key).clone(), (**item).clone()]);
                let items = Box::new(Values::of(&entries, items)?);
                Self::Lists { ends: ends(lengths, 4)?, items, is_map: true }
            }
            (Type::FixedList(item, size), [items]) => {
                Self::FixedLists { size: *size, items: Box::new(Values::of(&item.of, items)?) }
            }
            (Type::Struct(fields), parts) if fields.len() == parts.len() => {
                let fields = fields.iter().zip(parts);
                let fields =
                    fields.map(|(field, part)| Some((field.name.clone(), Values::of(&field.of, part)?)));
                Self::Struct(fields.collect::<Option<_>>()?)
            }
            (Type::Dictionary(_, of, _), [indices, values]) => {
                Self::Dictionary { indices: array_of(indices)?, values: Box::new(Values::of(of, values)?) }
            }
            _ => return None,
        })
    }

    fn without_validity(of: &Type, parts: &'a [Value]) -> Option<Self> {
        Some(match (of, parts) {
            (Type::Runs(_, of), [ends, values]) => {
                Self::Runs { ends: array_of(ends)?, values: Box::new(Values::of(of, values)?) }
            }
            (Type::Union(is_dense, of), [codes, fields @ ..]) if of.len() == fields.len() => {
                let fields = of.iter().zip(fields);
                let fields = fields.map(|((code, field), part)| Some((*code, Values::of(&field.of, part)?)));
                let fields = fields.collect::<Option<_>>()?;
                Self::Union { is_dense: *is_dense, codes: array_of(codes)?.1, fields }
            }
            _ => return None,
        })
    }

    fn of_plain(name: &str, parts: &'a [Value]) -> Option<Self> {
        Some(match (name, parts) {
            ("bool", [bits]) => Self::Bits(array_of(bits)?.1),
            ("date32", [values]) => Self::items(values, Say::Date("D"))?,
            ("date64", [values]) => Self::items(values, Say::Date("ms"))?,
            ("month_day_nano_interval", [values]) => Self::items(values, Say::MonthDayNano)?,
            (_, [values]) => Self::items(values, Say::Number)?,
            (_, [lengths, text]) => {
                let width = if name.starts_with("large") { 8 } else { 4 };
                let Node::Bytes(text) = text.node() else { return None };
                let (ends, text) = (ends(lengths, width)?, in_place(text)?);
                Self::Text { ends, text, is_text: name.contains("string") }
            }
            _ => return None,
        })
    }

    fn items(values: &'a Value, say: Say) -> Option<Self> {
        let (dtype, bytes) = array_of(values)?;
        Some(Self::Items { dtype, bytes, say })
    }
}

/// The dtype and the bytes of an ARRAY.
fn array_of(array: &Value) -> Option<(Dtype, &[u8])> {
    match array.node() {
        Node::Array(head, items) => Some((head.dtype, in_place(items)?)),
        _ => None,
    }
}

fn ends(lengths: &Value, width: usize) -> Option<Ends<'_>> {
    Some(Ends { lengths: array_of(lengths)?.1, width, last: (0, 0).into() })
}

/// A validity: none when nothing is missing.
fn bitmap(validity: &Value) -> Option<Option<&[u8]>> {
    match validity.node() {
        Node::None => Some(None),
        _ => Some(Some(array_of(validity)?.1)),
    }
}
