//! Asking again, where that is harmless and may help.

use std::thread;
use std::time::Duration;

use stillroom_core::{BackendError, Clock};

use crate::remote::Failure;

/// The longest waits before the second try, the third and the fourth.
const WAITS: [Duration; 3] = match cfg!(test) {
    false => [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(3)],
    true => [Duration::from_millis(1); 3],
};
/// No try begins later than this after the first: somebody waits for it.
const LATEST: Duration = Duration::from_secs(10);

/// How a try failed.
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) may_pass: MayPass,
    /// How long the other end asks us to wait.
    pub(super) wait: Option<Duration>,
    /// Whether the token was over.
    pub(super) is_over: bool,
}

/// Whether another try may end otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MayPass {
    No,
    /// Nothing was done, so any call may be made again.
    Undone,
    /// It may have been done, so only a call may be made again that is harmless twice.
    Unknown,
}

impl Failed {
    /// One that stays.
    pub(super) const fn for_good(failure: Failure) -> Self {
        Self { failure, may_pass: MayPass::No, wait: None, is_over: false }
    }
}

impl From<BackendError> for Failed {
    fn from(error: BackendError) -> Self {
        Self::for_good(error.into())
    }
}

/// The answer of one of several tries. The time between them grows, and is drawn at random below that bound, so that
/// a thousand clients of a project that came back don't all ask at once.
pub(super) fn again<T>(
    clock: &dyn Clock,
    is_repeatable: bool,
    mut ask: impl FnMut() -> Result<T, Failed>,
) -> Result<T, Failure> {
    let began = clock.uptime().since;
    for longest in WAITS {
        let failed = match ask() {
            Ok(answer) => return Ok(answer),
            Err(failed) => failed,
        };
        let may_pass = match failed.may_pass {
            MayPass::No => false,
            MayPass::Undone => true,
            MayPass::Unknown => is_repeatable,
        };
        let wait =
            failed.wait.map_or_else(|| longest.mul_f64(dice()), |wait| wait + longest.mul_f64(dice() / 4.0));
        if !may_pass || clock.uptime().since.saturating_sub(began) + wait > LATEST {
            return Err(failed.failure);
        }
        thread::sleep(wait);
    }
    ask().map_err(|failed| failed.failure)
}

/// A number between 0 and 1, drawn evenly.
fn dice() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}
