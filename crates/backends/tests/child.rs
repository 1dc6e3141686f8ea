//! What children of these tests are for: each errand by its name.

use crate::helper;

pub(crate) use crate::helper::{Helper, hear, say};

/// Does nothing but in a child.
#[test]
fn run_the_errand() {
    let Some((errand, store)) = helper::errand() else { return };
    let store = store.as_path();
    match errand.as_str() {
        "open" => crate::processes::errand_open(store),
        "count" => crate::processes::errand_count(store),
        "save small sets" => crate::crash::errand_save(store, crate::crash::SMALL),
        "save large sets" => crate::crash::errand_save(store, crate::crash::LARGE),
        "acquire" => crate::clock::errand_acquire(store),
        "fork" => crate::fork::errand_fork(store),
        "map" => crate::stitched::errand_map(store),
        "sweep" => crate::crash::errand_sweep(store),
        other => panic!("no such errand: {other}"),
    }
}
