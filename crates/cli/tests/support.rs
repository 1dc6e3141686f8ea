//! A store with something in it, a way to ask the command, and answers without paths and times.

use std::ffi::OsString;
use std::path::PathBuf;

use stillroom::{OpenOptions, ResultKey, Save, Store, Value, Writer, encode_metadata, keep_going};
use tempfile::TempDir;

use crate::{redact, values};

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

/// Metadata of a save.
pub(crate) fn metadata(value: &Value) -> bytes::Bytes {
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

    /// An outcome as a snapshot keeps it.
    pub(crate) fn redacted(&self, outcome: &Outcome) -> String {
        let Outcome { code, out, err } = outcome;
        let said = format!("exit {code}\n--- out\n{out}--- err\n{err}");
        let said = redact::disk(&said, self.store.notices());
        let said = said.replace(self.store.location(), "[store]");
        let said = said.replace(self.folder.path().to_str().unwrap(), "[folder]");
        let said = said.replace(&self.store.owner().to_string(), "[owner]");
        redact::digests(&redact::times(&said))
    }
}
