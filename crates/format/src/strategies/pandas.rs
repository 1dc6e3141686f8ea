//! Columns, indexes, series, frames and the scalars of pandas.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::leaf::{any_byte, dtype, name, zone, zone_or_none};
use super::node;
use crate::{Column, Dtype, MissingCell, Node, Payload, TextFlavour, Value};

const UNITS: [&str; 4] = ["s", "ms", "us", "ns"];
const FLAVOURS: [TextFlavour; 5] = [
    TextFlavour::Object,
    TextFlavour::PythonNa,
    TextFlavour::PyarrowNa,
    TextFlavour::PythonNan,
    TextFlavour::PyarrowNan,
];
const MISSING: [MissingCell; 4] = [MissingCell::None, MissingCell::Nan, MissingCell::Na, MissingCell::Nat];

/// Any of them, its cells, names and attrs taken from `inner`.
pub(super) fn value(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let rows = || one_of![4 => 0usize..5, 1 => 510usize..530];
    one_of![
        2 => scalars(),
        1 => { let inner = inner.clone(); rows().prop_flat_map(move |rows| column(rows, inner.clone())) },
        1 => { let inner = inner.clone(); rows().prop_flat_map(move |rows| index(rows, inner.clone())) },
        2 => { let inner = inner.clone(); rows().prop_flat_map(move |rows| series(rows, inner.clone())) },
        2 => (rows(), 0usize..4).prop_flat_map(move |(rows, columns)| frame(rows, columns, inner.clone())),
    ]
}

fn unit() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&UNITS[..])
}

fn scalars() -> impl Strategy<Value = Value> {
    one_of![
        Just(node(Node::NaT, vec![])),
        Just(node(Node::Na, vec![])),
        (0i64.., unit()).prop_map(|(count, unit)| node(Node::PandasTimedelta(count, unit), vec![])),
        (i64::MIN..0, unit(), proptest::bool::ANY, zone_or_none())
            .prop_map(|(count, unit, fold, zone)| node(Node::Timestamp(count, unit, fold), vec![zone])),
    ]
}

fn bytes(byte: u8, len: usize) -> Vec<u8> {
    (0..len).map(|at| byte.wrapping_add(at as u8)).collect()
}

fn column(rows: usize, inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let row_count = rows as u64;
    let fixed = (dtype().prop_filter("has a width", |dtype| dtype.item_size() > 0), any_byte());
    let fixed = fixed.prop_map(move |(dtype, byte)| {
        let values = bytes(byte, rows * dtype.item_size() as usize);
        node(Node::Column(Column::Fixed { dtype, row_count, values: Payload::Inline(&values) }), vec![])
    });
    let zoned = (unit(), zone(), any_byte()).prop_map(move |(unit, zone, byte)| {
        let values = bytes(byte, rows * 8);
        node(Node::Column(Column::Zoned { unit, row_count, values: Payload::Inline(&values) }), vec![zone])
    });
    let object = vec(inner, rows.min(4));
    let object =
        object.prop_map(|cells| node(Node::Column(Column::Object { row_count: cells.len() as u64 }), cells));
    let object = if rows <= 4 { object.boxed() } else { masked(rows).boxed() };
    let built = super::built::column(row_count, Just(Value::none()).boxed());
    one_of![fixed, masked(rows), zoned, text(rows), category(rows), object, built].boxed()
}

fn masked(rows: usize) -> impl Strategy<Value = Value> {
    let dtypes = proptest::sample::select(&["|b1", "|i1", "<i8", "<u2", "<f4"][..]);
    (dtypes, any_byte(), option::of(any_byte())).prop_map(move |(dtype, byte, bits)| {
        let dtype = Dtype::parse(dtype).expect("a dtype of the table");
        let values = bytes(byte, rows * dtype.item_size() as usize);
        let bitmap = bits.map(|byte| bytes(byte, rows.div_ceil(8)));
        let validity = bitmap.as_deref().map(Payload::Inline);
        let column =
            Column::Masked { dtype, row_count: rows as u64, values: Payload::Inline(&values), validity };
        node(Node::Column(column), vec![])
    })
}

