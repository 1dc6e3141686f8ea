//! polars' dtypes, from the tuples that docs/format.md has for them: what polars calls each, and the Arrow
//! type that its values lie in.

use serde_json::Value as Json;

use super::arrow::{Field, Type};

/// A dtype.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dtype {
    /// As the head of a frame has it: `i64`, `str`, `datetime[μs]`.
    pub(crate) name: String,
    /// Where values lie.
    pub(crate) storage: Type,
}

/// The name in a tuple, in polars, and of the Arrow type.
const PLAIN: [(&str, &str, &str); 17] = [
    ("int8", "i8", "int8"),
    ("int16", "i16", "int16"),
    ("int32", "i32", "int32"),
    ("int64", "i64", "int64"),
    ("uint8", "u8", "uint8"),
    ("uint16", "u16", "uint16"),
    ("uint32", "u32", "uint32"),
    ("uint64", "u64", "uint64"),
    ("float16", "f16", "float16"),
    ("float32", "f32", "float32"),
    ("float64", "f64", "float64"),
    ("boolean", "bool", "bool"),
    ("string", "str", "string_view"),
    ("binary", "binary", "binary_view"),
    ("date", "date", "date32"),
    ("null", "null", "null"),
    ("time", "time", "time64"),
];

impl Dtype {
    /// The dtype of a tuple; none for a tuple that is no dtype.
    pub(crate) fn of(tuple: &Json) -> Option<Self> {
        let (name, rest) = tuple.as_array()?.split_first()?;
        let name = name.as_str()?;
        if let ([], Some((_, short, storage))) = (rest, PLAIN.iter().find(|(of, ..)| *of == name)) {
            let storage = match *storage {
                "time64" => Type::Timed("time64".into(), "ns".into()),
                storage => Type::plain(storage),
            };
            return Some(Self::new(*short, storage));
        }
        Self::of_parts(name, rest)
    }

    fn new(name: impl Into<String>, storage: Type) -> Self {
        Self { name: name.into(), storage }
    }

    fn of_parts(name: &str, rest: &[Json]) -> Option<Self> {
        Some(match (name, rest) {
            ("int128" | "uint128", []) => {
                let short = if name == "int128" { "i128" } else { "u128" };
                Self::new(short, Type::Struct(["low", "high"].map(|half| field(half, "uint64")).into()))
            }
            ("datetime", [unit, zone]) => {
                let (unit, zone) = (unit.as_str()?, zone.as_str());
                let end = zone.map(|zone| format!(", {zone}")).unwrap_or_default();
                let storage = Type::Timestamp(unit.into(), zone.map(Into::into));
                Self::new(format!("datetime[{}{end}]", short_unit(unit)), storage)
            }
            ("duration", [unit]) => {
                let unit = unit.as_str()?;
                let storage = Type::Timed(name.into(), unit.into());
                Self::new(format!("duration[{}]", short_unit(unit)), storage)
            }
            ("decimal", [precision, scale]) => {
                let (precision, scale) = (precision.as_i64()?, scale.as_i64()?);
                Self::new(format!("decimal[{precision},{scale}]"), Type::Decimal(128, precision, scale))
            }
            ("categorical", [_, rest @ ..]) => {
                let index = rest.get(1).and_then(Json::as_str).unwrap_or("uint32");
                Self::new("cat", dictionary(index, false))
            }
            ("enum", categories) => {
                let index = match categories.len() {
                    ..0x100 => "uint8",
                    0x100..0x1_0000 => "uint16",
                    _ => "uint32",
                };
                Self::new("enum", dictionary(index, true))
            }
            _ => Self::of_nested(name, rest)?,
        })
    }

    fn of_nested(name: &str, rest: &[Json]) -> Option<Self> {
        Some(match (name, rest) {
            ("list", [inner]) => {
                let inner = Self::of(inner)?;
                let name = format!("list[{}]", inner.name);
                Self::new(name, Type::List("large_list".into(), Box::new(inner.into_field("item"))))
            }
            ("array", [inner, size]) => {
                let (inner, size) = (Self::of(inner)?, size.as_u64()?);
                let name = format!("array[{}, {size}]", inner.name);
                Self::new(name, Type::FixedList(Box::new(inner.into_field("item")), size))
            }
            ("struct", fields) => {
                let fields = fields.iter().map(|field| match field.as_array()?.as_slice() {
                    [name, of] => Some(Self::of(of)?.into_field(name.as_str()?)),
                    _ => None,
                });
                let fields: Vec<Field> = fields.collect::<Option<_>>()?;
                Self::new(format!("struct[{}]", fields.len()), Type::Struct(fields))
            }
            ("map", [key, value]) => {
                let (key, value) = (Self::of(key)?, Self::of(value)?);
                let name = format!("map[{}, {}]", key.name, value.name);
                let (key, value) = (key.into_field("key"), value.into_field("value"));
                Self::new(name, Type::Map(Box::new(key), Box::new(value), false))
            }
            _ => return None,
        })
    }

    fn into_field(self, name: &str) -> Field {
        Field { name: name.into(), of: self.storage, is_nullable: true }
    }
}

fn field(name: &str, of: &str) -> Field {
    Field { name: name.into(), of: Type::plain(of), is_nullable: true }
}

fn dictionary(index: &str, is_ordered: bool) -> Type {
    Type::Dictionary(Box::new(Type::plain(index)), Box::new(Type::plain("string_view")), is_ordered)
}

fn short_unit(unit: &str) -> &str {
    if unit == "us" { "μs" } else { unit }
}
