//! Calls that fail on purpose, for tests: before they happened, or after, their answer lost.
//!
//! This is what a network does to a caller, who can't tell the two apart.
//! What a disk does in the middle of a call is the local backend's to test.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Answer, Ask, Call, Layer, wrap};
use crate::{Backend, BackendError, Result};

/// A backend whose calls fail as `faults` say, with `Unavailable`.
pub fn fault(backend: Backend, faults: Arc<Faults>) -> Backend {
    wrap(backend, Faulty(faults))
}

/// Which call fails next, and which did.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    planned: Option<Fault>,
    struck: Option<&'static str>,
}

/// A call that is to fail.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The operation it counts, such as `catalog.commit`; none for every one.
    pub operation: Option<&'static str>,
    /// How many of those calls go well before it.
    pub after: u64,
    /// Whether it happens all the same.
    pub moment: Moment,
}

/// When a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before it happened.
    Before,
    /// After it happened: its answer is lost.
    After,
}

impl Faults {
    /// Lets one call fail from now on, in place of one that was planned before.
    pub fn plan(&self, fault: Fault) {
        *self.state() = State { planned: Some(fault), struck: None };
    }

    /// Lets no call fail from now on; answers which operation did since the plan.
    pub fn stop(&self) -> Option<&'static str> {
        std::mem::take(&mut *self.state()).struck
    }

    /// The moment at which this call fails, if it does.
    fn strike(&self, operation: &'static str) -> Option<Moment> {
        let mut state = self.state();
        let fault = state.planned.as_mut()?;
        if fault.operation.is_some_and(|only| only != operation) {
            return None;
        }
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let moment = fault.moment;
        *state = State { planned: None, struck: Some(operation) };
        Some(moment)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Faulty(Arc<Faults>);

impl Layer for Faulty {
    async fn around<'a, T: Answer>(&self, call: Call<'a>, ask: &Ask<'a, T>) -> Result<T> {
        let operation = call.operation();
        match self.0.strike(operation) {
            None => return ask().await,
            Some(Moment::Before) => {}
            // An error is an answer too, and lost like one.
            Some(Moment::After) => drop(ask().await),
        }
        let message = format!("made to fail: `{operation}`");
        Err(BackendError::Unavailable { message, source: None })
    }
}
