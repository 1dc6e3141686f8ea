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
mod concurrency;
mod damage;
mod faults;
mod hidden;
mod isolation;
mod layered;
mod leases;
mod limits;
mod listing;
mod operator;
mod quota;
mod recode;
mod records;
mod rename;
mod requests;
mod retention;
mod sweep;
mod undo;
mod values;
mod versions;

use std::pin::Pin;

use crate::{Backend, ManualClock, poll_now};

pub use layered::Layered;

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

const CHAPTERS: [&[Check]; 19] = [
    records::CHECKS,
    versions::CHECKS,
    listing::CHECKS,
    atomic::CHECKS,
    requests::CHECKS,
    retention::CHECKS,
    undo::CHECKS,
    rename::CHECKS,
    sweep::CHECKS,
    limits::CHECKS,
    quota::CHECKS,
    blobs::CHECKS,
    damage::CHECKS,
    recode::CHECKS,
    leases::CHECKS,
    operator::CHECKS,
    isolation::CHECKS,
    concurrency::CHECKS,
    faults::CHECKS,
];

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
            a_record_is_dated_by_the_store
            what_was_never_saved_is_not_found
            annotate_changes_what_people_decided_about_a_version_and_nothing_else
            an_annotation_of_none_leaves_a_field_as_it_is
            usage_counts_what_is_not_deleted
            versions_of_a_result_are_counted_1_2_3_without_gaps_between_successful_commits_whatever_the_clock_says
            several_versions_of_a_result_in_one_commit_are_counted_in_their_order
            versions_are_never_counted_again_from_1_not_even_after_a_delete_or_a_rename
            a_failed_commit_leaves_no_gap
            the_list_holds_the_newest_version_of_every_result_by_page_and_key
            the_history_holds_every_version_newest_first_and_nothing_when_there_is_none
            a_listing_is_never_cut_short_silently
            a_history_is_never_cut_short_silently
            a_listing_goes_on_after_a_result_that_is_gone
            a_snapshot_holds_every_version_by_page_and_key_and_version
            a_commit_is_one_atomic_set_all_of_its_versions_are_there_afterwards_or_none
            a_commit_that_returned_is_durable_and_so_are_the_blobs_it_names
            a_commit_whose_condition_does_not_hold_writes_nothing
            a_condition_may_name_a_result_that_is_not_saved
            the_conflict_is_the_first_condition_that_does_not_hold
            a_deleted_result_meets_the_condition_of_none
            a_commit_of_what_the_newest_version_is_writes_nothing_and_answers_that_version_where_it_asks_for_that
            a_commit_that_names_a_blob_its_owner_doesn_t_have_writes_nothing_and_answers_which_are_missing
            what_was_missing_can_be_put_and_committed_again
            the_blobs_of_a_commit_become_part_of_the_store_with_it
            a_commit_repeated_with_its_request_id_writes_nothing_and_answers_as_it_did_the_first_time
            a_repeated_commit_answers_every_version_of_a_result_that_it_wrote
            a_commit_is_known_again_by_the_newest_versions_of_its_results
            a_repeated_commit_brings_back_nothing_that_was_deleted
            a_commit_that_wrote_nothing_is_no_first_time
            commits_without_a_request_id_are_never_the_same
            another_owner_s_request_id_is_another_request
            the_newest_keep_versions_of_each_result_stay
            one_version_always_stays
            deleted_versions_do_not_count_among_those_that_stay
            a_pinned_version_is_neither_expired_nor_dropped_in_favour_of_newer_ones
            pinned_versions_do_not_count_among_those_that_stay
            an_expired_version_is_hidden_from_every_other_call_unless_it_is_pinned
            when_the_newest_version_has_expired_the_one_before_it_is_the_newest
            expired_versions_do_not_count_among_those_that_stay
            a_ttl_that_is_changed_counts_from_the_change
            a_version_that_is_unpinned_after_its_time_is_expired
            a_ttl_longer_than_time_itself_never_ends
            a_clock_set_back_brings_back_nothing_that_had_expired_when_something_was_last_saved
            nothing_is_dated_earlier_than_what_was_saved_before_it
            a_deleted_version_is_hidden_from_every_other_call_until_it_is_undeleted_or_swept
            delete_answers_which_versions_went_newest_first
            delete_of_a_version_hides_that_one_alone
            when_the_newest_version_is_deleted_the_one_before_it_is_the_newest
            a_pinned_version_can_be_deleted
            undelete_brings_back_all_or_none
            undelete_leaves_what_is_not_deleted_as_it_is
            undelete_of_a_delete_brings_back_what_that_one_took
            a_deletion_can_be_undone_after_newer_saves
            a_renamed_result_is_at_the_new_place_with_all_its_versions
            what_was_deleted_moves_along_and_can_be_brought_back_there
            nothing_is_renamed_to_where_something_is
            nothing_is_renamed_to_itself
            what_was_deleted_at_the_new_place_is_gone_for_good
            both_places_go_on_counting
            a_rename_back_is_as_if_nothing_had_been
            a_sweep_takes_only_what_is_deleted_or_expired_and_blobs_that_no_version_names
            a_dry_run_tells_what_would_go_and_takes_nothing
            what_was_deleted_stays_for_the_time_in_which_it_can_be_undone
            the_blobs_of_a_version_that_was_dropped_are_swept
            a_blob_that_waits_for_its_commit_is_not_swept
            what_was_swept_can_be_saved_again
            a_sweep_of_one_owner_s_takes_nothing_of_another_s
            a_step_takes_only_what_a_sweep_would
            a_commit_over_a_limit_writes_nothing
            a_commit_at_its_limits_is_kept
            a_set_over_its_limit_writes_nothing_and_one_at_it_is_kept
            a_blob_over_its_limit_is_refused_and_one_at_it_is_kept
            a_blob_that_is_not_shorter_for_being_coded_is_refused
            a_ttl_of_nothing_is_refused
            an_annotation_over_a_limit_changes_nothing
            the_longest_page_and_key_are_kept
            a_commit_that_would_bring_its_owner_over_quota_writes_nothing
            blobs_that_were_put_before_count_when_they_are_committed
            what_takes_no_more_bytes_can_be_saved_over_quota
            a_sweep_makes_room_under_a_quota
            a_quota_holds_for_its_owner_alone_until_it_is_taken_back
            a_put_either_happened_or_did_not
            a_put_either_happened_or_did_not_one_that_returned_is_durable_once_a_commit_that_names_the_blob_returns
            putting_a_blob_again_changes_nothing
            putting_a_blob_again_changes_nothing_whatever_it_is_coded_by
            a_blob_that_is_put_coded_comes_back_raw_and_takes_as_many_bytes_as_it_was_put_with
            coded_blobs_come_with_a_commit_too
            what_comes_back_has_the_digest_it_was_asked_by_or_the_answer_is_corrupt
            what_is_missing_is_answered_in_the_order_asked
            buffers_of_every_length_come_back_in_the_order_asked
            chunks_that_lie_apart_come_back_as_one_buffer
            an_empty_or_stale_hint_costs_time_and_nothing_else
            bytes_asked_for_as_a_copy_are_in_memory_of_their_own
            a_stretch_of_a_buffer_s_chunks_is_a_buffer_too
            loaded_bytes_are_the_caller_s_alone
            a_blob_that_is_not_there_or_not_what_its_digest_says_is_found_damaged_however_recently_it_was_read
            a_coded_blob_that_is_damaged_is_corrupt_and_found
            a_damaged_blob_that_was_discarded_can_be_put_anew_and_is_whole_for_every_version_that_names_it
            a_whole_blob_is_never_discarded
            a_blob_that_is_recoded_is_the_same_blob_in_fewer_bytes_and_what_it_is_recoded_to_is_never_believed
            only_raw_blobs_of_the_asker_that_get_shorter_are_recoded
            a_recoder_that_stops_has_changed_nothing
            blobs_that_came_with_a_commit_are_recoded_too
            recoded_blobs_are_put_missed_and_found_damaged_like_any_other
            a_lease_has_one_holder_at_a_time
            a_lease_that_was_not_renewed_in_time_can_be_acquired_by_anyone
            acquiring_a_lease_again_renews_it_for_its_holder_and_changes_nothing_else
            a_beat_renews_a_lease_and_says_how_far_the_work_is_one_that_was_lost_can_t_be_renewed
            a_release_by_anyone_but_the_holder_changes_nothing
            a_clock_that_is_set_back_or_forward_neither_prolongs_a_lease_nor_ends_it
            another_owner_s_lease_is_another_lease
            every_key_has_a_lease_of_its_own
            a_lease_is_over_when_the_machine_starts_again
            what_is_no_lease_or_beat_is_refused_and_changes_nothing
            the_operator_sees_every_owner_who_has_anything
            a_sweep_of_all_owners_does_for_each_what_their_own_would
            a_dry_sweep_of_all_owners_takes_nothing
            another_owner_s_record_can_t_be_told_from_an_absent_one_in_the_answer_and_in_the_error_s_text
            another_owner_s_results_are_neither_listed_nor_counted
            another_owner_s_versions_are_counted_apart
            another_owner_s_blob_can_t_be_told_from_an_absent_one
            a_commit_can_t_name_another_owner_s_blob
            another_owner_s_hint_opens_nothing
            of_commits_at_once_with_one_condition_exactly_one_wins
            versions_are_counted_without_gaps_by_commits_at_once
            readers_never_see_half_a_set
            sweeps_among_savers_lose_nothing
            a_commit_repeated_at_once_is_written_once
            of_renames_at_once_exactly_one_wins
            of_many_who_ask_for_a_lease_at_once_one_gets_it
            a_save_is_there_as_a_whole_or_not_at_all_after_a_fault_at_any_call
            a_save_repeated_after_a_fault_is_one_version
            a_set_is_there_as_a_whole_or_not_at_all_after_a_fault_at_any_call
            a_load_changes_nothing_whatever_call_of_it_failed
            an_annotation_is_there_as_a_whole_or_not_at_all_after_a_fault
            a_delete_hides_all_of_a_result_or_nothing_of_it_after_a_fault
            an_undelete_brings_all_versions_back_or_none_after_a_fault
            a_rename_moves_all_versions_or_none_after_a_fault
            a_sweep_takes_nothing_that_can_be_seen_after_a_fault
            a_damaged_blob_can_be_put_anew_after_a_fault_at_any_call
            a_lease_has_one_holder_or_none_after_a_fault_at_any_call
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
