//! The head of a value, without Python and without the rest of it.

use std::fs;

use stillroom::{
    Column, Dtype, ErrorKind, Head, MemoryOrder, Node, Payload, PreviewSize, Shown, ShownScalar, Store,
    Trust, Value,
};

use crate::common::{array, draft_of, int, key, local, memory, noise, on_each, opaque, save, v};

fn fixed(dtype: &str, row_count: u64, values: Vec<u8>) -> Value {
    let dtype = Dtype::parse(dtype).unwrap();
    Value::new(Node::Column(Column::Fixed { dtype, row_count, values: Payload::Inline(&values) }), vec![])
        .unwrap()
}

fn i64s(values: impl Iterator<Item = i64>) -> Vec<u8> {
    values.flat_map(i64::to_le_bytes).collect()
}

fn labels(names: &[&str]) -> Value {
    let column = Node::Column(Column::Object { row_count: names.len() as u64 });
    let column = Value::new(column, names.iter().map(|name| Value::str(*name)).collect()).unwrap();
    Value::new(Node::Index(None), vec![Value::none(), column]).unwrap()
}

/// A frame over a plain index.
pub(crate) fn frame(names: &[&str], columns: Vec<Value>, row_count: u64) -> Value {
    let index = Value::new(Node::RangeIndex(0, row_count as i64, 1), vec![Value::none()]).unwrap();
    let head = Node::Frame(row_count, columns.len() as u64, true);
    let children = [index, labels(names), Value::none()].into_iter().chain(columns);
    Value::new(head, children.collect()).unwrap()
}

/// A column of int64 from `first` on.
pub(crate) fn counting(first: i64, row_count: u64) -> Value {
    fixed("<i8", row_count, i64s(first..first + row_count as i64))
}

/// A column of float64, all one half.
pub(crate) fn halves(row_count: u64) -> Value {
    fixed("<f8", row_count, 0.5f64.to_le_bytes().repeat(row_count as usize))
}

fn texts(shown: &Shown) -> Vec<&str> {
    shown.cells.iter().map(|cell| cell.text.as_str()).collect()
}

fn head(store: &Store, name: &str, size: PreviewSize) -> Option<Head> {
    store.preview(&key(name), None, size).unwrap().head
}

const SMALL: PreviewSize = PreviewSize { rows: 3, columns: 2, chars: 5 };

#[test]
fn a_table_shows_its_first_rows_and_columns() {
    on_each(|store| {
        let columns = vec![counting(7, 100_000), halves(100_000), counting(0, 100_000)];
        save(store, "frame", draft_of(&frame(&["a", "a long label", "c"], columns, 100_000)));

        let Some(Head::Table { row_count, column_count, index, columns }) = head(store, "frame", SMALL)
        else {
            panic!("a frame is a table")
        };

        assert_eq!((row_count, column_count), (100_000, 3));
        assert_eq!(texts(&index), ["0", "1", "2"]);
        let shown: Vec<_> = columns.iter().map(|c| (c.name.as_str(), c.dtype.as_str(), texts(c))).collect();
        assert_eq!(
            shown,
            [("a", "int64", vec!["7", "8", "9"]), ("a lon…", "float64", vec!["0.5", "0.5", "0.5"])]
        );
        assert!(columns.iter().all(|column| column.is_numeric));
    });
}

#[test]
fn an_array_shows_its_first_items() {
    on_each(|store| {
        save(store, "array", array(vec![7; 100_000]));

        let Some(Head::Items { count, order, items }) = head(store, "array", SMALL) else {
            panic!("an array has items")
        };

        assert_eq!((count, order), (100_000, Some(MemoryOrder::C)));
        assert_eq!((items.dtype.as_str(), texts(&items)), ("uint8", vec!["7", "7", "7"]));
    });
}

#[test]
fn what_has_no_rows_has_its_summary() {
    on_each(|store| {
        save(store, "metrics", draft_of(&Value::dict(vec![(Value::str("rmse"), Value::float(0.5))])));

        let preview = store.preview(&key("metrics"), Some(v(1)), SMALL).unwrap();

        assert_eq!(preview.head, None);
        assert_eq!(preview.record.summary, r#"{"rmse":0.5}"#);
    });
}

fn pairs<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::dict(pairs.into_iter().map(|(key, value)| (Value::str(key), value)).collect())
}

