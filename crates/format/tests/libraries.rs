//! What libraries beyond NumPy and pandas make: each kind comes back as it went in, and is shown without Python.

use serde_json::{Value as Json, json};
use stillroom_format::{
    ArrayHead, Built, Cells, Content, Dtype, FormatError, Limits, MemoryOrder, Node, Payload, Table, Value,
    summarise,
};

use crate::support::{leaf, node, written};

fn built(built: Built, parts: Vec<Value>) -> Value {
    node(Node::Built { built, row_count: 0, count: parts.len() as u64 }, parts)
}

fn shaped(dtype: &str, shape: &[u64], items: &[u8]) -> Value {
    let dtype = Dtype::parse(dtype).unwrap();
    let head = ArrayHead { dtype, shape: shape.to_vec(), order: MemoryOrder::C, is_writeable: false };
    leaf(Node::Array(head, Payload::Inline(items)))
}

/// An array of whole numbers of so many bytes each.
fn ints(dtype: &str, items: &[i128]) -> Value {
    let size = Dtype::parse(dtype).unwrap().item_size() as usize;
    let bytes: Vec<u8> = items.iter().flat_map(|item| item.to_le_bytes()[..size].to_vec()).collect();
    shaped(dtype, &[items.len() as u64], &bytes)
}

fn bits(bitmap: u8) -> Value {
    ints("|u1", &[bitmap.into()])
}

fn data(length: i64, parts: Vec<Value>) -> Value {
    built(Built::ArrowData, [Value::int(length)].into_iter().chain(parts).collect())
}

/// A tuple of what JSON says: text, ints, bools, null and lists of them.
fn tuple(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::str(text),
        Json::Number(number) => Value::int(number.as_i64().unwrap()),
        Json::Bool(value) => Value::bool(*value),
        Json::Array(items) => Value::tuple(items.iter().map(tuple).collect()),
        _ => Value::none(),
    }
}

fn array(of: &Json, length: i64, parts: Vec<Value>) -> Value {
    built(Built::ArrowArray, vec![tuple(of), data(length, parts)])
}

fn words(texts: &[&str]) -> Value {
    let lengths: Vec<i128> = texts.iter().map(|text| text.len() as i128).collect();
    data(texts.len() as i64, vec![Value::none(), ints("<i4", &lengths), Value::bytes(texts.concat())])
}

fn bytes(values: &[i128]) -> Value {
    data(values.len() as i64, vec![Value::none(), ints("|i1", values)])
}

/// The dtype and the cells, those that are missing in brackets.
fn shown(value: &Value) -> (String, Vec<String>) {
    let cells = Cells::of(value).unwrap();
    let text = |row| {
        let cell = cells.cell(row).unwrap();
        if cell.is_missing { format!("({})", cell.text) } else { cell.text.into_owned() }
    };
    (cells.dtype().to_owned(), (0..cells.row_count()).map(text).collect())
}

