//! Values to show, one of each kind that is shown in its own way.

use bytes::Bytes;
use stillroom::{
    ArrayHead, ClassName, Column, Dtype, MemoryOrder, MissingCell, Node, OpaqueHead, Payload, TextFlavour,
    Value, Zone,
};

/// 2021-03-01 00:00 in Santiago, in nanoseconds, and a day.
const FIRST_DAY: i64 = 1_614_567_600_000_000_000;
const DAY: i64 = 86_400_000_000_000;

/// A frame as pandas has them: an index with zone and freq, a column of each kind, 4 rows.
pub(crate) fn frame() -> Value {
    let days: Vec<_> = (0..4).map(|day| FIRST_DAY + day * DAY).collect();
    let index = Value::new(Node::Index(Some("D")), vec![Value::str("date"), zoned(&days)]).unwrap();
    let columns = vec![
        masked(&[112, 98, 0, 121], 0b1011),
        fixed("<f4", &[0.5f32, -0.0, f32::NAN, 1e22].map(f32::to_le_bytes).concat(), 4),
        category(&[0, 1, -1, 0], &["Exequiel González", "two\nlines"]),
        objects(vec![Value::none(), Value::int(7), Value::str("seven"), metrics()]),
    ];
    let labels = labels(&["arrivals", "temperature", "hospital", "notes"]);
    let children = [vec![index, labels, Value::none()], columns].concat();
    Value::new(Node::Frame(4, 4, true), children).unwrap()
}

/// A frame that every table's form can hold: numbers, truth, text, times, categories; cells missing in each
/// way, text that has to be quoted, a row's number for its label.
pub(crate) fn plain_frame() -> Value {
    let index = Value::new(Node::RangeIndex(0, 3, 1), vec![Value::none()]).unwrap();
    let names = ["id", "share", "is_open", "name", "day", "area", "seen", "half", "cell"];
    let columns = vec![
        masked(&[-7, 0, i64::MAX], 0b101),
        fixed("<f8", &[0.1, -0.0, f64::INFINITY].map(f64::to_le_bytes).concat(), 3),
        fixed("|b1", &[1, 0, 1], 3),
        text(&[Some("a \"b\", c\nd"), Some(""), None], TextFlavour::Object, MissingCell::None),
        fixed("<M8[s]", &[1_614_556_800, 0, i64::MIN].map(i64::to_le_bytes).concat(), 3),
        category(&[1, -1, 0], &["north", "south"]),
        zoned(&[FIRST_DAY, FIRST_DAY + 1, i64::MIN]),
        fixed(">f2", &[0x3c00u16, 0x8000, 0x7e00].map(u16::to_be_bytes).concat(), 3),
        objects(vec![Value::none(), Value::float(0.5), Value::float(-0.0)]),
    ];
    let children = [vec![index, labels(&names), Value::none()], columns].concat();
    Value::new(Node::Frame(3, 9, true), children).unwrap()
}

/// A Series whose index counts its rows.
pub(crate) fn counted_series() -> Value {
    let index = Value::new(Node::RangeIndex(0, 3, 1), vec![Value::none()]).unwrap();
    let column = fixed("<u4", &[1, 2, u32::MAX].map(u32::to_le_bytes).concat(), 3);
    Value::new(Node::Series(true), vec![Value::none(), index, column, Value::none()]).unwrap()
}

/// A Series of cells whose texts are equal and that are not.
pub(crate) fn mixed_series() -> Value {
    let index = Value::new(Node::RangeIndex(0, 2, 1), vec![Value::none()]).unwrap();
    let column = objects(vec![Value::int(7), Value::str("7")]);
    Value::new(Node::Series(true), vec![Value::none(), index, column, Value::none()]).unwrap()
}

/// A frame whose labels look the same and are not.
pub(crate) fn mixed_labels() -> Value {
    let index = Value::new(Node::RangeIndex(0, 1, 1), vec![Value::none()]).unwrap();
    let column = |item: i64| fixed("<i8", &item.to_le_bytes(), 1);
    let labels = objects(vec![Value::int(7), Value::str("7")]);
    let labels = Value::new(Node::Index(None), vec![Value::none(), labels]).unwrap();
    let children = vec![index, labels, Value::none(), column(1), column(2)];
    Value::new(Node::Frame(1, 2, true), children).unwrap()
}

/// A frame with two columns of one label.
pub(crate) fn twins() -> Value {
    let index = Value::new(Node::RangeIndex(0, 1, 1), vec![Value::none()]).unwrap();
    let column = |item: i64| fixed("<i8", &item.to_le_bytes(), 1);
    let children = vec![index, labels(&["a", "a"]), Value::none(), column(1), column(2)];
    Value::new(Node::Frame(1, 2, true), children).unwrap()
}

/// A small array of `shape`.
pub(crate) fn small_array(shape: &[u64], order: MemoryOrder) -> Value {
    let count = shape.iter().product::<u64>() as u16;
    let items: Vec<_> = (0..count).flat_map(u16::to_le_bytes).collect();
    let dtype = Dtype::parse("<u2").unwrap();
    let head = ArrayHead { dtype, shape: shape.to_vec(), order, is_writeable: true };
    Value::new(Node::Array(head, Payload::Inline(&items)), Vec::new()).unwrap()
}

