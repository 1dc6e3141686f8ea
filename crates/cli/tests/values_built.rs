//! Values of libraries that are built of a few other nodes: one of each kind that a form writes in its own way.

use stillroom::{ArrayHead, Built, Dtype, MemoryOrder, MissingCell, Node, Payload, TextFlavour, Value};

use crate::values;

pub(crate) fn built(built: Built, row_count: u64, parts: Vec<Value>) -> Value {
    Value::new(Node::Built { built, row_count, count: parts.len() as u64 }, parts).unwrap()
}

/// A frame with an index of two levels, one label missing, and a column of each kind that pandas makes itself.
pub(crate) fn pandas_frame() -> Value {
    let names = [Some("site"), None];
    let index = levels(&names, vec![(texts(&["north", "south"]), &[0, 1, -1]), (ints(&[7, 14]), &[0, 0, 1])]);
    let columns = vec![periods(), intervals(), sparse(), category_of_intervals()];
    let labels = values::labels(&["month", "bin", "visits", "cut"]);
    let children = [vec![index, labels, Value::none()], columns].concat();
    Value::new(Node::Frame(3, 4, true), children).unwrap()
}

/// A frame whose columns have labels in two levels, and whose rows have `index`.
pub(crate) fn wide_frame(index: Value) -> Value {
    let names = [Some("model"), Some("horizon")];
    let labels = levels(&names, vec![(texts(&["ridge", "trees"]), &[0, 0, 1]), (ints(&[1, 7]), &[0, 1, 0])]);
    let column = |item: f64| values::fixed("<f8", &[item, -item].map(f64::to_le_bytes).concat(), 2);
    let children = vec![index, labels, Value::none(), column(0.5), column(1.5), column(2.5)];
    Value::new(Node::Frame(2, 3, true), children).unwrap()
}

/// An index that counts two rows, under a name or none.
pub(crate) fn counted(name: Value) -> Value {
    Value::new(Node::RangeIndex(0, 2, 1), vec![name]).unwrap()
}

/// A MultiIndex of levels with their codes.
pub(crate) fn levels(names: &[Option<&str>], levels: Vec<(Value, &[i8])>) -> Value {
    let row_count = levels[0].1.len() as u64;
    let names = names.iter().map(|name| name.map_or_else(Value::none, Value::str)).collect();
    let pairs = levels.into_iter().flat_map(|(column, codes)| {
        let codes: Vec<u8> = codes.iter().map(|code| code.cast_unsigned()).collect();
        [index(column), array("|i1", &[codes.len() as u64], MemoryOrder::C, &codes)]
    });
    let parts = [Value::tuple(names), Value::none()].into_iter().chain(pairs).collect();
    built(Built::MultiIndex, row_count, parts)
}

fn periods() -> Value {
    let ordinals = [648, i64::MIN, 649].map(i64::to_le_bytes).concat();
    built(Built::PeriodColumn, 3, vec![Value::str("M"), array("<i8", &[3], MemoryOrder::C, &ordinals)])
}

fn intervals() -> Value {
    let bounds = |from: f64| {
        index(values::fixed("<f8", &[from, from + 0.5, f64::NAN].map(f64::to_le_bytes).concat(), 3))
    };
    built(Built::IntervalColumn, 3, vec![Value::str("right"), bounds(0.0), bounds(0.5)])
}

/// What `pandas.cut` makes.
fn category_of_intervals() -> Value {
    let column = stillroom::Column::Category {
        dtype: Dtype::parse("|i1").unwrap(),
        is_ordered: true,
        row_count: 3,
        codes: Payload::Inline(&[1, 0, 255]),
    };
    Value::new(Node::Column(column), vec![index(intervals())]).unwrap()
}

/// 0, 3, 0 in a sparse column.
fn sparse() -> Value {
    let fill_value =
        Value::new(Node::NumpyScalar(Dtype::parse("<i8").unwrap(), &[0; 8]), Vec::new()).unwrap();
    let values = array("<i8", &[1], MemoryOrder::C, &3i64.to_le_bytes());
    let positions = array("<i4", &[1], MemoryOrder::C, &1i32.to_le_bytes());
    built(Built::SparseColumn, 3, vec![Value::str("integer"), fill_value, values, positions])
}

