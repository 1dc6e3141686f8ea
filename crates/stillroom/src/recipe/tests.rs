//! What the recipe wrote, read as it read it; through a store too, behind whose catalog such versions are.

use std::sync::Arc;

use async_trait::async_trait;
use stillroom_core::{
    Annotation, Backend, Catalog, Commit, Committed, Digest, ListRange, Listing, NewVersion, Principal,
    Record, ResultKey, Scope, Stored, Sweep, Swept, Usage, Version, poll_now,
};
use stillroom_format::{Limits, Reader, Value};

use super::*;
use crate::{ErrorKind, What, decode_metadata};

fn key(name: &str) -> ResultKey {
    ResultKey::parse("page", name).unwrap()
}

/// A store of which every version of the kind seed-json is the recipe's.
fn store() -> Store {
    let url = Some("memory:".to_owned());
    let store = Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap();
    store.behind(|backend| Backend { catalog: Arc::new(Recipes(backend.catalog)), ..backend })
}

struct Recipes(Arc<dyn Catalog>);

fn told(stored: Stored) -> Stored {
    Stored { is_recipe: stored.record.kind == "seed-json", ..stored }
}

type Answer<T> = stillroom_core::Result<T>;

#[async_trait]
impl Catalog for Recipes {
    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Answer<Stored> {
        self.0.get(who, key, version).await.map(told)
    }
    async fn snapshot(&self, who: &Principal, scope: &Scope) -> Answer<Vec<Stored>> {
        Ok(self.0.snapshot(who, scope).await?.into_iter().map(told).collect())
    }
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Answer<Committed> {
        self.0.commit(who, commit).await
    }
    async fn list(&self, who: &Principal, asked: ListRange<'_>) -> Answer<Listing> {
        self.0.list(who, asked).await
    }
    async fn history(&self, who: &Principal, key: &ResultKey, before: Option<Version>) -> Answer<Listing> {
        self.0.history(who, key, before).await
    }
    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Answer<Record> {
        self.0.annotate(who, key, version, change).await
    }
    async fn delete(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Answer<Vec<Version>> {
        self.0.delete(who, key, version).await
    }
    async fn undelete(&self, who: &Principal, key: &ResultKey, versions: &[Version]) -> Answer<()> {
        self.0.undelete(who, key, versions).await
    }
    async fn rename(&self, who: &Principal, from: &ResultKey, to: &ResultKey) -> Answer<Record> {
        self.0.rename(who, from, to).await
    }
    async fn sweep(&self, who: &Principal, sweep: Sweep) -> Answer<Swept> {
        self.0.sweep(who, sweep).await
    }
    async fn usage(&self, who: &Principal) -> Answer<Usage> {
        self.0.usage(who).await
    }
}

/// Writes a result as the recipe does, past the facade.
fn write(store: &Store, name: &str, json: &str, metadata: Option<&str>) {
    let version = NewVersion {
        key: key(name),
        digest: Digest::from_bytes(Sha256::digest(json).into()),
        root: Bytes::copy_from_slice(json.as_bytes()),
        buffers: Vec::new(),
        kind: "seed-json".to_owned(),
        shape: Vec::new(),
        bytes: json.len() as u64,
        label: None,
        metadata: metadata.map(|metadata| Bytes::copy_from_slice(metadata.as_bytes())),
        summary: "null".to_owned(),
        provenance: "{}".to_owned(),
        ttl: None,
        pinned: false,
        signature: None,
    };
    poll_now(store.catalog().commit(store.who(), Commit { versions: vec![version], ..Commit::default() }))
        .unwrap();
}

/// A text of JSON as a JSON string, which is how the recipe kept everything.
fn twice(json: &str) -> String {
    serde_json::to_string(json).unwrap()
}

fn value(store: &Store, name: &str) -> Value {
    store.load(&key(name), None, &mut keep_going).unwrap().into_value().unwrap()
}

fn loaded(json: &str) -> Value {
    let store = store();
    write(&store, "k", json, None);
    value(&store, "k")
}

fn str(text: &str) -> Value {
    Value::str(text)
}

#[test]
fn what_the_recipe_wrote_is_loaded_as_its_own_loader_did() {
    let numbers = || Value::list(vec![Value::int(1), Value::float(2.0), Value::float(-0.0), Value::int(0)]);
    let long = "x".repeat(10_000);
    let cases = [
        (
            r#"{"b": [1, 2.0, -0.0, -0], "a": null}"#,
            Value::dict(vec![(str("b"), numbers()), (str("a"), Value::none())]),
        ),
        ("[true, false]", Value::list(vec![Value::bool(true), Value::bool(false)])),
        (" [ ] \n", Value::list(Vec::new())),
        ("{}", Value::dict(Vec::new())),
        ("null", Value::none()),
        ("NaN", Value::float(f64::NAN)),
        ("[Infinity, -Infinity, 1e400]", {
            let float = |float| Value::float(float);
            Value::list(vec![float(f64::INFINITY), float(f64::NEG_INFINITY), float(f64::INFINITY)])
        }),
        ("1E+2", Value::float(100.0)),
        ("9223372036854775807", Value::int(i64::MAX)),
        ("-9223372036854775808", Value::int(i64::MIN)),
        ("-18446744073709551617", Value::big_int(true, &[1, 0, 0, 0, 0, 0, 0, 0, 1])),
        (
            r#"{"k": 1, "l": 2, "k": 3}"#,
            Value::dict(vec![(str("k"), Value::int(3)), (str("l"), Value::int(2))]),
        ),
        (r#""\u00e9\ud83d\ude00\u0000\/\b\f\n\r\t\"\\""#, str("é\u{1f600}\0/\u{8}\u{c}\n\r\t\"\\")),
        (
            r#"{"__type__": "dataframe", "data": "/etc/passwd"}"#,
            Value::dict(vec![(str("__type__"), str("dataframe")), (str("data"), str("/etc/passwd"))]),
        ),
        (&twice(&long), str(&long)),
    ];

    for (json, value) in cases {
        assert_eq!(loaded(&twice(json)), value, "{json} as a text");
        // What is real JSON is the value itself, and a string in it no JSON.
        if !json.starts_with('"') {
            assert_eq!(loaded(json), value, "{json}");
        }
    }
}

#[test]
fn a_text_that_is_no_json_is_that_text() {
    let not = [
        "a text",
        "",
        "{",
        "[1,]",
        "{\"a\" 1}",
        "01",
        "1.",
        ".5",
        "1e",
        "-",
        "+1",
        "nul",
        "\"a",
        "\"\n\"",
        "\"\\x\"",
        "\"\\ud80\"",
        "[1] 2",
        "{1: 2}",
        "-NaN",
        "'a'",
        "\u{feff}1",
        "\u{a0}1",
    ];

    for text in not {
        assert_eq!(loaded(&twice(text)), str(text), "{text:?}");
    }
}

#[test]
fn a_half_of_a_pair_stays_a_half() {
    for (json, bytes) in [
        (r#""\ud800""#, &b"\xed\xa0\x80"[..]),
        (r#""a\ude00\ud83d""#, b"a\xed\xb8\x80\xed\xa0\xbd"),
        (r#""\ud83d\u0041""#, b"\xed\xa0\xbdA"),
        (r#""\ud83d\ud83d\ude00""#, b"\xed\xa0\xbd\xf0\x9f\x98\x80"),
    ] {
        let mut writer = Writer::without_buffers(Limits::default());
        writer.surrogate_str(Box::new(bytes.to_vec())).unwrap();
        let manifest = writer.finish().unwrap().seal(Vec::new()).unwrap();
        let no_buffer = |_| Err(FormatError::Damaged("a buffer"));
        let half = Value::read(&mut Reader::new(&manifest, Limits::default()), no_buffer).unwrap();

        assert_eq!(loaded(&twice(json)), half, "{json}");
    }
}

#[test]
fn more_than_python_reads_is_said_to_be_that() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let store = store();
    write(&store, "deep", &twice(&deep(Limits::default().depth)), None);
    store.load(&key("deep"), None, &mut keep_going).unwrap();

    for json in [twice(&deep(100_000)), deep(5_000), twice(&"9".repeat(4_301)), "9".repeat(5_000)] {
        write(&store, "k", &json, Some(&json).filter(|json| json.len() <= 65_536).map(String::as_str));

        let error = store.load(&key("k"), None, &mut keep_going).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().starts_with("saved by the recipe, and can't be opened here"), "{error}");
        // It hides no record: metadata is then the text.
        let metadata = store.record(&key("k"), None).unwrap().metadata;
        metadata.iter().for_each(|metadata| drop(decode_metadata(metadata).unwrap()));
    }
}

#[test]
fn json_that_is_not_what_its_record_says_is_never_a_value() {
    let store = store();
    write(&store, "k", "1", None);
    let stored = poll_now(store.catalog().get(store.who(), &key("k"), None)).unwrap();

    let error = manifest(&Stored { root: Bytes::from_static(b"2"), ..stored }).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn versions_of_the_recipe_are_compared_listed_and_verified_like_others() {
    let store = store();
    write(&store, "k", &twice(r#"{"rmse": 0.5, "n": 1}"#), Some(r#"{"saved_at": "now"}"#));
    write(&store, "k", r#"{"rmse": 0.25, "n": 1}"#, None);
    write(&store, "k", &twice(r#"{"rmse": 0.25, "n": 1}"#), None);

    let diff = store.diff(&key("k"), Version::FIRST, Version::new(2)).unwrap();
    let same = store.diff(&key("k"), Version::new(2).unwrap(), None).unwrap();
    let preview = store.preview(&key("k"), None, Default::default()).unwrap();
    let verified = store.verify(&mut keep_going).unwrap();

    let changes: Vec<_> = diff.changes.iter().map(|change| (change.path.as_str(), change.what)).collect();
    assert_eq!((changes, diff.is_same), (vec![(r#"["rmse"]"#, What::Changed)], false));
    assert_eq!((same.changes.len(), same.is_same), (0, true));
    assert_eq!(preview.scalars.len(), 2);
    assert_eq!((verified.versions, verified.problems), (3, Vec::new()));
    assert_eq!(store.history(&key("k")).unwrap().len(), 3);
    let metadata = store.record(&key("k"), Some(Version::FIRST)).unwrap().metadata.unwrap();
    assert_eq!(decode_metadata(&metadata).unwrap().buffers().len(), 0);
}

#[test]
fn a_rollback_to_a_version_of_the_recipe_makes_one_like_any_other() {
    let store = store();
    let long = "x".repeat(100_000);
    write(&store, "k", &twice(&format!(r#"{{"log": "{long}"}}"#)), Some(r#"{"saved_at": "now"}"#));
    write(&store, "k", "2", None);

    let receipt = store.rollback(&key("k"), Version::FIRST).unwrap();
    let again = store.rollback(&key("k"), Version::FIRST).unwrap();

    assert_eq!(
        (receipt.record.version.get(), receipt.record.kind.as_str(), receipt.unchanged),
        (3, "dict", false)
    );
    assert!(receipt.record.provenance.contains("rolled_back_from"));
    assert_eq!((again.record.version.get(), again.unchanged), (3, true));
    assert_eq!(value(&store, "k"), Value::dict(vec![(str("log"), str(&long))]));
    let metadata = receipt.record.metadata.unwrap();
    assert!(!is_json(&metadata));
    // To the newest there is nowhere to go.
    write(&store, "l", "2", None);
    assert!(store.rollback(&key("l"), Version::FIRST).unwrap().unchanged);
}

#[test]
fn a_bundle_holds_versions_of_the_recipe_as_values_like_any_others() {
    let (from, to) = (store(), store());
    let long = "x".repeat(100_000);
    write(&from, "k", &twice(&format!(r#"{{"log": "{long}"}}"#)), Some(r#"{"saved_at": "now"}"#));
    write(&from, "k", "[2]", None);
    let mut writer = Writer::new(Limits::default());
    writer.float(0.5).unwrap();
    from.save(vec![Save::new(key("k"), writer.finish().unwrap())], &mut keep_going).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");

    let exported = from.export_to(&path, &Scope::All, &mut keep_going).unwrap();
    to.import_from(&path, &mut keep_going).unwrap();

    assert_eq!((exported.results, exported.versions), (1, 3));
    let history = to.history(&key("k")).unwrap();
    let kinds: Vec<_> = history.iter().map(|record| record.kind.as_str()).collect();
    assert_eq!(kinds, ["float", "list", "dict"]);
    let oldest = to.load(&key("k"), Some(history[2].version), &mut keep_going).unwrap();
    assert!(oldest.record.metadata.is_some());
    assert_eq!(oldest.into_value().unwrap(), Value::dict(vec![(str("log"), str(&long))]));
}
