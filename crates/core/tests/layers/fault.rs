//! Only the call that was to fail does, before it happened or after.

use std::sync::Arc;

use stillroom_core::layers::fault::{Fault, Faults, Moment};
use stillroom_core::{Backend, BackendError, layers, poll_now};

use super::{commit, furnished, key, who};

fn save(backend: &Backend) -> bool {
    match poll_now(backend.catalog.commit(&who(), commit("rmse"))) {
        Ok(_) => true,
        Err(BackendError::Unavailable { .. }) => false,
        Err(error) => panic!("it failed in another way: {error}"),
    }
}

fn version_count(backend: &Backend) -> usize {
    poll_now(backend.catalog.history(&who(), &key("rmse"), None)).unwrap().records.len()
}

#[test]
fn the_call_that_is_counted_fails_before_it_happened_or_after_and_no_other() {
    for (moment, happened) in [(Moment::Before, 0), (Moment::After, 1)] {
        let faults = Arc::<Faults>::default();
        let backend = layers::fault(furnished(), Arc::clone(&faults));
        faults.plan(Fault { operation: Some("catalog.commit"), after: 1, moment });

        let saved = [save(&backend), save(&backend), save(&backend)];

        assert_eq!(saved, [true, false, true]);
        assert_eq!(version_count(&backend), 2 + 2 + happened, "calls of another name are not counted");
        assert_eq!(faults.stop(), Some("catalog.commit"));
        assert_eq!(faults.stop(), None);
    }
}

#[test]
fn a_plan_that_is_given_up_fails_nothing() {
    let faults = Arc::<Faults>::default();
    let backend = layers::fault(furnished(), Arc::clone(&faults));
    faults.plan(Fault { operation: None, after: 0, moment: Moment::Before });

    assert_eq!(faults.stop(), None);

    assert!(save(&backend));
}
