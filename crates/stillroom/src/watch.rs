//! How a caller follows a long call, and stops it.

use std::ops::ControlFlow;

use crate::{Error, Result};

/// How far a call is, in bytes of what it moves or reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

impl Progress {
    /// Tells the watch, and ends the call when it says so.
    pub(crate) fn tell(self, watch: Watch<'_>) -> Result<()> {
        if watch(self).is_break() { Err(Error::stopped()) } else { Ok(()) }
    }
}

/// Asked between slices of about a MiB, with no lock held; `Break` stops the call.
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// A watch that never stops anything.
pub fn keep_going(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
