//! `stillroom key`: a new signing key, and never a store's own.

use serde_json::json;

use crate::answer::Answer;

pub(crate) fn run(line: &str) -> Answer {
    // Nothing but the line, so that it can go straight into a file.
    Answer::new(format!("{line}\n"), json!({"signing_key": line}))
}
