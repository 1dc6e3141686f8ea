//! A bundle that is not what an export wrote is refused by name, and nothing of it comes in.

use std::error::Error as _;
use std::fs;
use std::ops::Range;
use std::path::Path;

use stillroom::{Error, ErrorKind, OpenOptions, Scope, Store, keep_going};

use crate::bundle::{Shelf, fill};
use crate::common::{array, int, memory, noise, save};

/// A bundle of a few kilobytes: some records and blobs of both kinds.
fn small_bundle() -> Vec<u8> {
    let store = memory();
    save(&store, "n", int(1));
    save(&store, "array", array(noise(70_000, 1)));
    save(&store, "n", int(2));
    let shelf = Shelf::new();
    shelf.export(&store);
    fs::read(shelf.path()).unwrap()
}

/// Imports `bytes` into an empty store, which must refuse them and stay empty.
fn refused(bytes: &[u8]) -> Error {
    let shelf = Shelf::new();
    fs::write(shelf.path(), bytes).unwrap();
    let store = memory();
    let error = store.import_from(&shelf.path(), &mut keep_going).unwrap_err();
    let inspected = store.inspect(&shelf.path(), &mut keep_going).unwrap_err();
    assert_eq!((inspected.kind(), inspected.to_string()), (error.kind(), error.to_string()));
    let usage = store.usage().unwrap();
    assert_eq!((usage.versions, usage.stored_bytes), (0, 0), "nothing is written: {error}");
    error
}

/// The bundle with its last digest made to fit: what a liar would send rather than a bad disk.
fn signed_off(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 32;
    let digest = blake3::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(digest.as_bytes());
    bytes
}

/// Where the items lie: kind, and the range of the whole item.
fn items(bytes: &[u8]) -> Vec<(u8, Range<usize>)> {
    let mut items = Vec::new();
    let mut at = 28;
    while at < bytes.len() {
        let len = u64::from_le_bytes(bytes[at + 1..at + 9].try_into().unwrap()) as usize;
        items.push((bytes[at], at..at + 9 + len));
        at += 9 + len;
    }
    items
}

/// The bundle with `replacement` in place of one item's bytes, its head and the last digest made to fit.
fn with_body(bytes: &[u8], item: usize, replacement: &[u8]) -> Vec<u8> {
    let (kind, range) = items(bytes)[item].clone();
    let head = [&[kind][..], &(replacement.len() as u64).to_le_bytes()].concat();
    signed_off([&bytes[..range.start], &head, replacement, &bytes[range.end..]].concat())
}

#[test]
fn a_bundle_cut_short_anywhere_is_refused() {
    let bytes = small_bundle();
    let cuts = (1..200).chain((200..bytes.len()).step_by(997)).chain(bytes.len() - 50..bytes.len());

    for cut in cuts {
        let error = refused(&bytes[..cut]);
        assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {cut}: {error}");
        assert!(error.to_string().contains("cut short"), "{error}");
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let bytes = small_bundle();
    let places = (0..bytes.len()).filter(|at| *at < 400 || at % 499 == 0 || bytes.len() - at < 60);

    for at in places {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let error = refused(&flipped);
        let expected = match at {
            0..8 => ErrorKind::Invalid,
            // A version that is not 1: most are newer than it, and 0 never was.
            8..12 if flipped[8..12] != [0; 4] => ErrorKind::Unsupported,
            _ => ErrorKind::Corrupt,
        };
        assert_eq!(error.kind(), expected, "flipped at {at}: {error}");
    }
}

#[test]
fn a_bundle_of_a_newer_release_is_refused_with_what_to_do() {
    let mut bytes = small_bundle();
    bytes[8] = 2;

    let error = refused(&signed_off(bytes));

    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("version 2 is newer than 1; update stillroom"), "{error}");
}

#[test]
fn what_is_no_bundle_is_called_that() {
    let text = b"page,key\nforecast,1\n".to_vec();

    for bytes in [Vec::new(), text, vec![0; 4096], b"\x89PNG\r\n\x1a\n".to_vec()] {
        let error = refused(&bytes);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains("not a bundle"), "{error}");
    }
}

#[test]
fn what_is_no_file_is_called_that() {
    let folder = tempfile::tempdir().unwrap();
    let import = |path: &Path| memory().import_from(path, &mut keep_going).unwrap_err().kind();

    assert_eq!(import(folder.path()), ErrorKind::Invalid);
    assert_eq!(import(&folder.path().join("nothing")), ErrorKind::NotFound);
}

