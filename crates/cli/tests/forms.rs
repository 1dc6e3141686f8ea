//! `cat`: what each form holds, to the byte where a test can say it, and what each refuses.

use std::fs::{self, File};

use insta::assert_snapshot;
use parquet::file::reader::{FileReader, SerializedFileReader};
use stillroom::{MemoryOrder, Node, Value};

use crate::support::{Shelf, empty, save};
use crate::values;

/// A store with `value` at `page / value`.
fn with(value: &Value) -> Shelf {
    let shelf = empty();
    shelf.save(save("page", "value", value));
    shelf
}

fn cat(form: &str) -> [&str; 5] {
    ["cat", "page", "value", "--to", form]
}

/// What `value` is in a form that is text.
pub(crate) fn text(value: &Value, form: &str) -> String {
    let outcome = with(value).run(&cat(form));
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    outcome.out
}

/// What `value` is in any form, by way of a file.
pub(crate) fn bytes(value: &Value, form: &str) -> Vec<u8> {
    let shelf = with(value);
    let file = shelf.path().with_file_name("value");
    let outcome = shelf.run(&[&cat(form)[..], &["-o", file.to_str().unwrap()]].concat());
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    fs::read(file).unwrap()
}

/// Why `value` is refused; nothing may have been written.
pub(crate) fn refusal(value: &Value, form: &str) -> String {
    let outcome = with(value).run(&cat(form));
    assert_eq!((outcome.code, outcome.out.as_str()), (6, ""));
    outcome.err.trim_end().trim_start_matches("stillroom: ").to_owned()
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::int(1), |value, _| Value::list(vec![value]))
}

fn dict(key: &str, value: Value) -> Value {
    Value::dict(vec![(Value::str(key), value)])
}

#[test]
fn a_frame_is_written_in_every_form_of_tables() {
    assert_snapshot!(text(&values::plain_frame(), "csv"));
    assert_snapshot!(parquet_text(&bytes(&values::plain_frame(), "parquet")));
}

#[test]
fn a_frame_in_json_is_pandas_tight() {
    let shelf = with(&values::frame());

    assert_snapshot!(shelf.run(&[&cat("json")[..], &["--nan-as-null"]].concat()).out);
}

#[test]
fn a_series_keeps_its_index() {
    assert_eq!(text(&values::series(), "csv"), ",word\n10,one\n12,\n14,three\n");
    assert_eq!(text(&values::counted_series(), "csv"), ",0\n0,1\n1,2\n2,4294967295\n");
    assert_eq!(
        text(&values::series(), "json"),
        "{\"index\": [10, 12, 14], \"columns\": [\"word\"], \"data\": [[\"one\"], [null], [\"three\"]], \
         \"index_names\": [null], \"column_names\": [null]}\n"
    );
    assert_snapshot!(parquet_text(&bytes(&values::series(), "parquet")));
}

#[test]
fn an_array_is_written_by_its_axes_whatever_its_order_in_memory() {
    let c = values::small_array(&[2, 3], MemoryOrder::C);
    let fortran = values::small_array(&[2, 3], MemoryOrder::Fortran);
    let cube = values::small_array(&[2, 1, 2], MemoryOrder::C);
    let none = values::small_array(&[0, 3], MemoryOrder::C);

    assert_eq!(text(&c, "csv"), "0,1,2\n3,4,5\n");
    assert_eq!(text(&fortran, "csv"), "0,2,4\n1,3,5\n");
    assert_eq!(text(&c, "json"), "[[0, 1, 2], [3, 4, 5]]\n");
    assert_eq!(text(&fortran, "json"), "[[0, 2, 4], [1, 3, 5]]\n");
    assert_eq!(text(&cube, "json"), "[[[0, 1]], [[2, 3]]]\n");
    assert_eq!(text(&none, "json"), "[]\n");
    assert_eq!(text(&none, "csv"), "");
}

