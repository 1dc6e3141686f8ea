//! Parts of values: which rows, which bytes, and what is left to whoever builds them.

use bytes::Bytes;
use proptest::prelude::*;
use stillroom_format::{
    ArrayHead, Cells, Column, Dtype, FormatError, Limits, MemoryOrder, MissingCell, Need, Node, Nodes, Part,
    PartReader, Payload, Rows, Table, TextFlavour, Value, strategies,
};

use crate::support::{Written, i64s, leaf, node, written};

fn rows(start: impl Into<Option<i64>>, stop: impl Into<Option<i64>>) -> Rows {
    Rows { start: start.into(), stop: stop.into() }
}

#[test]
fn rows_are_counted_as_python_s_slices_count_them() {
    let cases = [
        (rows(None, None), 10, 0..10),
        (rows(2, 5), 10, 2..5),
        (rows(2, None), 10, 2..10),
        (rows(None, -3), 10, 0..7),
        (rows(-3, None), 10, 7..10),
        (rows(-30, 30), 10, 0..10),
        (rows(5, 3), 10, 5..5),
        (rows(20, 30), 10, 10..10),
        (rows(i64::MIN, i64::MAX), 3, 0..3),
        (rows(0, 1), 0, 0..0),
    ];

    for (rows, count, expected) in cases {
        assert_eq!(rows.of(count), expected, "{rows:?} of {count}");
    }
}

/// A value of the part, its bytes as a store would hand them out, and what it needed.
fn part(written: &Written, part: &Part) -> Result<(Value, Vec<Need>), FormatError> {
    let reader = || PartReader::new(&written.manifest, Limits::default(), part.clone());
    let mut first = reader();
    first.read_all()?;
    let lengths = |payload: &Payload<'_>| match payload {
        Payload::Inline(bytes) => bytes.to_vec(),
        Payload::Buffer(number) => written.buffers[*number as usize].to_vec(),
    };
    let texts: Result<Vec<_>, _> =
        first.texts().iter().map(|texts| texts.range(&lengths(&texts.lengths))).collect();
    let texts = texts?;
    let mut second = reader().with_texts(texts.clone());
    second.read_all()?;
    let needs = second.needs().to_vec();
    let stretch = |number: u32| -> Bytes {
        let need = needs.iter().find(|need| need.buffer == number).expect("it said that it needs this one");
        written.buffers[number as usize].slice(need.bytes.start as usize..need.bytes.end as usize)
    };
    let value = Value::read(&mut reader().with_texts(texts), |number| Ok::<_, FormatError>(stretch(number)))?;
    Ok((value, needs))
}

fn of_rows(rows: Rows) -> Part {
    Part { rows: Some(rows), ..Part::default() }
}

fn of_columns(columns: &[u64]) -> Part {
    Part { columns: Some(columns.to_vec()), ..Part::default() }
}

fn counts(row_count: u64) -> Value {
    let values = i64s(&(0..row_count as i64).collect::<Vec<_>>());
    let dtype = Dtype::parse("<i8").unwrap();
    leaf(Node::Column(Column::Fixed { dtype, row_count, values: Payload::Inline(&values) }))
}

/// `0`, `1`, `2` and so on; every third is missing when some are.
fn texts(row_count: u64, some_are_missing: bool) -> Value {
    let is_missing = |row: u64| some_are_missing && row.is_multiple_of(3);
    let cells: Vec<String> =
        (0..row_count).map(|row| if is_missing(row) { String::new() } else { row.to_string() }).collect();
    let lengths: Vec<u8> = cells.iter().flat_map(|cell| (cell.len() as u32).to_le_bytes()).collect();
    let mut bits = vec![0_u8; row_count.div_ceil(8) as usize];
    (0..row_count).filter(|row| !is_missing(*row)).for_each(|row| bits[row as usize / 8] |= 1 << (row % 8));
    leaf(Node::Column(Column::Text {
        flavour: TextFlavour::PythonNan,
        missing: MissingCell::None,
        has_surrogates: false,
        row_count,
        lengths: Payload::Inline(&lengths),
        text: Payload::Inline(cells.concat().as_bytes()),
        validity: some_are_missing.then_some(Payload::Inline(&bits)),
    }))
}

