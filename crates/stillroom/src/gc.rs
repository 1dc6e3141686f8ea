//! Erasing what nobody can see any more, on demand and, rarely, after a save.

use std::time::Duration;

use stillroom_core::{Sweep, Swept, poll_now};

use crate::{Result, Store};

/// How long a delete can be undone when nobody asks for a gc.
pub const UNDO_TIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Of an opening's saves, the first and then each of this many is followed by a sweep.
const SAVES_PER_SWEEP: u64 = 100;

impl Store {
    /// Erases what is deleted or expired, and the bytes that no version needs; a dry run only says what
    /// would go.
    ///
    /// After this nothing that was deleted can be undone.
    ///
    /// # Errors
    /// `denied`; `unavailable` while an export of this owner's results is under way, so that it finds what
    /// it began with.
    pub fn gc(&self, dry_run: bool) -> Result<Swept> {
        if !dry_run {
            self.check_not_held()?;
        }
        let sweep = Sweep { dry_run, ..Sweep::default() };
        Ok(poll_now(self.catalog().sweep(self.who(), sweep))?)
    }

    /// Sweeps after some saves what has been deleted for a week or has expired; in a large store only now
    /// and then, so that a save doesn't wait long.
    ///
    /// A save that is done is done: whatever the sweep comes to, the next one finds the same work.
    pub(crate) fn sweep_now_and_then(&self) {
        if self.count_save().is_multiple_of(SAVES_PER_SWEEP) && self.check_not_held().is_ok() {
            let sweep = Sweep { dry_run: false, undo_time: UNDO_TIME, is_step: true };
            drop(poll_now(self.catalog().sweep(self.who(), sweep)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use stillroom_core::layers::fault::{Fault, Faults, Moment, fault};

    use super::*;
    use crate::OpenOptions;
    use crate::tampered::save_bytes;

    #[test]
    fn the_first_save_and_each_hundredth_after_it_sweep_and_a_failed_sweep_fails_no_save() {
        let faults = Arc::new(Faults::default());
        let url = Some("memory:".to_owned());
        let store = Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap();
        let store = store.behind(|backend| fault(backend, Arc::clone(&faults)));
        let mut swept = Vec::new();

        for number in 0..=200 {
            faults.plan(Fault { operation: Some("catalog.sweep"), after: 0, moment: Moment::Before });
            save_bytes(&store, number as u8).unwrap();
            if faults.stop().is_some() {
                swept.push(number);
            }
        }

        assert_eq!(swept, [0, 100, 200]);
    }
}
