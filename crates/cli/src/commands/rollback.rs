//! `stillroom rollback`: an older version saved again as the newest.

use serde_json::json;
use stillroom::{Result, Store, Version};

use super::facts;
use crate::answer::Answer;
use crate::args::Place;

pub(crate) fn run(store: &Store, place: &Place, version: Version) -> Result<Answer> {
    let key = place.key()?;
    let receipt = store.rollback(&key, version)?;
    let (name, newest) = (facts::place(&key), receipt.record.version);
    let text = if receipt.unchanged {
        format!("{name}: version {newest}, the newest, holds what version {version} does. Nothing to do.\n")
    } else {
        format!("{name}: version {newest} is the newest now and holds what version {version} does.\n")
    };
    let mut json = facts::json(&receipt.record);
    json["unchanged"] = json!(receipt.unchanged);
    Ok(Answer::new(text, json))
}
