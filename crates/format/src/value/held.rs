//! What a value keeps of its node: the node itself where it borrows nothing, else an owned likeness.

use bytes::Bytes;

use crate::codec::{FACTORIES, PANDAS_UNITS};
use crate::{
    ArrayHead, ClassName, Column, Dtype, FormatError, Integer, MissingCell, Node, OpaqueHead, Payload, Text,
    TextFlavour, Zone,
};

/// A node without what it would borrow.
#[derive(Clone)]
pub(super) enum Held {
    /// A node that borrows nothing that is not static.
    Plain(Node<'static>),
    BigInt {
        negative: bool,
        magnitude: Bytes,
    },
    Str(String),
    Surrogates(Bytes),
    Bytes(Bytes),
    ByteArray(Bytes),
    FixedZone(i64, String),
    Region(String),
    Pytz(String),
    Dataclass(Box<Class>, u64),
    NamedTuple(Box<Class>, u64),
    Enum(Box<Class>, Vec<String>),
    Opaque(Box<Opaque>),
    NumpyScalar(Dtype, Bytes),
    Array(Box<ArrayHead>, Bytes),
    Fixed {
        dtype: Dtype,
        row_count: u64,
        values: Bytes,
    },
    Masked(Box<Masked>),
    Zoned {
        unit: &'static str,
        row_count: u64,
        values: Bytes,
    },
    Text(Box<TextColumn>),
    Category {
        dtype: Dtype,
        is_ordered: bool,
        row_count: u64,
        codes: Bytes,
    },
    Index(String),
}

#[derive(Clone)]
pub(super) struct Class {
    module: String,
    qualname: String,
}

#[derive(Clone)]
pub(super) struct Opaque {
    class: Class,
    pub(super) pickle: Bytes,
    pub(super) buffers: Vec<(Bytes, bool)>,
    versions: Vec<(String, String)>,
}

#[derive(Clone)]
pub(super) struct Masked {
    pub(super) dtype: Dtype,
    pub(super) row_count: u64,
    pub(super) values: Bytes,
    pub(super) validity: Option<Bytes>,
}

#[derive(Clone)]
pub(super) struct TextColumn {
    pub(super) flavour: TextFlavour,
    pub(super) missing: MissingCell,
    pub(super) has_surrogates: bool,
    pub(super) row_count: u64,
    pub(super) lengths: Bytes,
    pub(super) text: Bytes,
    pub(super) validity: Option<Bytes>,
}

impl Class {
    fn of(class: ClassName<'_>) -> Self {
        Self { module: class.module.into(), qualname: class.qualname.into() }
    }

    pub(super) fn name(&self) -> ClassName<'_> {
        ClassName { module: &self.module, qualname: &self.qualname }
    }
}

impl Opaque {
    pub(super) fn class(&self) -> ClassName<'_> {
        self.class.name()
    }

    pub(super) fn versions(&self) -> Vec<(&str, &str)> {
        self.versions.iter().map(|(library, version)| (library.as_str(), version.as_str())).collect()
    }

    fn head(&self) -> OpaqueHead<'_> {
        let buffers = self.buffers.iter();
        OpaqueHead {
            class: self.class(),
            pickle: Payload::Inline(&self.pickle),
            buffers: buffers.map(|(bytes, is_readonly)| (Payload::Inline(bytes), *is_readonly)).collect(),
            versions: self.versions(),
        }
    }
}

impl Held {
    /// Keeps a node, its leaves as `take` gives them.
    pub(super) fn of<'a, E: From<FormatError>>(
        node: Node<'a>,
        mut take: impl FnMut(Payload<'a>) -> Result<Bytes, E>,
    ) -> Result<Self, E> {
        Ok(match node {
            Node::Int(Integer::Big { negative, magnitude }) => {
                Self::BigInt { negative, magnitude: take(magnitude)? }
            }
            Node::Str(Text::Inline(text)) | Node::Key(_, text) => Self::Str(text.into()),
            Node::Str(Text::Long(payload)) => Self::Str(utf8(&take(payload)?)?),
            Node::Str(Text::Surrogates(payload)) => Self::Surrogates(take(payload)?),
            Node::Bytes(payload) => Self::Bytes(take(payload)?),
            Node::ByteArray(payload) => Self::ByteArray(take(payload)?),
            Node::Zone(Zone::Fixed { offset_us, name: Some(name) }) => {
                Self::FixedZone(offset_us, name.into())
            }
            Node::Zone(Zone::Region(key)) => Self::Region(key.into()),
            Node::Zone(Zone::Pytz(name)) => Self::Pytz(name.into()),
            Node::Dataclass(class, count) => Self::Dataclass(Class::of(class).into(), count),
            Node::NamedTuple(class, count) => Self::NamedTuple(Class::of(class).into(), count),
            Node::Enum(class, names) => {
                Self::Enum(Class::of(class).into(), names.into_iter().map(String::from).collect())
            }
            Node::Opaque(head) => Self::Opaque(opaque(&head, take)?.into()),
            Node::NumpyScalar(dtype, item) => Self::NumpyScalar(dtype, item.to_vec().into()),
            Node::Array(head, items) => Self::Array(head.into(), take(items)?),
            Node::Column(column) => Self::of_column(column, take)?,
            Node::Index(Some(freq)) => Self::Index(freq.into()),
            plain => Self::Plain(plain_node(plain)?),
        })
    }

