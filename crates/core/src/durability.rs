//! How long what is saved lasts.

use std::fmt;

/// How long a save that returned lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Durability {
    /// As long as its disk.
    Durable,
    /// Until the machine or container starts again; the words say why that is believed.
    UntilRestart(String),
    /// Until the process ends.
    Process,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Durable => "durable",
            Self::UntilRestart(_) => "until restart",
            Self::Process => "until the process ends",
        })
    }
}
