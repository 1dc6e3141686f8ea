//! Every family comes back as it went in, bit for bit; one line per case.
//!
//! Each line: encode, decode, compare bits; encode again, compare bytes. No two
//! lines of a family have the same bytes.

use std::collections::HashSet;

use stillroom_format::{
    ArrayHead, ClassName, Column, DateTime, Dtype, MemoryOrder, MissingCell, Node, OpaqueHead, PathFlavour,
    Payload, Text, TextFlavour, Value, Zone,
};

use crate::support::{f64s, i64s, leaf, node, written};

macro_rules! table_test {
    ($family:ident, $($name:literal => $value:expr),+ $(,)?) => {
        #[test]
        fn $family() {
            let mut seen = HashSet::new();
            $(
                let value: Value = $value;
                assert!(seen.insert(check($name, &value)), "`{}` looks like a case before it", $name);
            )+
        }
    };
}

fn check(name: &str, value: &Value) -> Vec<u8> {
    let once = written(|writer| value.write(writer));
    let back = once.value().unwrap();
    let again = written(|writer| back.write(writer));

    assert_eq!(back, *value, "{name}");
    assert_eq!(again.bytes(), once.bytes(), "{name}");
    assert_eq!(again.buffers, once.buffers, "{name}");
    once.bytes()
}

const CLASS: ClassName<'static> = ClassName { module: "app.config", qualname: "Run.Config" };

fn strs(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| Value::str(*text)).collect()
}

fn ints(values: &[i64]) -> Vec<Value> {
    values.iter().copied().map(Value::int).collect()
}

fn dtype(text: &str) -> Dtype {
    Dtype::parse(text).unwrap()
}

fn moment(hour: u8, microsecond: u32, fold: bool) -> DateTime {
    DateTime { year: 2024, month: 2, day: 29, hour, minute: 59, second: 58, microsecond, fold }
}

fn utc() -> Value {
    leaf(Node::Zone(Zone::Utc))
}

fn region(key: &str) -> Value {
    leaf(Node::Zone(Zone::Region(key)))
}

table_test!(bare_scalars,
    "none"          => Value::none(),
    "true"          => Value::bool(true),
    "false"         => Value::bool(false),
    "ellipsis"      => leaf(Node::Ellipsis),
);

table_test!(int,
    "zero"          => Value::int(0),
    "one"           => Value::int(1),
    "negative"      => Value::int(-1),
    "23"            => Value::int(23),
    "24"            => Value::int(24),
    "255"           => Value::int(255),
    "256"           => Value::int(256),
    "65536"         => Value::int(65_536),
    "2^32"          => Value::int(1 << 32),
    "greatest i64"  => Value::int(i64::MAX),
    "least i64"     => Value::int(i64::MIN),
    "past i64"      => Value::big_int(false, &(1u64 << 63).to_be_bytes()),
    "below i64"     => Value::big_int(true, &((1u64 << 63) + 1).to_be_bytes()),
    "greatest u64"  => Value::big_int(false, &u64::MAX.to_be_bytes()),
    "-(2^64 - 1)"   => Value::big_int(true, &u64::MAX.to_be_bytes()),
    "2^64"          => Value::big_int(false, &(1u128 << 64).to_be_bytes()),
    "-2^64"         => Value::big_int(true, &(1u128 << 64).to_be_bytes()),
    "-2^64 - 1"     => Value::big_int(true, &((1u128 << 64) + 1).to_be_bytes()),
    "2^800"         => Value::big_int(false, &[&[1][..], &[0; 100]].concat()),
    "a million digits" => Value::big_int(true, &[7; 415_241]),
);

table_test!(float,
    "zero"          => Value::float(0.0),
    "minus zero"    => Value::float(-0.0),
    "a tenth"       => Value::float(0.1),
    "least"         => Value::float(f64::from_bits(1)),
    "greatest"      => Value::float(f64::MAX),
    "infinity"      => Value::float(f64::INFINITY),
    "-infinity"     => Value::float(f64::NEG_INFINITY),
    "nan"           => Value::float(f64::from_bits(0x7ff8_0000_0000_0000)),
    "negative nan"  => Value::float(f64::from_bits(0xfff8_0000_0000_0000)),
    "nan, payload"  => Value::float(f64::from_bits(0x7ff8_0000_0000_0abc)),
    "signalling"    => Value::float(f64::from_bits(0x7ff0_0000_0000_0001)),
);

