//! A store with something in it, a way to ask the command, and answers without paths and times.

use std::ffi::OsString;
use std::path::PathBuf;

use stillroom::{OpenOptions, ResultKey, Save, Store, Value, Writer, encode_metadata, keep_going};
use tempfile::TempDir;

use crate::values;

/// A store in a folder of its own.
pub(crate) struct Shelf {
    folder: TempDir,
    pub(crate) store: Store,
}

/// An empty store.
pub(crate) fn empty() -> Shelf {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path().join("store"));
    Shelf { folder, store }
}

/// A store with two pages, versions, a label and metadata.
pub(crate) fn filled() -> Shelf {
    let shelf = empty();
    shelf.save(save("load_data", "visits", &values::frame()));
    shelf.save(save("train_models", "rmse", &Value::float(1.25)));
    shelf.save(Save {
        label: Some("wider lags".to_owned()),
        metadata: Some(metadata(&values::metrics())),
        provenance: r#"{"python":"3.13.0","libraries":{"pandas":"3.1.1"}}"#.to_owned(),
        ..save("train_models", "rmse", &Value::float(1.21))
    });
    shelf.save(save("train_models", "residuals", &values::array()));
    shelf.save(save("train_models", "scores", &values::metrics()));
    shelf
}

fn open(folder: PathBuf) -> Store {
    let url = Some(folder.to_str().unwrap().to_owned());
    Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap()
}

/// A save of `value`.
pub(crate) fn save(page: &str, key: &str, value: &Value) -> Save {
    let mut writer = Writer::new(stillroom::Limits::default());
    value.write(&mut writer).unwrap();
    Save::new(ResultKey::parse(page, key).unwrap(), writer.finish().unwrap())
}

fn metadata(value: &Value) -> bytes::Bytes {
    let mut writer = Writer::without_buffers(stillroom::Limits::default());
    value.write(&mut writer).unwrap();
    encode_metadata(&writer.finish().unwrap()).unwrap()
}

/// What the command did.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the command.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = stillroom_cli::run(args.iter().map(OsString::from), &mut out, &mut err);
    Outcome { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

impl Shelf {
    pub(crate) fn save(&self, save: Save) {
        self.store.save(vec![save], &mut keep_going).unwrap();
    }

    /// The folder of the store.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Runs the command on this store.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        let path = self.path();
        run(&[&["--store", path.to_str().unwrap()], args].concat())
    }

    /// What the command said to `args`, without what differs from run to run.
    pub(crate) fn said(&self, args: &[&str]) -> String {
        self.redacted(&self.run(args))
    }

    /// `text` without what it says of the disk that the tests run on.
    fn without_disk(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for notice in self.store.notices() {
            text = text.replace(&format!("\n{notice}\n"), "").replace(&format!("\n    {notice:?}\n  "), "");
        }
        let line = |line: &str| match line.trim_start().split_once([' ', ':']) {
            Some(("lasts", _)) => "lasts     [lasts]\n".to_owned(),
            Some(("\"durability\"", _)) => "  \"durability\": \"[lasts]\",\n".to_owned(),
            _ => line.to_owned(),
        };
        text.split_inclusive('\n').map(line).collect()
    }

    /// An outcome as a snapshot keeps it.
    pub(crate) fn redacted(&self, outcome: &Outcome) -> String {
        let Outcome { code, out, err } = outcome;
        let said = format!("exit {code}\n--- out\n{out}--- err\n{err}");
        let said = self.without_disk(&said);
        let said = said.replace(self.store.location(), "[store]");
        let said = said.replace(self.folder.path().to_str().unwrap(), "[folder]");
        let said = said.replace(&self.store.owner().to_string(), "[owner]");
        without_digests(&without_times(&said))
    }
}

/// `text` with each date and time of today as the same one.
///
/// Only those of this year on: dates in values are older, and stay.
fn without_times(text: &str) -> String {
    const SHAPE: &str = "0000-00-00_00:00";
    const TAIL: &str = ":00.000000Z";
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if has_shape(rest, SHAPE) && &rest[..4] >= "2024" {
            let separator = &rest["0000-00-00".len()..][..1];
            redacted.push_str(&format!("2026-03-01{separator}14:02"));
            rest = &rest[SHAPE.len()..];
            if has_shape(rest, TAIL) {
                rest = &rest[TAIL.len()..];
                redacted.push_str(":03.000004Z");
            }
        } else {
            redacted.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    redacted
}

/// `text` with every digest, in full or its first 12 digits, as one: bytes are the format's own tests' business.
fn without_digests(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut redacted = String::with_capacity(text.len());
    for word in text.split_inclusive(|c| !is_hex(c)) {
        let digits = word.trim_end_matches(|c| !is_hex(c));
        match digits.len() {
            12 | 64 => redacted.push_str(&word.replace(digits, &"d".repeat(digits.len()))),
            _ => redacted.push_str(word),
        }
    }
    redacted
}

/// Whether `text` begins as `shape` does: a digit for `0`, a space or T for `_`.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() >= shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            b'_' => matches!(byte, b' ' | b'T'),
            _ => byte == like,
        })
}
