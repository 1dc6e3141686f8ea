//! The head of a table can be shown without Python.

use stillroom_format::{
    Cells, ClassName, Column, Dtype, FormatError, MissingCell, Node, PathFlavour, Payload, Table, Text,
    TextFlavour, Value, Zone,
};

use crate::support::{f64s, i64s, leaf, node};

fn dtype(text: &str) -> Dtype {
    Dtype::parse(text).unwrap()
}

fn fixed(text: &str, row_count: u64, values: &[u8]) -> Value {
    leaf(Node::Column(Column::Fixed { dtype: dtype(text), row_count, values: Payload::Inline(values) }))
}

fn masked(text: &str, row_count: u64, values: &[u8], validity: &[u8]) -> Value {
    let (values, validity) = (Payload::Inline(values), Some(Payload::Inline(validity)));
    leaf(Node::Column(Column::Masked { dtype: dtype(text), row_count, values, validity }))
}

fn zoned(unit: &str, counts: &[i64], zone: Zone<'_>) -> Value {
    let (row_count, values) = (counts.len() as u64, i64s(counts));
    node(
        Node::Column(Column::Zoned { unit, row_count, values: Payload::Inline(&values) }),
        vec![leaf(Node::Zone(zone))],
    )
}

fn text(cells: &[&str], missing: MissingCell, validity: Option<&[u8]>) -> Value {
    let lengths: Vec<u8> = cells.iter().flat_map(|cell| (cell.len() as u32).to_le_bytes()).collect();
    leaf(Node::Column(Column::Text {
        flavour: TextFlavour::PyarrowNan,
        missing,
        has_surrogates: false,
        row_count: cells.len() as u64,
        lengths: Payload::Inline(&lengths),
        text: Payload::Inline(cells.concat().as_bytes()),
        validity: validity.map(Payload::Inline),
    }))
}

fn index(name: Value, column: Value) -> Value {
    node(Node::Index(None), vec![name, column])
}

fn category(codes: &[u8], categories: Value) -> Value {
    let column = Column::Category {
        dtype: dtype("|i1"),
        is_ordered: false,
        row_count: codes.len() as u64,
        codes: Payload::Inline(codes),
    };
    node(Node::Column(column), vec![categories])
}

/// The dtype of a column and the text of all its cells, a missing one in parentheses.
fn shown(column: &Value) -> (String, Vec<String>) {
    let cells = Cells::of(column).unwrap();
    let cell = |row| {
        let cell = cells.cell(row).unwrap();
        if cell.is_missing { format!("({})", cell.text) } else { cell.text.into_owned() }
    };
    (cells.dtype().to_owned(), (0..cells.row_count()).map(cell).collect())
}

