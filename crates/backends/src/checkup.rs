//! What a look at a store and its surroundings found.

use stillroom_core::BackendError;

/// One thing that was looked at.
#[derive(Debug)]
pub struct Check {
    /// Its stable name: `row-level-security`.
    pub name: &'static str,
    /// What was found.
    pub verdict: Verdict,
    /// What an administrator runs to put it right, each a command; empty where there is none.
    pub fixes: Vec<String>,
}

/// How a thing is.
#[derive(Debug)]
pub enum Verdict {
    /// As it should be.
    Good(String),
    /// Results are safe, and somebody should know.
    Warning(String),
    /// It could not be looked at, and why.
    Skipped(String),
    /// Not as it should be.
    Failed(BackendError),
}

impl Check {
    /// A check without a remedy.
    pub fn new(name: &'static str, verdict: Verdict) -> Self {
        Self { name, verdict, fixes: Vec::new() }
    }
}
