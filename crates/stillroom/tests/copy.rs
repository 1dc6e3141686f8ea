//! Results go straight from one store into another.

use std::fs;
use std::ops::ControlFlow;

use stillroom::{
    Copied, ErrorKind, OpenOptions, Owner, Progress, Record, ResultKey, Scope, SigningKey, Store, Trust,
    Uuid, Value, keep_going,
};

use crate::bundle::fill;
use crate::common::{
    array, int, key, load, local, memory, noise, on_each, opaque, options, save, value, versions,
};

fn copy(from: &Store, to: &Store) -> Copied {
    copy_of(from, to, &Scope::All).unwrap()
}

fn copy_of(from: &Store, to: &Store, scope: &Scope) -> stillroom::Result<Copied> {
    let plan = from.plan_copy(to, scope, &mut keep_going)?;
    let expected = plan.expected().clone();
    let copied = plan.run(&mut keep_going)?;
    assert_eq!(Copied { new_bytes: 0, ..expected }, Copied { new_bytes: 0, ..copied.clone() });
    Ok(copied)
}

/// What two records must have in common: all but number, times, and where they came from.
fn told(record: &Record) -> Record {
    let (version, created_at) = (stillroom::Version::FIRST, stillroom::Timestamp(0));
    let expires_at = record.expires_at.map(|_| created_at);
    Record { version, created_at, expires_at, provenance: String::new(), ..record.clone() }
}

fn same_histories(one: &Store, other: &Store) {
    let results = one.results(None).unwrap();
    assert_eq!(results.len(), other.results(None).unwrap().len());
    for Record { key, .. } in results {
        let history = |store: &Store| store.history(&key).unwrap().iter().map(told).collect::<Vec<_>>();
        assert_eq!(history(one), history(other), "{key}");
    }
}

#[test]
fn a_copy_brings_every_version_exactly() {
    on_each(|from| {
        fill(from);
        for to in [memory(), local().store] {
            let copied = copy(from, &to);

            assert_eq!((copied.results, copied.versions, copied.present), (5, 8, 0));
            same_histories(from, &to);
            for name in ["n", "array", "empty", "list"] {
                for version in versions(from, name) {
                    assert_eq!(value(&to, name, Some(version)), value(from, name, Some(version)), "{name}");
                }
            }
            assert!(to.verify(&mut keep_going).unwrap().problems.is_empty());
        }
    });
}

#[test]
fn a_version_says_where_it_came_from_and_ends_when_it_would_have() {
    let (from, to) = (local(), memory());
    fill(&from.store);
    let place = ResultKey::parse("other", "../../etc/passwd").unwrap();
    let before = from.store.record(&place, None).unwrap();

    copy(&from.store, &to);

    let after = to.record(&place, None).unwrap();
    let moved = after.expires_at.unwrap().0 - before.expires_at.unwrap().0;
    assert!((0..60_000_000).contains(&moved), "{moved}");
    let provenance: serde_json::Value = serde_json::from_str(&after.provenance).unwrap();
    assert_eq!(provenance["python"], "3.13.0");
    assert_eq!(provenance["imported"]["created_at"], before.created_at.0);
    assert_eq!(told(&after), told(&before));
    assert!(after.pinned);
}

#[test]
fn copying_twice_changes_nothing() {
    on_each(|to| {
        let from = memory();
        fill(&from);
        copy(&from, to);
        let before = to.results(None).unwrap();

        let again = copy(&from, to);

        assert_eq!(again, Copied { present: 8, ..Copied::default() });
        assert_eq!(to.results(None).unwrap(), before);
    });
}

#[test]
fn only_what_is_missing_is_copied_and_the_newest_becomes_the_newest() {
    on_each(|to| {
        let from = memory();
        save(&from, "array", array(noise(1_000_000, 1)));
        copy(&from, to);
        save(to, "array", array(vec![7; 100]));
        let mut edited = noise(1_000_000, 1);
        edited[500_000] ^= 1;
        save(&from, "array", array(edited));

        let copied = copy(&from, to);

        assert_eq!((copied.versions, copied.present), (1, 1));
        assert_eq!(copied.new_bytes, 65_536, "the one chunk that changed");
        assert_eq!(versions(to, "array"), [3, 2, 1]);
        assert_eq!(value(to, "array", None), value(&from, "array", None));
    });
}

