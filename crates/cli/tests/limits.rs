//! docs/limits.md says what the code does: each number, and what is said one beyond it.

use std::fs;

use stillroom::limits::{self, BLOB_LEN, JSON_LEN, LABEL_LEN, LISTING_LEN, METADATA_LEN, NAME_LEN, SET_LEN};
use stillroom::{
    Annotation, CHANGES_MAX, Error, FormatError, LEAF_LEN, Limits, MAX_MAPS, OpenOptions, Operator, PageKey,
    ResultKey, Save, UNDO_TIME, Value, Writer, encode_metadata, keep_going,
};

use crate::console::document;
use crate::support::{Shelf, empty, save};

/// A row of a table: its cells.
type Row = Vec<String>;

/// The rows of the `number`-th table.
fn table(number: usize) -> Vec<Row> {
    let text = fs::read_to_string(document("docs/limits.md")).unwrap();
    let mut tables = text.split("\n\n").filter(|part| part.starts_with('|'));
    let lines = tables.nth(number).unwrap().lines().skip(2);
    lines
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn number(text: &str) -> u64 {
    text.replace(',', "").parse().unwrap()
}

#[test]
fn each_limit_is_what_the_document_says_and_one_more_is_refused_in_its_words() {
    let shelf = empty();
    shelf.save(save("page", "key", &Value::int(1)));
    // The limit, and what is said one beyond it.
    let limits: [(&str, u64, Error); 8] = [
        ("`limits::NAME_LEN`", NAME_LEN, PageKey::parse(&long(NAME_LEN)).unwrap_err().into()),
        ("`limits::LABEL_LEN`", LABEL_LEN, label(&shelf)),
        ("`limits::METADATA_LEN`", METADATA_LEN, metadata()),
        ("`limits::JSON_LEN`", JSON_LEN, provenance(&shelf)),
        ("`limits::SET_LEN`", SET_LEN, set(&shelf)),
        ("`Limits::depth`", Limits::default().depth as u64, depth()),
        ("`Limits::manifest_len`", Limits::default().manifest_len, manifest()),
        ("the quota", QUOTA, quota(&shelf)),
    ];

    let said = limits.map(|(name, limit, error)| {
        (name.to_owned(), limit, error.kind().as_str().to_owned(), format!("`{error}`"))
    });

    let written = table(0).into_iter().map(|row| {
        let [_, limit, name, kind, said] = <[String; 5]>::try_from(row).unwrap();
        (name, number(&limit), kind, said)
    });
    assert_eq!(written.collect::<Vec<_>>(), said);
    assert_eq!(shelf.store.usage().unwrap().versions, 1, "nothing of it was written");
}

#[test]
fn each_number_is_what_the_document_says() {
    let numbers = [
        ("`OpenOptions::keep_versions`", OpenOptions::default().keep_versions.unwrap()),
        ("`UNDO_TIME`", UNDO_TIME.as_secs() / 86_400),
        ("`limits::LISTING_LEN`", LISTING_LEN as u64),
        ("`limits::REQUESTS_KEPT`", limits::REQUESTS_KEPT),
        ("`CHANGES_MAX`", CHANGES_MAX as u64),
        ("`LEAF_LEN`", LEAF_LEN as u64),
        ("`limits::BLOB_LEN`", BLOB_LEN),
        ("`MAX_MAPS`", MAX_MAPS as u64),
    ];

    let written: Vec<_> = table(1).into_iter().map(|row| (row[2].clone(), number(&row[1]))).collect();

    assert_eq!(written, numbers.map(|(name, number)| (name.to_owned(), number)));
}

#[test]
fn no_limit_of_the_contract_is_missing_in_the_document() {
    let source = fs::read_to_string(document("crates/core/src/limits.rs")).unwrap();
    let text = fs::read_to_string(document("docs/limits.md")).unwrap();

    let declared = source.lines().filter_map(|line| line.strip_prefix("pub const "));
    let numbers = declared.filter(|line| !line.contains("&str")).filter_map(|line| line.split(':').next());
    let missing: Vec<_> = numbers.filter(|name| !text.contains(&format!("`limits::{name}`"))).collect();

    assert_eq!(missing, Vec::<&str>::new());
}

/// The quota of the document's example.
const QUOTA: u64 = 4095;

fn long(len: u64) -> String {
    "x".repeat(len as usize + 1)
}

fn label(shelf: &Shelf) -> Error {
    let change = Annotation { label: Some(Some(long(LABEL_LEN))), ..Annotation::default() };
    shelf.store.update(&ResultKey::parse("page", "key").unwrap(), None, change).unwrap_err()
}

fn metadata() -> Error {
    let mut writer = Writer::without_buffers(Limits::default());
    Value::str("x".repeat(METADATA_LEN as usize)).write(&mut writer).unwrap();
    encode_metadata(&writer.finish().unwrap()).unwrap_err()
}

fn provenance(shelf: &Shelf) -> Error {
    let provenance = format!("{{\"python\":\"{}\"}}", "3".repeat(JSON_LEN as usize - 12));
    let save = Save { provenance, ..save("page", "other", &Value::int(1)) };
    shelf.store.save(vec![save], &mut keep_going).unwrap_err()
}

fn set(shelf: &Shelf) -> Error {
    let saves = (0..=SET_LEN).map(|place| save("page", &place.to_string(), &Value::none()));
    shelf.store.save(saves.collect(), &mut keep_going).unwrap_err()
}

fn depth() -> Error {
    let deep = (0..=Limits::default().depth).fold(Value::none(), |value, _| Value::list(vec![value]));
    deep.write(&mut Writer::new(Limits::default())).unwrap_err().into()
}

/// A manifest of a gigabyte is more than a test should write: the limit is moved to where it can be passed, and
/// its words are moved back.
fn manifest() -> Error {
    let limit = Limits::default().manifest_len;
    let near = Limits { manifest_len: 10, ..Limits::default() };
    let passed =
        Value::list(vec![Value::str("some text"), Value::none()]).write(&mut Writer::new(near)).unwrap_err();
    let FormatError::TooLarge { what, limit: 10, .. } = passed else { panic!("{passed}") };
    FormatError::TooLarge { what, limit, actual: limit + 1 }.into()
}

fn quota(shelf: &Shelf) -> Error {
    let url = Some(shelf.store.location().to_owned());
    let operator = Operator::open(&OpenOptions { url, ..OpenOptions::default() }).unwrap();
    operator.set_quota(shelf.store.owner(), Some(QUOTA)).unwrap();
    let bytes = Value::bytes(vec![0; QUOTA as usize + 1]);
    shelf.store.save(vec![save("page", "bytes", &bytes)], &mut keep_going).unwrap_err()
}
