//! What it means that there is nothing at a place, whichever way one looks.

use super::asker::{Asker, condition, is_not_found};
use super::values::key;
use crate::{Annotation, Condition};

/// Holds a store to hiding every version of `at` from every call that could show it.
///
/// A version of `own/proof` is saved by the way: that nothing is there is a condition that holds.
pub(super) async fn assert_hidden(asker: &Asker<'_>, at: &str, versions: &[u64]) {
    assert!(is_not_found(&asker.get(at).await), "get {at}");
    assert!(is_not_found(&asker.delete(at, None).await), "delete {at}");
    assert!(is_not_found(&asker.rename(at, "own/elsewhere").await), "rename {at}");
    assert!(asker.history(at).await.is_empty(), "history of {at}");
    assert!(asker.list().await.iter().all(|record| record.key != key(at)), "{at} in the list");
    assert!(asker.snapshot().await.iter().all(|stored| stored.record.key != key(at)), "{at} in the snapshot");
    for version in versions {
        assert_version_hidden(asker, at, *version).await;
    }
    assert_condition_of_none(asker, condition(at, None)).await;
}

/// The same for one version of a result.
pub(super) async fn assert_version_hidden(asker: &Asker<'_>, at: &str, version: u64) {
    assert!(is_not_found(&asker.get_version(at, Some(version)).await), "get {at}, {version}");
    assert!(is_not_found(&asker.delete(at, Some(version)).await), "delete {at}, {version}");
    assert!(
        is_not_found(&asker.annotate(at, version, Annotation::default()).await),
        "annotate {at}, {version}"
    );
    assert!(!asker.history(at).await.contains(&version), "{version} in the history of {at}");
}

async fn assert_condition_of_none(asker: &Asker<'_>, nothing_there: Condition) {
    let before = asker.usage().await;
    asker.try_save(&[("own/proof", b"")], vec![nothing_there], Some(1)).await.expect("nothing is there");
    asker.delete("own/proof", None).await.expect("it was saved just now");
    let after = asker.usage().await;
    assert_eq!((after.results, after.versions), (before.results, before.versions));
}