/// A type, its parts for three values of which the second is null, and what is shown.
fn of_three() -> Vec<(Json, Vec<Value>, &'static str, [&'static str; 3])> {
    let null = "(null)";
    let item = json!(["item", ["int8"], true, null]);
    let field = json!(["a", ["int8"], false, null]);
    let key = json!(["key", ["string"], false, null]);
    let of = |dtype: &str, items: &[i128]| vec![bits(5), ints(dtype, items)];
    let lists = |lengths: &str| vec![bits(5), ints(lengths, &[2, 0, 1]), bytes(&[1, 2, 3])];
    vec![
        (json!(["int8"]), of("|i1", &[-1, 0, 7]), "int8", ["-1", null, "7"]),
        (
            json!(["uint64"]),
            of("<u8", &[1, 0, u64::MAX.into()]),
            "uint64",
            ["1", null, "18446744073709551615"],
        ),
        (json!(["float16"]), of("<f2", &[0x3e00, 0, 0x7e00]), "halffloat", ["1.5", null, "NaN"]),
        (json!(["bool"]), vec![bits(5), bits(4)], "bool", ["False", null, "True"]),
        (json!(["date32"]), of("<i4", &[0, 0, 19_782]), "date32[day]", ["1970-01-01", null, "2024-02-29"]),
        (json!(["date64"]), of("<i8", &[0, 0, 86_400_000]), "date64[ms]", ["1970-01-01", null, "1970-01-02"]),
        (
            json!(["time64", "ns"]),
            of("<i8", &[1, 0, 3_600_000_000_000]),
            "time64[ns]",
            ["00:00:00.000000001", null, "01:00:00"],
        ),
        (
            json!(["duration", "s"]),
            of("<i8", &[-1, 0, 90_061]),
            "duration[s]",
            ["-1 days 23:59:59", null, "1 days 01:01:01"],
        ),
        (
            json!(["timestamp", "s", null]),
            of("<i8", &[0, 0, -1]),
            "timestamp[s]",
            ["1970-01-01T00:00:00", null, "1969-12-31T23:59:59"],
        ),
        (
            json!(["timestamp", "s", "+07:30"]),
            of("<i8", &[0, 0, 1]),
            "timestamp[s, tz=+07:30]",
            ["1970-01-01T07:30:00+07:30", null, "1970-01-01T07:30:01+07:30"],
        ),
        (
            json!(["timestamp", "s", "Europe/Paris"]),
            of("<i8", &[0, 0, 1]),
            "timestamp[s, tz=Europe/Paris]",
            ["1970-01-01T00:00:00Z[Europe/Paris]", null, "1970-01-01T00:00:01Z[Europe/Paris]"],
        ),
        (
            json!(["month_day_nano_interval"]),
            of("|V16", &[1 | 2 << 32 | 3 << 64, 0, -1]),
            "month_day_nano_interval",
            ["1 months 2 days 3 ns", null, "-1 months -1 days -1 ns"],
        ),
        (
            json!(["decimal128", 30, 2]),
            of("|V16", &[-10, 0, 12_345]),
            "decimal128(30, 2)",
            ["-0.10", null, "123.45"],
        ),
        (
            json!(["string"]),
            vec![bits(5), ints("<i4", &[1, 0, 2]), Value::bytes("aä")],
            "string",
            ["a", null, "ä"],
        ),
        (
            json!(["large_binary"]),
            vec![bits(5), ints("<i8", &[1, 0, 1]), Value::bytes("ab")],
            "large_binary",
            ["b'a'", null, "b'b'"],
        ),
        (
            json!(["fixed_size_binary", 2]),
            of("|V2", &[0x6261, 0, 0]),
            "fixed_size_binary[2]",
            ["b'ab'", null, "b'\\x00\\x00'"],
        ),
        (json!(["fixed_size_binary", 0]), vec![bits(5)], "fixed_size_binary[0]", ["b''", null, "b''"]),
        (json!(["list", item]), lists("<i4"), "list<item: int8>", ["[1, 2]", null, "[3]"]),
        (
            json!(["large_list_view", field]),
            lists("<i8"),
            "large_list_view<a: int8 not null>",
            ["[1, 2]", null, "[3]"],
        ),
        (
            json!(["fixed_size_list", item, 1]),
            vec![bits(5), bytes(&[1, 0, 3])],
            "fixed_size_list<item: int8>[1]",
            ["[1]", null, "[3]"],
        ),
        (
            json!(["struct", field, key]),
            vec![bits(5), bytes(&[1, 0, 3]), words(&["x", "", "y"])],
            "struct<a: int8 not null, key: string not null>",
            ["{a: 1, key: 'x'}", null, "{a: 3, key: 'y'}"],
        ),
        (
            json!(["map", key, item, true]),
            vec![
                bits(5),
                ints("<i4", &[1, 0, 1]),
                data(2, vec![Value::none(), words(&["x", "y"]), bytes(&[1, 2])]),
            ],
            "map<string, int8, keys_sorted>",
            ["{'x': 1}", null, "{'y': 2}"],
        ),
        (
            json!(["dictionary", ["int8"], ["string"], true]),
            vec![bits(5), ints("|i1", &[1, 0, 0]), words(&["x", "y"])],
            "dictionary<values=string, indices=int8, ordered=1>",
            ["y", null, "x"],
        ),
        (
            json!(["run_end_encoded", ["int16"], ["int8"]]),
            vec![ints("<i2", &[1, 2, 3]), data(3, of("|i1", &[1, 0, 3]))],
            "run_end_encoded<run_ends: int16, values: int8>",
            ["1", null, "3"],
        ),
        (
            json!(["sparse_union", [5, 7], field, key]),
            vec![ints("|i1", &[5, 5, 7]), data(3, of("|i1", &[1, 0, 3])), words(&["x", "y", "z"])],
            "sparse_union<a: int8 not null=5, key: string not null=7>",
            ["1", null, "z"],
        ),
        (
            json!(["dense_union", [5, 7], field, key]),
            vec![ints("|i1", &[7, 5, 7]), data(1, vec![bits(0), ints("|i1", &[0])]), words(&["x", "y"])],
            "dense_union<a: int8 not null=5, key: string not null=7>",
            ["x", null, "y"],
        ),
        (json!(["bool8"]), of("|i1", &[1, 0, 0]), "extension<arrow.bool8>", ["1", null, "0"]),
        (
            json!(["fixed_shape_tensor", ["int8"], [1, 1], null, null]),
            vec![bits(5), bytes(&[1, 0, 3])],
            "extension<arrow.fixed_shape_tensor>",
            ["[1]", null, "[3]"],
        ),
        (
            json!(["json", ["string"]]),
            vec![bits(5), ints("<i4", &[2, 0, 2]), Value::bytes("{}[]")],
            "extension<arrow.json>",
            ["{}", null, "[]"],
        ),
        (json!(["null"]), vec![], "null", [null; 3]),
    ]
}

