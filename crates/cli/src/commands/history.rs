//! `stillroom history`: every version of a result, newest first.

use serde_json::json;
use stillroom::{Error, ErrorKind, Record, Result, ResultKey, Store};

use super::facts;
use crate::answer::Answer;
use crate::text::{Align, Table, minute, size};

pub(crate) fn run(store: &Store, page: &str, key: &str) -> Result<Answer> {
    let key = ResultKey::parse(page, key)?;
    let versions = store.history(&key)?;
    if versions.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, format!("no result at `{key}`")));
    }
    let json = json!({"versions": versions.iter().map(facts::json).collect::<Vec<_>>()});
    Ok(Answer { text: table(&versions).to_text(), json })
}

fn table(versions: &[Record]) -> Table {
    let mut table = Table::with_headings([
        ("VERSION", Align::Right),
        ("VALUE", Align::Left),
        ("SIZE", Align::Right),
        ("SAVED (UTC)", Align::Left),
        ("DIGEST", Align::Left),
        ("LABEL", Align::Left),
    ]);
    for record in versions {
        table.push([
            record.version.to_string().as_str(),
            &facts::form(record),
            &size(record.bytes),
            &minute(record.created_at),
            // Enough to see which versions hold the same value.
            &record.digest.to_string()[..12],
            record.label.as_deref().unwrap_or_default(),
        ]);
    }
    table
}