fn range_index(count: u64) -> Value {
    node(Node::RangeIndex(0, count as i64, 1), vec![Value::none()])
}

fn frame(columns: Vec<Value>, row_count: u64) -> Written {
    let head = Node::Frame(row_count, columns.len() as u64, true);
    let index = node(Node::Index(None), vec![Value::none(), counts(row_count)]);
    let children = [index, range_index(columns.len() as u64), Value::none()].into_iter().chain(columns);
    let frame = node(head, children.collect());
    written(|writer| frame.write(writer))
}

fn cells(value: &Value) -> Vec<String> {
    let cells = Cells::of(value).unwrap();
    (0..cells.row_count()).map(|row| cells.cell(row).unwrap().text.into_owned()).collect()
}

#[test]
fn other_columns_are_left_out_and_not_needed() {
    let written = frame(vec![counts(2000), texts(2000, false), counts(2000), counts(2000)], 2000);

    let (value, needs) = part(&written, &of_columns(&[0, 2])).unwrap();

    assert!(matches!(value.node(), Node::Frame(2000, 2, true)));
    assert_eq!(value.children().len(), 5);
    // The index, the first column and the third: the text of the second, with its lengths, is not.
    assert_eq!(needs.iter().map(|need| need.buffer).collect::<Vec<_>>(), [0, 1, 4]);
}

#[test]
fn columns_of_what_has_none_are_refused() {
    let written = written(|writer| writer.int(1));

    assert!(matches!(part(&written, &of_columns(&[0])), Err(FormatError::Misuse(_))));
}

#[test]
fn of_rows_of_fixed_width_only_their_bytes_are_needed() {
    let written = frame(vec![counts(1000)], 1000);

    let (value, needs) = part(&written, &of_rows(rows(100, 103))).unwrap();

    assert!(matches!(value.node(), Node::Frame(3, 1, true)));
    assert_eq!(needs, [0, 1].map(|buffer| Need { buffer, bytes: 800..824 }));
    assert_eq!(cells(&value.children()[3]), ["100", "101", "102"]);
    assert_eq!(cells(&value.children()[0]), ["100", "101", "102"]);
}

#[test]
fn of_text_the_lengths_before_are_needed_and_of_the_text_its_own() {
    let written = frame(vec![texts(5000, false)], 5000);

    let (value, needs) = part(&written, &of_rows(rows(4000, 4002))).unwrap();

    assert_eq!(cells(&value.children()[3]), ["4000", "4001"]);
    // 10 texts of one character, 90 of two, 900 of three; then those of four.
    let start = 10 + 2 * 90 + 3 * 900 + 4 * 3000;
    assert_eq!(
        needs[1..],
        [Need { buffer: 2, bytes: start..start + 8 }, Need { buffer: 1, bytes: 16_000..16_008 }]
    );
}

#[test]
fn a_bitmap_is_cut_at_bytes_and_the_rows_before_are_left_to_be_taken() {
    let values = frame(vec![texts(5000, true)], 5000);
    let mut reader = PartReader::new(&values.manifest, Limits::default(), of_rows(rows(13, 20)));
    let taken: Vec<_> =
        std::iter::from_fn(|| reader.node().ok().map(|node| (node, reader.rows_to_take()))).collect();

    assert!(matches!(taken[1..4], [(Node::Index(_), None), (Node::None, None), (Node::Column(_), None)]));
    let (Node::Column(Column::Text { row_count, .. }), to_take) = &taken[taken.len() - 1] else {
        panic!("a text")
    };
    assert_eq!((*row_count, *to_take), (12, Some(rows(5, 12))));

    let (value, _) = part(&values, &of_rows(rows(13, 20))).unwrap();

    assert_eq!(cells(&value.children()[3])[5..], ["13", "14", "None", "16", "17", "None", "19"]);
}