#[test]
fn every_type_of_arrow_has_cells() {
    for (of, parts, dtype, cells) in of_three() {
        let value = array(&of, 3, parts);

        assert_eq!(shown(&value), (dtype.to_owned(), cells.map(str::to_owned).to_vec()));
        assert_eq!(written(|writer| value.write(writer)).value().unwrap(), value);
    }
}

#[test]
fn the_row_asked_for_may_be_any() {
    for (of, parts, _, cells) in of_three() {
        let value = array(&of, 3, parts);
        let of_value = Cells::of(&value).unwrap();

        for row in [2, 0, 2] {
            let cell = of_value.cell(row as u64).unwrap();
            assert_eq!(cell.text, cells[row].trim_matches(['(', ')']), "{of}");
        }
        assert!(matches!(of_value.cell(3), Err(FormatError::Damaged(_))));
    }
}

#[test]
fn long_and_deep_lists_are_cut() {
    let field = |of: &Json| json!(["item", of, true, null]);
    let long = array(
        &json!(["list", field(&json!(["int8"]))]),
        1,
        vec![Value::none(), ints("<i4", &[9]), bytes(&[1, 2, 3, 4, 5, 6, 7, 8, 9])],
    );
    let mut of = json!(["int8"]);
    let mut inner = bytes(&[1]);
    for _ in 0..5 {
        of = json!(["list", field(&of)]);
        inner = data(1, vec![Value::none(), ints("<i4", &[1]), inner]);
    }
    let deep = built(Built::ArrowArray, vec![tuple(&of), inner]);

    assert_eq!(shown(&long).1, ["[1, 2, 3, 4, 5, 6, 7, 8, …]"]);
    assert_eq!(shown(&deep).1, ["[[[…]]]"]);
}