table_test!(complex,
    "zeros"         => leaf(Node::Complex(0.0, 0.0)),
    "signs of zero" => leaf(Node::Complex(-0.0, 0.0)),
    "other sign"    => leaf(Node::Complex(0.0, -0.0)),
    "nan"           => leaf(Node::Complex(f64::NAN, f64::INFINITY)),
);

table_test!(text,
    "empty"         => Value::str(""),
    "ascii"         => Value::str("ridge"),
    "not ascii"     => Value::str("año ñandú 🦀"),
    "nul"           => Value::str("a\0b"),
    "4095"          => Value::str("a".repeat(4095)),
    "4096"          => Value::str("a".repeat(4096)),
    "cut"           => Value::str("año ".repeat(100_000)),
    "surrogate"     => leaf(Node::Str(Text::Surrogates(Payload::Inline(b"a\xed\xa0\x80")))),
    "long, surrogate" => leaf(Node::Str(Text::Surrogates(Payload::Inline(&[0xed, 0xa0, 0x80].repeat(2000))))),
);

table_test!(bytes,
    "empty"         => Value::bytes(vec![]),
    "short"         => Value::bytes(vec![0, 255]),
    "4095"          => Value::bytes(vec![1; 4095]),
    "4096"          => Value::bytes(vec![1; 4096]),
    "array, empty"  => leaf(Node::ByteArray(Payload::Inline(&[]))),
    "array, short"  => leaf(Node::ByteArray(Payload::Inline(&[0, 255]))),
    "array, long"   => leaf(Node::ByteArray(Payload::Inline(&[1; 5000]))),
);

table_test!(sequences,
    "list, empty"   => Value::list(vec![]),
    "list"          => Value::list(ints(&[1, 2, 3])),
    "tuple, empty"  => Value::tuple(vec![]),
    "tuple"         => Value::tuple(ints(&[1, 2, 3])),
    "nested"        => Value::list(vec![Value::tuple(vec![Value::list(vec![])]), Value::none()]),
    "deque"         => node(Node::Deque(None, 2), ints(&[1, 2])),
    "deque, bound"  => node(Node::Deque(Some(2), 2), ints(&[1, 2])),
    "deque, none"   => leaf(Node::Deque(Some(0), 0)),
    "range"         => node(Node::Range, ints(&[0, 10, 3])),
    "range, big"    => node(Node::Range, vec![Value::int(0), Value::big_int(false, &[1; 20]), Value::int(1)]),
    "slice"         => node(Node::Slice, vec![Value::none(), Value::int(3), Value::none()]),
    "slice of str"  => node(Node::Slice, strs(&["a", "b", "c"])),
);

table_test!(sets,
    "empty"         => Value::set(vec![]).unwrap(),
    "ints"          => Value::set(ints(&[3, 1, 2])).unwrap(),
    "frozen, empty" => Value::frozenset(vec![]).unwrap(),
    "frozen"        => Value::frozenset(strs(&["b", "a"])).unwrap(),
    "nested"        => Value::set(vec![Value::frozenset(ints(&[2, 1])).unwrap(), Value::none()]).unwrap(),
    "two nans"      => Value::set(vec![Value::float(f64::NAN), Value::float(f64::NAN)]).unwrap(),
    "of tuples"     => Value::set(vec![Value::tuple(strs(&["b"])), Value::tuple(strs(&["a"]))]).unwrap(),
    "long members"  => Value::set(vec![Value::str("b".repeat(5000)), Value::bytes(vec![1; 5000])]).unwrap(),
    "big ints"      => Value::set(vec![Value::big_int(false, &[9; 5000]), Value::int(1)]).unwrap(),
    "a dataclass"   => Value::set(vec![node(Node::Dataclass(CLASS, 1), strs(&["a", "a"]))]).unwrap(),
    "after a set"   => Value::list(vec![Value::set(ints(&[1])).unwrap(), Value::dict(vec![])]),
);