#[test]
fn npy_is_a_header_and_the_bytes_as_they_are() {
    let items: Vec<u8> = (0..6u16).flat_map(u16::to_le_bytes).collect();
    let header = |order: &str, shape: &str| {
        let dict = format!("{{'descr': '<u2', 'fortran_order': {order}, 'shape': ({shape}), }}");
        [b"\x93NUMPY\x01\x00\x76\x00".as_slice(), format!("{dict:<117}\n").as_bytes()].concat()
    };

    let c = bytes(&values::small_array(&[2, 3], MemoryOrder::C), "npy");
    let fortran = bytes(&values::small_array(&[2, 3], MemoryOrder::Fortran), "npy");

    assert_eq!(c, [header("False", "2, 3,"), items.clone()].concat());
    assert_eq!(fortran, [header("True", "2, 3,"), items].concat());
    let series = bytes(&values::counted_series(), "npy");
    assert_eq!(&series[128..], [1, 2, u32::MAX].map(u32::to_le_bytes).concat());
}

#[test]
fn what_is_no_table_is_json() {
    let date = Value::new(Node::Date(2026, 3, 1), Vec::new()).unwrap();
    for (value, written) in [
        (Value::none(), "null"),
        (Value::bool(true), "true"),
        (Value::int(-7), "-7"),
        (Value::big_int(true, &[1, 0, 0, 0, 0, 0, 0, 0, 0]), "-18446744073709551616"),
        (Value::float(0.1), "0.1"),
        (Value::float(-0.0), "-0.0"),
        (Value::float(1e22), "1e22"),
        (Value::str("ä \"q\" \u{1b}[31m"), "\"ä \\\"q\\\" \\u001b[31m\""),
        (date, "\"2026-03-01\""),
        (Value::list(vec![Value::int(1), Value::tuple(vec![Value::none()])]), "[1, [null]]"),
        (Value::list(Vec::new()), "[]"),
        (Value::dict(Vec::new()), "{}"),
        (
            Value::dict(vec![
                (Value::int(1), Value::str("1")),
                (Value::tuple(vec![Value::str("a")]), Value::none()),
            ]),
            "[[1, \"1\"], [[\"a\"], null]]",
        ),
        (dict("a", dict("b", Value::int(1))), "{\"a\": {\"b\": 1}}"),
        (
            dict("s", values::counted_series()),
            "{\"s\": {\"index\": [0, 1, 2], \"columns\": [\"0\"], \"data\": [[1], [2], [4294967295]], \"index_names\": [null], \"column_names\": [null]}}",
        ),
    ] {
        assert_eq!(text(&value, "json"), format!("{written}\n"));
    }
}

#[test]
fn a_value_as_deep_as_the_format_allows_is_written() {
    let deep = text(&nested(999), "json");

    assert_eq!(deep, format!("{}1{}\n", "[".repeat(999), "]".repeat(999)));
}

