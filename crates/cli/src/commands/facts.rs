//! A record's facts as every verb says them.

use serde_json::{Value as Json, json};
use stillroom::{Record, ResultKey, Timestamp};

use crate::text::{iso, minute, printable, shape, size};

/// What a listing has of a record.
pub(super) fn json(record: &Record) -> Json {
    let (imported, rolled_back_from) = origin(record);
    json!({
        "page": record.key.page.as_str(),
        "key": record.key.key.as_str(),
        "version": record.version.get(),
        "kind": record.kind,
        "shape": record.shape,
        "bytes": record.bytes,
        "label": record.label,
        "digest": record.digest.to_string(),
        "created_at": iso(record.created_at),
        "expires_at": record.expires_at.map(iso),
        "pinned": record.pinned,
        "imported": imported.map(|(version, time)| json!({"version": version, "created_at": iso(time)})),
        "rolled_back_from": rolled_back_from,
        "is_signed": record.signature.is_some(),
        "is_damaged": record.is_damaged,
    })
}

/// Type and shape: `DataFrame 1,922 × 3`.
pub(super) fn form(record: &Record) -> String {
    format!("{} {}", record.kind, shape(&record.shape)).trim_end().to_owned()
}

/// When it was saved; nothing of a record that can't tell.
pub(super) fn saved(record: &Record) -> String {
    if record.is_damaged { String::new() } else { minute(record.created_at) }
}

/// How long it is kept and where it came from, in a few words; empty as a rule.
pub(super) fn notes(record: &Record) -> String {
    let (imported, rolled_back_from) = origin(record);
    let notes = [
        record.pinned.then(|| "pinned".to_owned()),
        record.expires_at.filter(|_| !record.pinned).map(|time| format!("until {}", minute(time))),
        imported.map(|(version, _)| format!("imported, was {version}")),
        rolled_back_from.map(|version| format!("from version {version}")),
        record.is_damaged.then(|| "run verify".to_owned()),
    ];
    notes.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Which version it was where it was exported, and when it was saved there; which version it goes back to.
pub(super) fn origin(record: &Record) -> (Option<(u64, Timestamp)>, Option<u64>) {
    let provenance: Json = serde_json::from_str(&record.provenance).unwrap_or_default();
    let imported = &provenance["imported"];
    let version = imported["version"].as_u64();
    let imported = version.zip(imported["created_at"].as_i64().map(Timestamp));
    (imported, provenance["rolled_back_from"].as_u64())
}

/// Where a result lives, for a line of text.
pub(super) fn place(key: &ResultKey) -> String {
    format!("{} / {}", printable(key.page.as_str()), printable(key.key.as_str()))
}

/// How many of what: `1 result`, `3 results`.
pub(super) fn counted(number: u64, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {what}{ending}", crate::text::count(number))
}

/// The sizes of `records` together.
pub(super) fn total(records: &[Record]) -> u64 {
    records.iter().map(|record| record.bytes).fold(0, u64::saturating_add)
}

/// The sizes of `records` together, as text.
pub(super) fn total_size(records: &[Record]) -> String {
    size(total(records))
}
