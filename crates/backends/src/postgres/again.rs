//! Makes a call again that met nobody, or whose answer was lost, where that is harmless.
//!
//! The contract's own layer for this (`stillroom_core::layers::retry`) sees whole loads and `Unavailable`. Here a call
//! is one batch, and it is known why it failed: one that took as long as the database lets it is not asked for thrice,
//! and one that was never sent, or was undone, may be any call.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use stillroom_core::{Clock, Principal, Result};

use crate::remote::{Call, Carrier, Failure, Refusal};

/// The longest waits before the second try and the third: what a pooler or a failover takes is longer than a user
/// waits for a click.
const WAITS: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(1000)];
/// No try begins later than this after the first.
const LATEST: Duration = Duration::from_secs(2);

/// A carrier that tries again.
pub(super) struct Again<C> {
    carrier: C,
    clock: Arc<dyn Clock>,
}

impl<C> Again<C> {
    pub(super) fn new(carrier: C, clock: Arc<dyn Clock>) -> Self {
        Self { carrier, clock }
    }
}

impl<C: Carrier> Carrier for Again<C> {
    fn call(&self, who: &Principal, call: Call<'_>) -> Result<Vec<u8>, Failure> {
        let began = self.clock.uptime().since;
        for longest in WAITS {
            let failure = match self.carrier.call(who, call) {
                Err(failure)
                    if failure.may_pass() && (call.is_repeatable || !failure.may_have_happened()) =>
                {
                    failure
                }
                answer => return answer,
            };
            let wait = longest.mul_f64(dice());
            if self.clock.uptime().since.saturating_sub(began) + wait > LATEST {
                return Err(failure);
            }
            thread::sleep(wait);
        }
        self.carrier.call(who, call)
    }
}

impl Failure {
    /// Whether a try a moment later may end otherwise.
    fn may_pass(&self) -> bool {
        match self {
            Self::Away(_) | Self::Lost(_) => true,
            Self::Refused(refusal) => refusal.is_undone() || refusal.is_end(),
            Self::Contract(_) => false,
        }
    }

    /// Whether the call may have happened all the same.
    fn may_have_happened(&self) -> bool {
        match self {
            Self::Away(_) => false,
            Self::Refused(refusal) => !refusal.is_undone(),
            Self::Lost(_) | Self::Contract(_) => true,
        }
    }
}

impl Refusal {
    /// Whether another transaction was in the way, and this one was undone.
    fn is_undone(&self) -> bool {
        matches!(self.code.as_str(), "40001" | "40P01" | "55P03")
    }

    /// Whether the server, or what lends its connections, ended this one.
    pub(super) fn is_end(&self) -> bool {
        self.code.starts_with("08") || matches!(self.code.as_str(), "57P01" | "57P02" | "57P03" | "57P05")
    }
}

/// A number between 0 and 1, drawn evenly, so that a thousand clients of a server that came back don't all call at
/// once.
fn dice() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use stillroom_core::{BackendError, ManualClock, Owner};

    use super::*;
    use crate::remote::{Argument, Function};

    /// Fails as it is told, call by call, then answers; each call takes a time.
    struct Failing {
        failures: Mutex<Vec<Failure>>,
        clock: Arc<ManualClock>,
        takes: Duration,
    }

    impl Carrier for Failing {
        fn call(&self, _: &Principal, _: Call<'_>) -> Result<Vec<u8>, Failure> {
            self.clock.advance(self.takes);
            self.failures.lock().unwrap().pop().map_or(Ok(Vec::new()), Err)
        }
    }

    /// How many of `failures` a call met, and whether it was answered in the end.
    fn met(failures: Vec<Failure>, is_repeatable: bool, takes: Duration) -> (usize, bool) {
        let (count, clock) = (failures.len(), Arc::<ManualClock>::default());
        let failing = Failing { failures: Mutex::new(failures), clock: clock.clone(), takes };
        let again = Again::new(failing, clock);
        let argument = Argument::Json("{}");
        let call = Call { function: Function::Usage, argument, is_preliminary: false, is_repeatable };
        let answer = again.call(&Principal::local(Owner::NOBODY), call);
        let left = again.carrier.failures.lock().unwrap().len();
        (count - left, answer.is_ok())
    }

    fn unavailable() -> BackendError {
        BackendError::Unavailable { message: "nobody there".to_owned(), source: None }
    }

    fn refused(code: &str) -> Failure {
        Failure::Refused(Refusal { code: code.to_owned(), message: String::new(), detail: None })
    }

    #[test]
    fn a_call_is_made_again_where_that_is_harmless_and_may_help() {
        type Make = fn() -> Failure;
        // Whether it is made again: any call, and one that may be made twice.
        let cases: [(Make, bool, bool); 12] = [
            (|| Failure::Away(unavailable()), true, true),
            (|| Failure::Lost(unavailable()), false, true),
            (|| refused("40001"), true, true),
            (|| refused("40P01"), true, true),
            (|| refused("55P03"), true, true),
            (|| refused("57P01"), false, true),
            (|| refused("08P01"), false, true),
            // It took its time already.
            (|| refused("57014"), false, false),
            (|| Failure::Contract(unavailable()), false, false),
            (|| refused("PT413"), false, false),
            (|| refused("53100"), false, false),
            (|| refused("42501"), false, false),
        ];
        for (make, any, repeatable) in cases {
            for (is_repeatable, expected) in [(false, any), (true, repeatable)] {
                let answer = met(vec![make()], is_repeatable, Duration::ZERO);
                assert_eq!(answer, (1, expected), "{:?}, {is_repeatable}", make());
            }
        }
    }

    #[test]
    fn a_call_is_made_three_times_at_most_and_not_after_two_seconds() {
        let away = |count: usize| (0..count).map(|_| Failure::Away(unavailable())).collect::<Vec<_>>();

        assert_eq!(met(away(2), false, Duration::ZERO), (2, true));
        assert_eq!(met(away(5), false, Duration::ZERO), (3, false));
        assert_eq!(met(away(5), false, Duration::from_secs(10)), (1, false));
    }
}