#[test]
fn a_page_or_a_result_is_copied_alone() {
    let from = memory();
    fill(&from);
    for (page, name, copied) in [("other", None, (1, 1)), ("page", None, (4, 7)), ("page", Some("n"), (1, 3))]
    {
        let to = memory();
        let scope = Scope::parse(Some(page), name).unwrap();

        let Copied { results, versions, .. } = copy_of(&from, &to, &scope).unwrap();

        assert_eq!((results, versions), copied, "{page} {name:?}");
        assert_eq!(to.usage().unwrap().versions, copied.1);
    }
    for (page, name) in [("nowhere", None), ("nowhere", Some("n")), ("other", Some("n"))] {
        let scope = Scope::parse(Some(page), name).unwrap();
        let error = copy_of(&from, &memory(), &scope).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{page} {name:?}");
    }
}

#[test]
fn what_was_deleted_stays_behind() {
    let (from, to) = (memory(), memory());
    (1..=3).for_each(|n| drop(save(&from, "n", int(n))));
    save(&from, "gone", int(1));
    from.delete(&key("gone"), None).unwrap();
    from.delete(&key("n"), Some(stillroom::Version::FIRST)).unwrap();

    assert_eq!(copy(&from, &to).versions, 2);
    assert_eq!([value(&to, "n", Some(1)), value(&to, "n", Some(2))], [2, 3].map(Value::int));
}

#[test]
fn a_plan_writes_nothing() {
    on_each(|to| {
        let from = memory();
        fill(&from);

        let plan = from.plan_copy(to, &Scope::All, &mut keep_going).unwrap();

        assert_eq!((plan.expected().results, plan.expected().versions), (5, 8));
        assert!(plan.expected().new_bytes > 1_000_000);
        assert_eq!(to.usage().unwrap(), memory().usage().unwrap());
    });
}

/// Bytes without two equal chunks, made faster than noise.
fn unlike(len: usize, seed: u8) -> Vec<u8> {
    let mut bytes = vec![seed; len];
    bytes
        .chunks_mut(1 << 16)
        .zip(0u64..)
        .for_each(|(chunk, at)| chunk[..8].copy_from_slice(&at.to_le_bytes()));
    bytes
}

#[test]
fn a_copy_that_was_stopped_keeps_what_came_in_and_goes_on_there() {
    let (from, to) = (memory(), local());
    // A set is full at 64 MiB.
    (0..3).for_each(|n| drop(save(&from, &n.to_string(), array(unlike(40 << 20, n)))));
    let mut stop = |progress: Progress| {
        if progress.done > 90 << 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };

    let plan = from.plan_copy(&to.store, &Scope::All, &mut keep_going).unwrap();
    let error = plan.run(&mut stop).unwrap_err();

    assert!(error.is_stopped());
    assert_eq!(to.store.usage().unwrap().versions, 2);
    let again = copy(&from, &to.store);
    assert_eq!((again.versions, again.present), (1, 2));
    assert!(again.new_bytes < 40 << 20, "blobs that were there are not put again: {}", again.new_bytes);
    same_histories(&from, &to.store);
}

#[test]
fn progress_never_falls_and_ends_at_the_total() {
    let (from, to) = (memory(), memory());
    fill(&from);
    let (mut planned, mut copied) = (Vec::new(), Vec::new());
    let note = |seen: &mut Vec<(u64, u64)>, progress: Progress| {
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };

    let plan = from.plan_copy(&to, &Scope::All, &mut |progress| note(&mut planned, progress)).unwrap();
    plan.run(&mut |progress| note(&mut copied, progress)).unwrap();

    for seen in [planned, copied] {
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen.last().map(|(done, total)| done == total), Some(true), "{seen:?}");
    }
}

