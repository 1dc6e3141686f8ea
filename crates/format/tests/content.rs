//! What cells say, and the numbers and values behind them, for forms that keep more than their text.

use stillroom_format::{
    ArrayHead, Built, Cells, Column, Content, Dtype, FormatError, MemoryOrder, MissingCell, Node, Number,
    Payload, TextFlavour, Value, Zone,
};

use crate::support::{f64s, i64s, leaf, node};

fn dtype(text: &str) -> Dtype {
    Dtype::parse(text).unwrap()
}

fn built(built: Built, row_count: u64, parts: Vec<Value>) -> Value {
    node(Node::Built { built, row_count, count: parts.len() as u64 }, parts)
}

fn array(of: &str, shape: &[u64], order: MemoryOrder, items: &[u8]) -> Value {
    let head = ArrayHead { dtype: dtype(of), shape: shape.to_vec(), order, is_writeable: true };
    leaf(Node::Array(head, Payload::Inline(items)))
}

fn fixed(of: &str, row_count: u64, values: &[u8]) -> Value {
    leaf(Node::Column(Column::Fixed { dtype: dtype(of), row_count, values: Payload::Inline(values) }))
}

fn text(bytes: &[u8], has_surrogates: bool) -> Value {
    leaf(Node::Column(Column::Text {
        flavour: TextFlavour::Object,
        missing: MissingCell::None,
        has_surrogates,
        row_count: 1,
        lengths: Payload::Inline(&(bytes.len() as u32).to_le_bytes()),
        text: Payload::Inline(bytes),
        validity: None,
    }))
}

fn objects(cells: Vec<Value>) -> Value {
    node(Node::Column(Column::Object { row_count: cells.len() as u64 }), cells)
}

fn index(column: Value) -> Value {
    node(Node::Index(None), vec![Value::none(), column])
}

fn category(codes: &[u8], categories: Value) -> Value {
    let row_count = codes.len() as u64;
    let codes = Payload::Inline(codes);
    let column = Column::Category { dtype: dtype("|i1"), is_ordered: false, row_count, codes };
    node(Node::Column(column), vec![index(categories)])
}

fn sparse(fill_value: Value) -> Value {
    let values = array("<f4", &[1], MemoryOrder::C, &0.5f32.to_le_bytes());
    let positions = array("<i4", &[1], MemoryOrder::C, &1i32.to_le_bytes());
    built(Built::SparseColumn, 2, vec![Value::str("block"), fill_value, values, positions])
}

/// Two rows of an Arrow type in each of `chunks`, the second null.
fn chunked(of: Vec<Value>, item: &[u8], of_item: &str, chunk_count: usize) -> Value {
    let validity = array("|u1", &[1], MemoryOrder::C, &[1]);
    let items = array(of_item, &[2], MemoryOrder::C, &[item, &vec![0; item.len()]].concat());
    let chunk = built(Built::ArrowData, 0, vec![Value::int(2), validity, items]);
    let chunks = built(Built::ArrowChunks, 0, vec![chunk; chunk_count]);
    built(Built::ArrowChunked, 0, vec![Value::tuple(of), chunks])
}

/// What cells say, what their bits count, and those of each row.
fn behind(value: &Value) -> (Content, Option<String>, Vec<Option<u64>>) {
    let cells = Cells::of(value).unwrap();
    let bits = (0..cells.row_count()).map(|row| cells.bits(row).unwrap());
    (cells.content(), cells.number().map(|number| format!("{number:?}")), bits.collect())
}

#[test]
fn bits_are_those_of_the_number_filled_up_by_its_sign() {
    let nan = f64::NAN.to_bits();
    let zoned = Column::Zoned { unit: "us", row_count: 2, values: Payload::Inline(&i64s(&[7, i64::MIN])) };
    let zoned = node(Node::Column(zoned), vec![leaf(Node::Zone(Zone::Utc))]);
    let fill = leaf(Node::NumpyScalar(dtype("<f4"), &(-0.0f32).to_le_bytes()));
    let half = |value: f32| u64::from(value.to_bits());
    let (name, unit) =
        (|name: &str| vec![Value::str(name)], |name, unit| vec![Value::str(name), Value::str(unit)]);
    let minus = u64::MAX;
    let cases = [
        (fixed("|i1", 2, &[255, 1]), Content::Int, "Int(8)", vec![Some(minus), Some(1)]),
        (fixed(">u2", 1, &[1, 2]), Content::Int, "Uint(16)", vec![Some(0x102)]),
        (fixed("|b1", 2, &[1, 0]), Content::Bool, "Bool", vec![Some(1), Some(0)]),
        (fixed("<f8", 1, &f64s(&[f64::NAN])), Content::Float, "Float(64)", vec![Some(nan)]),
        (
            fixed("<M8[25s]", 2, &i64s(&[-1, i64::MIN])),
            Content::Time,
            "Instant { unit: \"25s\", is_utc: false }",
            vec![Some(minus), None],
        ),
        (fixed("<m8[ns]", 1, &i64s(&[3])), Content::Time, "Duration(\"ns\")", vec![Some(3)]),
        (zoned, Content::Time, "Instant { unit: \"us\", is_utc: true }", vec![Some(7), None]),
        (
            category(&[1, 255], fixed("<i8", 2, &i64s(&[5, -1]))),
            Content::Int,
            "Int(64)",
            vec![Some(minus), None],
        ),
        (
            node(Node::RangeIndex(4, 0, -2), vec![Value::none()]),
            Content::Int,
            "Int(64)",
            vec![Some(4), Some(2)],
        ),
        (sparse(fill), Content::Float, "Float(32)", vec![Some(half(-0.0)), Some(half(0.5))]),
        (
            chunked(name("date32"), &(-1i32).to_le_bytes(), "<i4", 2),
            Content::Time,
            "Date(\"D\")",
            vec![Some(minus), None, Some(minus), None],
        ),
        (
            chunked(unit("time32", "ms"), &[9, 0, 0, 0], "<i4", 1),
            Content::Time,
            "Clock(\"ms\")",
            vec![Some(9), None],
        ),
    ];

    for (value, content, number, bits) in cases {
        assert_eq!(behind(&value), (content, Some(number.to_owned()), bits));
    }
}

