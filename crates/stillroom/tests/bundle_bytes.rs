//! docs/bundle.md and the code agree, as seen by a reader and writer made from the document alone.

use std::collections::HashMap;
use std::error::Error as _;
use std::fs;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stillroom::{Error, ErrorKind, Imported, Record, Store, Timestamp, keep_going};

use crate::bundle::{Shelf, fill};
use crate::common::{array, int, key, memory, noise, on_each, opaque, save, versions};
use crate::document::{Body, Bundle, FIELDS, Item, Pairs, buffers, field, read_record, write_record};

fn exported(store: &Store) -> Vec<u8> {
    let shelf = Shelf::new();
    shelf.export(store);
    fs::read(shelf.path()).unwrap()
}

fn import(store: &Store, bytes: &[u8]) -> Result<Imported, Error> {
    let shelf = Shelf::new();
    fs::write(shelf.path(), bytes).unwrap();
    store.import_from(&shelf.path(), &mut keep_going)
}

/// Imports `bytes` into an empty store, which must refuse them and stay empty.
fn refused(bytes: &[u8]) -> Error {
    let store = memory();
    let error = import(&store, bytes).unwrap_err();
    let usage = store.usage().unwrap();
    assert_eq!((usage.versions, usage.stored_bytes), (0, 0), "nothing is written: {error}");
    error
}

/// The pairs that a version must have in a bundle.
fn pairs_of(record: &Record, root: Item) -> Pairs {
    let text = |text: &str| Item::Str(text.to_owned());
    let option = |item: Option<Item>| item.unwrap_or(Item::None);
    let signature = record.signature.as_ref();
    let values = [
        text(record.key.page.as_str()),
        text(record.key.key.as_str()),
        Item::Int(record.version.get().into()),
        Item::Bytes(record.digest.as_bytes().to_vec()),
        text(&record.kind),
        Item::List(record.shape.iter().map(|len| Item::Int((*len).into())).collect()),
        Item::Int(record.bytes.into()),
        option(record.label.as_deref().map(text)),
        option(record.metadata.as_ref().map(|bytes| Item::Bytes(bytes.to_vec()))),
        text(&record.summary),
        text(&record.provenance),
        Item::Int(record.created_at.0.into()),
        option(record.expires_at.map(|end| Item::Int(end.0.into()))),
        Item::Bool(record.pinned),
        option(signature.map(|found| Item::Bytes([&found.key_id[..], &found.mac].concat()))),
        root,
    ];
    FIELDS.into_iter().map(str::to_owned).zip(values).collect()
}

#[test]
fn a_reader_made_from_the_document_finds_every_version_and_its_blobs_where_they_should_be() {
    on_each(|store| {
        fill(store);
        if store.can_sign() {
            save(store, "model", opaque());
        }
        let bytes = exported(store);

        let bundle = Bundle::read(&bytes);

        assert_eq!((bundle.version, &bundle.owner), (1, store.owner().id().as_bytes()));
        assert_eq!(bundle.write(), bytes, "and its writer writes the same");
        let mut expected = Vec::new();
        for newest in store.results(None).unwrap() {
            let mut history = store.history(&newest.key).unwrap();
            history.reverse();
            expected.extend(history);
        }
        let records = bundle.records();
        assert_eq!(records.len(), expected.len());
        for (pairs, record) in records.iter().zip(&expected) {
            assert_eq!(*pairs, pairs_of(record, field(pairs, "root").clone()));
        }
        assert_eq!(bundle.blobs(), blobs_in_order(&records, &bundle));
    });
}

/// The blobs as the document orders them.
fn blobs_in_order(records: &[Pairs], bundle: &Bundle) -> Vec<Body> {
    let digest = |bytes: &[u8]| *blake3::hash(bytes).as_bytes();
    let by_digest: HashMap<_, _> =
        bundle.blobs().into_iter().map(|(_, bytes)| (digest(&bytes), bytes)).collect();
    let mut ordered: Vec<(u8, [u8; 32])> = Vec::new();
    for pairs in records {
        let Item::Bytes(root) = field(pairs, "root") else { panic!("{pairs:?}") };
        let (is_cut, of_root) = buffers(root);
        let of_manifest: Vec<[u8; 32]> = of_root.iter().flat_map(|buffer| buffer.digests.clone()).collect();
        let manifest = match is_cut {
            true => of_manifest.iter().flat_map(|digest| by_digest[digest].clone()).collect(),
            false => root.clone(),
        };
        assert_eq!(Item::Bytes(digest(&manifest).to_vec()), *field(pairs, "digest"));
        let of_value = buffers(&manifest)
            .1
            .into_iter()
            .flat_map(|buffer| buffer.digests.into_iter().map(move |digest| (buffer.is_fixed, digest)));
        let (full, rest): (Vec<_>, Vec<_>) =
            of_value.partition(|(is_fixed, digest)| *is_fixed && by_digest[digest].len() == 65_536);
        ordered.extend(full.into_iter().map(|(_, digest)| (2, digest)));
        ordered.extend(rest.into_iter().map(|(_, digest)| (3, digest)));
        ordered.extend(of_manifest.into_iter().filter(|_| is_cut).map(|digest| (3, digest)));
    }
    let mut seen = std::collections::HashSet::new();
    ordered.retain(|(_, digest)| seen.insert(*digest));
    ordered.into_iter().map(|(kind, digest)| (kind, by_digest[&digest].clone())).collect()
}