fn series(name: &str, dtype: &Json, values: Value) -> Value {
    built(Built::PolarsSeries, vec![Value::str(name), tuple(dtype), values])
}

#[test]
fn every_dtype_of_polars_has_cells() {
    let one = |dtype: &str, item: i128| data(1, vec![Value::none(), ints(dtype, &[item])]);
    let coded = |dtype: &str| data(1, vec![Value::none(), ints(dtype, &[0]), words(&["x"])]);
    let halves =
        |low: u64, high: u64| data(1, vec![Value::none(), one("<u8", low.into()), one("<u8", high.into())]);
    let listed = |inner: Value| data(1, vec![Value::none(), ints("<i8", &[1]), inner]);
    let pair = data(1, vec![Value::none(), words(&["k"]), one("|i1", 1)]);
    let many: Vec<Json> =
        [json!("enum")].into_iter().chain((0..256).map(|at| json!(at.to_string()))).collect();
    let cases = [
        (json!(["int64"]), one("<i8", 7), "i64", "7"),
        (json!(["float32"]), one("<f4", 0x3fc0_0000), "f32", "1.5"),
        (json!(["int128"]), halves(u64::MAX, u64::MAX), "i128", "-1"),
        (json!(["uint128"]), halves(0, 1), "u128", "18446744073709551616"),
        (json!(["boolean"]), data(1, vec![Value::none(), bits(1)]), "bool", "True"),
        (json!(["string"]), words(&["a"]), "str", "a"),
        (json!(["binary"]), words(&["a"]), "binary", "b'a'"),
        (json!(["date"]), one("<i4", 1), "date", "1970-01-02"),
        (json!(["time"]), one("<i8", 1), "time", "00:00:00.000000001"),
        (json!(["datetime", "us", null]), one("<i8", 0), "datetime[μs]", "1970-01-01T00:00:00"),
        (json!(["datetime", "ms", "UTC"]), one("<i8", 0), "datetime[ms, UTC]", "1970-01-01T00:00:00+00:00"),
        (json!(["duration", "ns"]), one("<i8", 0), "duration[ns]", "0 days 00:00:00"),
        (json!(["decimal", 5, 1]), one("|V16", 15), "decimal[5,1]", "1.5"),
        (json!(["categorical", null]), coded("<u4"), "cat", "x"),
        (json!(["categorical", "n", "s", "uint8"]), coded("|u1"), "cat", "x"),
        (json!(["enum", "x"]), coded("|u1"), "enum", "x"),
        (Json::Array(many), coded("<u2"), "enum", "x"),
        (json!(["list", ["int8"]]), listed(bytes(&[5])), "list[i8]", "[5]"),
        (
            json!(["array", ["int8"], 2]),
            data(1, vec![Value::none(), bytes(&[1, 2])]),
            "array[i8, 2]",
            "[1, 2]",
        ),
        (
            json!(["struct", ["a", ["int8"]]]),
            data(1, vec![Value::none(), bytes(&[1])]),
            "struct[1]",
            "{a: 1}",
        ),
        (
            json!(["map", ["string"], ["int8"]]),
            data(1, vec![Value::none(), ints("<i4", &[1]), pair]),
            "map[str, i8]",
            "{'k': 1}",
        ),
        (json!(["null"]), data(1, vec![]), "null", "(null)"),
    ];

    for (dtype, values, name, cell) in cases {
        let value = series("a", &dtype, values);

        assert_eq!(shown(&value), (name.to_owned(), vec![cell.to_owned()]));
        assert_eq!(
            picture(&value),
            json!({"type": "polars.Series", "shape": [1], "dtype": name, "name": "a"})
        );
    }
}

fn schema() -> Value {
    let fields = json!([null, ["n", ["int8"], true, null], ["w", ["string"], true, null]]);
    tuple(&fields)
}

