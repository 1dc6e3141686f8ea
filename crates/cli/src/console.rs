//! Where a command speaks, and whether a person is looking.

use std::io::{self, IsTerminal, Write};

use crate::progress::Bar;

/// The two streams.
pub(crate) struct Console<'a> {
    /// For what was asked.
    pub(crate) out: &'a mut dyn Write,
    /// For what goes wrong, what is said beforehand, and how far long work is.
    pub(crate) err: &'a mut dyn Write,
    /// Whether `out` is a terminal, which obeys what is written to it.
    pub(crate) is_out_terminal: bool,
    /// Whether `err` is one, which a bar can be drawn on.
    pub(crate) is_err_terminal: bool,
}

impl<'a> Console<'a> {
    /// Streams that nobody is looking at.
    pub(crate) fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self { out, err, is_out_terminal: false, is_err_terminal: false }
    }

    /// Calls `work` with the process's own streams.
    pub(crate) fn of_process<T>(work: impl FnOnce(Console<'_>) -> T) -> T {
        let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
        let (is_out_terminal, is_err_terminal) = (out.is_terminal(), err.is_terminal());
        work(Console { out: &mut out, err: &mut err, is_out_terminal, is_err_terminal })
    }

    /// A bar for long work, said in a word such as `exporting`.
    pub(crate) fn bar(&mut self, what: &'static str) -> Bar<'_> {
        Bar::new(what, self.is_err_terminal.then_some(&mut *self.err))
    }
}