/// A pandas frame of Arrow's types: numbers, truth, text, times; a cell missing in each.
pub(crate) fn arrow_frame() -> Value {
    let columns = arrow_columns();
    let names: Vec<_> = columns.iter().map(|(name, ..)| *name).collect();
    let children = [vec![
        Value::new(Node::RangeIndex(0, 2, 1), vec![Value::none()]).unwrap(),
        values::labels(&names),
        Value::none(),
    ]];
    let columns = columns.into_iter().map(|(_, of, data)| built(Built::ArrowColumn, 2, vec![of, data]));
    let children = children.into_iter().flatten().chain(columns).collect();
    Value::new(Node::Frame(2, 9, true), children).unwrap()
}

/// The same as pyarrow's table, in two chunks of the same rows, or as its record batch.
pub(crate) fn arrow_table(kind: Built) -> Value {
    let columns = arrow_columns();
    let field = |(name, of, _): &(&str, Value, Value)| {
        Value::tuple(vec![Value::str(*name), of.clone(), Value::bool(true), Value::none()])
    };
    let schema = [Value::none()].into_iter().chain(columns.iter().map(field)).collect();
    let (row_count, chunk_count) = if kind == Built::ArrowTable { (4, 2) } else { (2, 1) };
    let column = |(_, _, data): (&str, Value, Value)| match chunk_count {
        1 => data,
        _ => built(Built::ArrowChunks, 0, vec![data.clone(), data]),
    };
    let head = [Value::tuple(schema), Value::int(row_count)];
    built(kind, 0, head.into_iter().chain(columns.into_iter().map(column)).collect())
}

/// The name, type and memory of each column: a row that is there and one that is null.
fn arrow_columns() -> Vec<(&'static str, Value, Value)> {
    let plain = |name: &str| of_type(name, &[]);
    let number = |dtype: &str, item: &[u8]| {
        let items = [item, &vec![0; item.len()]].concat();
        data(vec![array("|u1", &[1], MemoryOrder::C, &[1]), array(dtype, &[2], MemoryOrder::C, &items)])
    };
    let text = data(vec![
        array("|u1", &[1], MemoryOrder::C, &[1]),
        array("<i4", &[2], MemoryOrder::C, &[3, 0, 0, 0, 0, 0, 0, 0]),
        Value::bytes(&b"a,b"[..]),
    ]);
    let bits = data(vec![array("|u1", &[1], MemoryOrder::C, &[1]), array("|u1", &[1], MemoryOrder::C, &[1])]);
    let day = 19_783i32;
    vec![
        ("id", plain("int16"), number("<i2", &(-7i16).to_le_bytes())),
        ("size", plain("uint64"), number("<u8", &u64::MAX.to_le_bytes())),
        ("share", plain("float32"), number("<f4", &0.1f32.to_le_bytes())),
        ("is_open", plain("bool"), bits),
        ("name", plain("string"), text),
        ("day", plain("date32"), number("<i4", &day.to_le_bytes())),
        ("at", of_type("time64", &["us"]), number("<i8", &3_723_000_004i64.to_le_bytes())),
        ("seen", of_type("timestamp", &["s", "UTC"]), number("<i8", &1_709_251_200i64.to_le_bytes())),
        ("fee", decimal(), number("|V16", &(-150i128).to_le_bytes())),
    ]
}

fn of_type(name: &str, rest: &[&str]) -> Value {
    Value::tuple([name].iter().chain(rest).map(|part| Value::str(*part)).collect())
}

fn decimal() -> Value {
    Value::tuple(vec![Value::str("decimal128"), Value::int(10), Value::int(2)])
}

/// The memory of an array of two rows.
fn data(parts: Vec<Value>) -> Value {
    built(Built::ArrowData, 0, [vec![Value::int(2)], parts].concat())
}

/// A polars frame: whole numbers, one null, and what `last` holds.
pub(crate) fn polars_frame(last: Value) -> Value {
    built(Built::PolarsFrame, 0, vec![Value::int(2), polars_series(), last])
}

/// A polars series of two ints, one null.
pub(crate) fn polars_series() -> Value {
    let items = [5i64, 0].map(i64::to_le_bytes).concat();
    let parts = vec![array("|u1", &[1], MemoryOrder::C, &[1]), array("<i8", &[2], MemoryOrder::C, &items)];
    built(Built::PolarsSeries, 0, vec![Value::str("n"), of_type("int64", &[]), data(parts)])
}

/// A polars series of lists: `[5]` and `[]`.
pub(crate) fn polars_lists() -> Value {
    let items = built(
        Built::ArrowData,
        0,
        vec![Value::int(1), Value::none(), array("<i8", &[1], MemoryOrder::C, &5i64.to_le_bytes())],
    );
    let lengths = array("<i8", &[2], MemoryOrder::C, &[1i64, 0].map(i64::to_le_bytes).concat());
    let dtype = Value::tuple(vec![Value::str("list"), of_type("int64", &[])]);
    built(Built::PolarsSeries, 0, vec![Value::str("lags"), dtype, data(vec![Value::none(), lengths, items])])
}

