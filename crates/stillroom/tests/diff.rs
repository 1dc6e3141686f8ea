//! What changed between two versions, in words.

use std::fs;

use stillroom::{
    ArrayHead, CHANGES_MAX, ClassName, Column, Diff, Dtype, ErrorKind, MemoryOrder, Node, Payload, Store,
    Value, What,
};

use crate::common::{array, draft_of, int, key, local, memory, noise, on_each, save, v};
use crate::preview::{counting, frame, halves};

fn dict(pairs: &[(&str, Value)]) -> Value {
    Value::dict(pairs.iter().map(|(key, value)| (Value::str(*key), value.clone())).collect())
}

/// The diff of two values, saved one after the other.
fn diff(store: &Store, old: &Value, new: &Value) -> Diff {
    let older = save(store, "value", draft_of(old)).record.version;
    save(store, "value", draft_of(new));
    store.diff(&key("value"), older, None).unwrap()
}

/// One line per change: path, what, old, new.
fn lines(diff: &Diff) -> Vec<String> {
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let line = |change: &stillroom::Change| {
        format!("{} {}: {} | {}", change.path, change.what.as_str(), side(&change.old), side(&change.new))
    };
    diff.changes.iter().map(|change| line(change).trim_start().to_owned()).collect()
}

#[test]
fn each_kind_of_value_says_what_changed_in_it() {
    let rows = 2_000;
    let numbers = || frame(&["a", "b"], vec![counting(0, rows), halves(rows)], rows);
    let record = |alpha: f64| {
        let class = ClassName { module: "app", qualname: "Config" };
        let fields = vec![Value::str("alpha"), Value::float(alpha), Value::str("beta"), Value::int(2)];
        Value::new(Node::Dataclass(class, 2), fields).unwrap()
    };
    let long = |letter: &str| Value::str(letter.repeat(5_000));
    let cases: Vec<(&str, Value, Value, &[&str])> = vec![
        ("a scalar", Value::int(1), Value::float(1.0), &["changed: 1 | 1.0"]),
        (
            "a dict",
            dict(&[("a", Value::int(1)), ("b", Value::int(2)), ("c", Value::none())]),
            dict(&[("a", Value::int(1)), ("b", Value::int(3)), ("d", Value::bool(true))]),
            &["[\"b\"] changed: 2 | 3", "[\"d\"] added: - | True", "[\"c\"] removed: None | -"],
        ),
        (
            "a dict in a dict",
            dict(&[("metrics", dict(&[("rmse", Value::float(0.5))]))]),
            dict(&[("metrics", dict(&[("rmse", Value::float(0.25))]))]),
            &["[\"metrics\"][\"rmse\"] changed: 0.5 | 0.25"],
        ),
        (
            "the order of a dict alone",
            dict(&[("a", Value::int(1)), ("b", Value::int(2))]),
            dict(&[("b", Value::int(2)), ("a", Value::int(1))]),
            &["changed: dict(2) | dict(2), its pairs in another order"],
        ),
        (
            "keys that are nearly the same",
            Value::dict(vec![(Value::int(1), Value::str("int")), (Value::str("1"), Value::str("str"))]),
            Value::dict(vec![(Value::int(1), Value::str("int")), (Value::str("1"), Value::str("text"))]),
            &["[\"1\"] changed: str | text"],
        ),
        (
            "lists of one length",
            Value::list(vec![Value::int(1), Value::int(2)]),
            Value::list(vec![Value::int(1), Value::int(3)]),
            &["[1] changed: 2 | 3"],
        ),
        (
            "lists of two lengths",
            Value::list(vec![Value::int(1)]),
            Value::list(vec![Value::int(1), Value::int(3)]),
            &["changed: list(1) | list(2)"],
        ),
        ("a record", record(0.5), record(1.0), &[".alpha changed: 0.5 | 1.0"]),
        (
            "a column's cells",
            numbers(),
            frame(&["a", "b"], vec![counting(1, rows), halves(rows)], rows),
            &["[\"a\"] changed: int64 | int64, other values"],
        ),
        (
            "columns that come and go, and a dtype",
            numbers(),
            frame(&["b", "c"], vec![counting(1, rows), halves(rows)], rows),
            &["[\"b\"] changed: float64 | int64", "[\"c\"] added: - | float64", "[\"a\"] removed: int64 | -"],
        ),
        (
            "the order of columns alone",
            numbers(),
            frame(&["b", "a"], vec![halves(rows), counting(0, rows)], rows),
            &["changed: DataFrame(2000, 2) | DataFrame(2000, 2), its columns in another order"],
        ),
        (
            "rows",
            numbers(),
            frame(&["a", "b"], vec![counting(0, rows + 1), halves(rows + 1)], rows + 1),
            &[
                "changed: DataFrame(2000, 2) | DataFrame(2001, 2)",
                ".index changed: RangeIndex(2000) | RangeIndex(2001)",
            ],
        ),
        (
            "a frame becomes something else",
            dict(&[("forecast", numbers())]),
            dict(&[("forecast", Value::none())]),
            &["[\"forecast\"] changed: DataFrame(2000, 2) | None"],
        ),
        (
            "a text too long to show",
            dict(&[("text", long("a"))]),
            dict(&[("text", long("b"))]),
            &["[\"text\"] changed: <5000 bytes, "],
        ),
    ];

    on_each(|store| {
        for (case, old, new, expected) in &cases {
            let found = lines(&diff(store, old, new));
            let fits = found.len() == expected.len()
                && found.iter().zip(*expected).all(|(line, start)| line.starts_with(start));
            assert!(fits, "{case}: {found:#?}");
        }
    });
}

