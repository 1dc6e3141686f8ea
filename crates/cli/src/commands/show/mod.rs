//! `stillroom show`: what a result holds, as far as it can be said without Python.
//!
//! Of one result only what its first rows need is read; whether all of it is
//! whole is what `verify` says. A page is told from its records alone.

mod head;

use serde_json::{Value as Json, json};
use stillroom::{
    Limits, PageKey, PreviewSize, Record, Result, ResultKey, Store, Trust, Version, decode_metadata,
    summarise,
};

use super::{facts, ls};
use crate::answer::Answer;
use crate::text::{minute, one_line, picture, printable, size};

/// Lines of a picture, of one result and of each result of a page.
const PICTURE_LINES: usize = 60;
const SHORT_LINES: usize = 8;

/// Every result of a page in short.
pub(crate) fn page(store: &Store, page: &str) -> Result<Answer> {
    let results = ls::on_page(store, &PageKey::parse(page)?)?;
    let text = results
        .iter()
        .map(|record| format!("{}\n{}", title(record), picture(&parsed(&record.summary), SHORT_LINES)));
    let json = json!({"results": results.iter().map(everything).collect::<Result<Vec<_>>>()?});
    Ok(Answer::new(text.collect::<Vec<_>>().join("\n"), json))
}

/// One result.
pub(crate) fn result(store: &Store, page: &str, key: &str, version: Option<Version>) -> Result<Answer> {
    let key = ResultKey::parse(page, key)?;
    let preview = store.preview(&key, version, PreviewSize::default())?;
    let record = &preview.record;
    let body = match &preview.head {
        Some(head) => head::text(head),
        None => picture(&parsed(&record.summary), PICTURE_LINES),
    };
    let mut json = everything(record)?;
    json["head"] = preview.head.as_ref().map_or(Json::Null, head::json);
    Ok(Answer::new(format!("{}{}\n{body}", title(record), details(record, preview.trust)?), json))
}

fn title(record: &Record) -> String {
    if record.is_damaged {
        let place = facts::place(&record.key);
        return format!(
            "{place}, version {}\ndamaged; `stillroom verify` says what can be done\n",
            record.version
        );
    }
    format!(
        "{}, version {}\n{}, {}, saved {} UTC\n",
        facts::place(&record.key),
        record.version,
        printable(&facts::form(record)),
        size(record.bytes),
        minute(record.created_at),
    )
}

fn details(record: &Record, trust: Trust) -> Result<String> {
    let metadata = metadata(record)?;
    let details = [
        ("label", record.label.clone()),
        ("kept", kept(record)),
        ("imported", imported(record)),
        ("from", facts::origin(record).1.map(|version| format!("version {version}, by a rollback"))),
        ("metadata", (!metadata.is_null()).then(|| one_line(&metadata))),
        ("made with", made_with(record)),
        ("digest", Some(record.digest.to_string())),
        ("objects", objects(trust).map(str::to_owned)),
    ];
    let line = |(name, text): (&str, Option<String>)| {
        text.map(|text| format!("{name:<9}  {}\n", printable(&text))).unwrap_or_default()
    };
    Ok(details.into_iter().map(line).collect())
}

/// How long it is kept, where that is not for as long as it is among the newest.
fn kept(record: &Record) -> Option<String> {
    match record.expires_at {
        _ if record.pinned => Some("pinned, whatever its age".to_owned()),
        Some(time) => Some(format!("until {} UTC", minute(time))),
        None => None,
    }
}

/// Which version it was where it was exported.
fn imported(record: &Record) -> Option<String> {
    let (version, time) = facts::origin(record).0?;
    Some(format!("version {version} of {} UTC, elsewhere", minute(time)))
}

/// Whether the Python objects in a value can be opened here.
fn objects(trust: Trust) -> Option<&'static str> {
    match trust {
        Trust::Trusted => Some("signed by a key of this store"),
        Trust::Untrusted => Some("signed by a key that is not at hand, so they can't be opened here"),
        Trust::Unsigned => None,
    }
}

/// Everything a record says, for a program.
fn everything(record: &Record) -> Result<Json> {
    let mut json = facts::json(record);
    json["metadata"] = metadata(record)?;
    json["provenance"] = provenance(record);
    json["summary"] = parsed(&record.summary);
    Ok(json)
}

/// What made it, without where it came from: that stands beside it.
fn provenance(record: &Record) -> Json {
    let mut provenance = parsed(&record.provenance);
    if let Some(fields) = provenance.as_object_mut() {
        fields.retain(|field, _| !["imported", "rolled_back_from"].contains(&field.as_str()));
    }
    provenance
}

/// The picture of the metadata; null without any.
fn metadata(record: &Record) -> Result<Json> {
    match &record.metadata {
        Some(bytes) => Ok(summarise(&decode_metadata(bytes)?, Limits::default())?.json),
        None => Ok(Json::Null),
    }
}

/// Names and versions, those of the libraries last: `stillroom 0.1.0, python 3.13.0, pandas 3.1.1`.
fn made_with(record: &Record) -> Option<String> {
    let provenance = parsed(&record.provenance);
    let libraries = provenance["libraries"].as_object().into_iter().flatten();
    let named = |(name, version): (&String, &Json)| Some(format!("{name} {}", version.as_str()?));
    let made_with: Vec<_> = provenance.as_object()?.iter().chain(libraries).filter_map(named).collect();
    Some(made_with.join(", ")).filter(|text| !text.is_empty())
}

/// JSON of a record; as text where it is none, which another program may have written.
fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| Json::from(text))
}