#[test]
fn what_has_no_bits_says_so() {
    let surrogate = [0x00, 0xd8, 0, 0];
    let cases = [
        (fixed("<c8", 1, &[0; 8]), Content::Complex),
        (fixed("<U1", 1, &[97, 0, 0, 0]), Content::Text),
        (fixed("<U1", 1, &surrogate), Content::Bytes),
        (fixed("|S1", 1, b"a"), Content::Bytes),
        (text(b"a", false), Content::Text),
        (text(b"\xed\xa0\x80", true), Content::Bytes),
        (objects(vec![Value::int(1)]), Content::Values),
        (category(&[0], objects(vec![Value::int(1)])), Content::Values),
        (sparse(Value::str("no float")), Content::Float),
    ];

    for (value, content) in cases {
        let cells = Cells::of(&value).unwrap();

        assert_eq!((cells.content(), cells.number(), cells.bits(0).unwrap()), (content, None, None));
    }
}

#[test]
fn values_behind_cells_are_found_through_categories_and_masks() {
    let cells = || objects(vec![Value::list(vec![]), Value::str("b")]);
    let mask = array("|b1", &[2], MemoryOrder::C, &[1, 0]);
    let shape = Value::tuple(vec![Value::int(2)]);
    let data = built(Built::ObjectArray, 0, vec![shape, Value::bool(false), Value::bool(true), cells()]);
    let masked = built(Built::MaskedArray, 0, vec![data, mask, Value::none(), Value::bool(false)]);
    let value = |of: &Value, row| Cells::of(of).unwrap().value(row).unwrap().cloned();

    assert_eq!(value(&cells(), 0), Some(Value::list(vec![])));
    assert_eq!(value(&category(&[1, 255], cells()), 0), Some(Value::str("b")));
    assert_eq!(value(&category(&[1, 255], cells()), 1), None);
    assert_eq!((value(&masked, 0), value(&masked, 1)), (None, Some(Value::str("b"))));
    assert_eq!(value(&fixed("|i1", 1, &[1]), 0), None);
}

#[test]
fn a_mask_hides_the_items_it_stands_for_in_whatever_order_both_lie() {
    let items: Vec<u8> = (1..=6).collect();
    let masked = |order| {
        let data = array("|u1", &[2, 3], MemoryOrder::Fortran, &items);
        let mask = array("|b1", &[2, 3], order, &[0, 1, 0, 0, 0, 1]);
        built(Built::MaskedArray, 0, vec![data, mask, Value::none(), Value::bool(false)])
    };
    let shown = |value: &Value| {
        let cells = Cells::of(value).unwrap();
        (0..6).map(|row| cells.cell(row).unwrap().text.into_owned()).collect::<Vec<_>>()
    };

    assert_eq!(shown(&masked(MemoryOrder::Fortran)), ["1", "--", "3", "4", "5", "--"]);
    assert_eq!(shown(&masked(MemoryOrder::C)), ["1", "2", "--", "4", "5", "--"]);
    assert_eq!(masked(MemoryOrder::C).axes(), Some((vec![2, 3], MemoryOrder::Fortran)));
}

#[test]
fn each_level_of_an_index_has_its_labels_row_by_row() {
    let codes = |codes: &[u8]| array("|i1", &[3], MemoryOrder::C, codes);
    let levels = vec![
        Value::tuple(vec![Value::str("site"), Value::none()]),
        Value::none(),
        index(text(b"north", false)),
        codes(&[0, 255, 0]),
        index(fixed("<i8", 2, &i64s(&[7, 14]))),
        codes(&[1, 0, 0]),
    ];
    let levels = built(Built::MultiIndex, 3, levels);

    let [sites, days] = &Cells::levels(&levels).unwrap()[..] else { panic!("two levels") };

    let cell = |cells: &Cells<'_>, row| cells.cell(row).unwrap().text.into_owned();
    assert_eq!([0, 1, 2].map(|row| cell(sites, row)), ["north", "NaN", "north"]);
    assert_eq!([0, 1, 2].map(|row| days.bits(row).unwrap()), [Some(14), Some(7), Some(7)]);
    assert_eq!((sites.content(), days.number()), (Content::Text, Some(Number::Int(64))));
    assert!(Cells::levels(&index(text(b"a", false))).is_none());
}

#[test]
fn bits_and_values_that_are_not_there_are_damage() {
    for value in [fixed("<f8", 3, &[]), category(&[9], fixed("|i1", 1, &[1])), objects(vec![])] {
        let cells = Cells::of(&value).unwrap();

        assert!(matches!(cells.bits(5), Err(FormatError::Damaged(_))));
        assert!(matches!(cells.value(5), Err(FormatError::Damaged(_))));
    }
    let short = fixed("<f8", 3, &[]);
    assert!(matches!(Cells::of(&short).unwrap().bits(0), Err(FormatError::Damaged(_))));
}
