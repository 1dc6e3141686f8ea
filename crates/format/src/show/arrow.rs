//! Arrow's types, from the tuples that docs/format.md has for them, and what pyarrow calls each.
//!
//! A tuple comes as JSON: a summary has no other picture of it, and one way to
//! read it is enough. polars' dtypes are in `polars.rs`.

use std::fmt;

use serde_json::Value as Json;

use crate::{Integer, Node, Text, Value};

/// A type. What a name says all of is [`Plain`](Self::Plain).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Type {
    /// `null`, `bool`, numbers, dates, text and bytes.
    Plain(String),
    /// `time32`, `time64` or `duration` of a unit.
    Timed(String, String),
    /// Of a unit, in a zone or in none.
    Timestamp(String, Option<String>),
    /// Bits, precision, scale.
    Decimal(u32, i64, i64),
    /// Bytes of one size.
    FixedBytes(u64),
    /// A kind of list.
    List(String, Box<Field>),
    /// Lists of one size.
    FixedList(Box<Field>, u64),
    Struct(Vec<Field>),
    /// Key, item, whether the keys are sorted.
    Map(Box<Field>, Box<Field>, bool),
    /// Index, values, whether they are ordered.
    Dictionary(Box<Self>, Box<Self>, bool),
    /// Run ends, values.
    Runs(Box<Self>, Box<Self>),
    /// Whether it is dense; the code of each field.
    Union(bool, Vec<(i64, Field)>),
    /// What an extension is called, and how it is stored.
    Extension(String, Box<Self>),
}

/// A field: its name, its type, whether it may be null.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) of: Type,
    pub(crate) is_nullable: bool,
}

const PLAIN: [&str; 21] = [
    "null",
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "date32",
    "date64",
    "month_day_nano_interval",
    "string",
    "large_string",
    "string_view",
    "binary",
    "large_binary",
    "binary_view",
    "float16",
    "float32",
];

impl Type {
    /// The type of a tuple; none for a tuple that is no type.
    pub(crate) fn of(tuple: &Json) -> Option<Self> {
        let items = tuple.as_array()?.as_slice();
        let (name, rest) = items.split_first()?;
        let name = name.as_str()?;
        let boxed = |tuple: &Json| Self::of(tuple).map(Box::new);
        Some(match (name, rest) {
            ("float64", []) => Self::plain(name),
            (_, []) if PLAIN.contains(&name) => Self::plain(name),
            ("time32" | "time64" | "duration", [unit]) => Self::Timed(name.into(), text(unit)?),
            ("timestamp", [unit, zone]) => Self::Timestamp(text(unit)?, text(zone)),
            ("fixed_size_binary", [size]) => Self::FixedBytes(size.as_u64()?),
            ("list" | "large_list" | "list_view" | "large_list_view", [item]) => {
                Self::List(name.into(), Field::boxed(item)?)
            }
            ("fixed_size_list", [item, size]) => Self::FixedList(Field::boxed(item)?, size.as_u64()?),
            ("struct", fields) => Self::Struct(fields.iter().map(Field::of).collect::<Option<_>>()?),
            ("map", [key, item, sorted]) => {
                Self::Map(Field::boxed(key)?, Field::boxed(item)?, sorted.as_bool()?)
            }
            ("dictionary", [index, values, ordered]) => {
                Self::Dictionary(boxed(index)?, boxed(values)?, ordered.as_bool()?)
            }
            ("run_end_encoded", [ends, values]) => Self::Runs(boxed(ends)?, boxed(values)?),
            ("sparse_union" | "dense_union", [codes, fields @ ..]) => {
                let codes = codes.as_array()?.iter().map(Json::as_i64);
                let fields = codes.zip(fields).map(|(code, field)| Some((code?, Field::of(field)?)));
                Self::Union(name == "dense_union", fields.collect::<Option<_>>()?)
            }
            (_, [precision, scale]) if name.starts_with("decimal") => {
                Self::Decimal(name["decimal".len()..].parse().ok()?, precision.as_i64()?, scale.as_i64()?)
            }
            _ => Self::extension(name, rest)?,
        })
    }