table_test!(mappings,
    "empty"         => Value::dict(vec![]),
    "str keys"      => Value::dict(vec![(Value::str("b"), Value::int(1)), (Value::str("a"), Value::int(2))]),
    "other order"   => Value::dict(vec![(Value::str("a"), Value::int(2)), (Value::str("b"), Value::int(1))]),
    "int keys"      => Value::dict(vec![(Value::int(1), Value::none()), (Value::bool(true), Value::none())]),
    "tuple keys"    => Value::dict(vec![(Value::tuple(strs(&["ridge", "7"])), Value::float(0.5))]),
    "nan keys"      => Value::dict(vec![(Value::float(f64::NAN), Value::none()); 2]),
    "a long key"    => Value::dict(vec![(Value::str("k".repeat(4096)), Value::none())]),
    "a surrogate key" => Value::dict(vec![(leaf(Node::Str(Text::Surrogates(Payload::Inline(b"\xed\xa0\x80")))), Value::none())]),
    "keys again"    => Value::list(vec![Value::dict(vec![(Value::str("a"), Value::none())]); 3]),
    "a tag-like dict" => Value::dict(vec![(Value::str("__type__"), Value::str("list"))]),
    "ordered"       => node(Node::OrderedDict(1), strs(&["a", "b"])),
    "default"       => node(Node::DefaultDict(Some("list"), 1), strs(&["a", "b"])),
    "default, none" => node(Node::DefaultDict(None, 1), strs(&["a", "b"])),
);

table_test!(numbers_and_names,
    "decimal"       => node(Node::Decimal, strs(&["0.10"])),
    "decimal, more" => node(Node::Decimal, strs(&["0.1"])),
    "decimal, nan"  => node(Node::Decimal, strs(&["-sNaN123"])),
    "fraction"      => node(Node::Fraction, ints(&[-1, 3])),
    "uuid"          => leaf(Node::Uuid([7; 16], None)),
    "uuid, safe"    => leaf(Node::Uuid([7; 16], Some(0))),
    "uuid, unsafe"  => leaf(Node::Uuid([7; 16], Some(-1))),
    "pure posix"    => node(Node::Path(PathFlavour::PurePosix), strs(&["a/b"])),
    "pure windows"  => node(Node::Path(PathFlavour::PureWindows), strs(&["a/b"])),
    "posix"         => node(Node::Path(PathFlavour::Posix), strs(&["a/b"])),
    "windows"       => node(Node::Path(PathFlavour::Windows), strs(&["a/b"])),
    "a long path"   => node(Node::Path(PathFlavour::Posix), vec![Value::str("a".repeat(5000))]),
);

table_test!(times,
    "date, least"   => leaf(Node::Date(1, 1, 1)),
    "date, last"    => leaf(Node::Date(9999, 12, 31)),
    "leap day"      => leaf(Node::Date(2000, 2, 29)),
    "time"          => node(Node::Time(DateTime { year: 0, month: 0, day: 0, ..moment(23, 999_999, false) }), vec![Value::none()]),
    "time, fold"    => node(Node::Time(DateTime { year: 0, month: 0, day: 0, ..moment(23, 999_999, true) }), vec![Value::none()]),
    "time, zone"    => node(Node::Time(DateTime { year: 0, month: 0, day: 0, ..moment(23, 999_999, false) }), vec![utc()]),
    "naive"         => node(Node::DateTime(moment(1, 0, false)), vec![Value::none()]),
    "fold"          => node(Node::DateTime(moment(1, 0, true)), vec![Value::none()]),
    "utc"           => node(Node::DateTime(moment(1, 0, false)), vec![utc()]),
    "region"        => node(Node::DateTime(moment(1, 0, false)), vec![region("America/Santiago")]),
    "timedelta"     => leaf(Node::TimeDelta(-999_999_999, 0, 0)),
    "most"          => leaf(Node::TimeDelta(999_999_999, 86_399, 999_999)),
);

table_test!(zones,
    "utc"           => utc(),
    "fixed"         => leaf(Node::Zone(Zone::Fixed { offset_us: -86_399_999_999, name: None })),
    "named"         => leaf(Node::Zone(Zone::Fixed { offset_us: 3_600_000_000, name: Some("CET") })),
    "no name"       => leaf(Node::Zone(Zone::Fixed { offset_us: 3_600_000_000, name: Some("") })),
    "region"        => region("Europe/Paris"),
    "pytz"          => leaf(Node::Zone(Zone::Pytz("Europe/Paris"))),
    "pytz fixed"    => leaf(Node::Zone(Zone::PytzFixed(-1439))),
);