fn keyed(lines: &[&str], owner: u128) -> Store {
    Store::open(OpenOptions {
        url: Some("memory:".to_owned()),
        owner: Some(Uuid::from_u128(owner)),
        signing_keys: Some(lines.iter().map(|line| SigningKey::parse(line).unwrap()).collect()),
        ..OpenOptions::default()
    })
    .unwrap()
}

#[test]
fn objects_stay_signed_are_signed_again_or_arrive_locked() {
    let (line, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let cases = [
        ("the same owner and key", keyed(&[&line], 1), keyed(&[&line], 1), true),
        ("the same owner with a key of its own", keyed(&[&line], 1), keyed(&[&other], 1), true),
        ("another owner with the key", keyed(&[&line], 1), keyed(&[&line], 2), true),
        ("another owner with a key of its own", keyed(&[&line], 1), keyed(&[&other], 2), true),
        ("a store without a key", keyed(&[&line], 1), keyed(&[], 2), false),
    ];
    for (case, from, to, opens) in cases {
        save(&from, "model", opaque());
        save(&from, "n", int(1));

        let copied = copy(&from, &to);

        let trust = if opens { Trust::Trusted } else { Trust::Untrusted };
        assert_eq!(load(&to, "model").trust, trust, "{case}");
        let locked: &[_] = if opens { &[] } else { &[key("model")] };
        assert_eq!(copied.locked, locked, "{case}");
        assert_eq!(copy(&from, &to).present, 2, "{case}");
    }
}

#[test]
fn what_arrived_locked_opens_when_it_comes_with_the_key() {
    let (line, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let signed = keyed(&[&line], 1);
    save(&signed, "model", opaque());
    let keyless = keyed(&[], 1);
    copy(&signed, &keyless);
    let to = keyed(&[&other], 2);
    assert_eq!(copy(&keyless, &to).locked, [key("model")]);

    let copied = copy(&keyless.with_keys(vec![SigningKey::parse(&line).unwrap()]), &to);

    assert_eq!((copied.versions, copied.locked), (1, vec![]));
    assert_eq!(load(&to, "model").trust, Trust::Trusted);
}

#[test]
fn a_folder_and_memory_know_one_owner_of_their_own() {
    on_each(|store| {
        let stranger = store.as_owner(Owner::new(Uuid::from_u128(7)));

        assert_eq!(store.local_owner(), Some(store.owner()));
        assert_eq!(stranger.local_owner(), Some(store.owner()));
        assert_ne!(stranger.owner(), store.owner());
    });
}

#[test]
fn a_damaged_version_is_named_and_not_copied_as_if_it_were_whole() {
    let (from, to) = (local(), memory());
    save(&from.store, "array", array(noise(2_000_000, 1)));
    for pack in fs::read_dir(from.folder.path().join("store/packs")).unwrap() {
        let path = pack.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
    }

    let error = copy_of(&from.store, &to, &Scope::All).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("version 1 of `page/array`"), "{error}");
    assert_eq!(to.usage().unwrap().versions, 0);
}

#[test]
fn a_store_that_is_only_read_takes_nothing_and_gives_all() {
    let (from, to) = (local(), local());
    fill(&from.store);
    drop(from.store);
    let reading = |folder| Store::open(OpenOptions { read_only: true, ..options(folder) }).unwrap();
    let from = reading(&from.folder);

    let error = copy_of(&from, &reading(&to.folder), &Scope::All).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(copy(&from, &to.store).versions, 8);
}

#[test]
fn more_results_than_a_batch_holds_are_copied_as_several() {
    let (from, to) = (memory(), memory());
    let set = |from: i64, to: i64| {
        (from..to).map(|n| stillroom::Save::new(key(&format!("{n:05}")), int(n))).collect()
    };
    from.save(set(0, 1_200), &mut keep_going).unwrap();

    let copied = copy(&from, &to);

    assert_eq!((copied.results, copied.versions), (1_200, 1_200));
    assert_eq!(value(&to, "01199", None), Value::int(1_199));
    from.save(set(1_200, 1_201), &mut keep_going).unwrap();
    assert_eq!(copy(&from, &to).versions, 1);
}
