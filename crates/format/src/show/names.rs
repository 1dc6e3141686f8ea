//! What a node's type and a column's dtype are called, in the words of Python, NumPy and pandas.

use std::borrow::Cow;

use crate::node::range_len;
use crate::{
    ByteOrder, ClassName, Column, Dtype, Integer, Kind, Node, PathFlavour, Payload, Text, TextFlavour, Zone,
};

/// The Python type of a node. An index is named by [`index_kind`], which needs its column.
pub(crate) fn kind(node: &Node<'_>) -> Cow<'static, str> {
    match node {
        Node::Dataclass(class, _) | Node::NamedTuple(class, _) | Node::Enum(class, _) => class_name(class),
        Node::Opaque(head) => class_name(&head.class),
        Node::NumpyScalar(dtype, _) => scalar_kind(dtype).into(),
        Node::Column(column) => array_kind(column).into(),
        _ => plain_kind(node).into(),
    }
}

fn plain_kind(node: &Node<'_>) -> &'static str {
    match node {
        Node::None => "NoneType",
        Node::Bool(_) => "bool",
        Node::Int(_) => "int",
        Node::Float(_) => "float",
        Node::Complex(..) => "complex",
        Node::Str(_) | Node::Key(..) => "str",
        Node::Bytes(_) => "bytes",
        Node::ByteArray(_) => "bytearray",
        Node::Ellipsis => "ellipsis",
        Node::Shared(_) => "…",
        Node::List(_) => "list",
        Node::Tuple(_) => "tuple",
        Node::Set(_) => "set",
        Node::FrozenSet(_) => "frozenset",
        Node::Dict(_) => "dict",
        Node::OrderedDict(_) => "OrderedDict",
        Node::DefaultDict(..) => "defaultdict",
        Node::Deque(..) => "deque",
        Node::Range => "range",
        Node::Slice => "slice",
        Node::Decimal => "Decimal",
        Node::Fraction => "Fraction",
        Node::Uuid(..) => "UUID",
        Node::Path(flavour) => path_kind(*flavour),
        Node::Date(..) => "date",
        Node::Time(_) => "time",
        Node::DateTime(_) => "datetime",
        Node::TimeDelta(..) => "timedelta",
        Node::Zone(zone) => zone_kind(zone),
        Node::Array(..) => "ndarray",
        Node::Index(_) => "Index",
        Node::RangeIndex(..) => "RangeIndex",
        Node::Series(_) => "Series",
        Node::Frame(..) => "DataFrame",
        Node::Timestamp(..) => "Timestamp",
        Node::PandasTimedelta(..) => "Timedelta",
        Node::NaT => "NaTType",
        Node::Na => "NAType",
        Node::Built { built, .. } => built.kind(),
        Node::Dataclass(..) | Node::NamedTuple(..) | Node::Enum(..) | Node::Opaque(_) => "object",
        Node::NumpyScalar(..) | Node::Column(_) => "object",
    }
}

fn class_name(class: &ClassName<'_>) -> Cow<'static, str> {
    match class.module {
        "builtins" => class.qualname.to_owned().into(),
        module => format!("{module}.{}", class.qualname).into(),
    }
}

fn path_kind(flavour: PathFlavour) -> &'static str {
    match flavour {
        PathFlavour::PurePosix => "PurePosixPath",
        PathFlavour::PureWindows => "PureWindowsPath",
        PathFlavour::Posix => "PosixPath",
        PathFlavour::Windows => "WindowsPath",
    }
}

fn zone_kind(zone: &Zone<'_>) -> &'static str {
    match zone {
        Zone::Fixed { .. } | Zone::Utc => "timezone",
        Zone::Region(_) => "ZoneInfo",
        Zone::Pytz(_) => "pytz.timezone",
        Zone::PytzFixed(_) => "pytz.FixedOffset",
    }
}

/// A NumPy scalar's type: `float64`, `datetime64`, `str_`.
fn scalar_kind(dtype: &Dtype) -> String {
    match dtype.kind() {
        Kind::Bool => "bool_".into(),
        Kind::Datetime => "datetime64".into(),
        Kind::Timedelta => "timedelta64".into(),
        Kind::Str => "str_".into(),
        Kind::Bytes => "bytes_".into(),
        Kind::Void => "void".into(),
        Kind::Int | Kind::Uint | Kind::Float | Kind::Complex => sized(dtype),
    }
}

fn sized(dtype: &Dtype) -> String {
    let bits = dtype.item_size() * 8;
    match dtype.kind() {
        Kind::Int => format!("int{bits}"),
        Kind::Uint => format!("uint{bits}"),
        Kind::Float => format!("float{bits}"),
        Kind::Complex => format!("complex{bits}"),
        _ => dtype.to_string(),
    }
}

/// A dtype as NumPy prints it: `float64`, `datetime64[ns]`, `>f8`, `<U5`.
pub(crate) fn dtype(dtype: &Dtype) -> String {
    let unit = || dtype.unit().map(|unit| format!("[{unit}]")).unwrap_or_default();
    match dtype.kind() {
        _ if dtype.byte_order() == ByteOrder::Big => dtype.to_string(),
        Kind::Bool => "bool".into(),
        Kind::Datetime => format!("datetime64{}", unit()),
        Kind::Timedelta => format!("timedelta64{}", unit()),
        _ => sized(dtype),
    }
}

/// A column's dtype as pandas prints it; `zone` is the name of a zoned column's zone.
pub(crate) fn column_dtype(column: &Column<'_>, zone: &str) -> String {
    match column {
        Column::Fixed { dtype: of, .. } => dtype(of),
        Column::Masked { dtype: of, .. } => nullable(of),
        Column::Zoned { unit, .. } => format!("datetime64[{unit}, {zone}]"),
        Column::Text { flavour, .. } => match flavour {
            TextFlavour::Object => "object".into(),
            TextFlavour::PythonNa | TextFlavour::PyarrowNa => "string".into(),
            TextFlavour::PythonNan | TextFlavour::PyarrowNan => "str".into(),
        },
        Column::Category { .. } => "category".into(),
        Column::Object { .. } => "object".into(),
    }
}

fn nullable(of: &Dtype) -> String {
    match of.kind() {
        Kind::Bool => "boolean".into(),
        Kind::Uint => format!("UInt{}", of.item_size() * 8),
        _ => {
            let mut name = sized(of);
            name[..1].make_ascii_uppercase();
            name
        }
    }
}

/// The class of an extension array that stands on its own.
fn array_kind(column: &Column<'_>) -> &'static str {
    match column {
        Column::Fixed { dtype, .. } => match dtype.kind() {
            Kind::Datetime => "DatetimeArray",
            Kind::Timedelta => "TimedeltaArray",
            _ => "NumpyExtensionArray",
        },
        Column::Masked { dtype, .. } => match dtype.kind() {
            Kind::Bool => "BooleanArray",
            Kind::Float => "FloatingArray",
            _ => "IntegerArray",
        },
        Column::Zoned { .. } => "DatetimeArray",
        Column::Text { .. } => "StringArray",
        Column::Category { .. } => "Categorical",
        Column::Object { .. } => "NumpyExtensionArray",
    }
}

/// The class of an index over `column`.
pub(crate) fn index_kind(column: &Column<'_>) -> &'static str {
    match column {
        Column::Zoned { .. } => "DatetimeIndex",
        Column::Category { .. } => "CategoricalIndex",
        Column::Fixed { dtype, .. } => match dtype.kind() {
            Kind::Datetime => "DatetimeIndex",
            Kind::Timedelta => "TimedeltaIndex",
            _ => "Index",
        },
        _ => "Index",
    }
}

/// Which brackets an interval closed so is printed in.
pub(crate) fn brackets(closed: &str) -> (char, char) {
    match closed {
        "both" => ('[', ']'),
        "left" => ('[', ')'),
        "right" => ('(', ']'),
        _ => ('(', ')'),
    }
}

/// A node's shape, as far as its head tells: see [`Summary::shape`](crate::Summary::shape).
pub(crate) fn shape(node: &Node<'_>, payload_len: impl Fn(Payload<'_>) -> u64) -> Vec<u64> {
    match node {
        Node::Str(Text::Inline(text)) | Node::Key(_, text) => vec![text.len() as u64],
        Node::Str(Text::Long(payload) | Text::Surrogates(payload)) => vec![payload_len(*payload)],
        Node::Bytes(payload) | Node::ByteArray(payload) => vec![payload_len(*payload)],
        Node::List(n) | Node::Tuple(n) | Node::Set(n) | Node::FrozenSet(n) | Node::Deque(_, n) => vec![*n],
        Node::Dict(n) | Node::OrderedDict(n) | Node::DefaultDict(_, n) | Node::NamedTuple(_, n) => vec![*n],
        Node::Array(head, _) => head.shape.clone(),
        Node::Column(column) => vec![column.row_count()],
        Node::RangeIndex(start, stop, step) => vec![range_len(*start, *stop, *step)],
        Node::Frame(rows, columns, _) => vec![*rows, *columns],
        Node::Built { built, row_count, .. } if built.has_rows() => vec![*row_count],
        _ => Vec::new(),
    }
}

/// How many bits an int too long for a JSON number has.
pub(crate) fn bit_count(int: &Integer<'_>, payload_len: impl Fn(Payload<'_>) -> u64) -> u64 {
    match int {
        Integer::Big { magnitude, .. } => payload_len(*magnitude) * 8,
        _ => 64,
    }
}
