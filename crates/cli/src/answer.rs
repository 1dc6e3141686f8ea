//! What a verb answers: the same facts as text for a person and as JSON for a program.

use std::io::{self, Write};

use serde_json::Value as Json;
use stillroom::ErrorKind;

use crate::text;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Lines for a terminal, the last one ended.
    pub(crate) text: String,
    /// The same for a program; an object, so that a later release can add to it.
    pub(crate) json: Json,
    /// What the exit code says, where the answer is one that a script should not pass over.
    pub(crate) alarm: Option<ErrorKind>,
}

impl Answer {
    /// An answer after which all is well.
    pub(crate) fn new(text: impl Into<String>, json: Json) -> Self {
        Self { text: text.into(), json, alarm: None }
    }

    /// Writes the one or the other.
    pub(crate) fn write(&self, is_json: bool, out: &mut dyn Write) -> io::Result<()> {
        let text = if is_json { &text::json(&self.json) } else { &self.text };
        out.write_all(text.as_bytes())
    }

    /// The exit code that goes with it.
    pub(crate) fn code(&self) -> i32 {
        self.alarm.map_or(0, |kind| i32::from(kind.exit_code()))
    }
}