#[test]
fn what_a_form_cannot_say_is_refused_with_the_form_that_can() {
    let array = |shape: &[u64]| values::small_array(shape, MemoryOrder::C);
    for (value, form, why) in [
        (values::metrics(), "csv", "csv holds tables and arrays; use --to json: `value`"),
        (
            values::metrics(),
            "parquet",
            "parquet holds tables; use --to npy for an array, else --to json: `value`",
        ),
        (values::metrics(), "npy", "npy holds one array; use --to json: `value`"),
        (values::frame(), "csv", "csv holds single values; use --to json: `value[\"notes\"]`"),
        (
            values::frame(),
            "parquet",
            "parquet has no type for these cells; use --to csv or json: `value[\"notes\"]`",
        ),
        (values::frame(), "npy", "npy holds one array; use --to parquet: `value`"),
        (values::series(), "npy", "npy has no room for an index; use --to parquet or csv: `value`"),
        (
            values::mixed_series(),
            "csv",
            "cells of several types can't be told apart in csv; use --to json: `value[\"0\"]`",
        ),
        (array(&[2, 2, 2]), "csv", "csv holds arrays of one or two dimensions; use --to npy: `value`"),
        (array(&[2]), "parquet", "parquet holds tables; use --to npy for an array, else --to json: `value`"),
        (array(&[2, 0]), "json", "json can't tell the axes of an empty array; use --to npy: `value`"),
        (
            values::twins(),
            "parquet",
            "parquet has no two columns of one name; use --to csv or json: `value[\"a\"]`",
        ),
        (values::mixed_labels(), "csv", "csv can't write these labels; use --to json: `value.columns`"),
        (
            values::mixed_labels(),
            "parquet",
            "parquet can't write these labels; use --to json: `value.columns`",
        ),
        (values::object(), "json", "json can't hold a Python object; load it in Python: `value`"),
        (Value::bytes(&b"raw"[..]), "json", "json has no bytes; load it in Python: `value`"),
        (
            dict("at", Value::list(vec![Value::int(1), Value::float(f64::NAN)])),
            "json",
            "json has no NaN; pass --nan-as-null for null, or use another form: `value[\"at\"][1]`",
        ),
        (
            Value::list(vec![Value::float(f64::NEG_INFINITY)]),
            "json",
            "json has no infinity; use another form: `value[0]`",
        ),
        (
            Value::dict(vec![(Value::int(1), Value::float(f64::NAN))]),
            "json",
            "json has no NaN; pass --nan-as-null for null, or use another form: `value[1]`",
        ),
        (values::plain_frame(), "json", "json has no infinity; use another form: `value[\"share\"][2]`"),
    ] {
        assert_eq!(refusal(&value, form), why);
    }
}

#[test]
fn equal_labels_stay_apart_where_the_form_allows() {
    assert_eq!(text(&values::twins(), "csv"), "a,a\n1,2\n");
    assert!(text(&values::twins(), "json").contains("\"columns\": [\"a\", \"a\"], \"data\": [[1, 2]]"));
}

#[test]
fn a_large_table_is_whole() {
    let csv = text(&values::large_frame(), "csv");
    let parquet = bytes(&values::large_frame(), "parquet");

    let lines: Vec<_> = csv.lines().collect();
    assert_eq!((lines.len(), lines[1000].split(',').next_back()), (1001, Some("99929")));
    assert_eq!(parquet_text(&parquet).lines().nth(999), csv_as_row(lines[0], lines[1000]).as_deref());
}

#[test]
fn a_file_says_what_was_written_and_a_failed_one_leaves_what_was_there() {
    let shelf = with(&values::metrics());
    let file = shelf.path().with_file_name("out.json");
    fs::write(&file, "what was there").unwrap();
    let path = file.to_str().unwrap();

    let refused = shelf.run(&[&cat("json")[..], &["-o", path]].concat());
    let kept = fs::read_to_string(&file).unwrap();
    let written = shelf.said(&[&cat("json")[..], &["--nan-as-null", "-o", path]].concat());

    assert_eq!((refused.code, kept.as_str()), (6, "what was there"));
    assert_snapshot!(written);
    assert_snapshot!(fs::read_to_string(&file).unwrap());
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 2, "the store and the file");
}

#[test]
fn a_file_in_no_folder_is_7() {
    let shelf = with(&Value::int(1));
    let file = shelf.path().with_file_name("nowhere").join("out.json");

    assert_snapshot!(shelf.said(&[&cat("json")[..], &["-o", file.to_str().unwrap()]].concat()));
}

/// A parquet file as the crate's own reader tells it: the schema, and a line for each row.
pub(crate) fn parquet_text(bytes: &[u8]) -> String {
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    let reader = SerializedFileReader::new(File::try_clone(&file).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| format!("{}\n", row.unwrap())).collect()
}

/// A line of numbers as the reader tells it.
fn csv_as_row(heading: &str, line: &str) -> Option<String> {
    let cells = heading.split(',').zip(line.split(','));
    let cells: Vec<_> = cells.map(|(name, cell)| format!("{name}: {cell}")).collect();
    Some(format!("{{{}}}", cells.join(", ")))
}
