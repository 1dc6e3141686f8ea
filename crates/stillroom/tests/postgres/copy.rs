//! Results go from a folder into a database and back, and are what they were.

use std::ops::ControlFlow;
use std::time::Duration;

use stillroom::{
    ArrayHead, ClassName, Compression, Copied, Draft, Dtype, Limits, MemoryOrder, OpenOptions, Progress,
    Record, ResultKey, Save, Scope, SigningKey, Store, Timestamp, Trust, Value, Version, Writer,
    encode_metadata, keep_going,
};
use tempfile::TempDir;

use crate::database::Database;

const ANA: u128 = 0xa;
const PIA: u128 = 0xb;

fn local() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let url = Some(folder.path().join("store").to_str().unwrap().to_owned());
    let store = Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap();
    (folder, store)
}

fn draft(write: impl FnOnce(&mut Writer)) -> Draft {
    let mut writer = Writer::new(Limits::default());
    write(&mut writer);
    writer.finish().unwrap()
}

/// An array of floats that codecs make little of, or much.
fn array(len: u64, seed: u64, is_smooth: bool) -> Draft {
    let cell = |at: u64| {
        let noise = (at ^ seed)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9);
        if is_smooth {
            (at % 500) as f64 / 4.0 + seed as f64
        } else {
            f64::from_bits(noise >> 12 | 1023 << 52)
        }
    };
    let bytes: Vec<u8> = (0..len).flat_map(|at| cell(at).to_le_bytes()).collect();
    let dtype = Dtype::parse("<f8").unwrap();
    let head = ArrayHead { dtype, shape: vec![len], order: MemoryOrder::C, is_writeable: true };
    draft(|writer| writer.array(&head, Box::new(bytes)).unwrap())
}

/// An array without two equal chunks, of which codecs make next to nothing.
fn unlike(len: usize, seed: u64) -> Draft {
    let mut bytes = vec![0; len];
    let numbers = seed << 32..;
    bytes
        .chunks_mut(1 << 16)
        .zip(numbers)
        .for_each(|(chunk, n)| chunk[..8].copy_from_slice(&n.to_le_bytes()));
    let dtype = Dtype::parse("|u1").unwrap();
    let head = ArrayHead { dtype, shape: vec![len as u64], order: MemoryOrder::C, is_writeable: true };
    draft(|writer| writer.array(&head, Box::new(bytes)).unwrap())
}

fn save(store: &Store, page: &str, key: &str, draft: Draft) {
    let key = ResultKey::parse(page, key).unwrap();
    store.save(vec![Save::new(key, draft)], &mut keep_going).unwrap();
}

/// A result of every form that is kept differently, and of everything that is said of one.
fn fill(store: &Store) {
    let int = |number| draft(|writer| writer.int(number).unwrap());
    [1, 2, 1, 3].into_iter().for_each(|number| save(store, "train", "n", int(number)));
    save(store, "train", "rough", array(100_000, 1, false));
    save(store, "train", "smooth", array(100_000, 2, true));
    save(store, "train", "smooth", array(100_001, 2, true));
    save(
        store,
        "train",
        "text",
        draft(|writer| writer.str(&"π, e\0 und so weiter ".repeat(20_000)).unwrap()),
    );
    save(
        store,
        "list",
        "long",
        draft(|writer| {
            writer.list(40_000).unwrap();
            (0..40_000).for_each(|number| writer.int(number).unwrap());
        }),
    );
    let class = ClassName { module: "models", qualname: "Ridge" };
    save(
        store,
        "list",
        "model",
        draft(|writer| writer.opaque(class, Box::new(b"pickle".to_vec()), Vec::new(), &[]).unwrap()),
    );
    let said = Save {
        label: Some("best\u{1F3C6}".to_owned()),
        metadata: Some(encode_metadata(&draft(|writer| writer.float(f64::NAN).unwrap())).unwrap()),
        provenance: r#"{"python":"3.13.0"}"#.to_owned(),
        ttl: Some(Duration::from_secs(3600)),
        pinned: true,
        ..Save::new(ResultKey::parse("said", "../../etc/passwd").unwrap(), int(7))
    };
    store.save(vec![said], &mut keep_going).unwrap();
}

/// All that is to be the same of a version, wherever it is: not its number, its times, and who signed it.
fn told(record: Record) -> Record {
    let provenance: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&record.provenance).unwrap();
    let python = provenance.into_iter().filter(|(name, _)| name == "python").collect();
    Record {
        version: Version::FIRST,
        created_at: Timestamp(0),
        expires_at: record.expires_at.map(|_| Timestamp(0)),
        provenance: serde_json::Value::Object(python).to_string(),
        signature: None,
        ..record
    }
}

fn histories(store: &Store) -> Vec<Vec<Record>> {
    let results = store.results(None).unwrap();
    results.iter().map(|newest| store.history(&newest.key).unwrap().into_iter().map(told).collect()).collect()
}

