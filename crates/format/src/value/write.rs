//! From a value to a writer's calls.

use bytes::Bytes;

use super::Value;
use super::held::{Held, Masked, Opaque, TextColumn};
use crate::{Column, FormatError, Integer, Node, Source, Writer, Zone};

impl Value {
    /// Writes the value, as the whole of what `writer` takes.
    ///
    /// # Errors
    /// As the writer's methods: `TooLarge` past a limit, `Misuse` when a child does not fit its place.
    pub fn write(&self, writer: &mut Writer) -> Result<(), FormatError> {
        self.nodes().try_for_each(|value| write_node(&value.held, writer))
    }
}

fn source(bytes: &Bytes) -> Box<dyn Source> {
    Box::new(bytes.clone())
}

fn write_node(held: &Held, writer: &mut Writer) -> Result<(), FormatError> {
    match held {
        Held::Plain(node) => write_plain(node, writer),
        Held::BigInt { negative, magnitude } => writer.big_int(*negative, magnitude),
        Held::Str(text) => writer.str(text),
        Held::Surrogates(bytes) => writer.surrogate_str(source(bytes)),
        Held::Bytes(bytes) => writer.bytes(source(bytes)),
        Held::ByteArray(bytes) => writer.bytearray(source(bytes)),
        Held::FixedZone(offset_us, name) => {
            writer.zone(&Zone::Fixed { offset_us: *offset_us, name: Some(name) })
        }
        Held::Region(key) => writer.zone(&Zone::Region(key)),
        Held::Pytz(name) => writer.zone(&Zone::Pytz(name)),
        Held::Dataclass(class, count) => writer.dataclass(class.name(), *count),
        Held::NamedTuple(class, count) => writer.named_tuple(class.name(), *count),
        Held::Enum(class, names) => {
            writer.enum_member(class.name(), &names.iter().map(String::as_str).collect::<Vec<_>>())
        }
        Held::Opaque(opaque) => write_opaque(opaque, writer),
        Held::NumpyScalar(dtype, item) => writer.numpy_scalar(dtype, item),
        Held::Array(head, items) => writer.array(head, source(items)),
        Held::Fixed { dtype, row_count, values } => writer.fixed_column(dtype, *row_count, source(values)),
        Held::Masked(column) => write_masked(column, writer),
        Held::Zoned { unit, row_count, values } => writer.zoned_column(unit, *row_count, source(values)),
        Held::Text(column) => write_text(column, writer),
        Held::Category { dtype, is_ordered, row_count, codes } => {
            writer.category_column(dtype, *is_ordered, *row_count, source(codes))
        }
        Held::Index(freq) => writer.index(Some(freq)),
    }
}

fn write_opaque(opaque: &Opaque, writer: &mut Writer) -> Result<(), FormatError> {
    let buffers = opaque.buffers.iter().map(|(bytes, is_readonly)| (source(bytes), *is_readonly)).collect();
    writer.opaque(opaque.class(), source(&opaque.pickle), buffers, &opaque.versions())
}

fn write_masked(column: &Masked, writer: &mut Writer) -> Result<(), FormatError> {
    let validity = column.validity.as_ref().map(source);
    writer.masked_column(&column.dtype, column.row_count, source(&column.values), validity)
}

fn write_text(column: &TextColumn, writer: &mut Writer) -> Result<(), FormatError> {
    writer.text_column(
        column.flavour,
        column.missing,
        column.has_surrogates,
        column.row_count,
        source(&column.lengths),
        source(&column.text),
        column.validity.as_ref().map(source),
    )
}

fn write_plain(node: &Node<'static>, writer: &mut Writer) -> Result<(), FormatError> {
    match node {
        Node::None => writer.none(),
        Node::Bool(value) => writer.bool(*value),
        Node::Int(Integer::Small(value)) => writer.int(*value),
        Node::Int(Integer::Unsigned(value)) => writer.big_int(false, &value.to_be_bytes()),
        Node::Int(Integer::Negative(value)) => writer.big_int(true, &(u128::from(*value) + 1).to_be_bytes()),
        Node::Float(value) => writer.float(*value),
        Node::Complex(real, imaginary) => writer.complex(*real, *imaginary),
        Node::Ellipsis => writer.ellipsis(),
        Node::Shared(number) => writer.shared(*number),
        Node::List(count) => writer.list(*count),
        Node::Tuple(count) => writer.tuple(*count),
        Node::Set(count) => writer.set(*count),
        Node::FrozenSet(count) => writer.frozenset(*count),
        Node::Dict(count) => writer.dict(*count),
        Node::OrderedDict(count) => writer.ordered_dict(*count),
        Node::DefaultDict(factory, count) => writer.default_dict(*factory, *count),
        Node::Deque(max_len, count) => writer.deque(*max_len, *count),
        Node::Range => writer.range(),
        Node::Slice => writer.slice(),
        Node::Decimal => writer.decimal(),
        Node::Fraction => writer.fraction(),
        Node::Uuid(bytes, safety) => writer.uuid(*bytes, *safety),
        Node::Path(flavour) => writer.path(*flavour),
        Node::Date(year, month, day) => writer.date(*year, *month, *day),
        Node::Time(time) => writer.time(time),
        Node::DateTime(datetime) => writer.datetime(datetime),
        Node::TimeDelta(days, seconds, us) => writer.timedelta(*days, *seconds, *us),
        Node::Zone(zone) => writer.zone(zone),
        Node::Column(Column::Object { row_count }) => writer.object_column(*row_count),
        Node::Index(freq) => writer.index(*freq),
        Node::RangeIndex(start, stop, step) => writer.range_index(*start, *stop, *step),
        Node::Series(allows_duplicates) => writer.series(*allows_duplicates),
        Node::Frame(rows, columns, allows_duplicates) => writer.frame(*rows, *columns, *allows_duplicates),
        Node::Timestamp(count, unit, fold) => writer.timestamp(*count, unit, *fold),
        Node::PandasTimedelta(count, unit) => writer.pandas_timedelta(*count, unit),
        Node::NaT => writer.nat(),
        Node::Na => writer.na(),
        Node::Built { built, row_count, count } => writer.built(*built, *row_count, *count),
        _ => Err(FormatError::Misuse("a node that borrows")),
    }
}
