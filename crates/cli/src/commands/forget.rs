//! `stillroom forget`: erases everything of one owner in a database, or says what that would be.

use serde_json::json;
use stillroom::postgres::{self, Forgotten};
use stillroom::{Owner, Result, Uuid};

use super::facts::counted;
use crate::answer::Answer;
use crate::text::size;

pub(crate) fn run(store: Option<&str>, owner: Uuid, dry_run: bool) -> Result<Answer> {
    let forgotten = postgres::forget(store, Owner::new(owner), dry_run)?;
    let json = json!({
        "store": forgotten.location,
        "owner": owner.to_string(),
        "dry_run": dry_run,
        "is_known": forgotten.is_known,
        "results": forgotten.results,
        "versions": forgotten.versions,
        "bytes": forgotten.bytes,
        "set_aside": forgotten.set_aside,
    });
    Ok(Answer::new(text(&forgotten, owner, dry_run), json))
}

fn text(forgotten: &Forgotten, owner: Uuid, dry_run: bool) -> String {
    let Forgotten { results, versions, bytes, set_aside, is_known, .. } = forgotten;
    if !is_known {
        return format!("Nothing here is {owner}'s.\n");
    }
    let results = counted(*results, "result");
    let has =
        format!("{results} with {}, deleted ones included, {}", counted(*versions, "version"), size(*bytes));
    let aside = match set_aside {
        0 => String::new(),
        rows => format!(", and {} of the recipe's table that were set aside", counted(*rows, "row")),
    };
    match dry_run {
        true => format!(
            "Would erase all that is {owner}'s: {has}{aside}.\nNothing was done. With --yes it is erased for good.\n"
        ),
        false => format!("Erased all that was {owner}'s: {has}{aside}.\n"),
    }
}