fn text(rows: usize) -> impl Strategy<Value = Value> {
    let kinds = (proptest::sample::select(&FLAVOURS[..]), proptest::sample::select(&MISSING[..]));
    let cells = (vec(name(), rows), proptest::bool::ANY, option::of(any_byte()));
    (kinds, cells).prop_map(move |((flavour, missing), (cells, has_surrogates, bits))| {
        let lengths: Vec<u8> = cells.iter().flat_map(|cell| (cell.len() as u32).to_le_bytes()).collect();
        let text = cells.concat().into_bytes();
        let bitmap = bits.map(|byte| bytes(byte, rows.div_ceil(8)));
        let column = Column::Text {
            flavour,
            missing,
            has_surrogates,
            row_count: rows as u64,
            lengths: Payload::Inline(&lengths),
            text: Payload::Inline(&text),
            validity: bitmap.as_deref().map(Payload::Inline),
        };
        node(Node::Column(column), vec![])
    })
}

fn category(rows: usize) -> impl Strategy<Value = Value> {
    let names = vec(name(), 1..4).prop_flat_map(|names| (text(names.len()), Just(names.len())));
    (names, proptest::bool::ANY, any_byte()).prop_map(move |((labels, count), is_ordered, byte)| {
        let codes: Vec<u8> = bytes(byte, rows).iter().map(|code| code % count as u8).collect();
        let dtype = Dtype::parse("|i1").expect("a dtype");
        let codes = Payload::Inline(&codes);
        let column = Column::Category { dtype, is_ordered, row_count: rows as u64, codes };
        let categories = node(Node::Index(None), vec![Value::none(), labels]);
        node(Node::Column(column), vec![categories])
    })
}

fn index(rows: usize, inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let of_range = (-1000i64..1000, one_of![Just(1i64), Just(-3), Just(7)], inner.clone());
    let of_range = of_range.prop_map(move |(start, step, name)| {
        node(Node::RangeIndex(start, start + rows as i64 * step, step), vec![name])
    });
    let freq = option::of(one_of![Just("D"), Just("MS"), Just("15min")]);
    // An index has as many rows as its place asks for, so no column of objects, which are few.
    let values = one_of![masked(rows), text(rows), category(rows)];
    let of_column =
        (freq, inner, values).prop_map(|(freq, name, column)| node(Node::Index(freq), vec![name, column]));
    let of_levels = super::built::index(rows as u64, Just(Value::none()).boxed());
    one_of![2 => of_range, 2 => of_column, 1 => of_levels].boxed()
}

/// None, or a dict as `attrs` is.
fn attrs(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let dict = vec((name().prop_map(Value::str), inner), 1..3).prop_map(Value::dict);
    one_of![3 => Just(Value::none()), 1 => dict]
}

fn series(rows: usize, inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let parts = (
        proptest::bool::ANY,
        inner.clone(),
        index(rows, inner.clone()),
        column(rows, inner.clone()),
        attrs(inner),
    );
    parts
        .prop_map(|(allows, name, index, column, attrs)| {
            node(Node::Series(allows), vec![name, index, column, attrs])
        })
        .boxed()
}

fn frame(rows: usize, count: usize, inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let columns = vec(column(rows, inner.clone()), count);
    let parts = (proptest::bool::ANY, index(rows, inner.clone()), text(count), attrs(inner), columns);
    parts
        .prop_map(move |(allows, index, labels, attrs, columns)| {
            let labels = node(Node::Index(None), vec![Value::none(), labels]);
            let children = [index, labels, attrs].into_iter().chain(columns).collect();
            node(Node::Frame(rows as u64, count as u64, allows), children)
        })
        .boxed()
}
