//! The real clock: the only place that asks for the time.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use stillroom_core::{Clock, Timestamp, Uptime};
use uuid::Uuid;

/// Counts from the machine's start and goes on while it sleeps.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SINCE_START: ClockId = ClockId::Boottime;
/// Elsewhere the monotonic clock: macOS lets it go on in its sleep.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SINCE_START: ClockId = ClockId::Monotonic;

/// The machine's clocks.
#[derive(Debug, Default)]
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        // A clock set before 1970 shows 1970: versions are counted, so order does not depend on it.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn uptime(&self) -> Uptime {
        static BOOT: OnceLock<Uuid> = OnceLock::new();
        Uptime { boot: *BOOT.get_or_init(boot), since: since_start() }
    }
}

fn since_start() -> Duration {
    let time = clock_gettime(SINCE_START);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanos)
}

/// Which start of the machine this is. Where the system does not say, all starts are one, and a lease of
/// before a restart holds at most until its time has passed again.
fn boot() -> Uuid {
    boot_id().and_then(|text| Uuid::parse_str(text.trim()).ok()).unwrap_or_default()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn boot_id() -> Option<String> {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()
}

/// Asked of the system's own command, once per process: there is no safe call for it.
#[cfg(target_os = "macos")]
fn boot_id() -> Option<String> {
    let output = std::process::Command::new("/usr/sbin/sysctl").args(["-n", "kern.bootsessionuuid"]).output();
    String::from_utf8(output.ok()?.stdout).ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
fn boot_id() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_goes_on_within_one_start_of_the_machine() {
        let before = WallClock.uptime();
        let after = WallClock.uptime();

        assert_eq!(before.boot, after.boot);
        assert!(before.since <= after.since && before.since > Duration::ZERO);
    }
}