    pub(crate) fn plain(name: &str) -> Self {
        Self::Plain(name.to_owned())
    }

    fn extension(name: &str, rest: &[Json]) -> Option<Self> {
        let storage = match (name, rest) {
            ("uuid", []) => Self::FixedBytes(16),
            ("bool8", []) => Self::plain("int8"),
            ("json", [storage]) | ("opaque", [storage, _, _]) => Self::of(storage)?,
            ("fixed_shape_tensor", [item, shape, _, _]) => {
                let axes = shape.as_array()?.iter().map(Json::as_u64).collect::<Option<Vec<_>>>()?;
                let size = axes.into_iter().try_fold(1u64, u64::checked_mul)?;
                let item = Field { name: "item".into(), of: Self::of(item)?, is_nullable: true };
                Self::FixedList(Box::new(item), size)
            }
            _ => return None,
        };
        Some(Self::Extension(name.into(), Box::new(storage)))
    }
}

impl Field {
    pub(crate) fn of(tuple: &Json) -> Option<Self> {
        match tuple.as_array()?.as_slice() {
            [name, of, is_nullable, _metadata] => {
                Some(Self { name: text(name)?, of: Type::of(of)?, is_nullable: is_nullable.as_bool()? })
            }
            _ => None,
        }
    }

    fn boxed(tuple: &Json) -> Option<Box<Self>> {
        Self::of(tuple).map(Box::new)
    }
}

fn text(json: &Json) -> Option<String> {
    json.as_str().map(str::to_owned)
}

/// A tuple of a value as JSON: text, ints, bools, None and tuples of them, and null for anything else.
pub(crate) fn json(value: &Value) -> Json {
    match value.node() {
        Node::Str(Text::Inline(text)) => text.into(),
        Node::Int(Integer::Small(value)) => value.into(),
        Node::Bool(value) => value.into(),
        Node::Tuple(_) => value.children().iter().map(json).collect(),
        _ => Json::Null,
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(match name.as_str() {
                "float16" => "halffloat",
                "float32" => "float",
                "float64" => "double",
                "date32" => "date32[day]",
                "date64" => "date64[ms]",
                name => name,
            }),
            Self::Timed(name, unit) => write!(f, "{name}[{unit}]"),
            Self::Timestamp(unit, None) => write!(f, "timestamp[{unit}]"),
            Self::Timestamp(unit, Some(zone)) => write!(f, "timestamp[{unit}, tz={zone}]"),
            Self::Decimal(bits, precision, scale) => write!(f, "decimal{bits}({precision}, {scale})"),
            Self::FixedBytes(size) => write!(f, "fixed_size_binary[{size}]"),
            Self::List(name, item) => write!(f, "{name}<{item}>"),
            Self::FixedList(item, size) => write!(f, "fixed_size_list<{item}>[{size}]"),
            Self::Struct(fields) => {
                f.write_str("struct<")?;
                join(f, fields, |f, field| write!(f, "{field}"))
            }
            Self::Map(key, item, is_sorted) => {
                let sorted = if *is_sorted { ", keys_sorted" } else { "" };
                write!(f, "map<{}, {}{sorted}>", key.of, item.of)
            }
            Self::Dictionary(index, values, is_ordered) => {
                write!(f, "dictionary<values={values}, indices={index}, ordered={}>", u8::from(*is_ordered))
            }
            Self::Runs(ends, values) => write!(f, "run_end_encoded<run_ends: {ends}, values: {values}>"),
            Self::Union(is_dense, fields) => {
                write!(f, "{}_union<", if *is_dense { "dense" } else { "sparse" })?;
                join(f, fields, |f, (code, field)| write!(f, "{field}={code}"))
            }
            Self::Extension(name, _) => write!(f, "extension<arrow.{name}>"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.is_nullable { "" } else { " not null" };
        write!(f, "{}: {}{end}", self.name, self.of)
    }
}

/// Items with commas between them, and what closes them.
fn join<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    show: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (place, item) in items.iter().enumerate() {
        f.write_str(if place == 0 { "" } else { ", " })?;
        show(f, item)?;
    }
    f.write_str(">")
}