#[test]
fn what_can_t_be_cut_comes_whole() {
    let objects = node(Node::Column(Column::Object { row_count: 3 }), (0..3).map(Value::int).collect());
    let written = frame(vec![objects], 3);
    let mut reader = PartReader::new(&written.manifest, Limits::default(), of_rows(rows(1, 2)));
    let mut taken = Vec::new();
    while let Ok(node) = reader.node() {
        taken.extend(reader.rows_to_take().map(|rows| (node.child_count(), rows)));
    }

    assert_eq!(taken, [(3, rows(1, 2))]);
}

#[test]
fn rows_of_an_array_are_those_of_its_first_axis() {
    let head = |order| ArrayHead {
        dtype: Dtype::parse("<i8").unwrap(),
        shape: vec![100, 10],
        order,
        is_writeable: true,
    };
    let items = i64s(&(0..1000).collect::<Vec<_>>());
    let array = |order| written(|writer| writer.array(&head(order), Box::new(items.clone())));

    let (value, needs) = part(&array(MemoryOrder::C), &of_rows(rows(-2, None))).unwrap();
    assert_eq!(needs, [Need { buffer: 0, bytes: 7840..8000 }]);
    assert!(matches!(value.node(), Node::Array(head, _) if head.shape == [2, 10]));

    let (value, needs) = part(&array(MemoryOrder::Fortran), &of_rows(rows(-2, None))).unwrap();
    assert_eq!(needs, [Need { buffer: 0, bytes: 0..8000 }]);
    assert!(matches!(value.node(), Node::Array(head, _) if head.shape == [100, 10]));
}

#[test]
fn no_rows_need_no_bytes() {
    let written = frame(vec![counts(1000), texts(1000, true)], 1000);

    let (value, needs) = part(&written, &of_rows(rows(5, 5))).unwrap();

    assert!(matches!(value.node(), Node::Frame(0, 2, true)));
    assert_eq!(needs, []);
}

#[test]
fn one_child_is_read_as_if_it_stood_alone() {
    let written = frame(vec![counts(1000)], 1000);

    let (value, needs) = part(&written, &Part { child: Some(0), ..Part::default() }).unwrap();

    assert!(matches!(value.node(), Node::Index(None)));
    assert_eq!(needs, [Need { buffer: 0, bytes: 0..8000 }]);
}

/// A part of all is the value; a part is never more than it; and a cell of a part is that of the whole.
fn check_parts(value: &Value, start: i64, stop: i64) -> Result<(), TestCaseError> {
    let written = written(|writer| value.write(writer));
    let all = part(&written, &Part { rows: Some(Rows::default()), ..Part::default() }).unwrap();
    prop_assert_eq!(&all.0, value);

    let (some, needs) = part(&written, &of_rows(rows(start, stop))).unwrap();
    for need in needs {
        prop_assert!(need.bytes.end <= written.manifest.buffers()[need.buffer as usize].len);
    }
    for (whole, some) in tables(value).iter().zip(tables(&some)) {
        let count = whole.row_count();
        let rows = rows(start, stop).of(count);
        for row in rows.clone() {
            // What could not be cut has all rows still.
            let at = if some.row_count() == count { row } else { row - rows.start };
            // Parts that don't fit one another have no cells, and may fit when they are cut.
            if let Ok(cell) = whole.cell(row) {
                prop_assert_eq!(Some(cell), some.cell(at).ok());
            }
        }
    }
    Ok(())
}

fn tables(value: &Value) -> Vec<Cells<'_>> {
    match (Table::of(value), Cells::of(value)) {
        (Some(table), _) => {
            table.columns.into_iter().map(|(_, cells)| cells).chain([table.index.1]).collect()
        }
        (None, cells) => cells.into_iter().collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn a_part_has_the_cells_of_the_whole(value in strategies::value(), start in 0_i64..3, stop in 0_i64..530) {
        check_parts(&value, start * 8, stop)?;
    }
}