table_test!(classes,
    "dataclass"     => node(Node::Dataclass(CLASS, 2), vec![Value::str("seed"), Value::int(1), Value::str("name"), Value::str("seed")]),
    "no fields"     => leaf(Node::Dataclass(CLASS, 0)),
    "named tuple"   => node(Node::NamedTuple(CLASS, 1), vec![Value::str("seed"), Value::int(1)]),
    "enum"          => leaf(Node::Enum(CLASS, vec!["FAST"])),
    "flag, none"    => leaf(Node::Enum(CLASS, vec![])),
    "flag, two"     => leaf(Node::Enum(CLASS, vec!["A", "B"])),
    "opaque"        => leaf(Node::Opaque(OpaqueHead { class: CLASS, pickle: Payload::Inline(b"\x80\x05."), buffers: vec![], versions: vec![] })),
    "opaque, all"   => leaf(Node::Opaque(OpaqueHead {
        class: CLASS,
        pickle: Payload::Inline(&[1; 100_000]),
        buffers: vec![(Payload::Inline(&[2; 10]), true), (Payload::Inline(&[3; 70_000]), false)],
        versions: vec![("scikit-learn", "1.7.2"), ("numpy", "2.3.4")],
    })),
);

fn scalar(text: &str, item: &[u8]) -> Value {
    leaf(Node::NumpyScalar(dtype(text), item))
}

table_test!(numpy_scalars,
    "bool"          => scalar("|b1", &[1]),
    "bool of 2"     => scalar("|b1", &[2]),
    "int8"          => scalar("|i1", &[255]),
    "uint8"         => scalar("|u1", &[255]),
    "int16"         => scalar("<i2", &[1, 0]),
    "int16, big"    => scalar(">i2", &[1, 0]),
    "float16"       => scalar("<f2", &[0, 0x3c]),
    "float32"       => scalar("<f4", &0.1f32.to_le_bytes()),
    "float64"       => scalar("<f8", &(-0.0f64).to_le_bytes()),
    "complex128"    => scalar("<c16", &[1; 16]),
    "datetime, ns"  => scalar("<M8[ns]", &[1; 8]),
    "datetime, D"   => scalar("<M8[D]", &[1; 8]),
    "datetime, 25s" => scalar("<M8[25s]", &[1; 8]),
    "datetime, any" => scalar("<M8", &[1; 8]),
    "timedelta"     => scalar("<m8[ns]", &[1; 8]),
    "str"           => scalar("<U1", &[97, 0, 0, 0]),
    "str, none"     => scalar("<U0", &[]),
    "bytes"         => scalar("|S2", b"ab"),
    "bytes, none"   => scalar("|S0", &[]),
    "void"          => scalar("|V2", b"ab"),
    "void, none"    => scalar("|V0", &[]),
);

fn array(text: &str, shape: &[u64], order: MemoryOrder, is_writeable: bool) -> Value {
    let dtype = dtype(text);
    let items = vec![1; (shape.iter().product::<u64>() * dtype.item_size()) as usize];
    let head = ArrayHead { dtype, shape: shape.to_vec(), order, is_writeable };
    leaf(Node::Array(head, Payload::Inline(&items)))
}

table_test!(arrays,
    "0-d"           => array("<f8", &[], MemoryOrder::C, true),
    "0 rows"        => array("<f8", &[0], MemoryOrder::C, true),
    "0 rows, wide"  => array("<f8", &[0, 1 << 40], MemoryOrder::C, true),
    "one"           => array("<f8", &[1], MemoryOrder::C, true),
    "read-only"     => array("<f8", &[1], MemoryOrder::C, false),
    "two axes"      => array("<f8", &[2, 3], MemoryOrder::C, true),
    "fortran"       => array("<f8", &[2, 3], MemoryOrder::Fortran, true),
    "big-endian"    => array(">f8", &[2, 3], MemoryOrder::C, true),
    "64 axes"       => array("|u1", &[1; 64], MemoryOrder::C, true),
    "a buffer"      => array("<f4", &[1024], MemoryOrder::C, true),
    "two chunks"    => array("<f8", &[100, 100], MemoryOrder::Fortran, true),
    "no width"      => array("<U0", &[1 << 40], MemoryOrder::C, true),
    "strings"       => array("<U7", &[3], MemoryOrder::C, true),
    "dates"         => array("<M8[W]", &[3], MemoryOrder::C, true),
);

fn fixed(text: &str, row_count: u64, values: &[u8]) -> Value {
    leaf(Node::Column(Column::Fixed { dtype: dtype(text), row_count, values: Payload::Inline(values) }))
}