#[test]
fn an_array_is_told_by_shape_and_dtype() {
    on_each(|store| {
        save(store, "array", array(noise(100_000, 1)));
        save(store, "array", array(noise(100_000, 2)));
        save(store, "array", array(noise(200_000, 2)));

        let items = lines(&store.diff(&key("array"), v(1), Some(v(2))).unwrap());
        let length = lines(&store.diff(&key("array"), v(2), None).unwrap());

        assert_eq!(items, ["changed: ndarray(100000) uint8 | ndarray(100000) uint8, other values"]);
        assert_eq!(length, ["changed: ndarray(100000) uint8 | ndarray(200000) uint8"]);
    });
}

#[test]
fn a_value_is_the_same_as_itself() {
    on_each(|store| {
        save(store, "n", int(1));
        save(store, "n", int(2));
        store.rollback(&key("n"), v(1)).unwrap();

        let diff = store.diff(&key("n"), v(1), None).unwrap();

        assert!(diff.is_same);
        assert_eq!((diff.old.version, diff.new.version), (v(1), v(3)));
        assert_eq!((diff.changes, diff.more), (vec![], 0));
    });
}

#[test]
fn many_changes_are_counted_and_not_all_told() {
    on_each(|store| {
        let numbers = |from: i64| Value::list((from..from + 1_500).map(Value::int).collect());

        let diff = diff(store, &numbers(0), &numbers(5_000));

        assert_eq!((diff.changes.len(), diff.more), (CHANGES_MAX, 500));
        assert!(diff.changes.iter().all(|change| change.what == What::Changed));
    });
}

#[test]
fn values_as_deep_as_the_format_allows_are_compared() {
    on_each(|store| {
        let deep = |leaf: i64| (0..1000).fold(Value::int(leaf), |inner, _| Value::list(vec![inner]));

        let diff = diff(store, &deep(1), &deep(2));

        assert_eq!((diff.changes.len(), diff.changes[0].path.as_str()), (1, "[0]".repeat(1000).as_str()));
    });
}

#[test]
fn the_cells_of_a_frame_are_not_read() {
    let local = local();
    let hidden = noise(800_000, 5);
    let column = |values: &[u8]| {
        let dtype = Dtype::parse("<i8").unwrap();
        let column = Column::Fixed { dtype, row_count: 100_000, values: Payload::Inline(values) };
        Value::new(Node::Column(column), vec![]).unwrap()
    };
    save(&local.store, "value", draft_of(&frame(&["a"], vec![column(&hidden)], 100_000)));
    save(&local.store, "value", draft_of(&frame(&["a"], vec![halves(100_000)], 100_000)));
    for pack in fs::read_dir(local.folder.path().join("store/packs")).unwrap() {
        fs::write(pack.unwrap().path(), "gone").unwrap();
    }

    let diff = local.store.diff(&key("value"), v(1), None).unwrap();

    assert_eq!(lines(&diff), ["[\"a\"] changed: int64 | float64"]);
}

#[test]
fn the_labels_of_a_wide_frame_are_read() {
    let wide = |changed: usize| {
        let columns: Vec<_> = (0..600).map(|at| counting(i64::from(at == changed), 1)).collect();
        let labels = Value::new(Node::Index(None), vec![Value::none(), counting(1_000, 600)]).unwrap();
        let index = Value::new(Node::RangeIndex(0, 1, 1), vec![Value::none()]).unwrap();
        let children = [index, labels, Value::none()].into_iter().chain(columns).collect();
        Value::new(Node::Frame(1, 600, true), children).unwrap()
    };

    on_each(|store| {
        assert_eq!(
            lines(&diff(store, &wide(3), &wide(7))),
            [
                "[\"1003\"] changed: int64 | int64, other values",
                "[\"1007\"] changed: int64 | int64, other values"
            ]
        );
    });
}

