//! `stillroom recount`: puts right what owners are counted for, and says for whom it was wrong.

use serde_json::{Value as Json, json};
use stillroom::Result;
use stillroom::postgres::{self, Count, Miscount};

use super::facts::counted;
use crate::answer::Answer;

pub(crate) fn run(store: Option<&str>, dry_run: bool) -> Result<Answer> {
    let found = postgres::recount(store, dry_run)?;
    let json = json!({
        "store": found.location,
        "dry_run": dry_run,
        "owners": found.owners,
        "wrong": found.wrong.iter().map(wrong_json).collect::<Vec<_>>(),
    });
    let looked = format!("Looked at {}", counted(found.owners, "owner"));
    let lines: String = found.wrong.iter().map(line).collect();
    let text = match (found.wrong.len(), dry_run) {
        (0, _) => format!("{looked}: all are counted as their rows say.\n"),
        (_, true) => format!("{looked}. Counted otherwise than their rows say:\n{lines}Nothing was done.\n"),
        (_, false) => format!("{looked}. Put right:\n{lines}"),
    };
    Ok(Answer::new(text, json))
}

/// What is counted otherwise; the rest is left out.
fn line(wrong: &Miscount) -> String {
    let changes: Vec<_> = facts(&wrong.counted)
        .into_iter()
        .zip(facts(&wrong.actual))
        .filter(|(counted, actual)| counted != actual)
        .map(|((name, counted), (_, actual))| {
            format!("{} {counted} \u{2192} {actual}", name.replace('_', " "))
        })
        .collect();
    format!("  {}  {}\n", wrong.owner, changes.join(", "))
}

fn wrong_json(wrong: &Miscount) -> Json {
    let count = |count| facts(&count).into_iter().map(|(name, number)| (name.to_owned(), json!(number)));
    json!({
        "owner": wrong.owner.to_string(),
        "counted": count(wrong.counted).collect::<serde_json::Map<_, _>>(),
        "actual": count(wrong.actual).collect::<serde_json::Map<_, _>>(),
    })
}

fn facts(count: &Count) -> [(&'static str, i64); 4] {
    [
        ("versions", count.versions),
        ("bytes", count.bytes),
        ("waiting_bytes", count.waiting_bytes),
        ("record_bytes", count.record_bytes),
    ]
}
