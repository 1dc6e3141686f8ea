//! `stillroom` alone: where the store is, its pages and their sizes.

use serde_json::json;
use stillroom::{Record, Result, Store};

use super::facts::{counted, total, total_size};
use crate::answer::Answer;
use crate::text::{Align, Table, iso, minute, printable};

pub(crate) fn run(store: &Store) -> Result<Answer> {
    let results = store.results(None)?;
    // Listed by page and key, so that each page's results follow one another.
    let pages: Vec<_> = results.chunk_by(|one, other| one.key.page == other.key.page).collect();
    let json = json!({
        "store": store.location(),
        "owner": store.owner().to_string(),
        "pages": pages.iter().map(|page| json!({
            "page": page[0].key.page.as_str(),
            "results": page.len(),
            "bytes": total(page),
            "saved_at": last_saved(page).map(|record| iso(record.created_at)),
        })).collect::<Vec<_>>(),
    });
    Ok(Answer::new(text(store, &results, &pages), json))
}

fn text(store: &Store, results: &[Record], pages: &[&[Record]]) -> String {
    let location = printable(store.location());
    if results.is_empty() {
        return format!("{location}\nNothing saved yet.\n");
    }
    let mut table = Table::with_headings([
        ("PAGE", Align::Left),
        ("RESULTS", Align::Right),
        ("SIZE", Align::Right),
        ("LAST SAVED (UTC)", Align::Left),
    ]);
    for page in pages {
        let saved = last_saved(page).map(|record| minute(record.created_at)).unwrap_or_default();
        table.push([page[0].key.page.as_str(), &page.len().to_string(), &total_size(page), &saved]);
    }
    let counts = [counted(pages.len() as u64, "page"), counted(results.len() as u64, "result")];
    format!("{location}\n{}, {}\n\n{}", counts.join(", "), total_size(results), table.to_text())
}

fn last_saved(page: &[Record]) -> Option<&Record> {
    page.iter().filter(|record| !record.is_damaged).max_by_key(|record| record.created_at)
}
