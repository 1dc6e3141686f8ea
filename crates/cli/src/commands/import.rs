//! `stillroom import`: what another store exported, checked as a whole before anything is written.

use std::path::Path;

use serde_json::json;
use stillroom::{Bundle, Result, Store};

use super::arriving::{keys, left_out, locked};
use super::facts::counted;
use crate::answer::Answer;
use crate::console::Console;
use crate::failure::Failure;
use crate::text::{printable, size};

/// What opens results that arrive locked.
const KEY: &str = "import with that key at hand";

/// Only looks.
pub(crate) fn look(store: &Store, file: &Path, console: &mut Console<'_>) -> Result<Answer> {
    let bundle = inspect(store, file, console)?;
    let json = json!({
        "file": file.to_string_lossy(),
        "owner": bundle.owner.to_string(),
        "results": bundle.results,
        "versions": bundle.versions,
        "present": bundle.present,
        "expired": bundle.expired,
        "locked": keys(&bundle.locked),
        "bytes": bundle.bytes,
    });
    Ok(Answer::new(format!("{}{}", holds(file, &bundle), locked(&bundle.locked, KEY)), json))
}

/// Looks, says what will arrive locked, and brings it in.
pub(crate) fn run(store: &Store, file: &Path, console: &mut Console<'_>) -> Result<Answer, Failure> {
    let bundle = inspect(store, file, console)?;
    write!(console.err, "{}", locked(&bundle.locked, KEY))?;
    let imported = {
        let mut bar = console.bar("importing");
        store.import_from(file, &mut bar.watch())?
    };
    let text = format!(
        "{}Imported {} with {}, {} of new bytes{}.\n",
        holds(file, &bundle),
        counted(imported.results, "result"),
        counted(imported.versions, "version"),
        size(imported.new_bytes),
        left_out(imported.present, imported.expired, "here already"),
    );
    let json = json!({
        "file": file.to_string_lossy(),
        "results": imported.results,
        "versions": imported.versions,
        "present": imported.present,
        "expired": imported.expired,
        "locked": keys(&imported.locked),
        "new_bytes": imported.new_bytes,
    });
    Ok(Answer::new(text, json))
}

fn inspect(store: &Store, file: &Path, console: &mut Console<'_>) -> Result<Bundle> {
    let mut bar = console.bar("checking");
    store.inspect(file, &mut bar.watch())
}

fn holds(file: &Path, bundle: &Bundle) -> String {
    let present = match bundle.present {
        0 => String::new(),
        1 => "; 1 of those is here already".to_owned(),
        present => format!("; {present} of those are here already"),
    };
    format!(
        "{}, {}, holds {} with {}{present}.\n",
        printable(&file.to_string_lossy()),
        size(bundle.bytes),
        counted(bundle.results, "result"),
        counted(bundle.versions, "version"),
    )
}