#[test]
fn a_diff_with_nothing_is_not_found() {
    on_each(|store| {
        save(store, "n", int(1));

        for (name, old, new) in [("n", 2, None), ("n", 1, Some(2)), ("m", 1, None)] {
            let error = store.diff(&key(name), v(old), new.map(v)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{name} {old} {new:?}");
        }
    });
}

/// Two parts that differ never look the same.
#[test]
fn what_looks_the_same_is_told_apart_in_words() {
    let nan = |bits: u64| Value::float(f64::from_bits(bits));
    let items = |is_writeable: bool, dtype: &str| {
        let head = ArrayHead {
            dtype: Dtype::parse(dtype).unwrap(),
            shape: vec![2],
            order: MemoryOrder::C,
            is_writeable,
        };
        Value::new(Node::Array(head, Payload::Inline(&[0; 16])), vec![]).unwrap()
    };
    let deque = |longest| Value::new(Node::Deque(longest, 1), vec![Value::int(1)]).unwrap();
    let set = |member: i64| Value::new(Node::Set(1), vec![Value::int(member)]).unwrap();
    let text = |end: &str| Value::str("x".repeat(300) + end);
    let cases: Vec<(&str, Value, Value, &str)> = vec![
        ("1 and 1.0", Value::int(1), Value::float(1.0), "1 | 1.0"),
        ("1 and True", Value::int(1), Value::bool(true), "1 | True"),
        ("1 and its text", Value::int(1), Value::str("1"), "1 (int) | 1 (str)"),
        ("None and its text", Value::none(), Value::str("None"), "None (NoneType) | None (str)"),
        ("two zeros", Value::float(0.0), Value::float(-0.0), "0.0 | -0.0"),
        (
            "two NaNs",
            nan(0x7ff8_0000_0000_0000),
            nan(0xfff8_0000_0000_0001),
            "nan, bits 7ff8000000000000 | nan, bits fff8000000000001",
        ),
        ("long texts", text("a"), text("b"), "…, other from character 301 on"),
        (
            "flags of an array",
            items(true, "<f8"),
            items(false, "<f8"),
            ", <f8 as C, writeable | ndarray(2) float64, <f8 as C, read-only",
        ),
        ("members", set(1), set(2), "set(1) | set(1), other members"),
        ("a longest length", deque(Some(1)), deque(None), "deque(1) | deque(1), another maximum length"),
        (
            "a list and a tuple",
            Value::list(vec![Value::none()]),
            Value::tuple(vec![Value::none()]),
            "list(1) | (None,)",
        ),
    ];

    let store = memory();
    for (case, old, new, expected) in &cases {
        let found = lines(&diff(&store, old, new));
        assert!(found.len() == 1 && found[0].ends_with(expected), "{case}: {found:?}");
        let pair = |value: &Value| dict(&[("a", value.clone()), ("b", Value::none())]);
        let within = lines(&diff(&store, &pair(old), &pair(new)));
        assert!(
            within.len() == 1 && within[0].starts_with("[\"a\"]") && within[0].ends_with(expected),
            "{case}: {within:?}"
        );
    }
}

#[test]
fn keys_that_look_alike_are_told_apart_and_each_is_met_once() {
    let store = memory();
    let key = |n: i64| Value::str("x".repeat(300) + &n.to_string());
    let many = |from: i64| Value::dict((from..from + 20_000).map(|n| (key(n), Value::int(n))).collect());
    let one = |key: Value, value: i64| Value::dict(vec![(key, Value::int(value))]);
    let nans = |values: &[i64]| {
        Value::dict(values.iter().map(|value| (Value::float(f64::NAN), Value::int(*value))).collect())
    };

    let shifted = diff(&store, &many(0), &many(1));
    assert_eq!(
        shifted.changes.iter().map(|change| change.what).collect::<Vec<_>>(),
        [What::Added, What::Removed]
    );
    let types = lines(&diff(&store, &one(Value::int(1), 1), &one(Value::str("1"), 1)));
    assert_eq!(types, ["[\"1\"] added: - | 1", "[1] removed: 1 | -"]);
    let fewer = lines(&diff(&store, &nans(&[1, 2, 3]), &nans(&[1, 5])));
    assert_eq!(fewer, ["changed: dict(3) | dict(2)", "[nan] changed: 2 | 5", "[nan] removed: 3 | -"]);
}

#[test]
fn a_frame_of_fifty_thousand_columns_is_compared() {
    let names: Vec<String> = (0..50_000).map(|at| format!("column {at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wide = |from: i64| frame(&names, (0..50_000).map(|at| counting(from + at, 1)).collect(), 1);

    let diff = diff(&memory(), &wide(0), &wide(1));

    assert_eq!((diff.changes.len(), diff.more), (CHANGES_MAX, 49_000));
}
