//! `stillroom ls`: the newest version of every result.

use serde_json::json;
use stillroom::{Error, ErrorKind, PageKey, Record, Result, Store};

use super::facts;
use crate::answer::Answer;
use crate::text::{Align, Table, size};

pub(crate) fn run(store: &Store, page: Option<&str>) -> Result<Answer> {
    let page = page.map(PageKey::parse).transpose()?;
    let results = match &page {
        Some(page) => on_page(store, page)?,
        None => store.results(None)?,
    };
    let json = json!({"results": results.iter().map(facts::json).collect::<Vec<_>>()});
    let text = if results.is_empty() { "Nothing saved yet.\n".to_owned() } else { table(&results).to_text() };
    Ok(Answer::new(text, json))
}

/// The results of a page; a page without any is one that isn't there.
pub(super) fn on_page(store: &Store, page: &PageKey) -> Result<Vec<Record>> {
    let results = store.results(Some(page))?;
    if results.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, format!("no results on page `{page}`")));
    }
    Ok(results)
}

fn table(results: &[Record]) -> Table {
    let mut table = Table::with_headings([
        ("PAGE", Align::Left),
        ("KEY", Align::Left),
        ("VERSION", Align::Right),
        ("VALUE", Align::Left),
        ("SIZE", Align::Right),
        ("SAVED (UTC)", Align::Left),
        ("LABEL", Align::Left),
        ("NOTES", Align::Left),
    ]);
    for record in results {
        table.push([
            record.key.page.as_str(),
            record.key.key.as_str(),
            &record.version.to_string(),
            &facts::form(record),
            &size(record.bytes),
            &facts::saved(record),
            record.label.as_deref().unwrap_or_default(),
            &facts::notes(record),
        ]);
    }
    table
}
