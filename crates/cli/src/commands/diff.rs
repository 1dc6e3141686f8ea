//! `stillroom diff`: what changed between two versions, in a few words each.

use serde_json::{Value as Json, json};
use stillroom::{Change, Diff, Record, Result, Store, Version};

use super::facts;
use crate::answer::Answer;
use crate::args::Place;
use crate::text::{Align, Table, count, printable, size};

pub(crate) fn run(store: &Store, place: &Place, old: Version, new: Option<Version>) -> Result<Answer> {
    let diff = store.diff(&place.key()?, old, new)?;
    let change = |change: &Change| json!({"path": change.path, "what": change.what.as_str(), "old": change.old, "new": change.new});
    let json = json!({
        "old": facts::json(&diff.old),
        "new": facts::json(&diff.new),
        "is_same": diff.is_same,
        "changes": diff.changes.iter().map(change).collect::<Vec<Json>>(),
        "more": diff.more,
    });
    Ok(Answer::new(text(&diff), json))
}

fn text(diff: &Diff) -> String {
    let versions =
        format!("{}, versions {} → {}\n", facts::place(&diff.new.key), diff.old.version, diff.new.version);
    if diff.is_same {
        return format!("{versions}Both hold the same value, bit for bit.\n");
    }
    let more = match diff.more {
        0 => String::new(),
        more => format!("… {} more\n", count(more)),
    };
    format!("{versions}{} → {}\n\n{}{more}", form(&diff.old), form(&diff.new), table(&diff.changes).to_text())
}

fn form(record: &Record) -> String {
    format!("{}, {}", printable(&facts::form(record)), size(record.bytes))
}

fn table(changes: &[Change]) -> Table {
    let mut table = Table::with_headings([
        ("CHANGE", Align::Left),
        ("WHERE", Align::Left),
        ("OLD", Align::Left),
        ("NEW", Align::Left),
    ]);
    for change in changes {
        let (old, new) = (change.old.as_deref(), change.new.as_deref());
        let words = [change.what.as_str(), &change.path, old.unwrap_or_default(), new.unwrap_or_default()];
        table.push(words);
    }
    table
}