/// An array of 2 by 3 in Fortran order, whose mask of C order hides the items that `mask` says.
pub(crate) fn masked_array(mask: Option<[u8; 6]>) -> Value {
    let items: Vec<u8> = (1..=6).collect();
    let data = array("|u1", &[2, 3], MemoryOrder::Fortran, &items);
    let mask = mask.map_or_else(Value::none, |mask| array("|b1", &[2, 3], MemoryOrder::C, &mask));
    built(Built::MaskedArray, 0, vec![data, mask, Value::none(), Value::bool(false)])
}

/// An array of objects of this shape, in the order of memory.
pub(crate) fn object_array(shape: &[i64], order: MemoryOrder, cells: Vec<Value>) -> Value {
    let flags = [Value::bool(order == MemoryOrder::Fortran), Value::bool(true)];
    let column = stillroom::Column::Object { row_count: cells.len() as u64 };
    let cells = Value::new(Node::Column(column), cells).unwrap();
    let parts = [axes(shape)].into_iter().chain(flags).chain([cells]).collect();
    built(Built::ObjectArray, 0, parts)
}

/// An array of StringDType.
pub(crate) fn text_array(shape: &[i64], cells: &[Option<&str>]) -> Value {
    let flags = [false, true, true].map(Value::bool);
    let cells = values::text(cells, TextFlavour::Object, MissingCell::None);
    let parts = [axes(shape)].into_iter().chain(flags).chain([Value::none(), cells]).collect();
    built(Built::TextArray, 0, parts)
}

/// Two items of an int and a float, with bytes of no field between them.
pub(crate) fn structured_array() -> Value {
    let field = |name: &str, offset: i64, dtype: &str| {
        let (name, dtype) = (Value::str(name), Value::str(dtype));
        Value::tuple(vec![name, Value::none(), Value::int(offset), axes(&[]), dtype])
    };
    let fields = Value::tuple(vec![field("day", 0, "|i1"), field("visits", 8, "<f8")]);
    let dtype = Value::tuple(vec![Value::int(16), Value::bool(true), Value::bool(false), fields]);
    let items: Vec<u8> = (0..32).collect();
    built(
        Built::StructuredArray,
        0,
        vec![dtype, array("|V16", &[2], MemoryOrder::C, &items), Value::bool(false)],
    )
}

/// A figure of one trace.
pub(crate) fn figure() -> Value {
    let pair = |key: &str, value| (Value::str(key), value);
    let items = array("<i8", &[2], MemoryOrder::C, &[3i64, 1].map(i64::to_le_bytes).concat());
    let trace = Value::dict(vec![pair("type", Value::str("bar")), pair("y", items)]);
    let figure = Value::dict(vec![
        pair("data", Value::list(vec![trace])),
        pair("layout", Value::dict(vec![pair("height", Value::int(300))])),
    ]);
    built(Built::PlotlyFigure, 0, vec![figure, Value::none()])
}

/// A part of an Altair chart without anything in it.
pub(crate) fn chart() -> Value {
    built(
        Built::AltairPart,
        0,
        vec![Value::str("api.Chart"), Value::tuple(Vec::new()), Value::dict(Vec::new())],
    )
}

fn axes(shape: &[i64]) -> Value {
    Value::tuple(shape.iter().copied().map(Value::int).collect())
}

fn array(dtype: &str, shape: &[u64], order: MemoryOrder, items: &[u8]) -> Value {
    let dtype = Dtype::parse(dtype).unwrap();
    let head = ArrayHead { dtype, shape: shape.to_vec(), order, is_writeable: true };
    Value::new(Node::Array(head, Payload::Inline(items)), Vec::new()).unwrap()
}

fn index(column: Value) -> Value {
    Value::new(Node::Index(None), vec![Value::none(), column]).unwrap()
}

fn texts(cells: &[&str]) -> Value {
    let cells: Vec<_> = cells.iter().map(|cell| Some(*cell)).collect();
    values::text(&cells, TextFlavour::Object, MissingCell::None)
}

fn ints(items: &[i64]) -> Value {
    values::fixed(
        "<i8",
        &items.iter().flat_map(|item| item.to_le_bytes()).collect::<Vec<_>>(),
        items.len() as u64,
    )
}
