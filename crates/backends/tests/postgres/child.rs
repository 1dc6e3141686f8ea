//! What children of these tests are for: each errand by its name, with the URL of a store.

use crate::helper;

/// Does nothing but in a child.
#[test]
fn run_the_errand() {
    let Some((errand, url)) = helper::errand() else { return };
    let url = url.to_str().unwrap();
    match errand.split_once(' ').unwrap_or((&errand, "")) {
        ("shared", number) => crate::processes::errand_shared(url, number.parse().unwrap()),
        ("own", number) => crate::processes::errand_own(url, number.parse().unwrap()),
        ("fork", _) => crate::processes::errand_fork(url),
        (other, _) => panic!("no such errand: {other}"),
    }
}
