//! The real clock: the only place that asks for the time.

use std::time::{SystemTime, UNIX_EPOCH};

use stillroom_core::{Clock, Timestamp};

/// The machine's wall clock.
#[derive(Debug, Default)]
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        // A clock set before 1970 shows 1970: versions are counted, so order does not depend on it.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
