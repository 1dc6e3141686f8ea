//! `stillroom gc`: erases what was deleted or has expired, and says what went.

use serde_json::json;
use stillroom::{Result, Store, Swept};

use super::facts::counted;
use crate::answer::Answer;
use crate::text::size;

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
    let went = format!(
        "{} that {} deleted or had expired, and {} that no version needs, {}.",
        counted(swept.versions, "version"),
        if swept.versions == 1 { "was" } else { "were" },
        counted(swept.blobs, "blob"),
        size(swept.blob_bytes),
    );
    let freed = size(swept.freed_bytes);
    match dry_run {
        true => format!(
            "Would erase {went} {freed} would go back to the disk.\nNothing was done; after a gc no delete can be undone.\n"
        ),
        false => format!("Erased {went} {freed} went back to the disk.\n"),
    }
}