#[test]
fn a_well_made_lie_is_refused_too() {
    let bytes = small_bundle();
    let items = items(&bytes);
    let [first, .., blob, end] = items.as_slice() else { panic!("{items:?}") };
    let (first, blob, end) = (first.1.clone(), blob.1.clone(), end.1.clone());
    let record = bytes[first.start + 9..first.end].to_vec();
    let replaced = |from: &[u8], to: &[u8]| {
        let at = record.windows(from.len()).position(|window| window == from).unwrap();
        [&record[..at], to, &record[at + from.len()..]].concat()
    };
    let mut other_digest = record.clone();
    let named = record.windows(7).position(|window| window == b"fdigest").unwrap();
    other_digest[named + 20] ^= 1;
    let joined = |parts: &[&[u8]]| signed_off(parts.concat());
    let after = |at: usize, more: &[u8]| joined(&[&bytes[..at], more, &bytes[at..]]);
    let without = |range: &Range<usize>| joined(&[&bytes[..range.start], &bytes[range.end..]]);
    let head = |kind: u8, len: u64| [&[kind][..], &len.to_le_bytes()].concat();
    let long_blob = [head(3, 300_000), vec![0; 300_000]].concat();
    let late =
        [&bytes[..first.start], &bytes[first.end..end.start], &bytes[first.clone()], &bytes[end.start..]];
    let cases = [
        ("bytes after the end", [&bytes[..], b"more"].concat(), "bytes after its end"),
        ("two ends", joined(&[&bytes, &bytes[end.clone()]]), "bytes after its end"),
        ("a blob left out", without(&blob), "a blob that a version names is missing"),
        ("a blob twice", after(blob.end, &bytes[blob.clone()]), "a blob twice"),
        (
            "a blob nobody names",
            after(end.start, &[&head(3, 5)[..], b"other"].concat()),
            "a blob that no version names",
        ),
        ("a blob too long", after(end.start, &long_blob), "an item that does not belong"),
        ("a record twice", after(first.end, &bytes[first.clone()]), "its records are out of order"),
        ("a record after the blobs", joined(&late), "an item that does not belong"),
        ("a record of any length", after(first.start, &head(1, u64::MAX)), "an item that does not belong"),
        ("an item of no kind", after(end.start, &head(9, 0)), "an item of no kind"),
        // The head of a manifest, and 1 for its tree.
        (
            "a record that is no dict",
            with_body(&bytes, 0, &[&record[..14], &[1]].concat()),
            "a record that none would write",
        ),
        ("a record of rubbish", with_body(&bytes, 0, &[0xff; 100]), "damaged manifest"),
        (
            "a name that is none",
            with_body(&bytes, 0, &replaced(b"earray", b"earr\x1by")),
            "a record that none would write",
        ),
        (
            "another field",
            with_body(&bytes, 0, &replaced(b"gversion", b"gvershon")),
            "a record that none would write",
        ),
        (
            "another value's digest",
            with_body(&bytes, 0, &other_digest),
            "the manifest is not what its record says",
        ),
    ];

    for (case, bytes, cause) in cases {
        let error = refused(&bytes);
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{case}: {error}");
        let found = error.source().unwrap().to_string();
        assert!(found.contains(cause), "{case}: {found}");
    }
}

#[test]
fn a_path_in_a_name_is_a_name() {
    let outside = tempfile::tempdir().unwrap();
    let inside = outside.path().join("a/b");
    fs::create_dir_all(&inside).unwrap();
    let source = memory();
    fill(&source);
    source.export_to(&inside.join("results.bundle"), &Scope::All, &mut keep_going).unwrap();
    let url = Some(inside.join("store").to_str().unwrap().to_owned());
    let target = Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap();

    target.import_from(&inside.join("results.bundle"), &mut keep_going).unwrap();

    let names: Vec<_> = target.results(None).unwrap().iter().map(|record| record.key.to_string()).collect();
    assert!(names.contains(&"other/../../etc/passwd".to_owned()), "{names:?}");
    assert_eq!(names_in(outside.path()), ["a"]);
    assert_eq!(names_in(&outside.path().join("a")), ["b"]);
    assert_eq!(names_in(&inside), ["results.bundle", "store"]);
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
