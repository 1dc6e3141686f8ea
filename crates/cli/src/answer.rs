//! What a verb answers: the same facts as text for a person and as JSON for a program.

use std::io::{self, Write};

use serde_json::Value as Json;

use crate::text;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Lines for a terminal, the last one ended.
    pub(crate) text: String,
    /// The same for a program; an object, so that a later release can add to it.
    pub(crate) json: Json,
}

impl Answer {
    /// Writes the one or the other.
    pub(crate) fn write(&self, is_json: bool, out: &mut dyn Write) -> io::Result<()> {
        let text = if is_json { &text::json(&self.json) } else { &self.text };
        out.write_all(text.as_bytes())
    }
}