/// A frame of more rows and columns than a head has.
pub(crate) fn large_frame() -> Value {
    let (rows, columns) = (1000, 30);
    let index = Value::new(Node::RangeIndex(0, rows, 1), vec![Value::none()]).unwrap();
    let names: Vec<_> = (0..columns).map(|column| format!("lag_{column}")).collect();
    let labels = labels(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let column = |column: i64| {
        let cells: Vec<_> = (0..rows).flat_map(|row| (row * 100 + column).to_le_bytes()).collect();
        fixed("<i8", &cells, rows as u64)
    };
    let children = [vec![index, labels, Value::none()], (0..columns).map(column).collect()].concat();
    Value::new(Node::Frame(rows as u64, columns as u64, true), children).unwrap()
}

/// A Series with a name.
pub(crate) fn series() -> Value {
    let index = Value::new(Node::RangeIndex(10, 16, 2), vec![Value::none()]).unwrap();
    let column = text(&[Some("one"), None, Some("three")], TextFlavour::PyarrowNan, MissingCell::Nan);
    Value::new(Node::Series(true), vec![Value::str("word"), index, column, Value::none()]).unwrap()
}

/// An array of 500 rows and 2 columns: long enough to be a buffer.
pub(crate) fn array() -> Value {
    let items: Vec<_> = (0..1000).flat_map(|item| (f64::from(item) / 4.0).to_le_bytes()).collect();
    let head = ArrayHead {
        dtype: Dtype::parse("<f8").unwrap(),
        shape: vec![500, 2],
        order: MemoryOrder::C,
        is_writeable: true,
    };
    Value::new(Node::Array(head, Payload::Inline(&items)), Vec::new()).unwrap()
}

/// A dict of scalars, a list and a key with control characters.
pub(crate) fn metrics() -> Value {
    let lags = [1, 7, 14].map(Value::int).to_vec();
    Value::dict(vec![
        (Value::str("rmse"), Value::float(1.25)),
        (Value::str("lags"), Value::new(Node::List(3), lags).unwrap()),
        (Value::str("\u{1b}[31mred\u{202e}"), Value::float(f64::NAN)),
    ])
}

/// A fitted estimator, as far as its pickle goes.
pub(crate) fn object() -> Value {
    let class = ClassName { module: "sklearn.linear_model._ridge", qualname: "Ridge" };
    let head = OpaqueHead {
        class,
        pickle: Payload::Inline(b"never looked into"),
        buffers: Vec::new(),
        versions: vec![("scikit-learn", "1.9.1")],
    };
    Value::new(Node::Opaque(head), Vec::new()).unwrap()
}

pub(crate) fn labels(names: &[&str]) -> Value {
    let names: Vec<_> = names.iter().map(|name| Some(*name)).collect();
    let column = text(&names, TextFlavour::PyarrowNan, MissingCell::Nan);
    Value::new(Node::Index(None), vec![Value::none(), column]).unwrap()
}

pub(crate) fn fixed(dtype: &str, items: &[u8], row_count: u64) -> Value {
    let dtype = Dtype::parse(dtype).unwrap();
    column(Column::Fixed { dtype, row_count, values: Payload::Inline(items) }, Vec::new())
}

fn masked(items: &[i64], validity: u8) -> Value {
    let values = items.iter().flat_map(|item| item.to_le_bytes()).collect::<Vec<_>>();
    let validity = [validity];
    let masked = Column::Masked {
        dtype: Dtype::parse("<i8").unwrap(),
        row_count: items.len() as u64,
        values: Payload::Inline(&values),
        validity: Some(Payload::Inline(&validity)),
    };
    column(masked, Vec::new())
}

fn zoned(counts: &[i64]) -> Value {
    let values = counts.iter().flat_map(|count| count.to_le_bytes()).collect::<Vec<_>>();
    let row_count = counts.len() as u64;
    let zone = Value::new(Node::Zone(Zone::Region("America/Santiago")), Vec::new()).unwrap();
    column(Column::Zoned { unit: "ns", row_count, values: Payload::Inline(&values) }, vec![zone])
}

pub(crate) fn text(cells: &[Option<&str>], flavour: TextFlavour, missing: MissingCell) -> Value {
    let lengths = cells.iter().map(|cell| cell.map_or(0, |text| text.len() as u32));
    let lengths = lengths.flat_map(u32::to_le_bytes).collect::<Vec<_>>();
    let text: String = cells.iter().flatten().copied().collect();
    let bits = |cells: &[Option<&str>]| {
        cells.iter().enumerate().fold(0, |bits, (at, cell)| bits | u8::from(cell.is_some()) << at)
    };
    let validity: Bytes = cells.chunks(8).map(bits).collect();
    let is_full = cells.iter().all(Option::is_some);
    let text_column = Column::Text {
        flavour,
        missing,
        has_surrogates: false,
        row_count: cells.len() as u64,
        lengths: Payload::Inline(&lengths),
        text: Payload::Inline(text.as_bytes()),
        validity: (!is_full).then_some(Payload::Inline(&validity)),
    };
    column(text_column, Vec::new())
}

pub(crate) fn category(codes: &[i8], categories: &[&str]) -> Value {
    let bytes: Vec<_> = codes.iter().map(|code| code.cast_unsigned()).collect();
    let category = Column::Category {
        dtype: Dtype::parse("|i1").unwrap(),
        is_ordered: false,
        row_count: codes.len() as u64,
        codes: Payload::Inline(&bytes),
    };
    column(category, vec![labels(categories)])
}

fn objects(cells: Vec<Value>) -> Value {
    column(Column::Object { row_count: cells.len() as u64 }, cells)
}

fn column(column: Column<'_>, children: Vec<Value>) -> Value {
    Value::new(Node::Column(column), children).unwrap()
}