fn chunks(chunks: Vec<Value>) -> Value {
    built(Built::ArrowChunks, chunks)
}

fn arrow_table() -> Value {
    let texts = chunks(vec![words(&["a"]), words(&["b", "c"])]);
    built(Built::ArrowTable, vec![schema(), Value::int(3), chunks(vec![bytes(&[1, 2, 3])]), texts])
}

fn batch() -> Value {
    built(Built::ArrowBatch, vec![schema(), Value::int(1), bytes(&[1]), words(&["a"])])
}

fn polars_frame() -> Value {
    let columns =
        [series("n", &json!(["int8"]), bytes(&[1])), series("w", &json!(["string"]), words(&["a"]))];
    built(Built::PolarsFrame, [Value::int(1)].into_iter().chain(columns).collect())
}

#[test]
fn tables_of_arrow_and_polars_are_tables() {
    for (value, row_count, last) in [(arrow_table(), 3, "c"), (batch(), 1, "a"), (polars_frame(), 1, "a")] {
        let table = Table::of(&value).unwrap();

        assert_eq!((table.row_count, table.index.0), (row_count, None));
        let names: Vec<_> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["n", "w"]);
        assert_eq!(table.columns[1].1.cell(row_count - 1).unwrap().text, last);
        assert!(table.columns[1].1.cell(row_count).is_err());
        assert!(table.columns[0].1.is_numeric() && !table.columns[1].1.is_numeric());
        assert_eq!(table.columns[0].1.content(), Content::Int);
    }
}

#[test]
fn a_table_is_told_in_a_few_words_by_its_rows_and_columns() {
    let chart = [Value::str("api.Chart"), Value::tuple(vec![]), Value::dict(vec![])];

    assert_eq!(arrow_table().brief(), "pyarrow.Table(3, 2)");
    assert_eq!(batch().brief(), "pyarrow.RecordBatch(1, 2)");
    assert_eq!(polars_frame().brief(), "polars.DataFrame(1, 2)");
    assert_eq!(built(Built::AltairPart, chart.to_vec()).brief(), "altair.Chart");
}

#[test]
fn a_table_may_have_rows_and_no_columns() {
    let nothing = || tuple(&json!([null]));
    let bare = [
        built(Built::ArrowTable, vec![nothing(), Value::int(7)]),
        built(Built::ArrowBatch, vec![nothing(), Value::int(7)]),
        built(Built::PolarsFrame, vec![Value::int(7)]),
    ];

    for value in &bare {
        let table = Table::of(value).unwrap();
        assert_eq!((table.row_count, table.columns.len()), (7, 0));
    }
}

#[test]
fn a_column_of_pandas_says_that_it_is_of_arrow() {
    let parts = vec![tuple(&json!(["int8"])), data(2, vec![bits(1), ints("|i1", &[5, 0])])];
    let column = node(Node::Built { built: Built::ArrowColumn, row_count: 2, count: 2 }, parts.clone());
    let other = node(Node::Built { built: Built::ArrowColumn, row_count: 3, count: 2 }, parts);

    assert_eq!(shown(&column), ("int8[pyarrow]".into(), vec!["5".into(), "(<NA>)".into()]));
    assert_eq!(
        picture(&column),
        json!({"type": "ArrowExtensionArray", "shape": [2], "dtype": "int8[pyarrow]"})
    );
    assert_eq!(Cells::of(&other).unwrap().cell(0).unwrap().text, "…", "rows and values differ");
}

#[test]
fn what_its_type_does_not_say_shows_nothing() {
    let cases = [
        array(&json!(["money"]), 1, vec![]),
        array(&json!(["int8"]), 1, vec![]),
        array(&json!(["int8"]), -1, vec![Value::none(), ints("|i1", &[])]),
        array(&json!(["string"]), 1, vec![Value::none(), ints("<i4", &[1]), Value::none()]),
        array(&json!(["struct", ["a", ["int8"], true, null]]), 1, vec![Value::none()]),
        built(Built::ArrowTable, vec![tuple(&json!([null, "n"])), Value::int(1), chunks(vec![])]),
        series("a", &json!(["int8", 1]), bytes(&[1])),
    ];

    for value in &cases {
        assert!(Cells::of(value).is_none() && Table::of(value).is_none());
    }
}

