//! `stillroom rename`: a result with all its versions at another page or key.

use serde_json::json;
use stillroom::{Result, ResultKey, Store};

use super::facts;
use crate::answer::Answer;
use crate::args::Place;

pub(crate) fn run(store: &Store, place: &Place, page: &str, key: &str) -> Result<Answer> {
    let (from, to) = (place.key()?, ResultKey::parse(page, key)?);
    let record = store.rename(&from, &to)?;
    let text = format!(
        "{} is now {}, with all its versions; the newest is {}.\n",
        facts::place(&from),
        facts::place(&to),
        record.version
    );
    let mut json = facts::json(&record);
    json["renamed_from"] = json!({"page": from.page.as_str(), "key": from.key.as_str()});
    Ok(Answer::new(text, json))
}