fn masked(text: &str, row_count: u64, values: &[u8], validity: Option<&[u8]>) -> Value {
    let (values, validity) = (Payload::Inline(values), validity.map(Payload::Inline));
    leaf(Node::Column(Column::Masked { dtype: dtype(text), row_count, values, validity }))
}

fn zoned(unit: &str, values: &[i64], zone: Value) -> Value {
    let (row_count, values) = (values.len() as u64, i64s(values));
    node(Node::Column(Column::Zoned { unit, row_count, values: Payload::Inline(&values) }), vec![zone])
}

fn text_column(flavour: TextFlavour, missing: MissingCell, cells: &[&str], validity: Option<&[u8]>) -> Value {
    let lengths: Vec<u8> = cells.iter().flat_map(|cell| (cell.len() as u32).to_le_bytes()).collect();
    leaf(Node::Column(Column::Text {
        flavour,
        missing,
        has_surrogates: false,
        row_count: cells.len() as u64,
        lengths: Payload::Inline(&lengths),
        text: Payload::Inline(cells.concat().as_bytes()),
        validity: validity.map(Payload::Inline),
    }))
}

fn objects(cells: Vec<Value>) -> Value {
    node(Node::Column(Column::Object { row_count: cells.len() as u64 }), cells)
}

fn labels(texts: &[&str]) -> Value {
    let column = text_column(TextFlavour::PyarrowNan, MissingCell::None, texts, None);
    node(Node::Index(None), vec![Value::none(), column])
}

fn category(text: &str, is_ordered: bool, codes: &[u8], categories: Value) -> Value {
    let (dtype, row_count) = (dtype(text), codes.len() as u64);
    let column = Column::Category { dtype, is_ordered, row_count, codes: Payload::Inline(codes) };
    node(Node::Column(column), vec![categories])
}

table_test!(columns,
    "float64"       => fixed("<f8", 2, &f64s(&[1.0, -0.0])),
    "no rows"       => fixed("<f8", 0, &[]),
    "bool"          => fixed("|b1", 2, &[0, 1]),
    "datetime"      => fixed("<M8[us]", 1, &i64s(&[i64::MIN])),
    "a buffer"      => fixed("<i8", 10_000, &i64s(&[7; 10_000])),
    "Int64"         => masked("<i8", 2, &i64s(&[1, 2]), None),
    "Int64, null"   => masked("<i8", 2, &i64s(&[1, 2]), Some(&[0b01])),
    "under a null"  => masked("<i8", 2, &i64s(&[1, 3]), Some(&[0b01])),
    "boolean"       => masked("|b1", 9, &[1; 9], Some(&[0xff, 0])),
    "zoned"         => zoned("ns", &[0, i64::MIN], region("Europe/Paris")),
    "zoned, us"     => zoned("us", &[0, i64::MIN], region("Europe/Paris")),
    "zoned, utc"    => zoned("ns", &[0, i64::MIN], utc()),
    "object str"    => text_column(TextFlavour::Object, MissingCell::None, &["a", ""], None),
    "None in it"    => text_column(TextFlavour::Object, MissingCell::None, &["a", ""], Some(&[1])),
    "nan in it"     => text_column(TextFlavour::Object, MissingCell::Nan, &["a", ""], Some(&[1])),
    "NA in it"      => text_column(TextFlavour::Object, MissingCell::Na, &["a", ""], Some(&[1])),
    "NaT in it"     => text_column(TextFlavour::Object, MissingCell::Nat, &["a", ""], Some(&[1])),
    "string"        => text_column(TextFlavour::PythonNa, MissingCell::None, &["a", ""], Some(&[1])),
    "string, arrow" => text_column(TextFlavour::PyarrowNa, MissingCell::None, &["a", ""], Some(&[1])),
    "str"           => text_column(TextFlavour::PythonNan, MissingCell::None, &["a", ""], Some(&[1])),
    "str, arrow"    => text_column(TextFlavour::PyarrowNan, MissingCell::None, &["a", ""], Some(&[1])),
    "shifted"       => text_column(TextFlavour::Object, MissingCell::None, &["", "a"], None),
    "long text"     => text_column(TextFlavour::Object, MissingCell::None, &["año"; 50_000], None),
    "category"      => category("|i1", false, &[0, 255, 1], labels(&["a", "b"])),
    "ordered"       => category("|i1", true, &[0, 255, 1], labels(&["a", "b"])),
    "no categories" => category("|i1", false, &[], labels(&[])),
    "of a range"    => category("|i1", false, &[0], node(Node::RangeIndex(0, 3, 1), vec![Value::none()])),
    "objects"       => objects(vec![Value::none(), Value::str("a"), Value::list(vec![])]),
    "no objects"    => objects(vec![]),
    "shared inside" => Value::list(vec![fixed("|b1", 1, &[0]), leaf(Node::Shared(1))]),
);

