//! Opening a store.

use stillroom::{ErrorKind, OpenOptions, Store};

use crate::common::{int, local, open_at, options, save};

#[test]
fn a_store_keeps_its_owner_and_key_over_reopening() {
    let local = local();

    let again = open_at(&local.folder);

    assert_eq!(again.owner(), local.store.owner());
    assert!(again.can_sign());
}

#[test]
fn a_store_that_is_not_there_is_not_made_by_a_reader() {
    let folder = tempfile::tempdir().unwrap();

    let error = Store::open(OpenOptions { create: false, ..options(&folder) }).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn old_versions_leave_when_only_some_are_kept() {
    let local = local();
    let store = Store::open(OpenOptions { keep_versions: Some(2), ..options(&local.folder) }).unwrap();
    (1..=5).for_each(|n| drop(save(&store, "n", int(n))));

    let versions: Vec<_> =
        store.history(&crate::common::key("n")).unwrap().iter().map(|record| record.version.get()).collect();

    assert_eq!(versions, [5, 4]);
}

#[test]
fn a_memory_store_keeps_what_is_saved() {
    let store =
        Store::open(OpenOptions { url: Some("memory:".to_owned()), ..OpenOptions::default() }).unwrap();

    save(&store, "n", int(1));

    assert_eq!(store.results(None).unwrap().len(), 1);
    assert_eq!(store.location(), "memory:");
}

#[test]
fn a_url_of_no_backend_is_refused_with_the_fix() {
    for (url, fix) in [
        ("http://example.com", "https"),
        ("abcdefghijklmnopqrst", "https://abcdefghijklmnopqrst.supabase.co"),
        ("ftp://example.com", "file:"),
    ] {
        let error =
            Store::open(OpenOptions { url: Some(url.to_owned()), ..OpenOptions::default() }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{url}");
        assert!(error.to_string().contains(fix), "{url}: {error}");
    }
}
