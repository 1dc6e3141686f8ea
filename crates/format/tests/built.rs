//! Built nodes of NumPy and pandas: each comes back as it went in, and is shown without Python.

use serde_json::{Value as Json, json};
use stillroom_format::{
    ArrayHead, Built, Cells, Column, Dtype, FormatError, Limits, MemoryOrder, MissingCell, Node, Payload,
    Table, TextFlavour, Value, summarise,
};

use crate::support::{f64s, i64s, leaf, node, written};

fn built(built: Built, row_count: u64, parts: Vec<Value>) -> Value {
    node(Node::Built { built, row_count, count: parts.len() as u64 }, parts)
}

fn shaped(dtype: &str, shape: &[u64], items: &[u8]) -> Value {
    let dtype = Dtype::parse(dtype).unwrap();
    let head = ArrayHead { dtype, shape: shape.to_vec(), order: MemoryOrder::C, is_writeable: true };
    leaf(Node::Array(head, Payload::Inline(items)))
}

fn array(dtype: &str, items: &[u8]) -> Value {
    let size = Dtype::parse(dtype).unwrap().item_size();
    shaped(dtype, &[items.len() as u64 / size], items)
}

fn scalar(dtype: &str, item: &[u8]) -> Value {
    leaf(Node::NumpyScalar(Dtype::parse(dtype).unwrap(), item))
}

fn fixed(dtype: &str, row_count: u64, values: &[u8]) -> Value {
    let dtype = Dtype::parse(dtype).unwrap();
    leaf(Node::Column(Column::Fixed { dtype, row_count, values: Payload::Inline(values) }))
}

fn index(name: Value, column: Value) -> Value {
    node(Node::Index(None), vec![name, column])
}

fn texts(cells: &[&str]) -> Value {
    let lengths: Vec<u8> = cells.iter().flat_map(|cell| (cell.len() as u32).to_le_bytes()).collect();
    leaf(Node::Column(Column::Text {
        flavour: TextFlavour::Object,
        missing: MissingCell::None,
        has_surrogates: false,
        row_count: cells.len() as u64,
        lengths: Payload::Inline(&lengths),
        text: Payload::Inline(cells.concat().as_bytes()),
        validity: None,
    }))
}

fn objects(cells: Vec<Value>) -> Value {
    node(Node::Column(Column::Object { row_count: cells.len() as u64 }), cells)
}

fn shape(axes: &[i64]) -> Value {
    Value::tuple(axes.iter().copied().map(Value::int).collect())
}

fn object_array() -> Value {
    let cells = objects(vec![Value::int(1), Value::none(), Value::list(vec![]), Value::str("a")]);
    built(Built::ObjectArray, 0, vec![shape(&[2, 2]), Value::bool(true), Value::bool(true), cells])
}

fn text_array() -> Value {
    let flags = [Value::bool(false), Value::bool(true), Value::bool(true)];
    let parts = [shape(&[2])].into_iter().chain(flags).chain([Value::none(), texts(&["a", "b"])]);
    built(Built::TextArray, 0, parts.collect())
}

/// One field, `a`, of int32 in items of 4 bytes.
fn described() -> Value {
    let field = [Value::str("a"), Value::none(), Value::int(0), shape(&[]), Value::str("<i4")];
    let fields = Value::tuple(vec![Value::tuple(field.to_vec())]);
    Value::tuple(vec![Value::int(4), Value::bool(false), Value::bool(false), fields])
}

fn structured_array() -> Value {
    let parts = vec![described(), shaped("|V4", &[3, 1], &[7; 12]), Value::bool(false)];
    built(Built::StructuredArray, 0, parts)
}

fn structured_scalar() -> Value {
    built(Built::StructuredScalar, 0, vec![described(), scalar("|V4", &[7; 4]), Value::bool(true)])
}