    fn of_column<'a, E: From<FormatError>>(
        column: Column<'a>,
        mut take: impl FnMut(Payload<'a>) -> Result<Bytes, E>,
    ) -> Result<Self, E> {
        Ok(match column {
            Column::Fixed { dtype, row_count, values } => {
                Self::Fixed { dtype, row_count, values: take(values)? }
            }
            Column::Masked { dtype, row_count, values, validity } => {
                let (values, validity) = (take(values)?, validity.map(take).transpose()?);
                Self::Masked(Masked { dtype, row_count, values, validity }.into())
            }
            Column::Zoned { unit, row_count, values } => {
                Self::Zoned { unit: known(&PANDAS_UNITS, unit)?, row_count, values: take(values)? }
            }
            Column::Text { flavour, missing, has_surrogates, row_count, lengths, text, validity } => {
                let (lengths, text) = (take(lengths)?, take(text)?);
                let validity = validity.map(take).transpose()?;
                let column =
                    TextColumn { flavour, missing, has_surrogates, row_count, lengths, text, validity };
                Self::Text(column.into())
            }
            Column::Category { dtype, is_ordered, row_count, codes } => {
                Self::Category { dtype, is_ordered, row_count, codes: take(codes)? }
            }
            Column::Object { row_count } => Self::Plain(Node::Column(Column::Object { row_count })),
        })
    }

    /// The node again.
    pub(super) fn node(&self) -> Node<'_> {
        match self {
            Self::Plain(node) => node.clone(),
            Self::BigInt { negative, magnitude } => {
                Node::Int(Integer::Big { negative: *negative, magnitude: Payload::Inline(magnitude) })
            }
            Self::Str(text) => Node::Str(Text::Inline(text)),
            Self::Surrogates(bytes) => Node::Str(Text::Surrogates(Payload::Inline(bytes))),
            Self::Bytes(bytes) => Node::Bytes(Payload::Inline(bytes)),
            Self::ByteArray(bytes) => Node::ByteArray(Payload::Inline(bytes)),
            Self::FixedZone(..) | Self::Region(_) | Self::Pytz(_) => Node::Zone(self.zone()),
            Self::Dataclass(class, count) => Node::Dataclass(class.name(), *count),
            Self::NamedTuple(class, count) => Node::NamedTuple(class.name(), *count),
            Self::Enum(class, names) => Node::Enum(class.name(), names.iter().map(String::as_str).collect()),
            Self::Opaque(opaque) => Node::Opaque(opaque.head()),
            Self::NumpyScalar(dtype, item) => Node::NumpyScalar(dtype.clone(), item),
            Self::Array(head, items) => Node::Array((**head).clone(), Payload::Inline(items)),
            Self::Index(freq) => Node::Index(Some(freq)),
            Self::Fixed { .. } | Self::Masked(_) | Self::Zoned { .. } => Node::Column(self.column()),
            Self::Text(_) | Self::Category { .. } => Node::Column(self.column()),
        }
    }

    fn zone(&self) -> Zone<'_> {
        match self {
            Self::FixedZone(offset_us, name) => Zone::Fixed { offset_us: *offset_us, name: Some(name) },
            Self::Region(key) => Zone::Region(key),
            Self::Pytz(name) => Zone::Pytz(name),
            _ => Zone::Utc,
        }
    }

    fn column(&self) -> Column<'_> {
        match self {
            Self::Fixed { dtype, row_count, values } => {
                Column::Fixed { dtype: dtype.clone(), row_count: *row_count, values: Payload::Inline(values) }
            }
            Self::Masked(column) => Column::Masked {
                dtype: column.dtype.clone(),
                row_count: column.row_count,
                values: Payload::Inline(&column.values),
                validity: inline(&column.validity),
            },
            Self::Zoned { unit, row_count, values } => {
                Column::Zoned { unit, row_count: *row_count, values: Payload::Inline(values) }
            }
            Self::Text(column) => Column::Text {
                flavour: column.flavour,
                missing: column.missing,
                has_surrogates: column.has_surrogates,
                row_count: column.row_count,
                lengths: Payload::Inline(&column.lengths),
                text: Payload::Inline(&column.text),
                validity: inline(&column.validity),
            },
            Self::Category { dtype, is_ordered, row_count, codes } => Column::Category {
                dtype: dtype.clone(),
                is_ordered: *is_ordered,
                row_count: *row_count,
                codes: Payload::Inline(codes),
            },
            _ => Column::Object { row_count: 0 },
        }
    }
}

