//! `stillroom gc`: erases what was deleted or has expired, and says what went; `--compact` keeps old versions in
//! fewer bytes first, `--all-owners` erases for everyone; `--forget-cache` only drops
//! copies on this computer.

use serde_json::{Value as Json, json};
use stillroom::{Compacted, Operator, Result, Store, Swept};

use super::facts::counted;
use crate::answer::Answer;
use crate::console::Console;
use crate::text::{count, size};

/// Drops what is kept on this computer of a store far away, and nothing else.
pub(crate) fn forget_cache(store: &Store) -> Result<Answer> {
    let bytes = store.forget_cache()?;
    let text = match store.kept_near()? {
        None => "Nothing of this store is kept in a cache.\n".to_owned(),
        Some(_) => format!("Dropped {} that were kept on this computer.\n", size(bytes)),
    };
    Ok(Answer::new(text, json!({ "forgotten_bytes": bytes })))
}

pub(crate) fn run(store: &Store, dry_run: bool) -> Result<Answer> {
    let swept = store.gc(dry_run)?;
    Ok(Answer::new(text(swept, dry_run), json(swept, dry_run)))
}

/// The same for everyone whose results the store keeps.
pub(crate) fn all_owners(operator: &Operator, dry_run: bool) -> Result<Answer> {
    let owners = operator.owners()?.len() as u64;
    let swept = operator.gc(dry_run)?;
    let mut json = json(swept, dry_run);
    json["owners"] = owners.into();
    Ok(Answer::new(format!("Looked at {}. {}", counted(owners, "owner"), text(swept, dry_run)), json))
}

/// Compacts, then erases: what the old bytes took goes back to the disk with the sweep.
pub(crate) fn compact(store: &Store, console: &mut Console<'_>) -> Result<Answer> {
    let compacted = store.compact(&mut console.bar("compacting").watch())?;
    let swept = store.gc(false)?;
    let mut json = json(swept, false);
    json["compacted"] = json!({ "versions": compacted.versions, "saved_bytes": compacted.saved_bytes });
    Ok(Answer::new(compacted_text(compacted, swept), json))
}

fn json(swept: Swept, dry_run: bool) -> Json {
    json!({
        "dry_run": dry_run,
        "versions": swept.versions,
        "blobs": swept.blobs,
        "blob_bytes": swept.blob_bytes,
        "freed_bytes": swept.freed_bytes,
    })
}

fn compacted_text(compacted: Compacted, swept: Swept) -> String {
    let Compacted { versions, saved_bytes } = compacted;
    let erased = text(swept, false);
    if versions == 0 {
        return format!("Nothing to compact: each result has one version.\n{erased}");
    }
    let old = counted(versions, "old version");
    let freed = match swept {
        // Else that is said with what was erased.
        Swept { blobs: 0, freed_bytes, .. } if saved_bytes > 0 => freed(saved_bytes, freed_bytes),
        _ => String::new(),
    };
    format!("Keeps {old} in {} less.{freed}\n{erased}", size(saved_bytes))
}

fn text(swept: Swept, dry_run: bool) -> String {
    if swept == Swept::default() {
        return "Nothing to erase.\n".to_owned();
    }
    let versions = match swept.versions {
        0 => None,
        1 => Some("1 version that was deleted or had expired".to_owned()),
        number => Some(format!("{} versions that were deleted or had expired", count(number))),
    };
    let blobs = format!("{} that no version needs, {}", counted(swept.blobs, "blob"), size(swept.blob_bytes));
    let went: Vec<_> = versions.into_iter().chain((swept.blobs > 0).then_some(blobs)).collect();
    let went = went.join(" and ");
    if dry_run {
        return format!("Would erase {went}.\nNothing was done. After a gc no delete can be undone.\n");
    }
    let freed = if swept.blobs == 0 { String::new() } else { freed(swept.blob_bytes, swept.freed_bytes) };
    format!("Erased {went}.{freed}\n")
}

/// What the disk has of bytes that are not needed any more.
fn freed(bytes: u64, freed_bytes: u64) -> String {
    let freed = size(freed_bytes);
    if freed_bytes >= bytes {
        return format!(" {freed} went back to the disk.");
    }
    format!(" {freed} went back to the disk; the rest does when less than half of its pack is needed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_is_said_as_far_as_there_is_something_to_say() {
        let swept =
            |versions, blobs, blob_bytes, freed_bytes| Swept { versions, blobs, blob_bytes, freed_bytes };
        for (swept, said) in [
            (swept(0, 0, 0, 0), "Nothing to erase.\n"),
            (swept(1, 0, 0, 0), "Erased 1 version that was deleted or had expired.\n"),
            (
                swept(0, 1, 900, 900),
                "Erased 1 blob that no version needs, 900 B. 900 B went back to the disk.\n",
            ),
            (
                swept(1200, 3, 9000, 0),
                "Erased 1,200 versions that were deleted or had expired and 3 blobs that no version needs, 9 KB. \
                 0 B went back to the disk; the rest does when less than half of its pack is needed.\n",
            ),
        ] {
            assert_eq!(text(swept, false), said);
        }
    }
}