fn masked_array() -> Value {
    let data = array("<f8", &f64s(&[0.5, 1.5, f64::NAN]));
    let mask = array("|b1", &[1, 0, 0]);
    built(Built::MaskedArray, 0, vec![data, mask, Value::none(), Value::bool(false)])
}

fn periods(freq: &str, ordinals: &[i64]) -> Value {
    let parts = vec![Value::str(freq), array("<i8", &i64s(ordinals))];
    built(Built::PeriodColumn, ordinals.len() as u64, parts)
}

fn intervals(closed: &str, bounds: &[f64]) -> Value {
    let bound = || index(Value::none(), fixed("<f8", bounds.len() as u64, &f64s(bounds)));
    built(Built::IntervalColumn, bounds.len() as u64, vec![Value::str(closed), bound(), bound()])
}

fn i32s(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn sparse(fill_value: Value, values: Value, positions: &[i32], row_count: u64) -> Value {
    let parts = vec![Value::str("integer"), fill_value, values, array("<i4", &i32s(positions))];
    built(Built::SparseColumn, row_count, parts)
}

/// Rows (a, 0), (b, 10), (NaN, 10).
fn levels(names: Vec<Value>) -> Value {
    let range = node(Node::RangeIndex(0, 20, 10), vec![Value::none()]);
    let parts = vec![
        Value::tuple(names),
        Value::none(),
        index(Value::none(), texts(&["a", "b"])),
        array("|i1", &[0, 1, 255]),
        range,
        array("|i1", &[0, 1, 1]),
    ];
    built(Built::MultiIndex, 3, parts)
}

fn period() -> Value {
    built(Built::Period, 0, vec![Value::str("M"), Value::int(650)])
}

fn interval() -> Value {
    built(Built::Interval, 0, vec![Value::str("left"), Value::int(0), Value::float(1.5)])
}

fn offset() -> Value {
    built(Built::Offset, 0, vec![Value::str("ME")])
}

fn constant() -> Value {
    built(Built::MaskedConstant, 0, vec![])
}

fn unnamed() -> Value {
    levels(vec![Value::none(), Value::none()])
}

#[test]
fn every_kind_comes_back_as_it_went_in() {
    let values = [
        object_array(),
        text_array(),
        structured_array(),
        structured_scalar(),
        masked_array(),
        constant(),
        periods("Q-DEC", &[216, i64::MIN]),
        intervals("both", &[0.5, f64::NAN]),
        sparse(Value::float(0.0), array("<f8", &f64s(&[1.5])), &[2], 4),
        unnamed(),
        period(),
        interval(),
        offset(),
        Value::list(vec![object_array(), leaf(Node::Shared(1))]),
    ];

    for value in &values {
        let once = written(|writer| value.write(writer));
        let back = once.value().unwrap();

        assert_eq!(back, *value);
        assert_eq!(written(|writer| back.write(writer)).bytes(), once.bytes());
    }
}

/// The dtype and the text of all cells, a missing one in parentheses.
fn shown(value: &Value) -> (String, Vec<String>) {
    let cells = Cells::of(value).unwrap();
    let cell = |row| {
        let cell = cells.cell(row).unwrap();
        if cell.is_missing { format!("({})", cell.text) } else { cell.text.into_owned() }
    };
    (cells.dtype().to_owned(), (0..cells.row_count()).map(cell).collect())
}

#[test]
fn every_kind_with_rows_shows_its_cells() {
    let ints = array("<i8", &i64s(&[7, 8]));
    let words = built(
        Built::ObjectArray,
        0,
        vec![shape(&[2]), Value::bool(false), Value::bool(true), texts(&["x", "y"])],
    );
    let cases: [(Value, &str, &[&str]); 12] = [
        (periods("M", &[650, i64::MIN, -1]), "period[M]", &["2024-03", "(NaT)", "1969-12"]),
        (periods("W-SUN", &[2828]), "period[W-SUN]", &["2024-03-04/2024-03-10"]),
        (index(Value::str("quarter"), periods("Q-DEC", &[216, 217])), "period[Q-DEC]", &["2024Q1", "2024Q2"]),
        (intervals("right", &[0.5, f64::NAN]), "interval[float64, right]", &["(0.5, 0.5]", "(NaN)"]),
        (intervals("both", &[1.0]), "interval[float64, both]", &["[1.0, 1.0]"]),
        (intervals("neither", &[1.0]), "interval[float64, neither]", &["(1.0, 1.0)"]),
        (sparse(Value::int(0), ints.clone(), &[1, 3], 5), "Sparse[int64, 0]", &["0", "7", "0", "8", "0"]),
        (
            sparse(scalar("<f8", &f64s(&[f64::NAN])), array("<f8", &f64s(&[0.5])), &[0], 2),
            "Sparse[float64, nan]",
            &["0.5", "(NaN)"],
        ),
        (sparse(Value::none(), words, &[0, 2], 3), "Sparse[object, None]", &["x", "(None)", "y"]),
        (unnamed(), "object", &["(a, 0)", "(b, 10)", "(NaN, 10)"]),
        (object_array(), "object", &["1", "(None)", "list(0)", "a"]),
        (masked_array(), "float64", &["(--)", "1.5", "(NaN)"]),
    ];

    for (value, dtype, cells) in &cases {
        assert_eq!(shown(value), (dtype.to_string(), cells.iter().map(ToString::to_string).collect()));
    }
    assert_eq!(shown(&text_array()), ("StringDType".into(), vec!["a".into(), "b".into()]));
}

#[test]
fn an_array_of_any_kind_is_told_in_a_few_words_by_its_axes() {
    let cases = [
        (object_array(), "ndarray(2, 2)"),
        (text_array(), "ndarray(2)"),
        (structured_array(), "ndarray(3, 1)"),
        (masked_array(), "MaskedArray(3)"),
    ];

    for (value, brief) in cases {
        assert_eq!(value.brief(), brief);
    }
}

#[test]
fn a_scalar_is_shown_as_pandas_prints_it() {
    let nested = built(Built::Interval, 0, vec![Value::str("left"), interval(), interval()]);
    let cases = [
        (period(), "2024-03"),
        (interval(), "[0, 1.5)"),
        (offset(), "ME"),
        (constant(), "--"),
        (nested, "Interval"),
        (built(Built::Period, 0, vec![Value::str("M"), Value::int(i64::MIN)]), "Period"),
    ];

    for (value, brief) in cases {
        assert_eq!(value.brief(), brief);
    }
}

#[test]
fn a_frame_with_levels_is_a_table() {
    let rows = levels(vec![Value::str("key"), Value::none()]);
    let columns =
        [fixed("|b1", 3, &[0, 1, 1]), periods("D", &[0, 1, 2]), intervals("left", &[0.0, 1.0, 2.0])];
    let children = [rows, unnamed(), Value::none()].into_iter().chain(columns).collect();
    let frame = node(Node::Frame(3, 3, true), children);

    let table = Table::of(&frame).unwrap();

    assert_eq!(table.index.0.as_deref(), Some("(key, )"));
    assert_eq!(table.index.1.cell(2).unwrap().text, "(NaN, 10)");
    let heads: Vec<_> = table.columns.iter().map(|(label, cells)| (label.as_str(), cells.dtype())).collect();
    assert_eq!(
        heads,
        [("(a, 0)", "bool"), ("(b, 10)", "period[D]"), ("(NaN, 10)", "interval[float64, left]")]
    );
}

#[test]
fn a_row_that_is_not_there_is_damage() {
    let short = array("|i1", &[0]);
    let far = vec![
        Value::tuple(vec![Value::none()]),
        Value::none(),
        index(Value::none(), texts(&["a"])),
        array("|i1", &[7]),
    ];
    let cases = [
        built(Built::PeriodColumn, 9, vec![Value::str("M"), array("<i8", &i64s(&[]))]),
        built(Built::PeriodColumn, 9, vec![Value::str("M"), array("<f8", &f64s(&[0.5]))]),
        built(Built::MultiIndex, 9, far),
        built(
            Built::MultiIndex,
            9,
            vec![Value::tuple(vec![Value::none()]), Value::none(), index(Value::none(), texts(&[])), short],
        ),
        sparse(Value::none(), array("<i8", &i64s(&[])), &[0], 9),
        sparse(Value::none(), array("<i8", &i64s(&[])), &[-1], 9),
    ];

    for value in &cases {
        let cells = Cells::of(value).unwrap();

        assert!(matches!(cells.cell(0), Err(FormatError::Damaged(_))));
    }
}

#[test]
fn parts_of_another_kind_show_nothing() {
    let cases = [
        built(Built::PeriodColumn, 1, vec![Value::int(1), array("<i8", &i64s(&[1]))]),
        built(Built::IntervalColumn, 1, vec![Value::str("left"), Value::none(), Value::none()]),
        built(Built::MultiIndex, 1, vec![Value::tuple(vec![]), Value::none(), Value::none(), Value::none()]),
    ];

    for value in &cases {
        assert_eq!(Cells::of(value).unwrap().cell(0).unwrap().text, "…");
    }
}

fn picture(value: &Value) -> Json {
    let written = written(|writer| value.write(writer));
    summarise(&written.manifest, Limits::default()).unwrap().json
}

#[test]
fn every_kind_has_a_picture() {
    let of_periods = index(Value::str("month"), periods("M", &[650]));
    let cases = [
        (object_array(), json!({"type": "ndarray", "shape": [2, 2], "dtype": "object"})),
        (text_array(), json!({"type": "ndarray", "shape": [2], "dtype": "StringDType"})),
        (structured_array(), json!({"type": "ndarray", "shape": [3, 1], "dtype": "fields", "fields": ["a"]})),
        (structured_scalar(), json!({"type": "void", "fields": ["a"]})),
        (masked_array(), json!({"type": "MaskedArray", "shape": [3], "dtype": "float64"})),
        (constant(), json!("--")),
        (period(), json!("2024-03")),
        (interval(), json!("[0, 1.5)")),
        (offset(), json!("ME")),
        (periods("M", &[650]), json!({"type": "PeriodArray", "shape": [1], "dtype": "period[M]"})),
        (of_periods, json!({"type": "PeriodIndex", "shape": [1], "dtype": "period[M]", "name": "month"})),
        (
            intervals("left", &[0.5]),
            json!({"type": "IntervalArray", "shape": [1], "dtype": "interval[float64, left]"}),
        ),
        (
            sparse(Value::int(0), array("<i8", &i64s(&[7])), &[1], 5),
            json!({"type": "SparseArray", "shape": [5], "dtype": "Sparse[int64, 0]"}),
        ),
        (
            levels(vec![Value::str("key"), Value::none()]),
            json!({
                "type": "MultiIndex", "shape": [3], "names": ["key", null], "dtypes": ["object", null]
            }),
        ),
    ];

    for (value, expected) in cases {
        assert_eq!(picture(&value), expected);
    }
}

#[test]
fn labels_of_levels_are_in_the_picture_of_a_frame() {
    let columns = vec![fixed("|b1", 1, &[0]), fixed("<i8", 1, &i64s(&[1])), periods("D", &[0])];
    let rows = node(Node::RangeIndex(0, 1, 1), vec![Value::none()]);
    let children = [rows, unnamed(), Value::none()].into_iter().chain(columns).collect();

    let picture = picture(&node(Node::Frame(1, 3, true), children));

    assert_eq!(picture["columns"], json!(["(a, 0)", "(b, 10)", "(NaN, 10)"]));
    assert_eq!(picture["dtypes"], json!(["bool", "int64", "period[D]"]));
}
