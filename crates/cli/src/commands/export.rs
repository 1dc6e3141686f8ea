//! `stillroom export`: results with all their versions in one file.

use std::path::Path;

use serde_json::json;
use stillroom::{PageKey, Result, Store};

use super::facts::counted;
use crate::answer::Answer;
use crate::console::Console;
use crate::text::{printable, size};

pub(crate) fn run(
    store: &Store,
    file: &Path,
    page: Option<&str>,
    console: &mut Console<'_>,
) -> Result<Answer> {
    let page = page.map(PageKey::parse).transpose()?;
    let exported = {
        let mut bar = console.bar("exporting");
        store.export_to(file, page.as_ref(), &mut bar.watch())?
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
