//! `stillroom usage`: where the store is, whose it is, what it takes.

use serde_json::json;
use stillroom::{Result, Store};

use crate::answer::Answer;
use crate::text::{count, printable, size};

pub(crate) fn run(store: &Store) -> Result<Answer> {
    let usage = store.usage()?;
    let text = format!(
        "store     {}\n\
         owner     {}\n\
         results   {}\n\
         versions  {}\n\
         values    {}, every version in full\n\
         stored    {}, what versions share kept once\n",
        printable(store.location()),
        store.owner(),
        count(usage.results),
        count(usage.versions),
        size(usage.value_bytes),
        size(usage.stored_bytes),
    );
    let json = json!({
        "store": store.location(),
        "owner": store.owner().to_string(),
        "results": usage.results,
        "versions": usage.versions,
        "value_bytes": usage.value_bytes,
        "stored_bytes": usage.stored_bytes,
    });
    Ok(Answer { text, json })
}