#[test]
fn every_column_shows_its_cells() {
    let utc = Zone::Utc;
    let summer = Zone::Fixed { offset_us: 7_200_000_000, name: None };
    let half = [0x66, 0x2e, 0x00, 0x7c, 0x01, 0x00, 0x00, 0xfc];
    let cases: [(Value, &str, &[&str]); 26] = [
        (fixed("<f8", 4, &f64s(&[0.1, -0.0, 1e22, f64::NAN])), "float64", &["0.1", "-0.0", "1e22", "(NaN)"]),
        (
            fixed("<f4", 2, &[0.1f32.to_le_bytes(), f32::INFINITY.to_le_bytes()].concat()),
            "float32",
            &["0.1", "inf"],
        ),
        (fixed("<f2", 4, &half), "float16", &["0.0999755859375", "inf", "5.960464477539063e-8", "-inf"]),
        (fixed("|i1", 2, &[255, 127]), "int8", &["-1", "127"]),
        (fixed(">i2", 2, &[1, 0, 255, 255]), ">i2", &["256", "-1"]),
        (fixed("<u8", 1, &[255; 8]), "uint64", &["18446744073709551615"]),
        (fixed("|b1", 2, &[0, 1]), "bool", &["False", "True"]),
        (fixed("<c16", 1, &f64s(&[1.0, -2.0])), "complex128", &["(1.0-2.0j)"]),
        (
            fixed("<M8[ns]", 2, &i64s(&[1_000_000_001, i64::MIN])),
            "datetime64[ns]",
            &["1970-01-01T00:00:01.000000001", "(NaT)"],
        ),
        (fixed("<M8[D]", 2, &i64s(&[-1, 11_016])), "datetime64[D]", &["1969-12-31", "2000-02-29"]),
        (fixed("<M8[M]", 1, &i64s(&[-1])), "datetime64[M]", &["1969-12"]),
        (fixed("<M8[Y]", 1, &i64s(&[54])), "datetime64[Y]", &["2024"]),
        (fixed("<M8[15m]", 1, &i64s(&[5])), "datetime64[15m]", &["1970-01-01T01:15:00"]),
        (
            fixed("<m8[s]", 2, &i64s(&[90_061, -1])),
            "timedelta64[s]",
            &["1 days 01:01:01", "-1 days 23:59:59"],
        ),
        (fixed("<m8[M]", 1, &i64s(&[3])), "timedelta64[M]", &["3 M"]),
        (fixed("|S3", 1, b"a\"\0"), "|S3", &["b'a\\\"'"]),
        (fixed("<U2", 1, &[97, 0, 0, 0, 0, 0, 0, 0]), "<U2", &["a"]),
        (masked("<i8", 2, &i64s(&[7, 7]), &[0b10]), "Int64", &["(<NA>)", "7"]),
        (
            masked("|b1", 9, &[1; 9], &[0xff, 0]),
            "boolean",
            &["True", "True", "True", "True", "True", "True", "True", "True", "(<NA>)"],
        ),
        (masked("<u2", 1, &[1, 0], &[1]), "UInt16", &["1"]),
        (masked("<f4", 1, &0.5f32.to_le_bytes(), &[1]), "Float32", &["0.5"]),
        (zoned("s", &[0, i64::MIN], utc), "datetime64[s, UTC]", &["1970-01-01T00:00:00+00:00", "(NaT)"]),
        (zoned("us", &[1_500_000], summer), "datetime64[us, UTC+02:00]", &["1970-01-01T02:00:01.500+02:00"]),
        (
            zoned("ns", &[0], Zone::Region("America/Santiago")),
            "datetime64[ns, America/Santiago]",
            &["1970-01-01T00:00:00Z[America/Santiago]"],
        ),
        (text(&["a", "", "ño"], MissingCell::None, Some(&[0b101])), "str", &["a", "(None)", "ño"]),
        (
            category(&[1, 255, 0], index(Value::none(), text(&["x", "y"], MissingCell::None, None))),
            "category",
            &["y", "(NaN)", "x"],
        ),
    ];

    for (column, dtype, cells) in &cases {
        assert_eq!(shown(column), (dtype.to_string(), cells.iter().map(ToString::to_string).collect()));
    }
}

#[test]
fn cells_of_objects_are_shown_in_a_few_words() {
    let class = ClassName { module: "app", qualname: "Mode" };
    let cells: Vec<(Value, &str)> = vec![
        (Value::none(), "(None)"),
        (leaf(Node::Na), "(<NA>)"),
        (leaf(Node::NaT), "(NaT)"),
        (Value::float(f64::NAN), "(NaN)"),
        (Value::float(2.0), "2.0"),
        (Value::bool(true), "True"),
        (Value::int(-3), "-3"),
        (Value::big_int(false, &[255; 8]), "18446744073709551615"),
        (Value::big_int(true, &[255; 8]), "-18446744073709551615"),
        (Value::big_int(true, &[255; 10]), "int of 80 bits"),
        (Value::str("a"), "a"),
        (leaf(Node::Str(Text::Surrogates(Payload::Inline(b"a\xed\xa0\x80")))), "a\u{fffd}\u{fffd}\u{fffd}"),
        (Value::bytes(vec![0, 97]), "b'\\x00a'"),
        (Value::bytes(vec![0; 100]), "bytes(100)"),
        (Value::tuple(vec![Value::str("ridge"), Value::int(7)]), "('ridge', 7)"),
        (Value::tuple(vec![Value::tuple(vec![Value::none()])]), "(tuple(1),)"),
        (Value::list(vec![Value::none(); 3]), "list(3)"),
        (Value::dict(vec![]), "dict(0)"),
        (node(Node::Decimal, vec![Value::str("0.10")]), "0.10"),
        (node(Node::Fraction, vec![Value::int(1), Value::int(3)]), "1/3"),
        (node(Node::Path(PathFlavour::Posix), vec![Value::str("a/b")]), "a/b"),
        (leaf(Node::Uuid([0x11; 16], None)), "11111111-1111-1111-1111-111111111111"),
        (leaf(Node::Enum(class, vec!["FAST"])), "Mode.FAST"),
        (leaf(Node::Date(2024, 2, 29)), "2024-02-29"),
        (leaf(Node::TimeDelta(-1, 0, 1)), "-1 days 00:00:00.000001"),
        (leaf(Node::PandasTimedelta(1, "ms")), "0 days 00:00:00.001"),
        (node(Node::Timestamp(0, "ns", false), vec![Value::none()]), "1970-01-01T00:00:00"),
        (leaf(Node::NumpyScalar(dtype("<f4"), &0.1f32.to_le_bytes())), "0.1"),
        (leaf(Node::NumpyScalar(dtype("<M8[D]"), &i64::MIN.to_le_bytes())), "NaT"),
        (leaf(Node::Zone(Zone::Region("Europe/Paris"))), "Europe/Paris"),
        (leaf(Node::Ellipsis), "Ellipsis"),
    ];
    let (values, expected): (Vec<_>, Vec<_>) = cells.into_iter().unzip();

    let column = node(Node::Column(Column::Object { row_count: values.len() as u64 }), values);

    assert_eq!(shown(&column), ("object".into(), expected.into_iter().map(String::from).collect()));
}

