//! A record's facts as every verb says them.

use serde_json::{Value as Json, json};
use stillroom::Record;

use crate::text::{iso, shape, size};

/// What a listing has of a record.
pub(super) fn json(record: &Record) -> Json {
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
        "is_signed": record.signature.is_some(),
    })
}

/// Type and shape: `DataFrame 1,922 × 3`.
pub(super) fn form(record: &Record) -> String {
    format!("{} {}", record.kind, shape(&record.shape)).trim_end().to_owned()
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