/// The scalars of a value, each as `path = text`, with its number when it has one.
fn scalars(value: &Value) -> Vec<(String, Option<f64>)> {
    let store = memory();
    save(&store, "value", draft_of(value));
    let preview = store.preview(&key("value"), None, SMALL).unwrap();
    let told = |one: ShownScalar| (format!("{} = {}", one.path.join("/"), one.text), one.number);
    preview.scalars.into_iter().map(told).collect()
}

#[test]
fn the_single_values_of_a_dict_are_told_with_their_numbers() {
    let numpy = |dtype: &str, bytes: &[u8]| {
        Value::new(Node::NumpyScalar(Dtype::parse(dtype).unwrap(), bytes), vec![]).unwrap()
    };
    let decimal = Value::new(Node::Decimal, vec![Value::str("1E+2")]).unwrap();
    let value = pairs([
        ("rmse", Value::float(0.1 + 0.2)),
        ("nan", Value::float(f64::NAN)),
        ("n", Value::int(-30)),
        ("single", numpy("<f4", &0.1f32.to_le_bytes())),
        ("is_fit", Value::bool(true)),
        ("price", decimal),
        ("model", Value::str("ridge regression")),
        ("none", Value::none()),
        ("weights", Value::list(vec![Value::float(1.0)])),
        ("cv", pairs([("mae", Value::float(2.5)), ("deeper", pairs([("r2", Value::float(0.5))]))])),
        ("last", Value::int(1)),
    ]);

    let shown = scalars(&value);

    let expected: [(&str, Option<f64>); 10] = [
        ("rmse = 0.300…", Some(0.1 + 0.2)),
        ("nan = nan", None),
        ("n = -30", Some(-30.0)),
        ("singl… = 0.1", Some(0.1)),
        ("is_fi… = True", None),
        ("price = 1E+2", Some(100.0)),
        ("model = ridge…", None),
        ("none = None", None),
        ("cv/mae = 2.5", Some(2.5)),
        ("last = 1", Some(1.0)),
    ];
    assert_eq!(shown, expected.map(|(text, number)| (text.to_owned(), number)));
}

#[test]
fn a_single_value_is_told_by_itself() {
    assert_eq!(scalars(&Value::float(0.5)), [(" = 0.5".to_owned(), Some(0.5))]);
    assert_eq!(scalars(&Value::list(vec![Value::float(0.5)])), []);
    assert_eq!(scalars(&counting(0, 3)), []);
}

#[test]
fn of_many_single_values_the_first_are_told() {
    let many = |count: i64| (0..count).map(|n| (Value::int(n), Value::int(n))).collect();
    let after_much = pairs([
        ("much", Value::list((0..300_000).map(Value::int).collect())),
        ("out of reach", Value::int(1)),
    ]);

    assert_eq!(scalars(&Value::dict(many(30))).last(), Some(&("23 = 23".to_owned(), Some(23.0))));
    assert_eq!(scalars(&Value::dict(many(3))).len(), 3);
    assert_eq!(scalars(&after_much), []);
}

#[test]
fn an_object_is_never_opened() {
    let local = local();
    save(&local.store, "model", opaque());

    let preview = local.store.preview(&key("model"), None, SMALL).unwrap();

    assert_eq!((preview.head, preview.trust), (None, Trust::Trusted));
}

#[test]
fn only_what_is_shown_is_read() {
    let local = local();
    let hidden = noise(800_000, 5);
    let column = fixed("<i8", 100_000, hidden.clone());
    save(
        &local.store,
        "frame",
        draft_of(&frame(&["a", "b", "c"], vec![counting(0, 100_000), halves(100_000), column], 100_000)),
    );
    for pack in fs::read_dir(local.folder.path().join("store/packs")).unwrap() {
        let path = pack.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        if let Some(at) = bytes.windows(64).position(|window| window == &hidden[400_000..400_064]) {
            bytes[at] ^= 1;
            fs::write(&path, bytes).unwrap();
        }
    }

    let columns = PreviewSize { columns: 2, rows: 60_000, ..SMALL };
    let rows = PreviewSize { columns: 3, rows: 40_000, ..SMALL };
    for shown in [columns, rows] {
        assert!(matches!(head(&local.store, "frame", shown), Some(Head::Table { .. })));
    }
    let all = PreviewSize { columns: 3, rows: 60_000, ..SMALL };
    let error = local.store.preview(&key("frame"), None, all).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("version 1 of `page/frame`"), "{error}");
}

#[test]
fn a_preview_of_nothing_is_not_found() {
    on_each(|store| {
        save(store, "n", int(1));

        let error = store.preview(&key("n"), Some(v(2)), PreviewSize::default()).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::NotFound);
    });
}
