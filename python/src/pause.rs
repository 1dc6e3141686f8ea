//! Pauses Python's cyclic collector while a value is built.
//!
//! Every container made counts towards a collection, and a collection walks all
//! that has been made so far: 100,000 records took twice as long with it on.
//! Threads that build at the same time are counted, and the last one puts the
//! collector back as the first one found it.
//!
//! Switched on again, the collector would walk the whole new value at the next
//! allocation, to find that nothing of it is garbage (0.06 of 0.22 s for those
//! records). So what is young is declared old first: `gc.freeze` and
//! `gc.unfreeze` move it as one list. An app that froze objects of its own keeps
//! them frozen, and pays for the walk.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;

/// Containers from which on a walk over them is worth avoiding.
const MANY: usize = 10_000;

struct Paused {
    builders: usize,
    was_enabled: bool,
}

static PAUSED: Mutex<Paused> = Mutex::new(Paused { builders: 0, was_enabled: false });

/// Holds the collector back until it is dropped.
pub(crate) struct Pause<'py> {
    gc: Bound<'py, PyModule>,
}

impl<'py> Pause<'py> {
    /// Begins.
    pub(crate) fn begin(py: Python<'py>) -> PyResult<Self> {
        let gc = py.import(intern!(py, "gc"))?;
        let is_enabled = gc.call_method0(intern!(py, "isenabled"))?.is_truthy()?;
        gc.call_method0(intern!(py, "disable"))?;
        let mut paused = lock();
        if paused.builders == 0 {
            paused.was_enabled = is_enabled;
        }
        paused.builders += 1;
        drop(paused);
        Ok(Self { gc })
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let mut paused = lock();
        paused.builders -= 1;
        let is_over = paused.builders == 0 && paused.was_enabled;
        drop(paused);
        if is_over {
            // These move lists and set a flag; there is nothing in them to fail.
            let _ = self.make_old();
            let _ = self.gc.call_method0(intern!(self.gc.py(), "enable"));
        }
    }
}

impl Pause<'_> {
    fn make_old(&self) -> PyResult<()> {
        let py = self.gc.py();
        let (young, ..): (usize, usize, usize) = self.gc.call_method0(intern!(py, "get_count"))?.extract()?;
        let frozen: usize = match young {
            0..MANY => return Ok(()),
            _ => self.gc.call_method0(intern!(py, "get_freeze_count"))?.extract()?,
        };
        if frozen == 0 {
            self.gc.call_method0(intern!(py, "freeze"))?;
            self.gc.call_method0(intern!(py, "unfreeze"))?;
        }
        Ok(())
    }
}

/// No Python code runs while it is held, so no thread waits for it with the interpreter in hand.
fn lock() -> MutexGuard<'static, Paused> {
    PAUSED.lock().unwrap_or_else(PoisonError::into_inner)
}
