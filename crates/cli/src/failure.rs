//! What went wrong, said once, with the exit code of its kind.

use std::error::Error as _;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::json;
use stillroom::{Error, ErrorKind, FormatError};

use crate::secret;
use crate::text::{self, printable};

/// Why the command could not answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command was spelt wrong.
    Usage(clap::Error),
    /// The store refused or has no answer.
    Store(Error),
    /// The answer could not be written.
    Output(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Self::Store(error.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Tells `err`, without the passwords among `args`, and answers the exit code.
    pub(crate) fn report(&self, is_json: bool, args: &[OsString], err: &mut dyn Write) -> i32 {
        let text = match self {
            _ if is_json => text::json(&self.json()),
            // clap lays its own message out, with the usage below it.
            Self::Usage(error) => error.to_string(),
            _ => self.text(),
        };
        let text = secret::hide(&text, args);
        // There is nowhere left to say that the error could not be said; the exit code does.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
        i32::from(self.kind().exit_code())
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Usage(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
            Self::Output(_) => ErrorKind::Unavailable,
        }
    }

    /// The message, then its causes, outermost first.
    fn layers(&self) -> Vec<String> {
        match self {
            Self::Usage(error) => vec![usage_message(error)],
            Self::Store(error) => {
                let mut layers = vec![error.to_string()];
                let mut cause = error.source();
                while let Some(error) = cause {
                    layers.push(error.to_string());
                    cause = error.source();
                }
                layers
            }
            Self::Output(error) => vec!["the answer can't be written".to_owned(), error.to_string()],
        }
    }

    fn text(&self) -> String {
        let layers = self.layers();
        let mut text = format!("stillroom: {}\n", printable(&layers[0]));
        for cause in &layers[1..] {
            writeln!(text, "  because: {}", printable(cause)).expect("a String takes all that is written");
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        let layers = self.layers();
        json!({"error": {"kind": self.kind().as_str(), "message": layers[0], "causes": layers[1..]}})
    }
}

/// clap's message without what it puts around it for a terminal.
fn usage_message(error: &clap::Error) -> String {
    let text = error.to_string();
    let message = text.split("\n\n").next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_exit_code_and_says_its_name() {
        for (kind, code) in ErrorKind::ALL.into_iter().zip([3, 4, 5, 5, 6, 2, 9, 7, 8, 1]) {
            let failure = Failure::from(Error::new(kind, "what is wrong: `value`"));
            let (mut text, mut json) = (Vec::new(), Vec::new());

            assert_eq!(failure.report(false, &[], &mut text), code, "{kind}");
            assert_eq!(failure.report(true, &[], &mut json), code, "{kind}");
            assert_eq!(text, b"stillroom: what is wrong: `value`\n");
            let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
            assert_eq!(json["error"]["kind"], kind.as_str());
        }
    }
}
