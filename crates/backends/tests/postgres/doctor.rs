//! What a look at a database says that depends on this computer.

use std::time::Duration;

use stillroom_backends::{Verdict, examine};
use stillroom_core::{Clock, ManualClock};

use crate::database::Database;

#[test]
fn a_clock_that_is_far_from_the_server_s_is_told() {
    let database = Database::direct(15);
    let now = "select extract(epoch from clock_timestamp())::bigint";
    let now: i64 = database.admin().query_one(now, &[]).unwrap().get(0);
    let at = |seconds: i64| {
        let clock = ManualClock::default();
        let since = u64::try_from(seconds).unwrap() - u64::try_from(clock.now().0 / 1_000_000).unwrap();
        clock.advance(Duration::from_secs(since));
        let (_, checks) = examine(Some(&database.url("stillroom_test")), &clock).unwrap().unwrap();
        checks.into_iter().find(|check| check.name == "clock").unwrap().verdict
    };

    assert!(matches!(at(now), Verdict::Good(_)));
    assert!(matches!(at(now + 90), Verdict::Warning(said) if said.contains(" s apart")));
    assert!(matches!(at(now - 90), Verdict::Warning(said) if said.contains(" s apart")));
}