#[test]
fn a_row_whose_bytes_are_not_there_is_damage() {
    let item = json!(["item", ["int8"], true, null]);
    let cases = [
        array(&json!(["int8"]), 9, vec![Value::none(), ints("|i1", &[])]),
        array(&json!(["int8"]), 9, vec![ints("|u1", &[]), ints("|i1", &[1])]),
        array(&json!(["string"]), 1, vec![Value::none(), ints("<i4", &[9]), Value::bytes("a")]),
        array(&json!(["large_string"]), 2, vec![Value::none(), ints("<i8", &[-1, 5]), Value::bytes("a")]),
        array(&json!(["list", item]), 1, vec![Value::none(), ints("<i4", &[2]), bytes(&[1])]),
        array(&json!(["fixed_size_list", item, u32::MAX]), 1, vec![Value::none(), bytes(&[1])]),
        array(
            &json!(["dictionary", ["int8"], ["int8"], false]),
            1,
            vec![Value::none(), ints("|i1", &[7]), bytes(&[1])],
        ),
        array(&json!(["run_end_encoded", ["int16"], ["int8"]]), 5, vec![ints("<i2", &[1]), bytes(&[])]),
        array(&json!(["dense_union", [0], item]), 1, vec![ints("|i1", &[3]), bytes(&[1])]),
    ];

    for value in &cases {
        assert!(matches!(Cells::of(value).unwrap().cell(0), Err(FormatError::Damaged(_))));
    }
}

fn picture(value: &Value) -> Json {
    let written = written(|writer| value.write(writer));
    summarise(&written.manifest, Limits::default()).unwrap().json
}

fn sparse(format: &str, is_matrix: bool) -> Value {
    let head = [Value::str(format), Value::bool(is_matrix), tuple(&json!([3, 4])), Value::bool(false)];
    built(Built::ScipySparse, head.into_iter().chain([ints("<i8", &[1])]).collect())
}

fn figure() -> Value {
    let trace = |kind: &str| Value::dict(vec![(Value::str("type"), Value::str(kind))]);
    let title = Value::dict(vec![(Value::str("text"), Value::str("t"))]);
    let layout = Value::dict(vec![(Value::str("title"), title)]);
    let data = Value::list(vec![trace("bar"), trace("pie")]);
    let tree = Value::dict(vec![(Value::str("data"), data), (Value::str("layout"), layout)]);
    built(Built::PlotlyFigure, vec![tree, Value::none()])
}

fn variable() -> Value {
    let parts = vec![tuple(&json!(["x"])), ints("<i8", &[1, 2]), Value::none(), Value::none()];
    built(Built::XarrayVariable, parts)
}

fn data_array() -> Value {
    built(
        Built::XarrayArray,
        vec![Value::str("n"), variable(), Value::tuple(vec![]), Value::str("x"), variable()],
    )
}

fn dataset() -> Value {
    let named = [Value::str("a"), Value::bool(false), variable()];
    let head = [Value::none(), Value::none(), Value::tuple(vec![])];
    built(Built::XarrayDataset, head.into_iter().chain(named).collect())
}

