//! What a node's head tells of what follows it: its tag, its children, its rows.

use super::tag;
use crate::{Column, Integer, Item, Node, Payload, Text};

impl Node<'_> {
    /// How many nodes follow as this one's children.
    pub fn child_count(&self) -> u64 {
        match self {
            Node::List(n) | Node::Tuple(n) | Node::Set(n) | Node::FrozenSet(n) | Node::Deque(_, n) => *n,
            Node::Dict(n) | Node::OrderedDict(n) | Node::DefaultDict(_, n) => n.saturating_mul(2),
            Node::Dataclass(_, n) | Node::NamedTuple(_, n) => n.saturating_mul(2),
            Node::Range | Node::Slice => 3,
            Node::Fraction | Node::Index(_) => 2,
            Node::Decimal | Node::Path(_) | Node::Time(_) | Node::DateTime(_) => 1,
            Node::RangeIndex(..) | Node::Timestamp(..) => 1,
            Node::Column(Column::Zoned { .. } | Column::Category { .. }) => 1,
            Node::Column(Column::Object { row_count }) => *row_count,
            Node::Series(_) => 4,
            Node::Frame(_, columns, _) => columns.saturating_add(3),
            Node::Built { count, .. } => *count,
            _ => 0,
        }
    }

    /// Shows the node's leaves in order, each with what it is made of.
    pub fn leaves(&self, mut see: impl FnMut(Payload<'_>, Item)) {
        match self {
            Node::Int(Integer::Big { magnitude, .. }) => see(*magnitude, Item::BYTES),
            Node::Str(Text::Long(text) | Text::Surrogates(text)) => see(*text, Item::BYTES),
            Node::Bytes(bytes) | Node::ByteArray(bytes) => see(*bytes, Item::BYTES),
            Node::Opaque(head) => {
                see(head.pickle, Item::BYTES);
                head.buffers.iter().for_each(|(buffer, _)| see(*buffer, Item::UNKNOWN));
            }
            Node::Array(head, items) => see(*items, Item::from(&head.dtype)),
            Node::Column(column) => column.leaves(see),
            _ => {}
        }
    }

    /// The node's tag, or which kind of node without one it is.
    pub(crate) fn tag(&self) -> u64 {
        match self {
            Node::None => tag::BARE_NONE,
            Node::Bool(_) | Node::Float(_) => tag::BARE,
            Node::Int(Integer::Big { .. }) => tag::BIG_INT,
            Node::Int(_) => tag::BARE_INT,
            Node::Complex(..) => tag::COMPLEX,
            Node::Str(Text::Inline(_)) => tag::BARE_TEXT,
            Node::Str(Text::Long(_)) => tag::LONG_STR,
            Node::Str(Text::Surrogates(_)) => tag::SURROGATE_STR,
            Node::Key(..) => tag::KEY,
            // Long bytes have a tag of their own, but stand in the same places.
            Node::Bytes(_) => tag::BARE,
            Node::ByteArray(_) => tag::BYTEARRAY,
            Node::Ellipsis => tag::ELLIPSIS,
            Node::Shared(_) => tag::SHARED,
            Node::List(_) => tag::LIST,
            Node::Tuple(_) => tag::TUPLE,
            Node::Set(_) => tag::SET,
            Node::FrozenSet(_) => tag::FROZENSET,
            Node::Dict(_) => tag::DICT,
            Node::OrderedDict(_) => tag::ORDERED_DICT,
            Node::DefaultDict(..) => tag::DEFAULT_DICT,
            Node::Deque(..) => tag::DEQUE,
            Node::Range => tag::RANGE,
            Node::Slice => tag::SLICE,
            Node::Decimal => tag::DECIMAL,
            Node::Fraction => tag::FRACTION,
            Node::Uuid(..) => tag::UUID,
            Node::Path(_) => tag::PATH,
            Node::Date(..) => tag::DATE,
            Node::Time(_) => tag::TIME,
            Node::DateTime(_) => tag::DATETIME,
            Node::TimeDelta(..) => tag::TIMEDELTA,
            Node::Zone(_) => tag::ZONE,
            Node::Dataclass(..) => tag::DATACLASS,
            Node::NamedTuple(..) => tag::NAMED_TUPLE,
            Node::Enum(..) => tag::ENUM,
            Node::Opaque(_) => tag::OPAQUE,
            Node::NumpyScalar(..) => tag::NUMPY_SCALAR,
            Node::Array(..) => tag::ARRAY,
            Node::Column(column) => column.tag(),
            Node::Index(_) => tag::INDEX,
            Node::RangeIndex(..) => tag::RANGE_INDEX,
            Node::Series(_) => tag::SERIES,
            Node::Frame(..) => tag::FRAME,
            Node::Timestamp(..) => tag::TIMESTAMP,
            Node::PandasTimedelta(..) => tag::PANDAS_TIMEDELTA,
            Node::NaT => tag::NAT,
            Node::Na => tag::NA,
            Node::Built { built, .. } => built.tag(),
        }
    }

    /// How many rows a column, an index by range or a frame has.
    pub(crate) fn row_count(&self) -> Option<u64> {
        match self {
            Node::Column(column) => Some(column.row_count()),
            Node::RangeIndex(start, stop, step) => Some(range_len(*start, *stop, *step)),
            Node::Frame(rows, ..) => Some(*rows),
            Node::Built { built, row_count, .. } => built.has_rows().then_some(*row_count),
            _ => None,
        }
    }
}

impl Column<'_> {
    fn leaves(&self, mut see: impl FnMut(Payload<'_>, Item)) {
        let validity = match self {
            Column::Fixed { dtype, values, .. } | Column::Category { dtype, codes: values, .. } => {
                see(*values, dtype.into());
                &None
            }
            Column::Masked { dtype, values, validity, .. } => {
                see(*values, dtype.into());
                validity
            }
            Column::Zoned { values, .. } => {
                see(*values, Item::signed(8));
                &None
            }
            Column::Text { lengths, text, validity, .. } => {
                see(*lengths, Item::unsigned(4));
                see(*text, Item::BYTES);
                validity
            }
            Column::Object { .. } => &None,
        };
        if let Some(bitmap) = validity {
            see(*bitmap, Item::BYTES);
        }
    }
}

impl Column<'_> {
    fn tag(&self) -> u64 {
        match self {
            Column::Fixed { .. } => tag::COLUMN_FIXED,
            Column::Masked { .. } => tag::COLUMN_MASKED,
            Column::Zoned { .. } => tag::COLUMN_ZONED,
            Column::Text { .. } => tag::COLUMN_TEXT,
            Column::Category { .. } => tag::COLUMN_CATEGORY,
            Column::Object { .. } => tag::COLUMN_OBJECT,
        }
    }

    /// How many rows it has.
    pub fn row_count(&self) -> u64 {
        match self {
            Column::Fixed { row_count, .. }
            | Column::Masked { row_count, .. }
            | Column::Zoned { row_count, .. }
            | Column::Text { row_count, .. }
            | Column::Category { row_count, .. }
            | Column::Object { row_count } => *row_count,
        }
    }
}

/// How many labels a RangeIndex has.
pub(crate) fn range_len(start: i64, stop: i64, step: i64) -> u64 {
    let span = i128::from(stop) - i128::from(start);
    let step = i128::from(step);
    if step == 0 || (span > 0) != (step > 0) {
        return 0;
    }
    let count = span.unsigned_abs().div_ceil(step.unsigned_abs());
    u64::try_from(count).expect("at most 2^64 - 1 apart")
}
