//! Values without children, or with one or two that belong to them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::node;
use crate::{
    ArrayHead, ClassName, DateTime, Dtype, MemoryOrder, Node, OpaqueHead, PathFlavour, Payload, Text, Value,
    Zone,
};

const DTYPES: [&str; 20] = [
    "|b1", "|i1", "<i2", ">i4", "<i8", "|u1", "<u8", "<f2", ">f4", "<f8", "<c8", ">c16", "<M8[ns]",
    "<M8[25s]", "<m8[D]", ">M8", "<U3", "|S5", "|V2", "<U0",
];

const FLAVOURS: [PathFlavour; 4] =
    [PathFlavour::PurePosix, PathFlavour::PureWindows, PathFlavour::Posix, PathFlavour::Windows];

/// Lengths on both sides of what leaves the manifest.
fn len() -> impl Strategy<Value = usize> {
    one_of![8 => 0..40usize, 1 => 4090..4100usize, 1 => 60_000..80_000usize]
}

fn blob() -> impl Strategy<Value = Vec<u8>> {
    (any::<u8>(), len())
        .prop_map(|(seed, len)| (0..len).map(|at| seed.wrapping_mul(at as u8) ^ seed).collect())
}

fn bits() -> impl Strategy<Value = f64> {
    one_of![any::<u64>().prop_map(f64::from_bits), Just(-0.0), Just(f64::NAN), Just(f64::INFINITY)]
}

/// A short text, as a key or a name would be.
pub(super) fn name() -> impl Strategy<Value = String> {
    one_of![3 => "[a-e]{1,2}", 1 => "\\PC{0,12}"]
}

pub(super) fn class() -> impl Strategy<Value = (String, String)> {
    (name(), name())
}

pub(super) fn dtype() -> impl Strategy<Value = Dtype> {
    proptest::sample::select(&DTYPES[..]).prop_map(|text| Dtype::parse(text).expect("a dtype of the table"))
}

pub(super) fn int() -> impl Strategy<Value = Value> {
    one_of![
        any::<i64>().prop_map(Value::int),
        (any::<bool>(), vec(any::<u8>(), 0..20))
            .prop_map(|(is_negative, bytes)| Value::big_int(is_negative, &bytes)),
        any::<bool>().prop_map(|is_negative| Value::big_int(is_negative, &[1, 0, 0, 0, 0, 0, 0, 0, 0])),
        any::<bool>().prop_map(|is_negative| Value::big_int(is_negative, &[7; 5000])),
    ]
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    one_of![
        4 => plain(),
        3 => text(),
        2 => time(),
        2 => numpy(),
        1 => named(),
    ]
}

fn plain() -> impl Strategy<Value = Value> {
    one_of![
        Just(Value::none()),
        proptest::bool::ANY.prop_map(Value::bool),
        int(),
        bits().prop_map(Value::float),
        (bits(), bits()).prop_map(|(real, imaginary)| node(Node::Complex(real, imaginary), vec![])),
        Just(node(Node::Ellipsis, vec![])),
        (proptest::array::uniform16(0u8..), option::of(-1i8..2))
            .prop_map(|(bytes, safety)| node(Node::Uuid(bytes, safety), vec![])),
        "-?[0-9]{1,9}(\\.[0-9]{1,9})?".prop_map(|text| node(Node::Decimal, vec![Value::str(text)])),
        (int(), int()).prop_map(|(top, bottom)| node(Node::Fraction, vec![top, bottom])),
    ]
}

fn text() -> impl Strategy<Value = Value> {
    one_of![
        3 => name().prop_map(Value::str),
        1 => len().prop_map(|len| Value::str("ñ".repeat(len / 2))),
        1 => blob().prop_map(|bytes| node(Node::Str(Text::Surrogates(Payload::Inline(&bytes))), vec![])),
        1 => blob().prop_map(Value::bytes),
        1 => blob().prop_map(|bytes| node(Node::ByteArray(Payload::Inline(&bytes)), vec![])),
        1 => (proptest::sample::select(&FLAVOURS[..]), name())
            .prop_map(|(flavour, text)| node(Node::Path(flavour), vec![Value::str(text)])),
    ]
}

