//! The suite every backend and every layer is held to.
//!
//! A check is named as the promise it holds, in the words of the traits. A
//! backend's test binary runs them all, one test each:
//!
//! ```text
//! stillroom_core::conformance_tests!(make_subject, stillroom_core::poll_now);
//! ```
//!
//! where `make_subject` is a function that gives a [`Subject`] with an empty
//! store, and the second argument runs a future to its end.

#![expect(clippy::unwrap_used, reason = "a check says that a promise is broken by panicking")]

mod asker;
mod atomic;
mod blobs;
mod isolation;
mod records;
mod versions;

use std::pin::Pin;

use crate::{Backend, ManualClock, poll_now};

/// A store to be checked, empty at first.
pub trait Subject: Sync {
    /// The store.
    fn backend(&self) -> &Backend;

    /// The same store as another process would open it; the same again where a store ends with its process.
    fn reopened(&self) -> Backend;

    /// What the store takes for the time.
    fn clock(&self) -> &ManualClock;

    /// Changes one of these bytes where the store keeps them, behind its back.
    fn damage(&self, blob: &[u8]);

    /// Runs work to its end on the thread that calls; a store that waits needs a runtime here.
    fn wait(&self, work: Pin<Box<dyn Future<Output = ()> + '_>>) {
        poll_now(work);
    }
}

/// A promise and the code that holds a store to it.
struct Check {
    name: &'static str,
    run: for<'a> fn(&'a dyn Subject) -> Running<'a>,
}

type Running<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A list of checks; one that is in no list is code that is never used, and the compiler says so.
macro_rules! checks {
    ($($check:ident),* $(,)?) => {
        pub(super) const CHECKS: &[Check] =
            &[$(Check { name: stringify!($check), run: |subject| Box::pin($check(subject)) }),*];
    };
}
use checks;

const CHAPTERS: [&[Check]; 5] =
    [records::CHECKS, versions::CHECKS, atomic::CHECKS, blobs::CHECKS, isolation::CHECKS];

/// The names of all checks.
pub fn names() -> Vec<&'static str> {
    CHAPTERS.iter().flat_map(|chapter| chapter.iter().map(|check| check.name)).collect()
}

/// Holds a store to the promise of this name.
///
/// # Panics
/// When the store breaks it, or when there is no such promise.
pub async fn run(name: &str, subject: &dyn Subject) {
    let mut checks = CHAPTERS.iter().flat_map(|chapter| chapter.iter());
    let check = checks.find(|check| check.name == name).expect("a check's name");
    (check.run)(subject).await;
}

/// One `#[test]` per check of the suite: see [`conformance`](crate::conformance).
#[macro_export]
macro_rules! conformance_tests {
    ($make:path, $run:path) => {
        $crate::conformance_tests! { @each $make, $run;
            a_record_that_can_be_listed_can_be_loaded
            a_record_comes_back_as_it_went_in
            the_newest_version_is_loaded_when_none_is_asked_for
            the_list_holds_the_newest_version_of_every_result_by_page_and_key
            the_history_holds_every_version_newest_first_and_nothing_when_there_is_none
            a_record_is_dated_by_the_store
            what_was_never_saved_is_not_found
            annotate_changes_what_people_wrote_about_a_version_and_nothing_else
            an_annotation_of_none_leaves_a_field_as_it_is
            delete_hides_a_result_from_every_other_call
            delete_of_a_version_hides_that_one_alone
            when_the_newest_version_is_deleted_the_one_before_it_is_the_newest
            usage_counts_what_is_not_deleted
            versions_are_counted_without_gaps_whatever_the_clock_says
            versions_are_never_counted_again_from_1_not_even_after_a_delete
            a_failed_commit_leaves_no_gap
            the_newest_keep_versions_of_each_result_stay
            one_version_always_stays
            deleted_versions_do_not_count_among_those_that_stay
            a_commit_is_one_atomic_set
            a_commit_that_returned_is_durable_and_so_are_the_blobs_it_names
            a_commit_whose_condition_does_not_hold_writes_nothing
            a_condition_may_name_a_result_that_is_not_saved
            the_conflict_is_the_first_condition_that_does_not_hold
            a_deleted_result_meets_the_condition_of_none
            a_commit_that_names_a_blob_its_owner_does_not_have_writes_nothing_and_answers_which_are_missing
            what_was_missing_can_be_put_and_committed_again
            the_blobs_of_a_commit_become_part_of_the_store_with_it
            a_put_either_happened_or_did_not
            putting_a_blob_again_changes_nothing
            what_comes_back_has_the_digest_it_was_asked_by_or_the_answer_is_corrupt
            what_is_missing_is_answered_in_the_order_asked
            buffers_of_every_length_come_back_in_the_order_asked
            chunks_that_lie_apart_come_back_as_one_buffer
            an_empty_or_stale_hint_costs_time_and_nothing_else
            loaded_bytes_are_the_caller_s_alone
            another_owner_s_record_can_t_be_told_from_an_absent_one
            another_owner_s_results_are_neither_listed_nor_counted
            another_owner_s_versions_are_counted_apart
            another_owner_s_blob_can_t_be_told_from_an_absent_one
            a_commit_can_t_name_another_owner_s_blob
            another_owner_s_hint_opens_nothing
        }
    };
    (@each $make:path, $run:path; $($check:ident)*) => {
        $(#[test]
        fn $check() {
            let subject = $make();
            $run($crate::conformance::run(stringify!($check), &subject));
        })*

        #[test]
        fn every_check_of_the_suite_is_run_here() {
            assert_eq!($crate::conformance::names(), [$(stringify!($check)),*]);
        }
    };
}
