//! `stillroom rm`: deletes, says how to take that back, and takes it back.

use serde_json::json;
use stillroom::{Result, Store, UNDO_TIME, Version};

use super::facts::{counted, place as said};
use crate::answer::Answer;
use crate::args::Place;
use crate::text::{Span, spans, versions};

const SECONDS_OF_DAY: u64 = 86_400;

/// Deletes; `again` spells this command with other words behind it.
pub(crate) fn run(
    store: &Store,
    place: &Place,
    version: Option<Version>,
    again: impl Fn(&[&str]) -> String,
) -> Result<Answer> {
    let deleted = store.delete(&place.key()?, version)?;
    let gone = spans(deleted.versions.iter().copied());
    let undo = if is_plain(place) {
        again(&["rm", &place.page, &place.key, "--undo", &gone])
    } else {
        again(&["rm", "--undo", &gone, "--", &place.page, &place.key])
    };
    let days = UNDO_TIME.as_secs() / SECONDS_OF_DAY;
    let text = format!(
        "Deleted {} of {}: {gone}. For {days} days, or until gc, this brings back what was deleted:\n  {undo}\n",
        counted(deleted.versions.len() as u64, "version"),
        said(&deleted.key),
    );
    let json = json!({
        "page": deleted.key.page.as_str(),
        "key": deleted.key.key.as_str(),
        "deleted": numbers(&deleted.versions),
        "undo": undo,
    });
    Ok(Answer::new(text, json))
}

/// Brings versions back.
pub(crate) fn undo(store: &Store, place: &Place, spans_: &[Span]) -> Result<Answer> {
    let (key, versions) = (place.key()?, versions(spans_));
    store.undelete(&key, &versions)?;
    let newest = store.record(&key, None)?.version;
    let text = format!(
        "Brought back {}: {}. The newest version is {newest}.\n",
        said(&key),
        spans(versions.iter().copied()),
    );
    let json = json!({
        "page": key.page.as_str(),
        "key": key.key.as_str(),
        "brought_back": numbers(&versions),
        "newest": newest.get(),
    });
    Ok(Answer::new(text, json))
}

/// Whether page and key can't be taken for options.
fn is_plain(place: &Place) -> bool {
    !place.page.starts_with('-') && !place.key.starts_with('-')
}

fn numbers(versions: &[Version]) -> Vec<u64> {
    versions.iter().map(|version| version.get()).collect()
}