pub(super) fn zone() -> impl Strategy<Value = Value> {
    let offsets = -86_399_999_999i64..86_400_000_000;
    one_of![
        Just(node(Node::Zone(Zone::Utc), vec![])),
        (offsets, option::of(name())).prop_map(|(offset_us, name)| {
            node(Node::Zone(Zone::Fixed { offset_us, name: name.as_deref() }), vec![])
        }),
        name().prop_map(|key| node(Node::Zone(Zone::Region(&key)), vec![])),
        name().prop_map(|key| node(Node::Zone(Zone::Pytz(&key)), vec![])),
        (-1439i64..1440).prop_map(|minutes| node(Node::Zone(Zone::PytzFixed(minutes)), vec![])),
    ]
}

/// A zone, or none.
pub(super) fn zone_or_none() -> impl Strategy<Value = Value> {
    one_of![Just(Value::none()), zone()]
}

fn datetime(year: u16, month: u8, day: u8) -> impl Strategy<Value = DateTime> {
    (0u8..24, 0u8..60, 0u8..60, 0u32..1_000_000, proptest::bool::ANY).prop_map(
        move |(hour, minute, second, microsecond, fold)| DateTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
            microsecond,
            fold,
        },
    )
}

fn time() -> impl Strategy<Value = Value> {
    let date = || (1u16..10_000, 1u8..13, 1u8..29);
    let moment = date().prop_flat_map(|(year, month, day)| datetime(year, month, day));
    one_of![
        date().prop_map(|(year, month, day)| node(Node::Date(year, month, day), vec![])),
        (datetime(0, 0, 0), zone_or_none()).prop_map(|(time, zone)| node(Node::Time(time), vec![zone])),
        (moment, zone_or_none()).prop_map(|(moment, zone)| node(Node::DateTime(moment), vec![zone])),
        (-999_999_999i64..1_000_000_000, 0u32..86_400, 0u32..1_000_000)
            .prop_map(|(days, seconds, us)| node(Node::TimeDelta(days, seconds, us), vec![])),
        zone(),
    ]
}

fn numpy() -> impl Strategy<Value = Value> {
    let scalar = (dtype(), any_byte()).prop_map(|(dtype, byte)| {
        let item = vec![byte; dtype.item_size() as usize];
        node(Node::NumpyScalar(dtype, &item), vec![])
    });
    let array = (dtype(), vec(0u64..9, 0..4), proptest::bool::ANY, proptest::bool::ANY, any_byte());
    let array = array.prop_map(|(dtype, shape, is_fortran, is_writeable, byte)| {
        let items = vec![byte; (shape.iter().product::<u64>() * dtype.item_size()) as usize];
        let order = if is_fortran { MemoryOrder::Fortran } else { MemoryOrder::C };
        node(Node::Array(ArrayHead { dtype, shape, order, is_writeable }, Payload::Inline(&items)), vec![])
    });
    one_of![scalar, array]
}

pub(super) fn any_byte() -> impl Strategy<Value = u8> {
    0u8..
}

/// Enum members and opaque objects.
fn named() -> impl Strategy<Value = Value> {
    let member = (class(), vec(name(), 0..3)).prop_map(|((module, qualname), names)| {
        let names = names.iter().map(String::as_str).collect();
        node(Node::Enum(ClassName { module: &module, qualname: &qualname }, names), vec![])
    });
    let buffers = vec((blob(), proptest::bool::ANY), 0..3);
    let opaque = (class(), blob(), buffers, vec(class(), 0..3));
    let opaque = opaque.prop_map(|((module, qualname), pickle, buffers, versions)| {
        let head = OpaqueHead {
            class: ClassName { module: &module, qualname: &qualname },
            pickle: Payload::Inline(&pickle),
            buffers: buffers
                .iter()
                .map(|(bytes, is_readonly)| (Payload::Inline(bytes), *is_readonly))
                .collect(),
            versions: versions
                .iter()
                .map(|(library, version)| (library.as_str(), version.as_str()))
                .collect(),
        };
        node(Node::Opaque(head), vec![])
    });
    one_of![member, opaque]
}
