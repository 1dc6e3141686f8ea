//! Stores and drafts for the tests.

use stillroom::{
    ArrayHead, ClassName, Draft, Dtype, Limits, Loaded, MemoryOrder, OpenOptions, Receipt, ResultKey, Save,
    Store, Value, Version, Writer, keep_going,
};
use tempfile::TempDir;

/// A store in a folder of its own.
pub(crate) struct Local {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
}

pub(crate) fn local() -> Local {
    let folder = tempfile::tempdir().unwrap();
    let store = open_at(&folder);
    Local { folder, store }
}

pub(crate) fn open_at(folder: &TempDir) -> Store {
    Store::open(options(folder)).unwrap()
}

pub(crate) fn options(folder: &TempDir) -> OpenOptions {
    let url = folder.path().join("store").to_str().unwrap().to_owned();
    OpenOptions { url: Some(url), ..OpenOptions::default() }
}

pub(crate) fn memory() -> Store {
    Store::open(OpenOptions { url: Some("memory:".to_owned()), ..OpenOptions::default() }).unwrap()
}

/// Holds a promise on a store in memory and on one in a folder.
pub(crate) fn on_each(test: impl Fn(&Store)) {
    test(&memory());
    test(&local().store);
}

/// A version's number.
pub(crate) fn v(number: u64) -> Version {
    Version::new(number).unwrap()
}

/// The versions of a result, newest first.
pub(crate) fn versions(store: &Store, name: &str) -> Vec<u64> {
    store.history(&key(name)).unwrap().iter().map(|record| record.version.get()).collect()
}

/// A value as the tree it is.
pub(crate) fn value(store: &Store, name: &str, version: Option<u64>) -> Value {
    let version = version.map(v);
    store.load(&key(name), version, &mut keep_going).unwrap().into_value().unwrap()
}

/// A value on its way in.
pub(crate) fn draft_of(value: &Value) -> Draft {
    draft(|writer| value.write(writer).unwrap())
}

pub(crate) fn key(name: &str) -> ResultKey {
    ResultKey::parse("page", name).unwrap()
}

pub(crate) fn draft(write: impl FnOnce(&mut Writer)) -> Draft {
    let mut writer = Writer::new(Limits::default());
    write(&mut writer);
    writer.finish().unwrap()
}

pub(crate) fn int(value: i64) -> Draft {
    draft(|writer| writer.int(value).unwrap())
}

/// An array of bytes, which becomes one buffer.
pub(crate) fn array(bytes: Vec<u8>) -> Draft {
    let head = ArrayHead {
        dtype: Dtype::parse("|u1").unwrap(),
        shape: vec![bytes.len() as u64],
        order: MemoryOrder::C,
        is_writeable: true,
    };
    draft(|writer| writer.array(&head, Box::new(bytes)).unwrap())
}

/// Bytes without two equal chunks.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let step = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u8
    };
    (0..len).map(step).collect()
}

pub(crate) fn opaque() -> Draft {
    let class = ClassName { module: "models", qualname: "Ridge" };
    draft(|writer| writer.opaque(class, Box::new(b"pickle".to_vec()), Vec::new(), &[]).unwrap())
}

pub(crate) fn save(store: &Store, name: &str, draft: Draft) -> Receipt {
    store.save(vec![Save::new(key(name), draft)], &mut keep_going).unwrap().remove(0)
}

pub(crate) fn load(store: &Store, name: &str) -> Loaded {
    store.load(&key(name), None, &mut keep_going).unwrap()
}
