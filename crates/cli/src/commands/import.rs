//! `stillroom import`: what another store exported, checked as a whole before anything is written.

use std::path::Path;

use serde_json::{Value as Json, json};
use stillroom::{Bundle, Result, ResultKey, Store};

use super::facts::{counted, place};
use crate::answer::Answer;
use crate::console::Console;
use crate::failure::Failure;
use crate::text::{printable, size};

/// Results that are named one by one.
const NAMED: usize = 10;

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
    Ok(Answer::new(format!("{}{}", holds(file, &bundle), locked(&bundle.locked)), json))
}

/// Looks, says what will arrive locked, and brings it in.
pub(crate) fn run(store: &Store, file: &Path, console: &mut Console<'_>) -> Result<Answer, Failure> {
    let bundle = inspect(store, file, console)?;
    write!(console.err, "{}", locked(&bundle.locked))?;
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
        left_out(imported.present, imported.expired),
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

fn left_out(present: u64, expired: u64) -> String {
    let reasons = [(present, "here already"), (expired, "expired meanwhile")];
    let said = reasons.iter().filter(|(count, _)| *count > 0);
    said.map(|(count, why)| format!("; {} left out as {why}", counted(*count, "version"))).collect()
}

/// What can't be opened here; nothing as a rule.
fn locked(keys: &[ResultKey]) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let names: String = keys.iter().take(NAMED).map(|key| format!("  {}\n", place(key))).collect();
    let more = keys.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("  … {more} more\n") } else { String::new() };
    let (verb, whose) = if keys.len() == 1 { ("arrives", "its") } else { ("arrive", "their") };
    format!(
        "{} {verb} locked: {whose} Python objects were signed by a key that is not here. The bytes are \
         kept; to open them, import with that key at hand.\n{names}{more}",
        counted(keys.len() as u64, "result"),
    )
}

fn keys(keys: &[ResultKey]) -> Vec<Json> {
    keys.iter().map(|key| json!({"page": key.page.as_str(), "key": key.key.as_str()})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said_with_its_reason() {
        let cases = [
            (0, 0, ""),
            (1, 0, "; 1 version left out as here already"),
            (0, 2, "; 2 versions left out as expired meanwhile"),
            (3, 1, "; 3 versions left out as here already; 1 version left out as expired meanwhile"),
        ];

        for (present, expired, said) in cases {
            assert_eq!(left_out(present, expired), said, "{present} present, {expired} expired");
        }
    }
}
