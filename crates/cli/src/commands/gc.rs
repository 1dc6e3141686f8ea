//! `stillroom gc`: erases what was deleted or has expired, and says what went.

use serde_json::json;
use stillroom::{Result, Store, Swept};

use super::facts::counted;
use crate::answer::Answer;
use crate::text::{count, size};

pub(crate) fn run(store: &Store, dry_run: bool) -> Result<Answer> {
    let swept = store.gc(dry_run)?;
    let json = json!({
        "dry_run": dry_run,
        "versions": swept.versions,
        "blobs": swept.blobs,
        "blob_bytes": swept.blob_bytes,
        "freed_bytes": swept.freed_bytes,
    });
    Ok(Answer::new(text(swept, dry_run), json))
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
    format!("Erased {went}.{}\n", freed(swept))
}

/// What the disk has of it, where bytes went.
fn freed(swept: Swept) -> String {
    let freed = size(swept.freed_bytes);
    match swept.freed_bytes {
        _ if swept.blobs == 0 => String::new(),
        bytes if bytes >= swept.blob_bytes => format!(" {freed} went back to the disk."),
        _ => format!(
            " {freed} went back to the disk; the rest does when less than half of its pack is needed."
        ),
    }
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