/// Some records, and blobs of both kinds.
fn small() -> Bundle {
    let store = memory();
    save(&store, "array", array(noise(70_000, 1)));
    save(&store, "n", int(1));
    save(&store, "n", int(2));
    Bundle::read(&exported(&store))
}

/// The bundle with the pairs of its first record changed.
fn changed(mut bundle: Bundle, change: impl FnOnce(&mut Pairs)) -> Bundle {
    let body = bundle.items[0].1.clone();
    let mut pairs = read_record(&body);
    change(&mut pairs);
    bundle.items[0].1 = write_record(&pairs, &body);
    bundle
}

fn with(name: &str, item: Item) -> Bundle {
    changed(small(), |pairs| pairs.iter_mut().find(|(found, _)| found == name).unwrap().1 = item)
}

#[test]
fn a_record_that_no_store_would_save_is_refused_before_anything_is_written() {
    let text = |len: usize| Item::Str("x".repeat(len));
    let no_such = "a record that none would write";
    let numbers = |count| Item::List(vec![Item::Int(1); count]);
    let cases = [
        ("a label over its limit", with("label", text(1025)), "bytes of the label"),
        ("a kind over its limit", with("kind", text(513)), "bytes of the name of a kind"),
        ("metadata over its limit", with("metadata", Item::Bytes(vec![0; 65_537])), "metadata is not what"),
        (
            "metadata that can't be read",
            with("metadata", Item::Bytes(b"metadata".to_vec())),
            "metadata is not what",
        ),
        ("metadata that is text", with("metadata", text(3)), no_such),
        (
            "a summary over its limit",
            with("summary", Item::Str(format!("\"{}\"", "x".repeat(65_536)))),
            "bytes of the summary",
        ),
        ("a summary that is no JSON", with("summary", text(3)), "the summary is not JSON"),
        ("a provenance that is no JSON", with("provenance", text(3)), "provenance is not JSON"),
        (
            "a provenance nested too deep",
            with("provenance", Item::Str("[".repeat(200) + &"]".repeat(200))),
            "provenance is not JSON",
        ),
        ("more bytes than there are", with("bytes", Item::Int(80_000)), "longer than all"),
        ("more bytes than numbers have", with("bytes", Item::Int(u64::MAX.into())), "longer than all"),
        ("bytes below nothing", with("bytes", Item::Int(-1)), no_such),
        ("version 0", with("version", Item::Int(0)), no_such),
        ("a digest cut short", with("digest", Item::Bytes(vec![0; 31])), no_such),
        ("a signature cut short", with("signature", Item::Bytes(vec![0; 39])), no_such),
        ("an end that is no time", with("expires_at", text(3)), no_such),
        ("a time past all numbers", with("created_at", Item::Int(1 << 63)), no_such),
        ("a pin that is a number", with("pinned", Item::Int(1)), no_such),
        ("a shape of megabytes", with("shape", numbers(1_000_000)), "too many values in a record"),
        ("a root that is none", with("root", Item::Bytes(b"root".to_vec())), "not a manifest"),
        ("a page without a name", with("page", text(0)), no_such),
        ("a key over its limit", with("key", text(513)), no_such),
        ("a pair too few", changed(small(), |pairs| drop(pairs.pop())), no_such),
        ("two pairs in the other order", changed(small(), |pairs| pairs.swap(7, 8)), no_such),
        (
            "another pair among them",
            changed(small(), |pairs| pairs.insert(3, ("more".to_owned(), Item::None))),
            no_such,
        ),
    ];

    for (case, bundle, cause) in cases {
        let error = refused(&bundle.write());
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{case}: {error}");
        let found = error.source().unwrap().to_string();
        assert!(found.contains(cause), "{case}: {found}");
    }
}

