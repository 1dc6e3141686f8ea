//! The local backend keeps every promise of the contract.

stillroom_core::conformance_tests!(crate::common::local, stillroom_core::poll_now);
