//! Parts of values: no more is read than they need.

use std::fs;

use stillroom::{
    Access, Body, ErrorKind, Labels, LoadedPart, Node, Nodes, Opened, Part, Rows, Store, Value, keep_going,
};

use crate::common::{array, draft_of, int, key, local, noise, on_each, open_at, save};
use crate::preview::{counting, frame, halves};

fn opened(store: &Store, name: &str) -> Opened {
    store.open_version(&key(name), None).unwrap()
}

fn load_part(store: &Store, name: &str, part: Part) -> stillroom::Result<(LoadedPart, Opened)> {
    let opened = opened(store, name);
    let loaded = store.load_part(&opened, part, Access::Mapped, &mut keep_going)?;
    Ok((loaded, opened))
}

fn of_rows(start: i64, stop: i64) -> Part {
    Part { rows: Some(Rows { start: Some(start), stop: Some(stop) }), ..Part::default() }
}

fn of_columns(columns: &[u64]) -> Part {
    Part { columns: Some(columns.to_vec()), ..Part::default() }
}

/// The bytes of the buffers that a part needs, in order.
fn bodies(loaded: &LoadedPart) -> Vec<Vec<u8>> {
    loaded.bodies.iter().flatten().map(|window| window.as_slice().to_vec()).collect()
}

#[test]
fn the_rows_of_an_array_are_its_bytes() {
    on_each(|store| {
        let bytes = noise(1_000_000, 1);
        save(store, "array", array(bytes.clone()));
        for (start, stop) in
            [(0, 10), (65_530, 65_540), (300_000, 900_000), (-5, 1_000_000), (7, 7), (0, 1_000_000)]
        {
            let (loaded, opened) = load_part(store, "array", of_rows(start, stop)).unwrap();

            let first = if start < 0 { 999_995 } else { start } as usize;
            let expected = &bytes[first..stop as usize];
            assert_eq!(bodies(&loaded).concat(), expected, "{start}..{stop}");
            let Node::Array(head, _) = loaded.reader(&opened).node().unwrap() else { panic!("an array") };
            assert_eq!(head.shape, [expected.len() as u64]);
        }
    });
}

fn columns() -> Vec<Value> {
    vec![counting(0, 100_000), halves(100_000), counting(500_000, 100_000)]
}

#[test]
fn the_columns_of_a_frame_come_without_the_others() {
    on_each(|store| {
        save(store, "frame", draft_of(&frame(&["a", "b", "c"], columns(), 100_000)));

        let (loaded, opened) = load_part(store, "frame", of_columns(&[2])).unwrap();

        let Node::Frame(rows, count, _) = loaded.reader(&opened).node().unwrap() else { panic!("a frame") };
        assert_eq!((rows, count), (100_000, 1));
        let bodies = bodies(&loaded);
        assert_eq!(bodies.iter().map(Vec::len).collect::<Vec<_>>(), [800_000]);
        assert_eq!(bodies[0][..8], 500_000_i64.to_le_bytes());
    });
}

/// Flips a bit of every pack's chunk that holds `found`.
fn damage(folder: &std::path::Path, found: &[u8]) {
    for pack in fs::read_dir(folder.join("store/packs")).unwrap() {
        let path = pack.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.windows(found.len()).position(|window| window == found).unwrap();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn damage_outside_of_a_part_is_nothing_to_it() {
    let local = local();
    save(&local.store, "frame", draft_of(&frame(&["a", "b", "c"], columns(), 100_000)));
    damage(local.folder.path(), &99_999_i64.to_le_bytes());
    let store = open_at(&local.folder);

    assert_eq!(store.load(&key("frame"), None, &mut keep_going).unwrap_err().kind(), ErrorKind::Corrupt);
    let error = load_part(&store, "frame", of_columns(&[0])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("version 1 of `page/frame`"));
    load_part(&store, "frame", of_columns(&[1, 2])).unwrap();
    let (loaded, _) = load_part(&store, "frame", of_rows(0, 10)).unwrap();
    assert_eq!(bodies(&loaded).iter().map(Vec::len).collect::<Vec<_>>(), [80, 80, 80]);
}

#[test]
fn a_copy_is_in_memory_of_its_own() {
    let local = local();
    let bytes = noise(1_000_000, 1);
    save(&local.store, "array", array(bytes.clone()));
    let load =
        |access| local.store.load_as(&key("array"), None, access, &mut keep_going).unwrap().bodies.remove(0);

    assert!(matches!(load(Access::Mapped), Body::Mapped(_)));
    let Body::Owned(copy) = load(Access::Copied) else { panic!("a copy") };

    for pack in fs::read_dir(local.folder.path().join("store/packs")).unwrap() {
        fs::File::options().write(true).open(pack.unwrap().path()).unwrap().set_len(0).unwrap();
    }
    assert_eq!(copy, bytes);
}

#[test]
fn a_part_that_a_value_can_t_have_is_refused_by_its_kind() {
    on_each(|store| {
        save(store, "n", int(1));
        save(store, "array", array(noise(10, 1)));

        let refused = |name, part| {
            let error = load_part(store, name, part).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            error.to_string()
        };

        assert!(refused("n", of_rows(0, 1)).ends_with("has rows to choose from; load it whole: `int`"));
        assert!(refused("n", of_columns(&[0])).ends_with("has columns to choose from; load it whole: `int`"));
        assert!(refused("array", of_columns(&[0])).ends_with("load it whole: `ndarray`"));
    });
}

#[test]
fn the_labels_of_a_frame_are_its_second_child() {
    on_each(|store| {
        save(store, "n", int(1));
        save(store, "frame", draft_of(&frame(&["a", "b", "c"], columns(), 100_000)));

        assert_eq!(store.labels(&opened(store, "n")).unwrap(), None);
        assert_eq!(store.labels(&opened(store, "frame")).unwrap(), Some(Labels::Index(1)));
        let (loaded, opened) = load_part(store, "frame", Part { child: Some(1), ..Part::default() }).unwrap();
        assert!(matches!(loaded.reader(&opened).node().unwrap(), Node::Index(None)));
    });
}
