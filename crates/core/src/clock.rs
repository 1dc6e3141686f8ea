//! Time is passed in, never asked for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, as people have it: it can be set back and forward.
    fn now(&self) -> Timestamp;

    /// How long the machine has run, which nobody can set: what leases are judged by.
    fn uptime(&self) -> Uptime;
}

/// A time on one machine between two of its restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uptime {
    /// Which start of the machine this counts from.
    pub boot: Uuid,
    /// Since that start, sleep included.
    pub since: Duration,
}

impl Uptime {
    /// So much later; the latest there is when that is beyond it.
    pub fn after(self, time: Duration) -> Self {
        Self { since: self.since.saturating_add(time), ..self }
    }
}

/// A clock for tests that stands still until it is told to move.
#[derive(Debug)]
pub struct ManualClock(Mutex<(Timestamp, Uptime)>);

impl Default for ManualClock {
    fn default() -> Self {
        Self::at(Timestamp::default())
    }
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new((now, Uptime { boot: Uuid::from_u128(1), since: Duration::ZERO })))
    }

    /// Sets the clock as people do, backwards too; the machine's uptime stays.
    pub fn set(&self, now: Timestamp) {
        self.change(|time| time.0 = now);
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        self.change(|(now, uptime)| {
            *now = now.after(time);
            uptime.since += time;
        });
    }

    /// Starts the machine again.
    pub fn reboot(&self) {
        self.change(|(_, uptime)| {
            let boot = Uuid::from_u128(uptime.boot.as_u128() + 1);
            *uptime = Uptime { boot, since: Duration::ZERO };
        });
    }

    fn change(&self, change: impl FnOnce(&mut (Timestamp, Uptime))) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn read(&self) -> (Timestamp, Uptime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.read().0
    }

    fn uptime(&self) -> Uptime {
        self.read().1
    }
}