#[test]
fn every_kind_has_a_picture() {
    let of = tuple(&json!(["list", ["item", ["int8"], true, null]]));
    let chart = built(
        Built::AltairPart,
        vec![Value::str("api.LayerChart"), Value::tuple(vec![]), Value::dict(vec![])],
    );
    let parts = vec![tuple(&json!(["int8"])), chunks(vec![bytes(&[1]), bytes(&[2, 3])])];
    let columns = json!(["n", "w"]);
    let cases = [
        (
            array(&json!(["int8"]), 1, vec![Value::none(), ints("|i1", &[1])]),
            json!({"type": "pyarrow.Array", "shape": [1], "dtype": "int8"}),
        ),
        (
            built(Built::ArrowChunked, parts),
            json!({"type": "pyarrow.ChunkedArray", "shape": [3], "dtype": "int8"}),
        ),
        (built(Built::ArrowType, vec![of]), json!({"type": "pyarrow.DataType", "dtype": "list<item: int8>"})),
        (built(Built::ArrowSchema, vec![schema()]), json!({"type": "pyarrow.Schema"})),
        (
            built(Built::ArrowField, vec![tuple(&json!(["n", ["int8"], true, null]))]),
            json!({"type": "pyarrow.Field"}),
        ),
        (
            built(Built::ArrowScalar, vec![tuple(&json!(["int8"])), bytes(&[1])]),
            json!({"type": "pyarrow.Scalar", "dtype": "int8"}),
        ),
        (
            arrow_table(),
            json!({
                "type": "pyarrow.Table", "shape": [3, 2], "columns": columns, "dtypes": ["int8", "string"]
            }),
        ),
        (
            batch(),
            json!({
                "type": "pyarrow.RecordBatch", "shape": [1, 2], "columns": columns, "dtypes": ["int8", "string"]
            }),
        ),
        (
            polars_frame(),
            json!({
                "type": "polars.DataFrame", "shape": [1, 2], "columns": columns, "dtypes": ["i8", "str"]
            }),
        ),
        (sparse("csr", true), json!({"type": "scipy.sparse.csr_matrix", "shape": [3, 4], "dtype": "int64"})),
        (sparse("coo", false), json!({"type": "scipy.sparse.coo_array", "shape": [3, 4], "dtype": "int64"})),
        (figure(), json!({"type": "plotly.Figure", "traces": ["bar", "pie"], "title": "t"})),
        (chart, json!({"type": "altair.LayerChart"})),
        (built(Built::AltairUndefined, vec![]), json!({"type": "altair.Undefined"})),
        (variable(), json!({"type": "xarray.Variable", "shape": [2], "dims": ["x"], "dtype": "int64"})),
        (
            data_array(),
            json!({
                "type": "xarray.DataArray", "shape": [2], "dims": ["x"], "dtype": "int64", "name": "n", "coords": ["x"]
            }),
        ),
        (dataset(), json!({"type": "xarray.Dataset", "variables": ["a"]})),
    ];

    for (value, expected) in cases {
        assert_eq!(picture(&value), expected);
        assert_eq!(written(|writer| value.write(writer)).value().unwrap(), value);
    }
}

#[test]
fn a_table_of_many_columns_is_pictured_by_the_first() {
    let fields: Vec<Json> = (0..500).map(|at| json!([at.to_string(), ["int8"], true, null])).collect();
    let schema = tuple(&Json::Array([vec![Json::Null], fields].concat()));
    let columns = (0..500).map(|_| bytes(&[1]));
    let table = built(Built::ArrowBatch, [schema, Value::int(1)].into_iter().chain(columns).collect());

    let picture = picture(&table);

    assert_eq!(picture["shape"], json!([1, 500]));
    let shown = picture["columns"].as_array().unwrap();
    assert!((10..500).contains(&shown.len()));
    assert_eq!((&shown[0], &shown[shown.len() - 1]), (&json!("0"), &json!("…")));
}

#[test]
fn memory_of_arrow_is_no_value() {
    for part in [bytes(&[1]), chunks(vec![])] {
        let mut writer = stillroom_format::Writer::new(Limits::default());
        assert!(part.write(&mut writer).is_err());

        let mut writer = stillroom_format::Writer::new(Limits::default());
        assert!(Value::list(vec![part]).write(&mut writer).is_err());
    }
}
