//! Values kept in fewer bytes: the same values, whichever way they were saved, moved or kept since.

use std::ops::ControlFlow;

use stillroom::{
    ArrayHead, Compression, Draft, Dtype, ErrorKind, MemoryOrder, OpenOptions, Progress, Scope, Store, Value,
    Version, keep_going,
};

use crate::common::{Local, array, draft, key, local, memory, noise, options, save, value, versions};

const ALL: [Compression; 3] = [Compression::None, Compression::Fast, Compression::Small];
const LEN: usize = 200_000;

/// Prices, of which one in `step` differs from those of another step, as 1.6 MB.
fn prices(step: usize) -> Draft {
    let price =
        |at: usize| 100.0 + (at % 977) as f64 * 0.01 + if at.is_multiple_of(step) { 5.0 } else { 0.0 };
    let head = ArrayHead {
        dtype: Dtype::parse("<f8").unwrap(),
        shape: vec![LEN as u64],
        order: MemoryOrder::C,
        is_writeable: true,
    };
    let bytes: Vec<u8> = (0..LEN).map(price).flat_map(f64::to_le_bytes).collect();
    draft(|writer| writer.array(&head, Box::new(bytes)).unwrap())
}

fn text(seed: u64) -> Draft {
    let text: String = (0..40_000).map(|at| format!("patient {} was seen; ", (at * seed) % 1009)).collect();
    draft(|writer| writer.long_str(Box::new(text.into_bytes())).unwrap())
}

fn open(local: &Local, compression: Compression) -> Store {
    Store::open(OpenOptions { compression: Some(compression), ..options(&local.folder) }).unwrap()
}

fn stored(store: &Store) -> u64 {
    store.usage().unwrap().stored_bytes
}

fn save_all(store: &Store) {
    save(store, "prices", prices(3));
    save(store, "text", text(7));
    save(store, "noise", array(noise(300_000, 1)));
    save(store, "small", draft(|writer| writer.bytes(Box::new(vec![7; 9000])).unwrap()));
}

fn all(store: &Store) -> Vec<Value> {
    ["prices", "text", "noise", "small"].map(|name| value(store, name, None)).to_vec()
}

#[test]
fn a_value_is_the_same_however_its_bytes_are_kept_and_who_loads_it() {
    let raw = local();
    save_all(&raw.store);
    let (expected, raw_bytes) = (all(&raw.store), stored(&raw.store));

    for compression in ALL {
        let kept = local();
        save_all(&open(&kept, compression));

        for reader in ALL {
            assert_eq!(all(&open(&kept, reader)), expected, "{compression:?} read by {reader:?}");
        }
        match compression {
            Compression::None => assert_eq!(stored(&kept.store), raw_bytes),
            _ => assert!(stored(&kept.store) * 2 < raw_bytes, "{compression:?}: {}", stored(&kept.store)),
        }
        assert!(kept.store.verify(&mut keep_going).unwrap().problems.is_empty());
    }
}

#[test]
fn a_folder_of_this_computer_keeps_raw_bytes_unless_it_is_told_otherwise() {
    assert_eq!(local().store.compression(), Compression::None);
    assert_eq!(memory().compression(), Compression::None);
}

#[test]
fn what_is_there_is_saved_again_by_no_other_codec() {
    let kept = local();
    save_all(&kept.store);
    let before = stored(&kept.store);

    for compression in ALL {
        let store = open(&kept, compression);
        save_all(&store);

        assert_eq!((stored(&store), versions(&store, "prices")), (before, vec![1]), "{compression:?}");
    }
}

#[test]
fn a_receipt_counts_bytes_as_they_are_kept() {
    let kept = local();
    let store = open(&kept, Compression::Small);

    let receipt = save(&store, "prices", prices(3));

    assert!(receipt.new_bytes < receipt.record.bytes / 4, "{receipt:?}");
    assert!(receipt.new_bytes >= stored(&store));
}

#[test]
fn a_bundle_has_raw_bytes_and_goes_from_any_way_of_keeping_to_any() {
    let from = local();
    save_all(&open(&from, Compression::Small));
    let bundle = from.folder.path().join("all.stillroom");
    from.store.export_to(&bundle, &Scope::All, &mut keep_going).unwrap();

    for compression in ALL {
        let to = local();
        let store = open(&to, compression);

        let imported = store.import_from(&bundle, &mut keep_going).unwrap();

        assert_eq!(all(&store), all(&from.store), "{compression:?}");
        assert!(imported.new_bytes <= stored(&store));
        match compression {
            Compression::None => assert!(stored(&store) > stored(&from.store)),
            _ => assert!(stored(&store) < stored(&from.store) * 2, "{compression:?}"),
        }
    }
}