fn range_index(stop: i64) -> Value {
    node(Node::RangeIndex(0, stop, 1), vec![Value::none()])
}

fn frame(rows: u64, index: Value, names: Value, attrs: Value, columns: Vec<Value>) -> Value {
    let head = Node::Frame(rows, columns.len() as u64, true);
    node(head, [index, names, attrs].into_iter().chain(columns).collect())
}

fn series(name: Value, index: Value, column: Value, attrs: Value) -> Value {
    node(Node::Series(true), vec![name, index, column, attrs])
}

table_test!(frames,
    "no columns"    => frame(0, range_index(0), labels(&[]), Value::none(), vec![]),
    "rows only"     => frame(3, range_index(3), labels(&[]), Value::none(), vec![]),
    "one column"    => frame(1, range_index(1), labels(&["a"]), Value::none(), vec![fixed("<f8", 1, &f64s(&[0.0]))]),
    "same labels"   => frame(1, range_index(1), labels(&["a", "a"]), Value::none(), vec![fixed("|b1", 1, &[0]), fixed("|b1", 1, &[1])]),
    "mixed labels"  => frame(1, range_index(1), node(Node::Index(None), vec![Value::none(), objects(vec![Value::int(1), Value::str("1")])]),
                             Value::none(), vec![fixed("|b1", 1, &[0]), objects(vec![Value::dict(vec![])])]),
    "attrs"         => frame(0, range_index(0), labels(&[]), Value::dict(vec![(Value::str("by"), Value::none())]), vec![]),
    "empty attrs"   => frame(0, range_index(0), labels(&[]), Value::dict(vec![]), vec![]),
    "no duplicates" => node(Node::Frame(0, 0, false), vec![range_index(0), labels(&[]), Value::none()]),
    "zoned index"   => frame(2, node(Node::Index(Some("D")), vec![Value::str("day"), zoned("ns", &[0, 86_400_000_000_000], utc())]),
                             labels(&["c"]), Value::none(), vec![category("|i1", false, &[0, 1], labels(&["x", "y"]))]),
);

table_test!(series_and_indexes,
    "series"        => series(Value::str("y"), range_index(1), fixed("<f8", 1, &f64s(&[0.0])), Value::none()),
    "no name"       => series(Value::none(), range_index(1), fixed("<f8", 1, &f64s(&[0.0])), Value::none()),
    "tuple name"    => series(Value::tuple(ints(&[1, 2])), labels(&["a"]), fixed("|b1", 1, &[0]), Value::dict(vec![])),
    "no duplicates" => node(Node::Series(false), vec![Value::none(), range_index(0), fixed("|b1", 0, &[]), Value::none()]),
    "index"         => labels(&["a"]),
    "freq"          => node(Node::Index(Some("MS")), vec![Value::none(), fixed("<M8[ns]", 1, &[0; 8])]),
    "range"         => range_index(3),
    "range, named"  => node(Node::RangeIndex(0, 3, 1), vec![Value::str("n")]),
    "range, down"   => node(Node::RangeIndex(i64::MAX, i64::MIN, -1), vec![Value::none()]),
    "range, none"   => node(Node::RangeIndex(3, 0, 1), vec![Value::none()]),
    "frame inside"  => Value::dict(vec![(Value::str("f"), frame(0, range_index(0), labels(&[]), Value::none(), vec![])), (Value::str("again"), leaf(Node::Shared(1)))]),
);

table_test!(pandas_scalars,
    "timestamp"     => node(Node::Timestamp(0, "ns", false), vec![Value::none()]),
    "unit"          => node(Node::Timestamp(0, "us", false), vec![Value::none()]),
    "fold"          => node(Node::Timestamp(0, "ns", true), vec![Value::none()]),
    "zone"          => node(Node::Timestamp(0, "ns", false), vec![region("Europe/Paris")]),
    "timedelta"     => leaf(Node::PandasTimedelta(i64::MAX, "s")),
    "unit of it"    => leaf(Node::PandasTimedelta(i64::MAX, "ms")),
    "NaT"           => leaf(Node::NaT),
    "NA"            => leaf(Node::Na),
);