#[test]
fn rows_of_text_can_be_asked_for_in_any_order() {
    let column = text(&["a", "bb", "", "cccc"], MissingCell::None, None);
    let cells = Cells::of(&column).unwrap();

    let texts: Vec<_> = [3, 0, 2, 1, 3].map(|row| cells.cell(row).unwrap().text.into_owned()).into();

    assert_eq!(texts, ["cccc", "a", "", "bb", "cccc"]);
}

#[test]
fn a_row_that_is_not_there_is_damage() {
    let lengths = leaf(Node::Column(Column::Text {
        flavour: TextFlavour::Object,
        missing: MissingCell::None,
        has_surrogates: false,
        row_count: 2,
        lengths: Payload::Inline(&[255; 8]),
        text: Payload::Inline(b"short"),
        validity: None,
    }));
    let columns = [
        lengths,
        fixed("<f8", 0, &[]),
        fixed("<f8", 1 << 62, &f64s(&[])),
        masked("|i1", 1, &[1], &[]),
        category(&[5], index(Value::none(), text(&["x"], MissingCell::None, None))),
        category(&[128], index(Value::none(), text(&["x"], MissingCell::None, None))),
        text(&[], MissingCell::None, None),
    ];

    for column in &columns {
        let cells = Cells::of(column).unwrap();

        for row in [0, 1, (1 << 62) - 1, u64::MAX] {
            assert!(matches!(cells.cell(row), Err(FormatError::Damaged(_))));
        }
    }
}

#[test]
fn a_frame_is_a_table_of_labelled_columns() {
    let labels = index(Value::none(), text(&["visits", "visits"], MissingCell::None, None));
    let days = index(Value::str("day"), fixed("<M8[D]", 2, &i64s(&[0, 1])));
    let columns = [fixed("<f8", 2, &f64s(&[1.0, 2.0])), masked("<i8", 2, &i64s(&[3, 4]), &[3])];
    let frame =
        node(Node::Frame(2, 2, true), [days, labels, Value::none()].into_iter().chain(columns).collect());

    let table = Table::of(&frame).unwrap();

    assert_eq!(table.row_count, 2);
    assert_eq!(table.index.0.as_deref(), Some("day"));
    assert_eq!(table.index.1.cell(1).unwrap().text, "1970-01-02");
    let heads: Vec<_> = table.columns.iter().map(|(label, cells)| (label.as_str(), cells.dtype())).collect();
    assert_eq!(heads, [("visits", "float64"), ("visits", "Int64")]);
    assert!(table.columns.iter().all(|(_, cells)| cells.is_numeric()));
}

#[test]
fn a_series_is_a_table_of_one_column() {
    let range = node(Node::RangeIndex(10, 4, -3), vec![Value::none()]);
    let series =
        node(Node::Series(true), vec![Value::int(5), range, fixed("|b1", 2, &[0, 1]), Value::none()]);

    let table = Table::of(&series).unwrap();

    assert_eq!((table.row_count, table.index.0.clone()), (2, None));
    assert_eq!(table.index.1.cell(1).unwrap().text, "7");
    assert_eq!(table.columns[0].0, "5");
    assert!(!table.columns[0].1.is_numeric() && table.index.1.is_numeric());
    assert_eq!(shown(&series).1, ["False", "True"]);
}

#[test]
fn what_is_no_table_has_none() {
    let inner = index(Value::none(), category(&[], index(Value::none(), text(&[], MissingCell::None, None))));

    assert!(Table::of(&Value::list(vec![])).is_none());
    assert!(Cells::of(&Value::none()).is_none());
    assert!(Cells::of(&category(&[], inner)).is_none(), "categories are of no categories");
}
