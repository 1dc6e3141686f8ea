//! `stillroom history`: every version of a result, newest first.

use serde_json::json;
use stillroom::{Error, ErrorKind, Record, Result, Store, Version};

use super::facts;
use crate::answer::Answer;
use crate::args::Place;
use crate::text::{Align, Table, size, spans};

pub(crate) fn run(store: &Store, place: &Place) -> Result<Answer> {
    let key = place.key()?;
    let versions = store.history(&key)?;
    if versions.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, format!("no result at `{key}`")));
    }
    let json = json!({"versions": versions.iter().map(facts::json).collect::<Vec<_>>()});
    Ok(Answer::new(table(&versions).to_text() + &gaps(&versions), json))
}

fn table(versions: &[Record]) -> Table {
    let mut table = Table::with_headings([
        ("VERSION", Align::Right),
        ("VALUE", Align::Left),
        ("SIZE", Align::Right),
        ("SAVED (UTC)", Align::Left),
        ("DIGEST", Align::Left),
        ("LABEL", Align::Left),
        ("NOTES", Align::Left),
    ]);
    for record in versions {
        table.push([
            record.version.to_string().as_str(),
            &facts::form(record),
            &size(record.bytes),
            &facts::saved(record),
            // Enough to see which versions hold the same value.
            &record.digest.to_string()[..12],
            record.label.as_deref().unwrap_or_default(),
            &facts::notes(record),
        ]);
    }
    table
}

/// Versions are counted without gaps, so a number between two others that is not there says something.
fn gaps(versions: &[Record]) -> String {
    let pairs = versions.iter().zip(versions.iter().skip(1));
    let between = pairs.flat_map(|(newer, older)| older.version.get() + 1..newer.version.get());
    match spans(between.filter_map(Version::new)).as_str() {
        "" => String::new(),
        gone => format!("Not here: {gone} (deleted, expired or dropped as old)\n"),
    }
}