#[test]
fn blobs_and_items_that_are_not_as_the_document_says_are_refused() {
    let at = |kind: u8| small().items.iter().position(|(found, _)| *found == kind).unwrap();
    let edited = |edit: &dyn Fn(&mut Vec<Body>)| {
        let mut bundle = small();
        edit(&mut bundle.items);
        bundle.write()
    };
    let cases = [
        ("a full chunk that is not full", edited(&|items| items[at(3)].0 = 2), "does not belong"),
        ("a record above its limit", edited(&|items| items[0].1 = vec![0; (4 << 20) + 1]), "does not belong"),
        ("an item of a kind to come", edited(&|items| items.insert(1, (127, vec![1]))), "of no kind"),
        ("other bytes in a blob", edited(&|items| items[at(3)].1[0] ^= 1), "is missing"),
    ];

    for (case, bytes, cause) in cases {
        let error = refused(&bytes);
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{case}: {error}");
        let found = error.source().unwrap().to_string();
        assert!(found.contains(cause), "{case}: {found}");
    }
}

#[test]
fn a_manifest_in_blobs_that_is_longer_than_any_is_refused_without_reading_it() {
    let blob = vec![7; 262_144];
    let digest = *blake3::hash(&blob).as_bytes();
    let count = 5_000;
    let mut root = [&[0x83, 0x6d][..], b"stillroom/cut"].concat();
    let body = small().items[0].1.clone();
    root.push(body[11]);
    root.extend([&[0x83, 0x1a][..], &(count as u32 * 262_144).to_be_bytes(), &[0x5a]].concat());
    root.extend((count as u32 * 32).to_be_bytes());
    root.extend(digest.repeat(count));
    root.extend([&[0x99][..], &(count as u16).to_be_bytes()].concat());
    root.extend([0x1a, 0, 4, 0, 0].repeat(count));
    let mut bundle = with("root", Item::Bytes(root));
    bundle.items.push((3, blob));

    let error = refused(&bundle.write());

    let found = error.source().unwrap().to_string();
    assert!(found.contains("manifest bytes"), "{found}");
}

#[test]
fn what_a_later_release_may_add_is_passed_over() {
    let mut bundle = changed(small(), |pairs| pairs.push(("tags".to_owned(), Item::Str("of later".into()))));
    for at in [bundle.items.len(), 3, 1, 0] {
        bundle.items.insert(at, (128 + at as u8, vec![9; 3_000_000]));
    }

    let imported = import(&memory(), &bundle.write()).unwrap();

    assert_eq!((imported.results, imported.versions), (2, 3));
}

#[test]
fn what_has_a_ttl_ends_at_its_own_time_and_stays_out_when_that_is_over() {
    let hour_ago = i128::from(now()) - 3_600_000_000;
    let in_an_hour = now() + 3_600_000_000;
    let ending = |at: i128, pinned: bool| {
        changed(with("expires_at", Item::Int(at)), |pairs| pairs[13].1 = Item::Bool(pinned)).write()
    };
    on_each(|store| {
        let over = ending(hour_ago, false);
        let imported = import(store, &over).unwrap();
        assert_eq!((imported.versions, imported.expired, imported.present), (2, 1, 0));
        assert!(versions(store, "array").is_empty());
        let again = import(store, &over).unwrap();
        assert_eq!((again.versions, again.expired, again.present), (0, 1, 2));

        let pinned = import(store, &ending(hour_ago, true)).unwrap();
        assert_eq!((pinned.versions, pinned.expired), (1, 0));
        assert!(store.record(&key("array"), None).unwrap().pinned);
        store.delete(&key("array"), None).unwrap();

        import(store, &ending(in_an_hour.into(), false)).unwrap();
        let Some(Timestamp(end)) = store.record(&key("array"), None).unwrap().expires_at else { panic!() };
        assert!((in_an_hour..in_an_hour + 60_000_000).contains(&end), "{end}");
    });
}

/// What the clock of a store shows, in microseconds.
fn now() -> i64 {
    let store = memory();
    save(&store, "n", int(1)).record.created_at.0
}

#[test]
fn a_byte_changed_taken_out_or_put_in_anywhere_is_refused() {
    let bytes = small().write();
    let place = 0..bytes.len();
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let edits = (0..4u8, place, 1..=255u8);

    TestRunner::new(config)
        .run(&edits, |(edit, at, byte)| {
            let mut edited = bytes.clone();
            match edit {
                0 => edited[at] ^= byte,
                1 => drop(edited.remove(at)),
                2 => edited.insert(at, byte),
                _ => edited.truncate(at),
            }
            prop_assume!(edited != bytes);
            let kind = refused(&edited).kind();
            let is_known = matches!(kind, ErrorKind::Corrupt | ErrorKind::Invalid | ErrorKind::Unsupported);
            prop_assert!(is_known, "{kind:?}");
            prop_assert!(kind == ErrorKind::Corrupt || at < 12, "{kind:?} at {at}");
            Ok(())
        })
        .unwrap();
}
