//! Pauses Python's cyclic collector while a value is built.
//!
//! Every container made counts towards a collection, and a collection walks all
//! that has been made so far: 100,000 records took twice as long with it on.
//! Threads that build at the same time are counted, and the last one puts the
//! collector back as the first one found it.

use std::sync::Mutex;

use pyo3::prelude::*;

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
        let gc = py.import(pyo3::intern!(py, "gc"))?;
        let was_enabled = gc.call_method0(pyo3::intern!(py, "isenabled"))?.is_truthy()?;
        let is_first = {
            let mut paused = lock();
            paused.builders += 1;
            if paused.builders == 1 {
                paused.was_enabled = was_enabled;
            }
            paused.builders == 1
        };
        let pause = Self { gc };
        if is_first && was_enabled {
            pause.gc.call_method0(pyo3::intern!(py, "disable"))?;
        }
        Ok(pause)
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let should_enable = {
            let mut paused = lock();
            paused.builders -= 1;
            paused.builders == 0 && paused.was_enabled
        };
        if should_enable {
            // `gc.enable` sets a flag and can't fail; were the module replaced, the app wants it so.
            let _ = self.gc.call_method0(pyo3::intern!(self.gc.py(), "enable"));
        }
    }
}

/// No Python code runs while it is held, so no thread waits for it with the interpreter in hand.
fn lock() -> std::sync::MutexGuard<'static, Paused> {
    PAUSED.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
