//! `stillroom usage`: where the store is, whose it is, what it takes.

use serde_json::json;
use stillroom::{Durability, Held, Result, Store};

use crate::answer::Answer;
use crate::text::{count, printable, size};

pub(crate) fn run(store: &Store) -> Result<Answer> {
    let (usage, near) = (store.usage()?, store.kept_near()?);
    let text = format!(
        "store     {}\n\
         owner     {}\n\
         results   {}\n\
         versions  {}\n\
         values    {}, every version in full\n\
         stored    {}, what versions share kept once{}\n\
         lasts     {}\n{}{}",
        printable(store.location()),
        store.owner(),
        count(usage.results),
        count(usage.versions),
        size(usage.value_bytes),
        size(usage.stored_bytes),
        usage.quota.map(|quota| format!("; up to {}", size(quota))).unwrap_or_default(),
        lasts(store.durability()),
        near.as_ref().map(kept_near).unwrap_or_default(),
        store.notices().iter().map(|notice| format!("\n{}\n", printable(notice))).collect::<String>(),
    );
    let json = json!({
        "store": store.location(),
        "owner": store.owner().to_string(),
        "results": usage.results,
        "versions": usage.versions,
        "value_bytes": usage.value_bytes,
        "stored_bytes": usage.stored_bytes,
        "quota": usage.quota,
        "durability": store.durability().to_string(),
        "notices": store.notices(),
        "cache": near.map(|Held { folder, bytes, limit }| {
            json!({ "folder": folder, "bytes": bytes, "limit": limit })
        }),
    });
    Ok(Answer::new(text, json))
}

/// What of it is on this computer, and where.
fn kept_near(Held { folder, bytes, limit }: &Held) -> String {
    let (bytes, limit, folder) = (size(*bytes), size(*limit), folder.display().to_string());
    format!("cache     {bytes} on this computer, of up to {limit} for all stores: {}\n", printable(&folder))
}

/// How long what is saved here lasts, and why that is believed.
fn lasts(durability: &Durability) -> String {
    match durability {
        Durability::Durable => "as long as its disk".to_owned(),
        Durability::UntilRestart(why) => format!("until restart: {}", printable(why)),
        Durability::Process => "until the process ends".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_store_lasts_is_said_in_words() {
        for (durability, words) in [
            (Durability::Durable, "as long as its disk"),
            (Durability::UntilRestart("a\tcontainer".to_owned()), "until restart: a\\tcontainer"),
            (Durability::Process, "until the process ends"),
        ] {
            assert_eq!(lasts(&durability), words);
        }
    }
}
