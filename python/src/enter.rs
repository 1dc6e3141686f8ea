//! Leaves Python for the time of a store call: the one place where the GIL is released.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use stillroom::{Progress, Watch};

use crate::errors::{Fault, Result};

/// How often a long call looks back into Python. Coming back can cost a switch interval (5 ms) when other
/// threads are busy, so not after every slice.
const LOOK_BACK: Duration = Duration::from_millis(100);

/// Does `work` without the GIL. About every 100 ms signals are handled and `progress(done, total)` is called;
/// what they raise stops the work and comes out here.
pub(crate) fn enter<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(Watch<'_>) -> stillroom::Result<T> + Send,
) -> Result<T> {
    let mut raised: Option<PyErr> = None;
    let done = py.detach(|| {
        let mut last_look = Instant::now();
        let mut watch = |at: Progress| {
            let is_told_the_end = progress.is_some() && at.done == at.total;
            if !is_told_the_end && last_look.elapsed() < LOOK_BACK {
                return ControlFlow::Continue(());
            }
            last_look = Instant::now();
            match Python::attach(|py| look(py, progress, at)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    raised = Some(error);
                    ControlFlow::Break(())
                }
            }
        };
        work(&mut watch)
    });
    match raised {
        Some(error) => Err(error.into()),
        None => done.map_err(Fault::from),
    }
}

fn look(py: Python<'_>, progress: Option<&Py<PyAny>>, at: Progress) -> PyResult<()> {
    py.check_signals()?;
    if let Some(progress) = progress {
        progress.call1(py, (at.done, at.total))?;
    }
    Ok(())
}