/// Five versions of prices and text, and one of noise.
fn with_history(store: &Store) {
    for step in 2..7 {
        save(store, "prices", prices(step));
        save(store, "text", text(step as u64));
    }
    save(store, "noise", array(noise(300_000, 1)));
}

fn histories(store: &Store) -> Vec<Value> {
    let of = |name| (1..=5).map(move |version| value(store, name, Some(version)));
    of("prices").chain(of("text")).collect()
}

#[test]
fn compacting_keeps_every_version_and_every_digest_in_fewer_bytes() {
    for store in [memory(), local().store] {
        with_history(&store);
        let before = (store.history(&key("prices")).unwrap(), histories(&store));
        let raw = stored(&store);
        let mut told = Vec::new();
        let mut watch = |progress: Progress| {
            told.push(progress);
            ControlFlow::Continue(())
        };

        let compacted = store.compact(&mut watch).unwrap();

        assert_eq!(compacted.versions, 8);
        assert_eq!(stored(&store), raw - compacted.saved_bytes);
        // Of five versions the newest stays as it is.
        assert!(stored(&store) < raw / 3, "{compacted:?} of {raw}");
        assert_eq!((store.history(&key("prices")).unwrap(), histories(&store)), before);
        assert!(store.verify(&mut keep_going).unwrap().problems.is_empty());
        assert!(told.is_sorted_by_key(|progress| progress.done));
        assert!(told.len() > 2 && told.last().is_some_and(|last| last.done == last.total), "{told:?}");
        assert_eq!(store.compact(&mut keep_going).unwrap().saved_bytes, 0);
    }
}

#[test]
fn what_the_newest_version_needs_stays_raw_and_mapped() {
    let kept = local();
    let shared = noise(400_000, 1).into_iter().map(|byte| byte & 7).collect::<Vec<_>>();
    let mut changed = shared.clone();
    changed[..1000].fill(1);
    save(&kept.store, "array", array(shared.clone()));
    save(&kept.store, "array", array(changed));

    let compacted = kept.store.compact(&mut keep_going).unwrap();

    // Of the older version only its first chunk is its own.
    assert!((1..65_536).contains(&compacted.saved_bytes), "{compacted:?}");
    let loaded = kept.store.load(&key("array"), None, &mut keep_going).unwrap();
    assert!(matches!(loaded.bodies[0], stillroom::Body::Mapped(_)));
    let first = kept.store.load(&key("array"), Version::new(1), &mut keep_going).unwrap();
    assert_eq!(first.bodies[0].as_slice(), shared);
}

#[test]
fn a_gc_after_compacting_gives_the_bytes_back_to_the_disk() {
    let kept = local();
    with_history(&kept.store);
    let packs = || {
        let packs = std::fs::read_dir(kept.folder.path().join("store/packs")).unwrap();
        packs.map(|pack| pack.unwrap().metadata().unwrap().len()).sum::<u64>()
    };
    let before = packs();

    let compacted = kept.store.compact(&mut keep_going).unwrap();
    let swept = kept.store.gc(false).unwrap();

    assert!(swept.freed_bytes >= compacted.saved_bytes, "{swept:?} after {compacted:?}");
    assert!(packs() + compacted.saved_bytes <= before);
    assert_eq!(histories(&kept.store).len(), 10);
}

#[test]
fn compacting_that_is_stopped_has_lost_nothing() {
    let kept = local();
    with_history(&kept.store);
    let before = histories(&kept.store);
    for stop_after in [0, 1, 2] {
        let mut left = stop_after;
        let mut watch = |_: Progress| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            ControlFlow::Continue(())
        };

        let error = kept.store.compact(&mut watch).unwrap_err();

        assert!(error.is_stopped(), "{error}");
        assert_eq!(histories(&kept.store), before);
    }
}

#[test]
fn a_store_opened_for_reading_is_not_compacted() {
    let kept = local();
    with_history(&kept.store);
    let reader = Store::open(OpenOptions { read_only: true, ..options(&kept.folder) }).unwrap();

    assert_eq!(reader.compact(&mut keep_going).unwrap_err().kind(), ErrorKind::Denied);
}