fn values(store: &Store) -> Vec<Value> {
    let versions =
        store.results(None).unwrap().into_iter().flat_map(|newest| store.history(&newest.key).unwrap());
    let load = |record: Record| store.load(&record.key, Some(record.version), &mut keep_going).unwrap();
    versions.map(|record| load(record).into_value().unwrap()).collect()
}

fn copy(from: &Store, to: &Store) -> Copied {
    from.plan_copy(to, &Scope::All, &mut keep_going).unwrap().run(&mut keep_going).unwrap()
}

fn trust(store: &Store) -> Trust {
    store.load(&ResultKey::parse("list", "model").unwrap(), None, &mut keep_going).unwrap().trust
}

/// There and back, through the database that is reached so.
fn there_and_back(database: &Database) {
    let line = SigningKey::generate().unwrap();
    let ((_one, laptop), (_other, back)) = (local(), local());
    fill(&laptop);
    let server = database.store(ANA, &[&line]);

    let copied = copy(&laptop, &server);

    assert_eq!((copied.results, copied.versions, copied.locked), (7, 11, vec![]));
    assert!(copied.new_bytes < 1_600_000, "coded as a save does: {}", copied.new_bytes);
    assert_eq!(histories(&server), histories(&laptop));
    assert_eq!(values(&server), values(&laptop));
    assert_eq!(trust(&server), Trust::Trusted);
    assert!(server.verify(&mut keep_going).unwrap().problems.is_empty());
    assert_eq!(copy(&laptop, &server), Copied { present: 11, ..Copied::default() });
    assert!(database.store(PIA, &[]).results(None).unwrap().is_empty());

    assert_eq!(copy(&server, &back).versions, 11);
    assert_eq!(histories(&back), histories(&laptop));
    assert_eq!(values(&back), values(&laptop));
    assert_eq!(trust(&back), Trust::Trusted);
    assert!(back.verify(&mut keep_going).unwrap().problems.is_empty());
    assert_eq!(copy(&server, &back), Copied { present: 11, ..Copied::default() });
    assert_eq!(copy(&back, &server).versions, 0);
}

#[test]
fn results_are_the_same_there_and_back_again() {
    there_and_back(&Database::direct(15));
}

#[test]
fn results_are_the_same_there_and_back_again_through_a_pooler() {
    there_and_back(&Database::pooled(15));
}

#[test]
fn a_copy_that_was_stopped_goes_on_where_it_was() {
    let database = Database::direct(15);
    let server = database.store(ANA, &[]);
    let (_folder, laptop) = local();
    // A set is full at 64 MiB.
    (0..4).for_each(|number| save(&laptop, "page", &number.to_string(), unlike(40 << 20, number)));
    let mut stop = |progress: Progress| {
        if progress.done > 100 << 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };

    let plan = laptop.plan_copy(&server, &Scope::All, &mut keep_going).unwrap();
    let error = plan.run(&mut stop).unwrap_err();

    assert!(error.is_stopped());
    assert_eq!(server.usage().unwrap().versions, 2);
    let again = copy(&laptop, &server);
    assert_eq!((again.versions, again.present), (2, 2));
    assert_eq!(histories(&server), histories(&laptop));
    assert!(server.verify(&mut keep_going).unwrap().problems.is_empty());
}

#[test]
fn between_owners_of_a_database_objects_are_signed_again_or_arrive_locked() {
    let database = Database::direct(15);
    let line = SigningKey::generate().unwrap();
    let ana = database.store(ANA, &[&line]);
    fill(&ana);
    let model = ResultKey::parse("list", "model").unwrap();

    let plan = database.store(ANA, &[]);
    let pia = database.store(PIA, &[]);
    let plan = plan.plan_copy(&pia, &Scope::All, &mut keep_going).unwrap();
    assert_eq!((plan.expected().versions, &*plan.expected().locked), (11, &[model][..]));
    drop(plan);

    let pia = database.store(PIA, &[&line]);
    assert_eq!(copy(&ana, &pia).locked, []);
    assert_eq!((trust(&pia), trust(&ana)), (Trust::Trusted, Trust::Trusted));
    assert_eq!(histories(&pia), histories(&ana));
}

#[test]
fn a_set_of_many_small_versions_is_written_in_time() {
    let database = Database::direct(15);
    let server = database.store(ANA, &[]);
    let (_folder, laptop) = local();
    let saves = |page: &str| {
        let save = |number: i64| {
            let key = ResultKey::parse(page, &number.to_string()).unwrap();
            Save::new(key, draft(|writer| writer.str(&format!("{page} {number} ").repeat(700)).unwrap()))
        };
        (0..600).map(save).collect()
    };
    ["a", "b"].iter().for_each(|page| drop(laptop.save(saves(page), &mut keep_going).unwrap()));

    assert_eq!(copy(&laptop, &server).versions, 1_200);
    assert_eq!(histories(&server), histories(&laptop));
    assert_eq!(server.compression(), Compression::Fast);
}
