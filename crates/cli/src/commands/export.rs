//! `stillroom export`: results with all their versions in one file.

use std::path::Path;

use serde_json::json;
use stillroom::{Result, Scope, Store};

use super::facts::counted;
use crate::answer::Answer;
use crate::console::Console;
use crate::text::{printable, size};

pub(crate) fn run(store: &Store, file: &Path, scope: &Scope, console: &mut Console<'_>) -> Result<Answer> {
    let exported = {
        let mut bar = console.bar("exporting");
        store.export_to(file, scope, &mut bar.watch())?
    };
    let name = file.to_string_lossy();
    let text = format!(
        "Exported {} with {} to {}, {}.\n",
        counted(exported.results, "result"),
        counted(exported.versions, "version"),
        printable(&name),
        size(exported.bytes),
    );
    let json = json!({
        "file": name,
        "results": exported.results,
        "versions": exported.versions,
        "blobs": exported.blobs,
        "bytes": exported.bytes,
    });
    Ok(Answer::new(text, json))
}