fn inline(validity: &Option<Bytes>) -> Option<Payload<'_>> {
    validity.as_ref().map(|bytes| Payload::Inline(bytes))
}

fn opaque<'a, E: From<FormatError>>(
    head: &OpaqueHead<'a>,
    mut take: impl FnMut(Payload<'a>) -> Result<Bytes, E>,
) -> Result<Opaque, E> {
    let pickle = take(head.pickle)?;
    let mut buffers = Vec::new();
    for (payload, is_readonly) in &head.buffers {
        buffers.push((take(*payload)?, *is_readonly));
    }
    let versions = head.versions.iter();
    let versions = versions.map(|(library, version)| ((*library).into(), (*version).into())).collect();
    Ok(Opaque { class: Class::of(head.class), pickle, buffers, versions })
}

/// A node that borrows nothing, or only one of a few known words.
fn plain_node(node: Node<'_>) -> Result<Node<'static>, FormatError> {
    Ok(match node {
        Node::None => Node::None,
        Node::Bool(value) => Node::Bool(value),
        Node::Int(Integer::Small(value)) => Node::Int(Integer::Small(value)),
        Node::Int(Integer::Unsigned(value)) => Node::Int(Integer::Unsigned(value)),
        Node::Int(Integer::Negative(value)) => Node::Int(Integer::Negative(value)),
        Node::Float(value) => Node::Float(value),
        Node::Complex(real, imaginary) => Node::Complex(real, imaginary),
        Node::Ellipsis => Node::Ellipsis,
        Node::Shared(number) => Node::Shared(number),
        Node::List(count) => Node::List(count),
        Node::Tuple(count) => Node::Tuple(count),
        Node::Set(count) => Node::Set(count),
        Node::FrozenSet(count) => Node::FrozenSet(count),
        Node::Dict(count) => Node::Dict(count),
        Node::OrderedDict(count) => Node::OrderedDict(count),
        Node::DefaultDict(None, count) => Node::DefaultDict(None, count),
        Node::DefaultDict(Some(name), count) => Node::DefaultDict(Some(known(&FACTORIES, name)?), count),
        Node::Deque(max_len, count) => Node::Deque(max_len, count),
        Node::Range => Node::Range,
        Node::Slice => Node::Slice,
        Node::Decimal => Node::Decimal,
        Node::Fraction => Node::Fraction,
        Node::Uuid(bytes, safety) => Node::Uuid(bytes, safety),
        Node::Path(flavour) => Node::Path(flavour),
        Node::Date(year, month, day) => Node::Date(year, month, day),
        Node::Time(time) => Node::Time(time),
        Node::DateTime(datetime) => Node::DateTime(datetime),
        Node::TimeDelta(days, seconds, us) => Node::TimeDelta(days, seconds, us),
        Node::Zone(Zone::Utc) => Node::Zone(Zone::Utc),
        Node::Zone(Zone::PytzFixed(minutes)) => Node::Zone(Zone::PytzFixed(minutes)),
        Node::Zone(Zone::Fixed { offset_us, .. }) => Node::Zone(Zone::Fixed { offset_us, name: None }),
        Node::Index(None) => Node::Index(None),
        Node::RangeIndex(start, stop, step) => Node::RangeIndex(start, stop, step),
        Node::Series(allows_duplicates) => Node::Series(allows_duplicates),
        Node::Frame(rows, columns, allows_duplicates) => Node::Frame(rows, columns, allows_duplicates),
        Node::Timestamp(count, unit, fold) => Node::Timestamp(count, known(&PANDAS_UNITS, unit)?, fold),
        Node::PandasTimedelta(count, unit) => Node::PandasTimedelta(count, known(&PANDAS_UNITS, unit)?),
        Node::NaT => Node::NaT,
        Node::Na => Node::Na,
        Node::Built { built, row_count, count } => Node::Built { built, row_count, count },
        _ => return Err(FormatError::Misuse("a node that borrows")),
    })
}

fn known(words: &[&'static str], word: &str) -> Result<&'static str, FormatError> {
    words.iter().find(|known| **known == word).copied().ok_or(FormatError::Misuse("an unknown word"))
}

fn utf8(bytes: &Bytes) -> Result<String, FormatError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| FormatError::Damaged("text is not UTF-8"))
}
